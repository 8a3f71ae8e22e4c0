//! Attacks on the signature: who made it, how much of it is there, how it is written, and the place it stands in.

use countersign::{Algorithm, Syntax, encode};

use crate::choice::Choice;
use crate::entry::{Entry, encoding};
use crate::error::SignError;
use crate::hostile::{HostileDelivery, takes_lines, text};
use crate::key::SigningKey;
use crate::place::Spot;
use crate::signed::SignedDelivery;
use crate::signer::SchemeKeys;
use crate::unsigned::find;

pub(super) type Made = Result<Vec<HostileDelivery>, SignError>;

/// A correctly signed delivery, taken apart.
pub(super) struct Honest<'c> {
    pub(super) choice: &'c Choice,
    pub(super) entries: Vec<Entry>,
}

impl<'c> Honest<'c> {
    pub(super) fn new(choice: &'c Choice) -> Result<Self, SignError> {
        Ok(Self { choice, entries: choice.entries()? })
    }

    pub(super) fn delivery(&self) -> SignedDelivery {
        self.choice.assemble(&self.entries)
    }

    pub(super) fn scheme_of(&self, entry: &Entry) -> Option<&'c SchemeKeys> {
        self.choice.schemes.get(entry.scheme)
    }

    /// The delivery with every signature changed.
    fn with(&self, what: impl Into<String>, change: impl Fn(&Entry) -> Entry) -> HostileDelivery {
        let entries: Vec<Entry> = self.entries.iter().map(change).collect();
        HostileDelivery::refused(what, self.choice.assemble(&entries))
    }

    /// The delivery with other bytes in every signature, written as the scheme writes them.
    fn with_bytes(&self, what: impl Into<String>, change: impl Fn(&[u8]) -> Vec<u8>) -> HostileDelivery {
        self.with(what, |entry| {
            let bytes = change(&entry.bytes);
            let text = self.scheme_of(entry).map(|scheme| encode(&bytes, encoding(&scheme.scheme)));
            Entry { bytes, text: text.unwrap_or_default(), ..entry.clone() }
        })
    }

    fn is_token(&self) -> bool {
        self.choice.lead().is_some_and(|scheme| scheme.scheme.algorithm == Algorithm::Token)
    }

    fn is_http_signature(&self) -> bool {
        let syntax = self.choice.lead().map(|scheme| &scheme.scheme.signature.syntax);
        matches!(syntax, Some(Syntax::HttpSignature { .. }))
    }

    /// The names of the other headers that are signed.
    fn signed_headers(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.choice.schemes.iter().flat_map(|scheme| scheme.signed_headers(self.choice.unsigned.header_set))
        {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

pub(super) fn wrong_secret(choice: &Choice) -> Made {
    let signed = |what: &str, other: fn(&SigningKey) -> Option<SigningKey>| {
        let with_keys =
            |scheme: &SchemeKeys| SchemeKeys { keys: scheme.keys.iter().filter_map(other).collect(), ..scheme.clone() };
        let schemes: Vec<SchemeKeys> = choice.schemes.iter().map(with_keys).collect();
        let choice = Choice { schemes, unsigned: choice.unsigned.clone() };
        let entries = choice.entries()?;
        let made = (!entries.is_empty()).then(|| HostileDelivery::refused(what, choice.assemble(&entries)));
        Ok::<_, SignError>(made)
    };
    let neighbour = signed("signed with a secret that differs in one bit", SigningKey::neighbour)?;
    let empty = signed("signed with an empty secret", SigningKey::empty)?;
    Ok(neighbour.into_iter().chain(empty).collect())
}

pub(super) fn unsigned(choice: &Choice) -> Made {
    let honest = Honest::new(choice)?;
    let without = |what: &str, gone: &[&str]| {
        let mut delivery = honest.delivery();
        choice.spots().iter().for_each(|spot| spot.remove(&mut delivery));
        delivery.headers.retain(|(name, _)| !gone.contains(&name.as_str()));
        HostileDelivery::refused(what, delivery)
    };
    let mut made = vec![without("no signature", &[])];
    if honest.is_http_signature() {
        made.push(without("neither a signature nor what it covers", &["signature-input"]));
    }
    let others = honest.signed_headers();
    if !others.is_empty() {
        made.push(without("no security header at all", &others));
    }
    Ok(made)
}

pub(super) fn truncated(choice: &Choice) -> Made {
    let honest = Honest::new(choice)?;
    // Of the shortest, so that no signature stays whole.
    let length = honest.entries.iter().map(|entry| entry.bytes.len()).min().unwrap_or(0);
    let mut kept = vec![1, 8, 16, length.saturating_sub(1)];
    kept.retain(|kept| (1..length).contains(kept));
    kept.sort_unstable();
    kept.dedup();
    let cut = |kept: usize| {
        let what = format!("cut to {kept} of {length} bytes");
        honest.with_bytes(what, |bytes| bytes.iter().copied().take(kept).collect())
    };
    Ok(kept.into_iter().map(cut).collect())
}

pub(super) fn extended(choice: &Choice) -> Made {
    let honest = Honest::new(choice)?;
    // A token must stay fit to be sent.
    let more: &[u8] = if honest.is_token() { b"0" } else { &[0] };
    let what = if honest.is_token() { "a character behind the token" } else { "a zero byte behind the signature" };
    Ok(vec![
        honest.with_bytes(what, |bytes| [bytes, more].concat()),
        honest.with_bytes("the signature twice in a row", |bytes| [bytes, bytes].concat()),
    ])
}

pub(super) fn re_encoded(choice: &Choice) -> Made {
    let honest = Honest::new(choice)?;
    let Some(first) = honest.entries.first() else { return Ok(Vec::new()) };
    let texts = |entry: &Entry| {
        let scheme = honest.scheme_of(entry).map(|scheme| &scheme.scheme);
        scheme.map(|scheme| text::lax(&entry.bytes, scheme)).unwrap_or_default()
    };
    let made = texts(first).into_iter().map(|(what, _)| {
        // Entries that cannot be written in this way are left out, so that no canonical one lets the delivery pass.
        let entries = honest.entries.iter().filter_map(|entry| {
            let (_, text) = texts(entry).into_iter().find(|(found, _)| *found == what)?;
            Some(Entry { text, ..entry.clone() })
        });
        HostileDelivery::refused(what, choice.assemble(&entries.collect::<Vec<_>>()))
    });
    Ok(made.collect())
}

pub(super) fn empty(choice: &Choice) -> Made {
    let honest = Honest::new(choice)?;
    let mut bare = honest.delivery();
    choice.spots().iter().for_each(|spot| spot.put(&mut bare, ""));
    Ok(vec![
        honest.with("an empty signature", |entry| Entry { text: String::new(), ..entry.clone() }),
        HostileDelivery::refused("nothing where the signature stands", bare),
    ])
}

pub(super) fn duplicate_header(choice: &Choice) -> Made {
    let honest = Honest::new(choice)?;
    let delivery = honest.delivery();
    let forge = |bytes: &[u8]| {
        let mut forged = bytes.to_vec();
        // The lowest bit of a character leaves one that can be sent, save beside the ends of the alphabet.
        forged.iter_mut().take(1).for_each(|byte| *byte = if *byte == b'a' { b'b' } else { b'a' });
        forged
    };
    let forged = honest.with_bytes("", forge).delivery;
    let mut made = Vec::new();
    let takes_lines = choice.lead().is_some_and(|lead| takes_lines(&lead.scheme));
    for spot in choice.spots().into_iter().filter(|_| !takes_lines) {
        let (Some(right), Some(wrong)) = (spot.text(&delivery), spot.text(&forged)) else { continue };
        let mut twice = |what: &str, first: &str, second: &str| {
            let mut delivery = delivery.clone();
            spot.put(&mut delivery, first);
            if spot.repeat(&mut delivery, second) {
                made.push(HostileDelivery::refused(what, delivery));
            }
        };
        twice("the signature twice, alike", &right, &right);
        twice("a forged signature after the right one", &right, &wrong);
        twice("a forged signature before the right one", &wrong, &right);
    }
    for name in honest.signed_headers() {
        if let Some(value) = find(&delivery.headers, name) {
            let mut twice = delivery.clone();
            Spot::Header(name.to_owned()).repeat(&mut twice, value);
            made.push(HostileDelivery::refused(format!("`{name}` twice, alike"), twice));
        }
    }
    Ok(made)
}
