//! Attacks on the signature: who made it, how much of it is there, how it is written, and the header it stands in.

use countersign::{Algorithm, Token, encode};

use crate::draft::Draft;
use crate::entry::{Entry, label};
use crate::error::SignError;
use crate::hostile::{HostileDelivery, header_names, text};
use crate::key::SigningKey;
use crate::signed::SignedDelivery;
use crate::signer::{SchemeKeys, name_in};
use crate::unsigned::{Unsigned, find};

type Made = Result<Vec<HostileDelivery>, SignError>;

/// A correctly signed delivery, taken apart.
struct Honest<'d> {
    draft: &'d Draft,
    unsigned: Unsigned,
    entries: Vec<Entry>,
}

impl<'d> Honest<'d> {
    fn new(draft: &'d Draft) -> Result<Self, SignError> {
        let unsigned = Unsigned::fill(draft)?;
        let entries = unsigned.entries(&draft.signer.schemes)?;
        Ok(Self { draft, unsigned, entries })
    }

    fn schemes(&self) -> &'d [SchemeKeys] {
        &self.draft.signer.schemes
    }

    fn assemble(&self, entries: &[Entry]) -> SignedDelivery {
        self.unsigned.clone().assemble(self.schemes(), entries)
    }

    /// The delivery with every signature changed.
    fn with(&self, what: impl Into<String>, change: impl Fn(&Entry) -> Entry) -> HostileDelivery {
        let entries: Vec<Entry> = self.entries.iter().map(change).collect();
        HostileDelivery::refused(what, self.assemble(&entries))
    }

    /// The delivery with other bytes in every signature, written as the scheme writes them.
    fn with_bytes(&self, what: impl Into<String>, change: impl Fn(&[u8]) -> Vec<u8>) -> HostileDelivery {
        self.with(what, |entry| self.rewritten(entry, change(&entry.bytes)))
    }

    fn rewritten(&self, entry: &Entry, bytes: Vec<u8>) -> Entry {
        let scheme = self.schemes().get(entry.scheme);
        let text = scheme.map(|scheme| encode(&bytes, scheme.scheme.signature.encoding)).unwrap_or_default();
        Entry { bytes, text, ..entry.clone() }
    }

    /// The names of the headers that carry signatures.
    fn signature_headers(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for scheme in self.schemes() {
            let name = scheme.header(self.unsigned.header_set);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The names of the other headers that are signed.
    fn signed_headers(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for token in self.schemes().iter().flat_map(|scheme| &scheme.content) {
            if let Token::Header(found) = token {
                let name = name_in(found, self.unsigned.header_set);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }
}

pub(super) fn wrong_secret(draft: &Draft) -> Made {
    let unsigned = Unsigned::fill(draft)?;
    let signed = |what: &str, other: fn(&SigningKey) -> SigningKey| -> Result<HostileDelivery, SignError> {
        let schemes = draft.signer.with_keys(other);
        let entries = unsigned.entries(&schemes)?;
        Ok(HostileDelivery::refused(what, unsigned.clone().assemble(&schemes, &entries)))
    };
    Ok(vec![
        signed("signed with a secret that differs in one bit", SigningKey::neighbour)?,
        signed("signed with an empty secret", SigningKey::empty)?,
    ])
}

pub(super) fn unsigned(draft: &Draft) -> Made {
    let honest = Honest::new(draft)?;
    let without = |what: &str, gone: &[&str]| {
        let mut delivery = honest.assemble(&honest.entries);
        delivery.headers.retain(|(name, _)| !gone.contains(&name.as_str()));
        HostileDelivery::refused(what, delivery)
    };
    let mut made = vec![without("no signature header", &honest.signature_headers())];
    let others = honest.signed_headers();
    if !others.is_empty() {
        let all = [honest.signature_headers(), others].concat();
        made.push(without("no security header at all", &all));
    }
    Ok(made)
}

pub(super) fn truncated(draft: &Draft) -> Made {
    let honest = Honest::new(draft)?;
    // Of the shortest, so that no signature stays whole.
    let length = honest.entries.iter().map(|entry| entry.bytes.len()).min().unwrap_or(0);
    let mut kept = vec![1, 8, 16, length.saturating_sub(1)];
    kept.retain(|kept| *kept < length);
    let cut = |kept: usize| {
        let what = format!("cut to {kept} of {length} bytes");
        honest.with_bytes(what, |bytes| bytes.iter().copied().take(kept).collect())
    };
    Ok(kept.into_iter().map(cut).collect())
}

pub(super) fn extended(draft: &Draft) -> Made {
    let honest = Honest::new(draft)?;
    Ok(vec![
        honest.with_bytes("a zero byte behind the signature", |bytes| [bytes, &[0]].concat()),
        honest.with_bytes("the signature twice in a row", |bytes| [bytes, bytes].concat()),
    ])
}

pub(super) fn re_encoded(draft: &Draft) -> Made {
    let honest = Honest::new(draft)?;
    let Some(first) = honest.entries.first() else { return Ok(Vec::new()) };
    let texts = |entry: &Entry| {
        let scheme = honest.schemes().get(entry.scheme);
        scheme.map(|scheme| text::lax(&entry.bytes, scheme.scheme.signature.encoding)).unwrap_or_default()
    };
    let made = texts(first).into_iter().map(|(what, _)| {
        // Entries that cannot be written in this way are left out, so that no canonical one lets the delivery pass.
        let entries = honest.entries.iter().filter_map(|entry| {
            let (_, text) = texts(entry).into_iter().find(|(found, _)| *found == what)?;
            Some(Entry { text, ..entry.clone() })
        });
        HostileDelivery::refused(what, honest.assemble(&entries.collect::<Vec<_>>()))
    });
    Ok(made.collect())
}

pub(super) fn empty(draft: &Draft) -> Made {
    let honest = Honest::new(draft)?;
    let mut bare = honest.assemble(&honest.entries);
    for (name, value) in &mut bare.headers {
        if honest.signature_headers().contains(&name.as_str()) {
            value.clear();
        }
    }
    Ok(vec![
        honest.with("an empty signature", |entry| Entry { text: String::new(), ..entry.clone() }),
        HostileDelivery::refused("an empty signature header", bare),
    ])
}

pub(super) fn algorithm_confusion(draft: &Draft) -> Made {
    let honest = Honest::new(draft)?;
    let mut made = Vec::new();
    for algorithm in [Algorithm::HmacSha1, Algorithm::HmacSha256, Algorithm::HmacSha512] {
        if honest.schemes().iter().any(|scheme| scheme.scheme.algorithm == algorithm) {
            continue;
        }
        let mut entries = Vec::new();
        for (index, scheme) in honest.schemes().iter().enumerate() {
            let content = honest.unsigned.content(scheme)?;
            for key in &scheme.keys {
                if let Some(bytes) = key.mac(algorithm, &content) {
                    let text = encode(&bytes, scheme.scheme.signature.encoding);
                    let label = label(&scheme.scheme.signature.syntax).to_owned();
                    entries.push(Entry { scheme: index, label, bytes, text });
                }
            }
        }
        made.push(HostileDelivery::refused(format!("{} in its place", algorithm.name()), honest.assemble(&entries)));
        let named = algorithm.name().trim_start_matches("hmac-");
        if let Some(changed) = relabelled(&honest, &entries, |label| swap_name(label, named)) {
            made.push(HostileDelivery::refused(format!("{} under its own name", algorithm.name()), changed));
        }
    }
    for (what, version) in [("the version before", '0'), ("a version to come", '9')] {
        if let Some(changed) = relabelled(&honest, &honest.entries, |label| swap_version(label, version)) {
            made.push(HostileDelivery::refused(format!("the right signature under {what}"), changed));
        }
    }
    if let Some(changed) = relabelled(&honest, &honest.entries, |label| Some(label.to_ascii_uppercase())) {
        made.push(HostileDelivery::refused("the right signature under its label in upper case", changed));
    }
    for other in draft.signer.provider.schemes.iter() {
        let theirs = label(&other.signature.syntax);
        let mine = |scheme: &SchemeKeys| scheme.scheme.algorithm == other.algorithm;
        let shared = |scheme: &SchemeKeys| scheme.at == header_names(&other.signature.at);
        if !honest.schemes().iter().any(mine) && honest.schemes().iter().all(shared) {
            let entries: Vec<Entry> =
                honest.entries.iter().map(|entry| Entry { label: theirs.to_owned(), ..entry.clone() }).collect();
            let what = format!("the right signature under the label of {}", other.algorithm.name());
            made.push(HostileDelivery::refused(what, honest.assemble(&entries)));
        }
    }
    Ok(made)
}

/// The delivery with other labels, or `None` where a label stays as it is or is one that the provider also takes.
fn relabelled(
    honest: &Honest<'_>,
    entries: &[Entry],
    relabel: impl Fn(&str) -> Option<String>,
) -> Option<SignedDelivery> {
    let known: Vec<&str> =
        honest.draft.signer.provider.schemes.iter().map(|scheme| label(&scheme.signature.syntax)).collect();
    let changed = entries.iter().map(|entry| {
        let label = relabel(&entry.label).filter(|label| !known.contains(&label.as_str()))?;
        Some(Entry { label, ..entry.clone() })
    });
    Some(honest.assemble(&changed.collect::<Option<Vec<_>>>()?))
}

/// `sha256=` with another algorithm's name in it.
fn swap_name(label: &str, name: &str) -> Option<String> {
    let own = ["sha512", "sha384", "sha256", "sha1"].into_iter().find(|own| label.contains(own))?;
    Some(label.replace(own, name))
}

/// `v1,` with another version in it. A label that names an algorithm has no version.
fn swap_version(label: &str, version: char) -> Option<String> {
    let rest = label.strip_prefix(['v', 'h']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))?;
    let (letter, _) = label.split_at_checked(1)?;
    Some(format!("{letter}{version}{}", rest.get(1..)?))
}

pub(super) fn duplicate_header(draft: &Draft) -> Made {
    let honest = Honest::new(draft)?;
    let delivery = honest.assemble(&honest.entries);
    let forged = honest.with_bytes("", |bytes| bytes.iter().map(|byte| byte ^ 1).collect()).delivery;
    let mut made = Vec::new();
    for name in honest.signature_headers() {
        let line = |from: &SignedDelivery| Some((name.to_owned(), find(&from.headers, name)?.to_owned()));
        let twice = |what: &str, first: &SignedDelivery, second: &SignedDelivery| {
            let mut headers = first.headers.clone();
            headers.extend(line(second));
            HostileDelivery::refused(what, SignedDelivery { headers, ..delivery.clone() })
        };
        made.push(twice("the signature header twice, alike", &delivery, &delivery));
        made.push(twice("a forged signature header after the right one", &delivery, &forged));
        made.push(twice("a forged signature header before the right one", &forged, &delivery));
    }
    for name in honest.signed_headers() {
        let mut twice = delivery.clone();
        twice.headers.extend(find(&delivery.headers, name).map(|value| (name.to_owned(), value.to_owned())));
        made.push(HostileDelivery::refused(format!("`{name}` twice, alike"), twice));
    }
    Ok(made)
}
