//! What makes a delivery that of an event: its id, its time, and the claims of a JWT that say both.

use countersign::{Scheme, Syntax, Text, Token, parse_template};
use serde_json::Value;

use super::Fill;
use crate::draft::Id;
use crate::error::SignError;
use crate::fill::{JWT_LIFETIME, is_jwt};
use crate::place::{Place, Spot, escaped, field};
use crate::signed::query_of;
use crate::signer::name_in;
use crate::unsigned::{find, set};

impl Fill<'_> {
    /// The times and the id of a JWT. One that is the whole body has the body's members as its claims.
    pub(super) fn write_claims(&mut self) -> Result<(), SignError> {
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
        self.unsigned.claims.insert("iat".to_owned(), Value::from(seconds));
        // Where the provider leaves it to the receiver to judge the age, the token does not say how long it holds.
        if self.scheme.time.is_none() {
            self.unsigned.claims.insert("nbf".to_owned(), Value::from(seconds));
            self.unsigned.claims.insert("exp".to_owned(), Value::from(seconds.saturating_add(JWT_LIFETIME)));
        }
        self.unsigned.claims.entry("jti").or_insert_with(|| Value::from(self.draft.id.as_str()));
        Ok(())
    }

    pub(super) fn write_id(&mut self) -> Result<(), SignError> {
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

    pub(super) fn write_time(&mut self) -> Result<(), SignError> {
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
    pub(super) fn write_number(&mut self) {
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

    /// Whether an id may stand in a signed header: not where a byte of it could be taken for the delimiter beside it.
    fn fits_header(&self, id: &str, names: &[String]) -> bool {
        let beside = beside(&self.scheme.content, names);
        let is_clean = |byte: u8| byte.is_ascii_graphic() && !beside.contains(&Some(byte));
        (1..=255).contains(&id.len()) && id.bytes().all(is_clean)
    }
}

/// Whether parameters stand beside the signature.
pub(super) fn has_params(scheme: &Scheme) -> bool {
    !matches!(scheme.signature.syntax, Syntax::Plain | Syntax::Prefix(_) | Syntax::List { .. })
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
