//! What a provider adds to a delivery before it signs: headers, the id, the time, and what its scheme demands. The
//! caller's own headers and parameters stand as they are, and a body of the caller's is never changed.

mod beside;
#[cfg(feature = "http-signatures")]
mod date;
mod demands;
mod event;
mod sample;

use countersign::{JwsPayload, Scheme, Syntax, Text, Token, UnixTime};

use crate::draft::{Body, Draft};
use crate::error::SignError;
use crate::place::{Place, Spot};
use crate::signer::SchemeKeys;
use crate::unsigned::{Unsigned, find, set};

/// How long a JWT lives, in seconds.
pub(crate) const JWT_LIFETIME: u64 = 300;

/// One delivery being filled in for one scheme.
struct Fill<'d> {
    draft: &'d Draft,
    scheme: &'d SchemeKeys,
    sent_at: UnixTime,
    unsigned: Unsigned,
}

/// Fills in what the caller left open, for a scheme.
///
/// # Errors
///
/// What the scheme signs or demands is missing and not this crate's to add, or a part cannot be sent.
pub(crate) fn fill(draft: &Draft, scheme: &SchemeKeys) -> Result<Unsigned, SignError> {
    let signer = &*draft.signer;
    if draft.header_set >= signer.sets {
        return Err(SignError::HeaderSet { wanted: draft.header_set, sets: signer.sets });
    }
    let sent_at = draft.time()?;
    let unsigned = Unsigned {
        method: draft.method.clone(),
        url: draft.url.clone(),
        headers: Vec::new(),
        params: draft.params.clone(),
        claims: serde_json::Map::new(),
        payload: None,
        config: draft
            .config
            .iter()
            .map(|(name, value)| (Text::from(name.clone()), Text::from(value.clone())))
            .collect(),
        body: bytes::Bytes::new(),
        header_set: draft.header_set,
    };
    let mut fill = Fill { draft, scheme, sent_at, unsigned };
    fill.write_sample()?;
    fill.write_type();
    fill.write_claims()?;
    fill.write_id()?;
    fill.write_time()?;
    fill.write_number();
    for condition in &scheme.require {
        fill.settle(condition, &scheme.scheme.require, is_like)?;
    }
    fill.write_key_id()?;
    fill.write_signed_headers()?;
    fill.write_sample_params()?;
    fill.write_listed_headers()?;
    fill.write_params();
    fill.write_covered();
    for condition in &scheme.equal {
        fill.settle(condition, &scheme.scheme.equal, |left, right| left == right)?;
    }
    fill.check()?;
    Ok(fill.unsigned)
}

impl Fill<'_> {
    /// Whether the body is this crate's to change.
    fn is_sample(&self) -> bool {
        matches!(self.draft.body, Body::Sample)
    }

    fn set_by_caller(&self, header: &str) -> bool {
        find(&self.draft.headers, header).is_some()
    }

    fn header(&self, name: &str) -> Option<&str> {
        find(&self.unsigned.headers, name)
    }

    /// A body whose fields are signed is a form, and must say so.
    fn write_type(&mut self) {
        let tokens = self.scheme.tokens();
        let is_form = |token: &&Token| matches!(token, Token::Field(_) | Token::FormSorted | Token::UrlSortedForm);
        let wants_form = matches!(self.scheme.place, Place::Field(_)) || tokens.iter().any(is_form);
        let is_other = matches!(self.unsigned.body.trim_ascii_start().first(), None | Some(b'{' | b'[' | b'<'));
        if wants_form && !is_other && self.header("content-type").is_none() {
            set(&mut self.unsigned.headers, "content-type", "application/x-www-form-urlencoded".to_owned());
        }
    }

    /// Nothing that a caller wrote may end a header line or stand where the signature goes.
    fn check(&self) -> Result<(), SignError> {
        let unsigned = &self.unsigned;
        for index in 0..self.scheme.keys.len() {
            if let Some(Spot::Header(header)) = self.scheme.place.spot(unsigned.header_set, index, "")
                && self.header(&header).is_some()
            {
                return Err(SignError::SignatureHeader { header });
            }
        }
        if !unsigned.has_room(self.scheme) {
            return Err(SignError::NoPlaceForSignature { place: self.scheme.scheme.signature.at.to_string() });
        }
        let refuse = |part: String| Err(SignError::NotSendable { part });
        let is_token = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
        };
        if !is_token(&unsigned.method) {
            return refuse("method".to_owned());
        }
        if unsigned.url.is_empty() || !unsigned.url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refuse("url".to_owned());
        }
        let is_value = |text: &str| !text.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t');
        for (name, value) in &unsigned.headers {
            if !is_token(name) || !is_value(value) {
                return refuse(format!("header `{}`", name.escape_debug()));
            }
        }
        match unsigned.params.iter().find(|(_, value)| !is_value(value)) {
            Some((name, _)) => refuse(format!("param `{}`", name.escape_debug())),
            None => Ok(()),
        }
    }
}

/// What a key is called that has no name of its own.
pub(crate) const UNNAMED_KEY: &str = "key-1";

/// Whether a delivery says what a scheme requires: a header's parameters do not count, nor does its case.
fn is_like(left: &[u8], right: &[u8]) -> bool {
    left.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii().eq_ignore_ascii_case(right)
}

/// Whether the scheme has claims.
pub(crate) fn is_jwt(scheme: &Scheme) -> bool {
    matches!(scheme.signature.syntax, Syntax::Jws { payload: JwsPayload::Attached, .. })
}
