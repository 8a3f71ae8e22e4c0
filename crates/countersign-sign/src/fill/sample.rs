//! The provider's sample: its placeholders, and what they stand for.

use countersign::{TimestampUnit, Token, UnixTime};

use super::Fill;
use crate::draft::Body;
use crate::error::SignError;
use crate::fill::event::has_params;
use crate::fill::is_jwt;
use crate::place::{Place, escaped};
use crate::unsigned::{find, is_form, set};

impl Fill<'_> {
    /// Writes the body, and the headers: the provider's, then the caller's.
    pub(super) fn write_sample(&mut self) -> Result<(), SignError> {
        let draft = self.draft;
        let sample = &draft.signer.provider.sample;
        let id = draft.id.as_str();
        let time = self.written_at();
        self.unsigned.body = match &draft.body {
            Body::Given(body) => body.clone(),
            Body::Sample if sample.body.is_empty() => return Err(SignError::NoSample),
            Body::Sample => {
                let id = fitting(id, &sample.body);
                self.configured(fill_in(&sample.body, &id, time))?.into()
            }
        };
        if draft.provider_headers {
            for (name, value) in sample.headers.iter() {
                let name = name.to_ascii_lowercase();
                let value = self.configured(fill_in(value, id, time))?;
                let value = if name == "content-type" { self.type_of_body(value) } else { value };
                set(&mut self.unsigned.headers, &name, value);
            }
        }
        for (name, value) in &draft.headers {
            set(&mut self.unsigned.headers, name, value.clone());
        }
        Ok(())
    }

    /// The parameters beside the signature that the sample shows. A time in them is that of this attempt.
    pub(super) fn write_sample_params(&mut self) -> Result<(), SignError> {
        if !has_params(&self.scheme.scheme) {
            return Ok(());
        }
        for (name, value) in self.draft.signer.provider.sample.params.iter() {
            if find(&self.unsigned.params, name).is_none() {
                let value = self.configured(fill_in(value, self.draft.id.as_str(), self.sent_at))?;
                set(&mut self.unsigned.params, name, value);
            }
        }
        Ok(())
    }

    /// The sample's content type, unless that is a form's and the caller's body is JSON.
    fn type_of_body(&self, shown: String) -> String {
        let is_json = matches!(self.unsigned.body.trim_ascii_start().first(), Some(b'{' | b'['));
        if !self.is_sample() && is_json && is_form(&shown) { "application/json".to_owned() } else { shown }
    }

    /// A header's value in the sample.
    pub(super) fn sample_header(&self, name: &str) -> Result<Option<String>, SignError> {
        let mut headers = self.draft.signer.provider.sample.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        let filled = found.map(|(_, value)| fill_in(value, self.draft.id.as_str(), self.written_at()));
        filled.map(|value| self.configured(value)).transpose()
    }

    /// The time that fills a sample: that of the event, so that a retry has the same body; unless the signed time
    /// itself stands in it.
    fn written_at(&self) -> UnixTime {
        let is_in_body = matches!(
            self.scheme.time.as_ref().map(Token::required),
            Some(Token::Json(_) | Token::Number(_) | Token::Scalar(_) | Token::Field(_))
        );
        let is_jwt = self.scheme.place == Place::Body && is_jwt(&self.scheme.scheme);
        if is_in_body || is_jwt { self.sent_at } else { self.draft.occurred_at.unwrap_or(self.sent_at) }
    }

    /// The text with the endpoint's own values in it.
    fn configured(&self, mut text: String) -> Result<String, SignError> {
        while let Some((before, from)) = text.split_once("{cfg:") {
            let Some((name, after)) = from.split_once('}') else { break };
            let found = self.unsigned.config.iter().find(|(known, _)| known == name);
            let (_, value) = found.ok_or_else(|| SignError::ConfigMissing { name: name.to_owned() })?;
            text = format!("{before}{value}{after}");
        }
        Ok(text)
    }
}

/// Fills a sample's placeholders. Other braces are the sample's own; that of the signature is filled when there is one.
fn fill_in(sample: &str, id: &str, time: UnixTime) -> String {
    let text = sample
        .replace("{ts_ms}", &TimestampUnit::Milliseconds.write(time))
        .replace("{ts_rfc3339}", &TimestampUnit::Rfc3339.write(time))
        .replace("{ts}", &TimestampUnit::Seconds.write(time));
    text.replace("{id}", id)
}

/// An id as a part of the sample: of a JSON string, of an XML text, of a form.
fn fitting(id: &str, sample: &str) -> String {
    match sample.trim_start().as_bytes().first() {
        Some(b'{' | b'[') => escaped(id),
        Some(b'<') => id.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"),
        _ => form_urlencoded::byte_serialize(id.as_bytes()).collect(),
    }
}
