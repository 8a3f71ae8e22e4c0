//! A delivery in the making, as the tokens of its scheme see it: what each stands for, and the bytes to sign.

use std::borrow::Cow;

use bytes::Bytes;
use countersign::{Absent, Content, Params, Text, Token};
use serde_json::{Map, Value};

use crate::error::SignError;
use crate::key::Message;
use crate::place::{Place, json_span, json_value};
use crate::signed::target_of;
use crate::signer::{SchemeKeys, name_in};

/// A delivery with everything but its signatures.
#[derive(Clone)]
pub(crate) struct Unsigned {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) params: Vec<(String, String)>,
    /// The claims of a JWT.
    pub(crate) claims: Map<String, Value>,
    /// The payload of a JWT, where the caller wrote it whole.
    pub(crate) payload: Option<Bytes>,
    pub(crate) config: Vec<(Text, Text)>,
    pub(crate) body: Bytes,
    pub(crate) header_set: usize,
}

impl Unsigned {
    /// What the scheme signs of the item of the body at `item`; of the whole body where that is empty.
    pub(crate) fn message(&self, scheme: &SchemeKeys, item: &str) -> Result<Message, SignError> {
        let mut message = Message::default();
        for token in &scheme.content {
            match token {
                Token::Secret => message.secret_at = Some(message.bytes.len()),
                token => message.bytes.extend_from_slice(&self.value_in(token, item)?),
            }
        }
        Ok(message)
    }

    /// What a token stands for.
    pub(crate) fn value(&self, token: &Token) -> Result<Vec<u8>, SignError> {
        self.value_in(token, "")
    }

    /// What several tokens stand for.
    pub(crate) fn text(&self, tokens: &[Token]) -> Result<Vec<u8>, SignError> {
        tokens.iter().map(|token| self.value(token)).collect::<Result<Vec<_>, _>>().map(|parts| parts.concat())
    }

    /// The value of a signed header or parameter, as text.
    pub(crate) fn text_of(&self, token: &Token) -> Result<String, SignError> {
        self.value(token).map(|value| String::from_utf8_lossy(&value).into_owned())
    }

    /// Gives a signed header or parameter another value.
    pub(crate) fn replace(&mut self, token: &Token, value: String) {
        match token {
            Token::Header(names) => set(&mut self.headers, name_in(names, self.header_set), value),
            Token::Param(name) => set(&mut self.params, name, value),
            _ => {}
        }
    }

    /// Gives a claim a value, in objects that are made on the way.
    pub(crate) fn claim(&mut self, pointer: &str, value: Value) {
        let mut keys = pointer.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~")).peekable();
        let mut members = &mut self.claims;
        while let Some(key) = keys.next() {
            if keys.peek().is_none() {
                members.insert(key, value);
                return;
            }
            let inner = members.entry(key).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(inner) = inner else { return };
            members = inner;
        }
    }

    /// The claims as they are sent.
    pub(crate) fn payload(&self) -> Vec<u8> {
        match &self.payload {
            Some(payload) => payload.to_vec(),
            None => Value::Object(self.claims.clone()).to_string().into_bytes(),
        }
    }

    /// The pointers of the items that are signed one by one, or one that stands for the whole body.
    pub(crate) fn items(&self, scheme: &SchemeKeys) -> Result<Vec<String>, SignError> {
        let each = &scheme.scheme.each;
        let Some((before, after)) = each.split_once("/*") else { return Ok(vec![each.to_string()]) };
        let items = (0..MAX_ITEMS).map(|index| format!("{before}/{index}{after}"));
        let items: Vec<String> = items.take_while(|item| json_span(&self.body, item).is_some()).collect();
        match items.is_empty() {
            true => Err(SignError::NoPlaceForSignature { place: each.to_string() }),
            false => Ok(items),
        }
    }

    /// Whether there is a place in the body for the signature.
    pub(crate) fn has_room(&self, scheme: &SchemeKeys) -> bool {
        match &scheme.place {
            Place::Json(pointer) => self.items(scheme).is_ok_and(|items| {
                items.iter().all(|item| json_span(&self.body, &format!("{item}{pointer}")).is_some())
            }),
            Place::Field(_) => self.is_form(),
            _ => true,
        }
    }

    pub(crate) fn is_form(&self) -> bool {
        find(&self.headers, "content-type").is_some_and(is_form)
    }

    fn value_in(&self, token: &Token, item: &str) -> Result<Vec<u8>, SignError> {
        self.see(item, |content| match content.value(token) {
            Ok(value) => Ok(value.into_owned()),
            Err(_) => Err(missing(culprit(content, token), content)),
        })
    }

    /// The delivery as tokens see it; JSON pointers begin at `item`.
    fn see<T>(&self, item: &str, read: impl FnOnce(&Content<'_>) -> T) -> T {
        let headers: Vec<(&str, &[u8])> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let named = self.params.iter().map(|(name, value)| {
            let (name, value): (Cow<'_, str>, Cow<'_, [u8]>) = (name.into(), value.as_bytes().into());
            (name, value)
        });
        let params = Params { named: named.collect(), object: None, claims: Some(self.payload()) };
        let url = self.url.contains("://").then(|| self.url.split('#').next().unwrap_or_default());
        read(&Content {
            method: &self.method,
            target: target_of(&self.url),
            url,
            headers: &headers,
            header_set: self.header_set,
            config: &self.config,
            body: &self.body,
            json: if item.is_empty() { &self.body } else { json_value(&self.body, item).unwrap_or_default() },
            params: &params,
        })
    }
}

/// The most items of one body that are signed one by one: more are refused by the verifier.
const MAX_ITEMS: usize = 256;

/// The token inside another that stands for nothing.
fn culprit<'t>(content: &Content<'_>, token: &'t Token) -> &'t Token {
    let fails = |token: &&Token| content.value(token).is_err();
    let inner = match token {
        Token::Digest { of, .. } | Token::Base64url(of) | Token::JsonString(of) | Token::Optional(of) => {
            Some(&**of).filter(fails)
        }
        Token::HeadersJoined(of) | Token::HeadersLines(of) => Some(&**of).filter(fails),
        Token::Group(tokens) => tokens.iter().find(fails),
        _ => None,
    };
    inner.map_or(token, |inner| culprit(content, inner))
}

/// Why a token stands for nothing, and how to mend that.
fn missing(token: &Token, content: &Content<'_>) -> SignError {
    match token {
        Token::Header(names) => SignError::HeaderMissing { header: name_in(names, content.header_set).to_owned() },
        Token::Param(param) => SignError::ParamMissing { param: param.clone() },
        Token::Config(name) => SignError::ConfigMissing { name: name.clone() },
        token if token.is_url() && content.url.is_none() => SignError::UrlMissing,
        Token::UrlSortedForm | Token::FormSorted if content.value(token) == Err(Absent::Missing) => {
            SignError::HeaderMissing { header: "content-type: application/x-www-form-urlencoded".to_owned() }
        }
        token => SignError::ValueMissing { token: written(token) },
    }
}

/// A token about the body as a template has it.
fn written(token: &Token) -> String {
    match token {
        Token::Json(pointer) => format!("{{j:{pointer}}}"),
        Token::Number(pointer) => format!("{{n:{pointer}}}"),
        Token::Scalar(pointer) => format!("{{v:{pointer}}}"),
        Token::RawJson(pointer) => format!("{{raw:{pointer}}}"),
        Token::Claim(pointer) => format!("{{c:{pointer}}}"),
        Token::Field(name) => format!("{{f:{name}}}"),
        Token::Query(name) => format!("{{q:{name}}}"),
        Token::CanonicalJson => "{jcs:body}".to_owned(),
        _ => "a part of the request".to_owned(),
    }
}

/// What a token stands for that is not about a request.
pub(crate) fn literal(token: &Token) -> String {
    let params = Params::default();
    let content = Content {
        method: "",
        target: "",
        url: None,
        headers: &[],
        header_set: 0,
        config: &[],
        body: b"",
        json: b"",
        params: &params,
    };
    let value = content.value(token).unwrap_or_default();
    String::from_utf8_lossy(&value).into_owned()
}

/// Whether a content type is a form's.
pub(crate) fn is_form(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

pub(crate) fn find<'l>(lines: &'l [(String, String)], name: &str) -> Option<&'l str> {
    lines.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

pub(crate) fn set(lines: &mut Vec<(String, String)>, name: &str, value: String) {
    match lines.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = value,
        None => lines.push((name.to_owned(), value)),
    }
}
