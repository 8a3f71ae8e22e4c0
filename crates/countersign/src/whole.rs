//! A scheme judged over the whole request: what cannot be hashed as it arrives. Which key and which entry match is
//! found here; the rules that follow a match are the intake's.

mod entry;
mod key_id;
mod message;
mod syntax;

use self::entry::{Entry, entries, texts};
use self::key_id::key_id;
#[cfg(feature = "tenants")]
pub(crate) use self::key_id::wanted_key;
use crate::clock::UnixTime;
use crate::content::{Content, Params};
use crate::keyring::{ActiveKey, ActiveKeys};
use crate::mac;
use crate::plan::{Place, SchemePlan, SyntaxPlan};
use crate::rejection::Reason;
use crate::template::Token;

/// The most public-key operations that one request may cause.
const MAX_PUBLIC_KEY_OPERATIONS: usize = 8;

/// The most items of one body that are signed one by one.
#[cfg(feature = "json")]
const MAX_ITEMS: usize = 256;

/// A match: the key, and what stood beside the signature.
pub(crate) struct Match {
    pub(crate) key: usize,
    pub(crate) params: Params<'static>,
    pub(crate) covers_body: bool,
    /// Everything that was signed, of all items.
    pub(crate) signed: Vec<u8>,
}

/// Looks at what stands in the head before the body is read: a signature that is absent or malformed is refused then.
pub(crate) fn check_head(scheme: &SchemePlan, content: &Content<'_>, header: Option<&[u8]>) -> Result<(), Reason> {
    if let Place::Token(token) = &scheme.place
        && !matches!(token, Token::AnyHeader(_) | Token::Query(_))
    {
        return Ok(());
    }
    let texts = texts(scheme, content, header)?;
    // Components of RFC 9421 are resolved with the body.
    if matches!(scheme.syntax, SyntaxPlan::HttpSignature { .. }) {
        return Ok(());
    }
    match texts.iter().any(|text| syntax::read(scheme, content, text).is_ok()) {
        true => Ok(()),
        false => Err(Reason::SignatureMalformed),
    }
}

/// Finds a key that made the signatures and holds `now`, among schemes with their index and their header's value.
///
/// # Errors
///
/// None matched, and more is known of the one that came nearest than that its signature is another's.
pub(crate) fn find<'s>(
    schemes: impl Iterator<Item = (usize, &'s SchemePlan, Option<&'s [u8]>)>,
    keys: &ActiveKeys,
    content: &Content<'_>,
    now: UnixTime,
) -> Result<Option<Match>, Reason> {
    let mut budget = MAX_PUBLIC_KEY_OPERATIONS;
    let mut nearest = None;
    for (index, scheme, header) in schemes {
        if scheme.streams || !keys.keys.iter().any(|key| key.scheme == index) {
            continue;
        }
        match (Candidate { index, scheme, header, keys, now }).find(content, &mut budget) {
            Ok(found) => return Ok(Some(found)),
            Err(reason) if nearest.is_none_or(|known| nearness(known) < nearness(reason)) => nearest = Some(reason),
            Err(_) => {}
        }
    }
    match nearest {
        None | Some(Reason::SignatureMismatch) => Ok(None),
        Some(reason) => Err(reason),
    }
}

/// How near to a match a scheme came that gives this reason. Of schemes at several places, one that has no signature at
/// its own says the least.
fn nearness(reason: Reason) -> u8 {
    match reason {
        Reason::NoSuchScheme => 0,
        Reason::SignatureMissing => 1,
        Reason::SignatureMismatch => 3,
        Reason::BindingBroken | Reason::KeyNotYetValid | Reason::KeyExpired => 4,
        _ => 2,
    }
}

/// A scheme that may be the request's.
struct Candidate<'s> {
    index: usize,
    scheme: &'s SchemePlan,
    header: Option<&'s [u8]>,
    keys: &'s ActiveKeys,
    now: UnixTime,
}

impl Candidate<'_> {
    /// Every item must verify, and under one key: the verdict has one. Where the scheme has no items, the request is the
    /// one item.
    fn find(&self, content: &Content<'_>, budget: &mut usize) -> Result<Match, Reason> {
        if !applies(self.scheme, content) {
            return Err(Reason::NoSuchScheme);
        }
        let items = match &self.scheme.whole.each {
            Some(pointer) => items(content.body, pointer)?,
            None => vec![content.body],
        };
        let mut matched: Option<Match> = None;
        for item in items {
            let known = matched.as_ref().map(|all| all.key);
            let found = self.find_item(&Content { json: item, ..*content }, known, budget)?;
            match &mut matched {
                None => matched = Some(found),
                Some(all) => {
                    all.signed.extend_from_slice(&found.signed);
                    all.covers_body &= found.covers_body;
                }
            }
        }
        let found = matched.ok_or(Reason::SignatureMissing)?;
        // Another scheme with the same key may bind it in another way, so that this is no verdict on the request yet.
        if binds(self.scheme, content, &found.params) { Ok(found) } else { Err(Reason::BindingBroken) }
    }

    fn find_item(&self, content: &Content<'_>, known: Option<usize>, budget: &mut usize) -> Result<Match, Reason> {
        let mut reason = Reason::SignatureMismatch;
        for Entry { signatures, params, messages, covers_body } in entries(self.scheme, content, self.header)? {
            let key_id = key_id(self.scheme, content, &params)?;
            let may_be = |index: usize, key: &ActiveKey| {
                let is_named = key.wire_id.as_deref().zip(key_id.as_deref());
                key.scheme == self.index
                    && is_named.is_none_or(|(wire_id, named)| wire_id == named)
                    && known.is_none_or(|known| known == index)
            };
            for message in messages {
                for (index, key) in self.keys.keys.iter().enumerate().filter(|(index, key)| may_be(*index, key)) {
                    if !key.prepared.verifies(&message.bytes, message.secret_at, &signatures, budget) {
                        continue;
                    }
                    match key.check_window(self.now) {
                        Ok(()) => return Ok(Match { key: index, params, covers_body, signed: message.bytes }),
                        // Another key that made a signature beside this one's may hold.
                        Err(outside) => reason = outside,
                    }
                }
            }
        }
        Err(reason)
    }
}

/// Whether a delivery is of this scheme.
fn applies(scheme: &SchemePlan, content: &Content<'_>) -> bool {
    scheme.whole.require.iter().all(|condition| holds(condition, content))
}

/// Whether a condition holds: both sides are there and the same, whatever their case and the parameters of a header.
pub(crate) fn holds([left, right]: &[Vec<Token>; 2], content: &Content<'_>) -> bool {
    let value = |side| content.text(side).ok();
    value(left).zip(value(right)).is_some_and(|(left, right)| {
        let left = left.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        left.eq_ignore_ascii_case(&right)
    })
}

/// Whether the values that a signature binds beside its content are equal.
fn binds(scheme: &SchemePlan, content: &Content<'_>, params: &Params<'_>) -> bool {
    let content = Content { params, ..*content };
    // A value that the endpoint need not be configured with.
    let is_unset = |token: &Token| {
        matches!(token, Token::Optional(inner) if matches!(**inner, Token::Config(_)))
            && content.value(token).is_ok_and(|value| value.is_empty())
    };
    scheme.whole.equal.iter().all(|[left, right]| {
        let values = || content.text(left).ok().zip(content.text(right).ok());
        left.iter().chain(right).any(is_unset) || values().is_some_and(|(left, right)| mac::equal(&left, &right))
    })
}

/// The items of a body that are signed one by one.
#[cfg(feature = "json")]
fn items<'b>(body: &'b [u8], pointer: &str) -> Result<Vec<&'b [u8]>, Reason> {
    let items = crate::json::items(body, pointer).map_err(|_| Reason::SignedHeaderMalformed)?;
    if items.len() > MAX_ITEMS { Err(Reason::TooManySignatures) } else { Ok(items) }
}

#[cfg(not(feature = "json"))]
fn items<'b>(_: &'b [u8], _: &str) -> Result<Vec<&'b [u8]>, Reason> {
    Err(Reason::SignatureMissing)
}
