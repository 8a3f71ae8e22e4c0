//! The bytes that a signature may be over, made of the scheme's content. What a signature says itself that it covers is
//! read in `syntax.rs`.

use core::iter::once;

use crate::content::{Absent, Content};
use crate::envelope::is_signed_text;
use crate::plan::SchemePlan;
use crate::rejection::Reason;
use crate::template::Token;
use crate::url::other_ports;

/// What is signed.
pub(super) struct Message {
    pub(super) bytes: Vec<u8>,
    /// Where in them the secret goes, for plain hashes.
    pub(super) secret_at: Option<usize>,
}

impl Message {
    /// The payload of a JWS behind its protected header, as it is or in base64url.
    pub(super) fn behind(self, protected: &[u8], in_base64url: bool) -> Self {
        let bytes = match in_base64url {
            true => [protected, data_encoding::BASE64URL_NOPAD.encode(&self.bytes).as_bytes()].concat(),
            false => [protected, &self.bytes].concat(),
        };
        Self { bytes, ..self }
    }
}

/// The messages that the scheme's content may stand for: one, or two where the URL has two readings.
pub(super) fn messages(scheme: &SchemePlan, content: &Content<'_>) -> Result<Vec<Message>, Reason> {
    let has_ports = scheme.whole.content.iter().any(|(token, _)| *token == Token::UrlPorts);
    let others = content.url.filter(|_| has_ports).map(other_ports).unwrap_or_default();
    let urls = once(content.url).chain(others.iter().map(|url| Some(url.as_str())));
    urls.map(|url| message(scheme, &Content { url, ..*content })).collect()
}

fn message(scheme: &SchemePlan, content: &Content<'_>) -> Result<Message, Reason> {
    let has_body = scheme.whole.content.iter().any(|(token, _)| *token == Token::Body);
    let mut bytes = Vec::with_capacity(if has_body { content.body.len().saturating_add(512) } else { 0 });
    let mut secret_at = None;
    for (token, delimiters) in &scheme.whole.content {
        if *token == Token::Secret {
            secret_at = Some(bytes.len());
            continue;
        }
        let value = content.value(token).map_err(|absent| reason(token, absent))?;
        if let Token::Header(_) | Token::Param(_) = token.required() {
            let is_absent = value.is_empty() && matches!(token, Token::Optional(_));
            if !is_absent && !is_signed_text(&value, *delimiters) {
                return Err(Reason::SignedHeaderMalformed);
            }
        }
        bytes.extend_from_slice(&value);
    }
    Ok(Message { bytes, secret_at })
}

/// Why a token of the content stands for nothing.
fn reason(token: &Token, absent: Absent) -> Reason {
    match absent {
        Absent::Missing if token.required().is_url() => Reason::UrlUnknown,
        Absent::Missing => Reason::SignedHeaderMissing,
        Absent::Malformed => Reason::SignedHeaderMalformed,
    }
}
