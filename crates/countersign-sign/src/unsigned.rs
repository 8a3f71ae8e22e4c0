//! A delivery with everything the provider adds but the signature: its headers and parameters filled in, checked to be
//! sendable.

use bytes::Bytes;
use countersign::{TimestampUnit, Token, UnixTime};

use crate::draft::{Content, Draft, Id};
use crate::error::SignError;
use crate::signer::{Inner, SchemeKeys, name_in};

/// A delivery whose signed content is complete.
#[derive(Clone)]
pub(crate) struct Unsigned {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) header_set: usize,
}

impl Unsigned {
    /// Fills in what the caller left open: the caller's own headers and parameters stand as they are.
    pub(crate) fn fill(draft: &Draft) -> Result<Self, SignError> {
        let signer = &*draft.signer;
        if draft.header_set >= signer.sets {
            return Err(SignError::HeaderSet { wanted: draft.header_set, sets: signer.sets });
        }
        let sent_at = draft.time()?;
        let mut filled = Self {
            method: draft.method.clone(),
            url: draft.url.clone(),
            headers: Vec::new(),
            params: draft.params.clone(),
            body: Bytes::new(),
            header_set: draft.header_set,
        };
        filled.write_body(draft, sent_at)?;
        filled.write_headers(draft, sent_at);
        filled.write_id(draft)?;
        for scheme in &signer.schemes {
            filled.write_time(draft, scheme, sent_at)?;
        }
        filled.check(signer)?;
        Ok(filled)
    }

    /// The bytes that a scheme signs.
    pub(crate) fn content(&self, scheme: &SchemeKeys) -> Result<Vec<u8>, SignError> {
        let mut content = Vec::with_capacity(self.body.len().saturating_add(256));
        for token in &scheme.content {
            match token {
                Token::Literal(text) => content.extend_from_slice(text.as_bytes()),
                Token::Body => content.extend_from_slice(&self.body),
                token => content.extend_from_slice(self.value(token)?.as_bytes()),
            }
        }
        Ok(content)
    }

    /// The value of a signed header or parameter.
    pub(crate) fn value(&self, token: &Token) -> Result<&str, SignError> {
        match token {
            Token::Header(names) => {
                let name = name_in(names, self.header_set);
                find(&self.headers, name).ok_or_else(|| SignError::HeaderMissing { header: name.to_owned() })
            }
            Token::Param(name) => {
                find(&self.params, name).ok_or_else(|| SignError::ParamMissing { param: name.clone() })
            }
            // A scheme's content holds nothing else; `Provider::check` has seen to that.
            _ => Ok(""),
        }
    }

    /// Gives a signed header or parameter another value.
    pub(crate) fn replace(&mut self, token: &Token, value: String) {
        match token {
            Token::Header(names) => set(&mut self.headers, name_in(names, self.header_set), value),
            Token::Param(name) => set(&mut self.params, name, value),
            _ => {}
        }
    }

    fn write_body(&mut self, draft: &Draft, sent_at: UnixTime) -> Result<(), SignError> {
        self.body = match &draft.body {
            Content::Given(body) => body.clone(),
            Content::Sample if draft.signer.provider.sample.body.is_empty() => return Err(SignError::NoSample),
            Content::Sample => {
                // The sample is JSON, so the id goes in as JSON text.
                let quoted = serde_json::Value::from(draft.id.as_str()).to_string();
                let id = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default();
                fill_in(&draft.signer.provider.sample.body, id, self.written_at(draft, sent_at)).into()
            }
        };
        Ok(())
    }

    fn write_headers(&mut self, draft: &Draft, sent_at: UnixTime) {
        if draft.provider_headers {
            let written_at = self.written_at(draft, sent_at);
            for (name, value) in draft.signer.provider.sample.headers.iter() {
                let value = fill_in(value, draft.id.as_str(), written_at);
                set(&mut self.headers, &name.to_ascii_lowercase(), value);
            }
        }
        for (name, value) in &draft.headers {
            set(&mut self.headers, name, value.clone());
        }
    }

    /// The time that fills a sample: that of the event, so that a retry has the same body; unless the signed time
    /// itself stands in it.
    fn written_at(&self, draft: &Draft, sent_at: UnixTime) -> UnixTime {
        let in_body = |scheme: &SchemeKeys| matches!(scheme.time, Some(Token::Json(_) | Token::Number(_)));
        if draft.signer.schemes.iter().any(in_body) { sent_at } else { draft.occurred_at.unwrap_or(sent_at) }
    }

    fn write_id(&mut self, draft: &Draft) -> Result<(), SignError> {
        let signer = &*draft.signer;
        if let Some(names) = signer.id_header() {
            let name = name_in(names, draft.header_set).to_owned();
            if find(&self.headers, &name).is_none() {
                if !fits_header(draft.id.as_str(), names, &signer.schemes) {
                    return Err(SignError::BadId { header: name });
                }
                set(&mut self.headers, &name, draft.id.as_str().to_owned());
            }
            return Ok(());
        }
        let Id::Chosen(id) = &draft.id else { return Ok(()) };
        let provider = &signer.provider;
        let sample = &provider.sample;
        if matches!(draft.body, Content::Sample) && sample.body.contains("{id}") {
            return Ok(());
        }
        if let Some(pointer) = provider.event_id.iter().find(|id| id.contains("{j:") || id.contains("{n:")) {
            return Err(SignError::IdInBody { pointer: pointer.to_string() });
        }
        let name = provider.unsigned_id.as_ref().ok_or(SignError::NoPlaceForId)?.to_ascii_lowercase();
        if find(&self.headers, &name).is_none() {
            set(&mut self.headers, &name, id.clone());
        }
        Ok(())
    }

    fn write_time(&mut self, draft: &Draft, scheme: &SchemeKeys, sent_at: UnixTime) -> Result<(), SignError> {
        let (Some(token), Some(rule)) = (&scheme.time, &scheme.scheme.timestamp) else { return Ok(()) };
        match token {
            Token::Json(pointer) | Token::Number(pointer) => {
                let chosen = draft.sent_at.is_some();
                if chosen && time_in_body(&self.body, pointer) != Some(rule.unit.write(sent_at)) {
                    return Err(SignError::TimeInBody { pointer: rule.from.to_string() });
                }
            }
            token => {
                if self.value(token).is_err() {
                    self.replace(token, rule.unit.write(sent_at));
                }
            }
        }
        Ok(())
    }

    /// Nothing that a caller wrote may end a header line or stand where the signature goes.
    fn check(&self, signer: &Inner) -> Result<(), SignError> {
        for scheme in &signer.schemes {
            let header = scheme.header(self.header_set);
            if find(&self.headers, header).is_some() {
                return Err(SignError::SignatureHeader { header: header.to_owned() });
            }
        }
        let refuse = |part: String| Err(SignError::NotSendable { part });
        let is_token = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
        };
        if !is_token(&self.method) {
            return refuse("method".to_owned());
        }
        if self.url.is_empty() || !self.url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refuse("url".to_owned());
        }
        let is_value = |text: &str| !text.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t');
        for (name, value) in &self.headers {
            if !is_token(name) || !is_value(value) {
                return refuse(format!("header `{}`", name.escape_debug()));
            }
        }
        match self.params.iter().find(|(_, value)| !is_value(value)) {
            Some((name, _)) => refuse(format!("param `{}`", name.escape_debug())),
            None => Ok(()),
        }
    }
}

/// Fills a sample's placeholders. Other braces are the sample's own.
fn fill_in(sample: &str, id: &str, time: UnixTime) -> String {
    let seconds = TimestampUnit::Seconds.write(time);
    let millis = TimestampUnit::Milliseconds.write(time);
    sample.replace("{ts_ms}", &millis).replace("{ts}", &seconds).replace("{id}", id)
}

/// Whether an id may stand in a signed header: not where a byte of it could be taken for the delimiter beside it.
fn fits_header(id: &str, names: &[String], schemes: &[SchemeKeys]) -> bool {
    let is_delimiter = |byte: u8| schemes.iter().any(|scheme| beside(&scheme.content, names).contains(&Some(byte)));
    (1..=255).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic() && !is_delimiter(byte))
}

/// The literal bytes right before and right after a header in the signed content.
fn beside(content: &[Token], names: &[String]) -> [Option<u8>; 2] {
    let literal = |at: Option<usize>| match at.and_then(|at| content.get(at)) {
        Some(Token::Literal(text)) => Some(text.as_bytes()),
        _ => None,
    };
    let found = content.iter().position(|token| matches!(token, Token::Header(found) if found == names));
    let Some(at) = found else { return [None; 2] };
    let before = literal(at.checked_sub(1)).and_then(|text| text.last().copied());
    let after = literal(at.checked_add(1)).and_then(|text| text.first().copied());
    [before, after]
}

fn time_in_body(body: &[u8], pointer: &str) -> Option<String> {
    match serde_json::from_slice::<serde_json::Value>(body).ok()?.pointer(pointer)? {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(crate) fn find<'l>(lines: &'l [(String, String)], name: &str) -> Option<&'l str> {
    lines.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn set(lines: &mut Vec<(String, String)>, name: &str, value: String) {
    match lines.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = value,
        None => lines.push((name.to_owned(), value)),
    }
}
