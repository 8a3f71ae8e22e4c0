//! What a provider adds to a delivery before it signs: headers, the id, the time, and what its scheme demands. The
//! caller's own headers and parameters stand as they are, and a body of the caller's is never changed.

#[cfg(feature = "http-signatures")]
mod date;
mod sample;

use countersign::{Algorithm, JwsPayload, Scheme, Syntax, Text, Token, UnixTime, parse_template};
use serde_json::Value;

use crate::draft::{Body, Draft, Id};
use crate::error::SignError;
use crate::place::{Place, Spot, escaped, field, json_span};
use crate::signed::{SignedDelivery, query_of};
use crate::signer::{SchemeKeys, name_in};
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
    fill.write_key_id();
    fill.write_signed_headers()?;
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

    /// The times and the id of a JWT. One that is the whole body has the body's members as its claims.
    fn write_claims(&mut self) -> Result<(), SignError> {
        if !is_jwt(&self.scheme.scheme) {
            return Ok(());
        }
        if self.scheme.place == Place::Body {
            if let Ok(Value::Object(members)) = serde_json::from_slice(&self.unsigned.body) {
                self.unsigned.claims = members;
            }
            if !self.is_sample() {
                self.unsigned.payload = Some(self.unsigned.body.clone());
                return match self.unsigned.body.is_empty() {
                    true => Err(SignError::ValueMissing { token: "{body}".to_owned() }),
                    false => Ok(()),
                };
            }
        }
        let seconds = self.sent_at.as_secs();
        let times = [("iat", seconds), ("nbf", seconds), ("exp", seconds.saturating_add(JWT_LIFETIME))];
        for (name, time) in times {
            self.unsigned.claims.insert(name.to_owned(), Value::from(time));
        }
        self.unsigned.claims.entry("jti").or_insert_with(|| Value::from(self.draft.id.as_str()));
        Ok(())
    }

    fn write_id(&mut self) -> Result<(), SignError> {
        let signer = &*self.draft.signer;
        let id = self.draft.id.as_str().to_owned();
        // A JWT has it as `jti`, an HTTP signature as its nonce.
        let is_http_signature = matches!(self.scheme.scheme.signature.syntax, Syntax::HttpSignature { .. });
        let mut is_written = is_http_signature || is_jwt(&self.scheme.scheme) && self.unsigned.payload.is_none();
        for token in signer.id_tokens() {
            match token {
                Token::Claim(pointer) if is_jwt(&self.scheme.scheme) && self.unsigned.payload.is_none() => {
                    self.unsigned.claim(&pointer, Value::from(id.as_str()));
                }
                Token::Param(name) if has_params(&self.scheme.scheme) => {
                    if find(&self.unsigned.params, &name).is_none() {
                        set(&mut self.unsigned.params, &name, id.clone());
                    }
                    is_written = true;
                }
                _ => {}
            }
        }
        if let Some(names) = signer.id_header() {
            let name = name_in(&names, self.draft.header_set).to_owned();
            if self.header(&name).is_none() {
                if !self.fits_header(&id, &names) {
                    return Err(SignError::BadId { header: name });
                }
                set(&mut self.unsigned.headers, &name, id);
            }
            return Ok(());
        }
        let is_chosen = matches!(self.draft.id, Id::Chosen(_));
        if is_written || !is_chosen || self.is_sample() && signer.provider.sample.body.contains("{id}") {
            return Ok(());
        }
        let in_body = |id: &&Text| ["{j:", "{n:", "{v:", "{f:"].iter().any(|kind| id.contains(kind));
        if let Some(pointer) = signer.provider.event_id.iter().find(in_body) {
            return Err(SignError::IdInBody { pointer: pointer.to_string() });
        }
        let name = signer.provider.unsigned_id.as_ref().ok_or(SignError::NoPlaceForId)?.to_ascii_lowercase();
        if self.header(&name).is_none() {
            set(&mut self.unsigned.headers, &name, id);
        }
        Ok(())
    }

    fn write_time(&mut self) -> Result<(), SignError> {
        let scheme = self.scheme;
        let (Some(token), Some(rule)) = (&scheme.time, &scheme.scheme.timestamp) else { return Ok(()) };
        let text = rule.unit.write(self.sent_at);
        let token = token.required();
        match token {
            Token::Header(names) => {
                let name = name_in(names, self.unsigned.header_set);
                if !self.set_by_caller(name) {
                    set(&mut self.unsigned.headers, name, text);
                }
            }
            Token::Param(name) => {
                if find(&self.unsigned.params, name).is_none() {
                    set(&mut self.unsigned.params, name, text);
                }
            }
            Token::Claim(pointer) if self.unsigned.payload.is_none() => {
                let value = text.parse::<u64>().map_or_else(|_| Value::from(text.as_str()), Value::from);
                self.unsigned.claim(pointer, value);
            }
            Token::Query(name) => {
                if field(query_of(&self.unsigned.url).1, name).is_none() {
                    self.put(&Spot::Query(name.clone()), &text);
                }
            }
            token if self.is_sample() => self.write_into_sample(token, &text),
            token => {
                let found = self.unsigned.text_of(token).ok();
                if self.draft.sent_at.is_some() && found.as_deref() != Some(&text) {
                    return Err(SignError::TimeInBody { pointer: rule.from.to_string() });
                }
            }
        }
        Ok(())
    }

    /// An event that is named by a number in the sample's body gets one that is its own: the id, or one made of it.
    fn write_number(&mut self) {
        let id = self.draft.id.as_str().to_owned();
        if !self.is_sample() {
            return;
        }
        for template in self.draft.signer.provider.event_id.iter() {
            let Ok(tokens) = parse_template(template) else { return };
            let values: Result<Vec<_>, _> = tokens.iter().map(|token| self.unsigned.text_of(token)).collect();
            let Ok(values) = values else { continue };
            let is_number = |(token, value): &(&Token, &String)| {
                matches!(token, Token::Number(_) | Token::Scalar(_)) && value.parse::<u64>().is_ok()
            };
            let number = tokens.iter().zip(&values).rfind(is_number).map(|(token, _)| token.clone());
            let is_named = values.iter().any(|value| value.contains(&id) || value.contains(&escaped(&id)));
            if let (Some(token), false) = (number, is_named) {
                let number = match id.parse::<u64>() {
                    Ok(_) => id,
                    // 52 bits: what every reader of JSON keeps.
                    Err(_) => u64::from_str_radix(self.draft.digest(&id).get(..13).unwrap_or_default(), 16)
                        .unwrap_or_default()
                        .to_string(),
                };
                self.write_into_sample(&token, &number);
            }
            return;
        }
    }

    /// Makes a value of the sample's body say `text`.
    fn write_into_sample(&mut self, token: &Token, text: &str) {
        match token {
            Token::Field(name) => self.put(&Spot::Field(name.clone()), text),
            Token::Json(pointer) => self.put(&Spot::Json(pointer.clone()), text),
            Token::Number(pointer) | Token::Scalar(pointer) => {
                // A number stays one.
                let body = &self.unsigned.body;
                let Some(span) = json_span(body, pointer) else { return };
                let is_text = body.get(span.start) == Some(&b'"');
                if is_text || text.parse::<u64>().is_err() {
                    self.put(&Spot::Json(pointer.clone()), text);
                } else {
                    let parts = [body.get(..span.start), Some(text.as_bytes()), body.get(span.end..)];
                    self.unsigned.body = parts.map(Option::unwrap_or_default).concat().into();
                }
            }
            _ => {}
        }
    }

    fn put(&mut self, spot: &Spot, text: &str) {
        let mut parts = SignedDelivery {
            method: String::new(),
            url: core::mem::take(&mut self.unsigned.url),
            headers: core::mem::take(&mut self.unsigned.headers),
            body: core::mem::take(&mut self.unsigned.body),
        };
        spot.put(&mut parts, text);
        (self.unsigned.url, self.unsigned.headers, self.unsigned.body) = (parts.url, parts.headers, parts.body);
    }

    /// Makes a condition hold: by a header, a claim or a parameter of the query that is not there yet, or in the sample.
    fn settle(
        &mut self,
        [left, right]: &[Vec<Token>; 2],
        condition: &str,
        holds: fn(&[u8], &[u8]) -> bool,
    ) -> Result<(), SignError> {
        let is_unset = |token: &Token| {
            matches!(token, Token::Optional(inner) if matches!(**inner, Token::Config(_)))
                && self.unsigned.value(token).is_ok_and(|value| value.is_empty())
        };
        if left.iter().chain(right).any(is_unset) {
            return Ok(());
        }
        // What tells one scheme from another is only changed where the caller chose one.
        let is_chosen = self.draft.scheme.is_some() || condition == self.scheme.scheme.equal;
        let may_write = self.is_sample() && is_chosen;
        for (side, other) in [(left, right), (right, left)] {
            let ([token], Ok(value)) = (side.as_slice(), self.unsigned.text(other)) else { continue };
            let is_empty = |value: Vec<u8>| value.is_empty();
            let is_absent = match token {
                Token::Optional(_) => self.unsigned.value(token).is_ok_and(is_empty) && !value.is_empty(),
                token => self.unsigned.value(token).is_err(),
            };
            let text = String::from_utf8_lossy(&value).into_owned();
            match token.required() {
                token @ (Token::Header(_) | Token::Param(_)) if is_absent => self.unsigned.replace(token, text),
                Token::Claim(pointer) if is_absent && self.unsigned.payload.is_none() => {
                    self.unsigned.claim(pointer, Value::from(text));
                }
                Token::Query(name) if is_absent => self.put(&Spot::Query(name.clone()), &text),
                token if may_write => self.write_into_sample(token, &text),
                _ => continue,
            }
            break;
        }
        let value = |side: &[Token]| match self.unsigned.text(side) {
            Err(error) if error.is_of_scheme() => Err(SignError::ConditionUnmet { condition: condition.to_owned() }),
            found => found,
        };
        match holds(&value(left)?, &value(right)?) {
            true => Ok(()),
            false => Err(SignError::ConditionUnmet { condition: condition.to_owned() }),
        }
    }

    /// The id of the key that signs, where the scheme names keys.
    fn write_key_id(&mut self) {
        let (Some(token), id) = (&self.scheme.key_id, self.scheme.keys.first().and_then(|key| key.id.clone())) else {
            return;
        };
        match (token.required(), id) {
            (Token::Header(names), Some(id)) => {
                let name = name_in(names, self.unsigned.header_set);
                if !self.set_by_caller(name) {
                    set(&mut self.unsigned.headers, name, id);
                }
            }
            (Token::Param(name), id) if find(&self.unsigned.params, name).is_none() => {
                let version = name.to_ascii_lowercase().contains("version").then(|| "1".to_owned());
                let id = id.or(version).unwrap_or_else(|| UNNAMED_KEY.to_owned());
                set(&mut self.unsigned.params, name, id);
            }
            (Token::Claim(pointer), id) if self.unsigned.payload.is_none() => {
                self.unsigned.claim(pointer, Value::from(id.unwrap_or_else(|| UNNAMED_KEY.to_owned())));
            }
            (token, Some(id)) if self.is_sample() => self.write_into_sample(&token.clone(), &id),
            _ => {}
        }
    }

    /// Signed headers that the caller did not set: as the sample has them, or what their names say. A nonce is new with
    /// each request, so one that the sample shows is not sent.
    fn write_signed_headers(&mut self) -> Result<(), SignError> {
        for name in self.scheme.signed_headers(self.unsigned.header_set) {
            if self.set_by_caller(name) {
                continue;
            }
            let is_missing = self.header(name).is_none();
            let value = if name.contains("nonce") {
                Some(self.draft.nonce(self.sent_at))
            } else if !is_missing {
                None
            } else if let Some(shown) = self.sample_header(name)? {
                Some(shown)
            } else if name.contains("timestamp") {
                Some(self.sent_at.as_secs().to_string())
            } else {
                None
            };
            if let Some(value) = value {
                set(&mut self.unsigned.headers, name, value);
            }
        }
        Ok(())
    }

    /// What stands beside the signature: values that a provider of this scheme could send.
    fn write_params(&mut self) {
        let scheme = self.scheme;
        for token in scheme.tokens() {
            if let Token::HeadersJoined(list) | Token::HeadersLines(list) = token
                && self.unsigned.value(list).is_err()
                && let Some(names) = self.listed_headers()
            {
                self.unsigned.replace(list.required(), names);
            }
        }
        let mut wanted: Vec<&str> = scheme.wanted_params();
        match &scheme.scheme.signature.syntax {
            Syntax::Fields { separator, names } => {
                let own = |name: &&str| !name.starts_with('=') && !matches!(*name, "signature" | "signature+");
                wanted.extend(names.split(*separator).filter(own));
            }
            Syntax::HttpSignature { .. } => {
                wanted.extend(["created", "nonce"]);
                self.write_alg();
            }
            _ => {}
        }
        let listed = |name: &str| {
            let all = scheme.tokens();
            let is_list = |token: &&Token| match token {
                Token::HeadersJoined(list) | Token::HeadersLines(list) => {
                    matches!(list.required(), Token::Param(known) if known == name)
                }
                _ => false,
            };
            all.iter().any(is_list)
        };
        for name in wanted {
            if find(&self.unsigned.params, name).is_some() || listed(name) || is_fixed(&scheme.scheme, name) {
                continue;
            }
            let value = match name {
                "t" | "ts" | "time" | "timestamp" | "created" => self.sent_at.as_secs().to_string(),
                "nonce" if matches!(scheme.scheme.signature.syntax, Syntax::HttpSignature { .. }) => {
                    self.draft.id.as_str().to_owned()
                }
                _ => self.draft.nonce(self.sent_at),
            };
            set(&mut self.unsigned.params, name, value);
        }
    }

    /// Where a provider signs with several algorithms, an HTTP signature names its own.
    fn write_alg(&mut self) {
        let algorithm = self.scheme.scheme.algorithm;
        let others = self.draft.signer.provider.schemes.iter().any(|scheme| scheme.algorithm != algorithm);
        if let (true, None, Some(name)) = (others, find(&self.unsigned.params, "alg"), rfc_name(algorithm)) {
            set(&mut self.unsigned.params, "alg", name.to_owned());
        }
    }

    /// The headers that an HTTP signature covers and that follow from the rest.
    fn write_covered(&mut self) {
        #[cfg(feature = "http-signatures")]
        if let Syntax::HttpSignature { cover, .. } = &self.scheme.scheme.signature.syntax {
            let sent_at = self.sent_at;
            crate::http_signature::add_headers(&mut self.unsigned, cover, || date::http_date(sent_at));
        }
    }

    /// The headers for a list of signed ones: those that tell the time, else all that begin with `x-`.
    fn listed_headers(&self) -> Option<String> {
        let names = |wanted: fn(&str) -> bool| {
            let names = self.unsigned.headers.iter().map(|(name, _)| name.as_str()).filter(|name| wanted(name));
            Some(names.collect::<Vec<_>>().join(",")).filter(|names| !names.is_empty())
        };
        names(|name| name.contains("timestamp")).or_else(|| names(|name| name.starts_with("x-")))
    }

    /// Whether an id may stand in a signed header: not where a byte of it could be taken for the delimiter beside it.
    fn fits_header(&self, id: &str, names: &[String]) -> bool {
        let beside = beside(&self.scheme.content, names);
        let is_clean = |byte: u8| byte.is_ascii_graphic() && !beside.contains(&Some(byte));
        (1..=255).contains(&id.len()) && id.bytes().all(is_clean)
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

/// The name that RFC 9421, section 3.3, gives to an algorithm.
fn rfc_name(algorithm: Algorithm) -> Option<&'static str> {
    match algorithm {
        Algorithm::HmacSha256 => Some("hmac-sha256"),
        Algorithm::Ed25519 => Some("ed25519"),
        Algorithm::EcdsaP256Sha256Fixed => Some("ecdsa-p256-sha256"),
        Algorithm::EcdsaP384Sha384Fixed => Some("ecdsa-p384-sha384"),
        Algorithm::RsaPkcs1Sha256 => Some("rsa-v1_5-sha256"),
        Algorithm::RsaPssSha512 => Some("rsa-pss-sha512"),
        _ => None,
    }
}

/// Whether the scheme has claims.
pub(crate) fn is_jwt(scheme: &Scheme) -> bool {
    matches!(scheme.signature.syntax, Syntax::Jws { payload: JwsPayload::Attached, .. })
}

/// Whether parameters stand beside the signature.
fn has_params(scheme: &Scheme) -> bool {
    !matches!(scheme.signature.syntax, Syntax::Plain | Syntax::Prefix(_) | Syntax::List { .. })
}

/// Whether a parameter is written with the signature itself.
fn is_fixed(scheme: &Scheme, name: &str) -> bool {
    match &scheme.signature.syntax {
        Syntax::Jws { .. } => matches!(name, "alg" | "typ" | "b64" | "crit"),
        Syntax::HttpSignature { .. } => matches!(name, "alg" | "tag" | "keyid" | "expires"),
        // The name of the pair that holds the signature is its key's.
        Syntax::Pairs { pick, .. } => pick == "*" && name == "name",
        _ => false,
    }
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
