//! The entries of a request under one scheme: where signatures stand, and each with what it may be over. Whether a key
//! made one is not asked here.

use std::borrow::Cow;

use super::message::{Message, messages};
use super::syntax::{self, Over, Read};
use crate::content::{Absent, Content, Params};
use crate::envelope::MAX_SIGNATURES;
use crate::plan::{Place, SchemePlan};
use crate::rejection::Reason;
use crate::template::{Token, is_any_of};

/// Signatures with what stands beside them, of which each may be over each of the messages.
pub(super) struct Entry {
    pub(super) signatures: Vec<Vec<u8>>,
    pub(super) params: Params<'static>,
    pub(super) messages: Vec<Message>,
    pub(super) covers_body: bool,
}

/// Every entry at a scheme's place, of which there is one at least.
pub(super) fn entries(scheme: &SchemePlan, content: &Content<'_>, header: Option<&[u8]>) -> Result<Vec<Entry>, Reason> {
    let mut reads = Vec::new();
    let mut entries = Vec::new();
    let mut first_reason = None;
    for text in texts(scheme, content, header)? {
        match syntax::read(scheme, content, &text) {
            Ok(found) => found.into_iter().for_each(|read| add(&mut reads, read)),
            Err(reason) => first_reason = first_reason.or(Some(reason)),
        }
    }
    for read in reads {
        match Entry::new(scheme, content, read) {
            Ok(entry) => entries.push(entry),
            Err(reason) => first_reason = first_reason.or(Some(reason)),
        }
    }
    if entries.is_empty() { Err(first_reason.unwrap_or(Reason::SignatureMalformed)) } else { Ok(entries) }
}

/// Puts signatures over the same content together, wherever each stands: the content is put together, and hashed, once for
/// all of them.
fn add(reads: &mut Vec<Read>, read: Read) {
    let is_same = |known: &&mut Read| {
        matches!((&known.over, &read.over), (Over::Content, Over::Content)) && known.params == read.params
    };
    match reads.iter_mut().find(is_same) {
        Some(known) => known.signatures.extend(read.signatures),
        None => reads.push(read),
    }
}

impl Entry {
    fn new(scheme: &SchemePlan, content: &Content<'_>, read: Read) -> Result<Self, Reason> {
        let Read { signatures, params, over } = read;
        let of_content = || messages(scheme, &Content { params: &params, ..*content });
        let (messages, covers_body) = match over {
            Over::Content => (of_content()?, scheme.whole.covers_body),
            Over::Behind { protected, in_base64url } => {
                let messages = of_content()?.into_iter().map(|message| message.behind(&protected, in_base64url));
                (messages.collect(), scheme.whole.covers_body)
            }
            Over::Itself { bytes, covers_body } => (vec![Message { bytes, secret_at: None }], covers_body),
        };
        Ok(Self { signatures, params, messages, covers_body })
    }
}

/// The texts at a scheme's place, of which there is one at least.
pub(super) fn texts<'r>(
    scheme: &SchemePlan,
    content: &Content<'r>,
    header: Option<&'r [u8]>,
) -> Result<Vec<Cow<'r, [u8]>>, Reason> {
    let token = match &scheme.place {
        Place::Header(_) => return Ok(vec![Cow::Borrowed(header.ok_or(Reason::SignatureMissing)?)]),
        Place::Token(token @ Token::AnyHeader(names)) => return any_headers(names, token.takes_lines(), content),
        Place::Token(token) => token,
    };
    match content.value(token) {
        Ok(text) => Ok(vec![text]),
        Err(Absent::Missing) => Err(Reason::SignatureMissing),
        Err(Absent::Malformed) => Err(Reason::SignatureMalformed),
    }
}

/// The values of all headers that have one of the names, where one that ends in `*` stands for what begins like it. A
/// header stands on one line, unless it is the only one that is named: then each of its lines is a value.
fn any_headers<'r>(names: &[String], takes_lines: bool, content: &Content<'r>) -> Result<Vec<Cow<'r, [u8]>>, Reason> {
    let mut found: Vec<(&str, &[u8])> = Vec::new();
    for (name, value) in content.headers.iter().filter(|(name, _)| is_any_of(names, name)) {
        if !takes_lines && found.iter().any(|(known, _)| known == name) {
            return Err(Reason::AmbiguousHeaders);
        }
        if found.len() == MAX_SIGNATURES {
            return Err(Reason::TooManySignatures);
        }
        found.push((name, value.trim_ascii()));
    }
    match found.is_empty() {
        true => Err(Reason::SignatureMissing),
        false => Ok(found.into_iter().map(|(_, value)| Cow::Borrowed(value)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(signature: u8, name: Option<&'static str>) -> Read {
        let named = name.map(|name| (name.into(), name.as_bytes().into()));
        let params = Params { named: named.into_iter().collect(), ..Params::default() };
        Read { signatures: vec![vec![signature]], params, over: Over::Content }
    }

    /// Sixteen lines of one header cost sixteen copies of the body, each hashed under each key.
    #[test]
    fn signatures_over_the_same_content_are_one_entry() {
        let mut reads = Vec::new();
        for (signature, name) in [(1, None), (2, Some("a")), (3, None), (4, Some("b")), (5, Some("a"))] {
            add(&mut reads, read(signature, name));
        }
        let signatures: Vec<_> = reads.into_iter().map(|read| read.signatures.concat()).collect();
        assert_eq!(signatures, [vec![1, 3], vec![2, 5], vec![4]]);
    }
}
