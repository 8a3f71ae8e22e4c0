//! What a scheme demands of a delivery, and how the delivery is made to say so.

use countersign::Token;
use serde_json::Value;

use super::Fill;
use crate::error::SignError;
use crate::place::{Spot, json_span};
use crate::signed::SignedDelivery;

impl Fill<'_> {
    /// Makes a condition hold: by a header, a claim or a parameter of the query that is not there yet, or in the sample.
    pub(super) fn settle(
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

    /// Makes a value of the sample's body say `text`.
    pub(super) fn write_into_sample(&mut self, token: &Token, text: &str) {
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

    pub(super) fn put(&mut self, spot: &Spot, text: &str) {
        let mut parts = SignedDelivery {
            method: String::new(),
            url: core::mem::take(&mut self.unsigned.url),
            headers: core::mem::take(&mut self.unsigned.headers),
            body: core::mem::take(&mut self.unsigned.body),
        };
        spot.put(&mut parts, text);
        (self.unsigned.url, self.unsigned.headers, self.unsigned.body) = (parts.url, parts.headers, parts.body);
    }
}
