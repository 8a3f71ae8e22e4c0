//! What the tokens of a reply stand for.

use std::borrow::Cow;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};

use crate::clock::UnixTime;
use crate::content::{Content, digest};
use crate::keyring::ActiveKeys;
use crate::plan::Plan;
use crate::rejection::Reason;
use crate::template::{DigestWriting, Token};

/// A reply in the making.
pub(super) struct Writer<'w> {
    pub(super) challenge: &'w [u8],
    pub(super) content: &'w Content<'w>,
    pub(super) plan: &'w Plan,
    pub(super) keys: &'w ActiveKeys,
    pub(super) now: UnixTime,
}

impl Writer<'_> {
    /// The bytes of a template, and where it is JSON, with values written as inside a string.
    pub(super) fn text(&self, tokens: &[Token], as_json: bool) -> Result<Vec<u8>, Reason> {
        let mut text = Vec::new();
        for token in tokens {
            match token {
                Token::Literal(literal) => text.extend_from_slice(literal.as_bytes()),
                token if as_json => escape(&self.value(token)?, &mut text),
                token => text.extend_from_slice(&self.value(token)?),
            }
        }
        Ok(text)
    }

    fn value(&self, token: &Token) -> Result<Vec<u8>, Reason> {
        Ok(match token {
            Token::Challenge => self.challenge.to_vec(),
            Token::Mac { writing, of } => self.mac(*writing, &self.value(of)?)?,
            Token::Digest { hash, writing, of } => digest(*hash, *writing, &self.value(of)?),
            Token::Base64url(of) => BASE64URL_NOPAD.encode(&self.value(of)?).into_bytes(),
            Token::Group(tokens) => self.text(tokens, false)?,
            token => self.content.value(token).map(Cow::into_owned).map_err(|_| Reason::UrlUnknown)?,
        })
    }

    /// The MAC under the first key that may be used now.
    fn mac(&self, writing: DigestWriting, message: &[u8]) -> Result<Vec<u8>, Reason> {
        if self.keys.decoy {
            return Err(Reason::UnknownTenant);
        }
        let is_mac = |scheme: usize| self.plan.schemes.get(scheme).is_some_and(|scheme| scheme.algorithm.is_mac());
        let mut usable = self.keys.keys.iter().filter(|key| is_mac(key.scheme) && key.check_window(self.now).is_ok());
        let mut mac = usable.find_map(|key| key.prepared.begin()).ok_or(Reason::NoKeyForScheme)?;
        mac.update(message);
        Ok(match writing {
            DigestWriting::Hex => HEXLOWER.encode(mac.finish().as_slice()),
            _ => BASE64.encode(mac.finish().as_slice()),
        }
        .into_bytes())
    }
}

/// Writes a value as it stands inside a JSON string. Values are visible ASCII and spaces, by their grammars.
fn escape(value: &[u8], text: &mut Vec<u8>) {
    for byte in value {
        if matches!(byte, b'"' | b'\\') {
            text.push(b'\\');
        }
        text.push(*byte);
    }
}
