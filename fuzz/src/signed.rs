//! A signed delivery, taken apart into the fields that its signature covers, and the ways to change it.

use countersign::{Encoding, Provider, Scheme, Syntax, TimestampUnit};

use crate::capture::{Capture, NOW};
use crate::oracle::{self, pick, tokens};
use crate::receiver::KEY;

/// A delivery, in parts.
#[derive(Debug, Clone)]
pub struct Signed<'p> {
    provider: &'p Provider,
    /// The tokens of the signed content with their values, in order.
    fields: Vec<(&'p str, Vec<u8>)>,
    /// The signature, written.
    signature: Vec<u8>,
    /// Header lines that the signature does not cover.
    notes: Vec<(String, Vec<u8>)>,
    /// A header line of the delivery's own that is sent once more.
    repeated: Vec<(String, Vec<u8>)>,
    /// Which family of header names is used.
    set: usize,
}

impl<'p> Signed<'p> {
    /// Signs a delivery of `body`, sent at [`NOW`].
    pub fn new(provider: &'p Provider, body: &[u8]) -> Self {
        let rule = provider.schemes[0].timestamp.as_ref();
        let time = rule.map_or("", |rule| rule.from.trim_matches(['{', '}']));
        let now = match rule.map(|rule| rule.unit) {
            Some(TimestampUnit::Seconds) => (NOW / 1_000).to_string(),
            _ => NOW.to_string(),
        };
        let body = match time.strip_prefix("n:/") {
            // Where the time stands in the body, the body must be one that has it.
            Some(name) => format!("{{\"{name}\":{now},\"x\":\"{:02x?}\"}}", body).into_bytes(),
            None => body.to_vec(),
        };
        let value = |token: &str| match token {
            "body" => body.clone(),
            token if token == time => now.clone().into_bytes(),
            _ => b"msg_2b7e151628aed2a6".to_vec(),
        };
        let fields = tokens(&provider.schemes[0].content).filter_map(|(_, token)| Some((token?, value(token?))));
        let fields = fields.collect();
        let unsigned =
            Self { provider, fields, signature: Vec::new(), notes: Vec::new(), repeated: Vec::new(), set: 0 };
        let signature = oracle::sign(provider, KEY, &unsigned.request()).expect("every receiver signs with a MAC");
        Self { signature: signature.into_bytes(), ..unsigned }
    }

    /// How many fields the signature covers.
    pub fn field_count(&self) -> usize {
        self.fields.len()
    }

    /// The request as it would be sent.
    pub fn request(&self) -> Capture {
        let mut headers = self.notes.clone();
        let mut body = Vec::new();
        let mut params = Vec::new();
        for (token, value) in &self.fields {
            match token.split_once(':') {
                None => body.clone_from(value),
                Some(("h", names)) => headers.push((pick(names, self.set), value.clone())),
                Some((_, name)) => params.push((name, value.as_slice())),
            }
        }
        let field = &self.scheme().signature;
        let value = match &field.syntax {
            Syntax::Prefix(prefix) | Syntax::List { prefix, .. } => [prefix.as_bytes(), &self.signature].concat(),
            Syntax::Pairs { separator, assign, pick, .. } => {
                params.push((pick, &self.signature));
                let pair = |(name, value): (&str, &[u8])| [format!("{name}{assign}").as_bytes(), value].concat();
                params.into_iter().map(pair).collect::<Vec<_>>().join(separator.to_string().as_bytes())
            }
            _ => self.signature.clone(),
        };
        let names = field.at.trim_start_matches("{h:").trim_end_matches('}');
        headers.push((pick(names, self.set), value));
        headers.extend(self.repeated.iter().cloned());
        Capture { provider: self.provider.name.to_string(), now: NOW, method: "POST".into(), headers, body }
    }

    /// Whether a receiver that takes `honest` has to take this one: the same in every signed byte, and nothing said
    /// twice.
    pub fn must_pass_as(&self, honest: &Self) -> bool {
        let encoding = self.scheme().signature.encoding;
        let bytes = |signed: &Self| oracle::decode(&signed.signature, encoding);
        self.fields == honest.fields && bytes(self) == bytes(honest) && self.repeated.is_empty()
    }

    /// Takes one step: a kind, a field (the one after the last is the signature), a place, and a value.
    ///
    /// | kind | what changes |
    /// | --- | --- |
    /// | 0, 1, 2 | a bit of the field is flipped; a byte put in; up to eight taken out |
    /// | 3 | up to eight bytes move from the field to the next, or back |
    /// | 4 | the same signed bytes are divided into fields at other delimiters, so that the MAC still fits |
    /// | 5 | the signature's bytes are written in another way |
    /// | 6 | a header is added that means nothing |
    /// | 7 | the other family of header names is used |
    /// | 8 | one of the delivery's own header lines is sent twice |
    pub fn apply(&mut self, [kind, field, place, value]: [u8; 4]) {
        let [index, at, count] = [field, place, value].map(usize::from);
        match kind % 9 {
            0 => {
                let text = self.text(index);
                let at = at % text.len().max(1);
                if let Some(byte) = text.get_mut(at) {
                    *byte ^= 1 << (value % 8);
                }
            }
            1 => {
                let text = self.text(index);
                text.insert(at % (text.len() + 1), value);
            }
            2 => {
                let text = self.text(index);
                let at = at % (text.len() + 1);
                text.drain(at..text.len().min(at + 1 + count % 8));
            }
            3 => self.move_bytes(index, 1 + count % 8, at.is_multiple_of(2)),
            4 => self.divide_anew([at, count]),
            5 => self.rewrite(at),
            6 => self.notes.push((format!("x-note-{place}"), vec![value; 3])),
            7 => self.set = at % 2,
            _ => self.repeat(at),
        }
    }

    fn scheme(&self) -> &'p Scheme {
        &self.provider.schemes[0]
    }

    fn text(&mut self, index: usize) -> &mut Vec<u8> {
        let index = index % (self.fields.len() + 1);
        self.fields.get_mut(index).map_or(&mut self.signature, |(_, value)| value)
    }

    fn move_bytes(&mut self, index: usize, count: usize, forward: bool) {
        let first = index % self.fields.len();
        let Some([(_, left), (_, right)]) = self.fields.get_mut(first..first + 2) else { return };
        if forward {
            let moved = left.split_off(left.len().saturating_sub(count));
            right.splice(0..0, moved);
        } else {
            left.extend(right.drain(..count.min(right.len())));
        }
    }

    /// Ends each field at some place where the literal behind it stands; `skips` says at which.
    fn divide_anew(&mut self, skips: [usize; 2]) {
        let request = self.request();
        let Some((_, reading)) = oracle::readings(self.provider, &request).next() else { return };
        let template: Vec<(&str, Option<&str>)> = tokens(&self.scheme().content).collect();
        let mut rest = reading.content.as_slice();
        let mut skips = skips.into_iter().chain([0; 8]);
        let mut fields = Vec::new();
        for (index, (literal, token)) in template.iter().enumerate() {
            let (Some(after), Some(token)) = (rest.strip_prefix(literal.as_bytes()), token) else { continue };
            let behind = template.get(index + 1).map_or(&b""[..], |(literal, _)| literal.as_bytes());
            let ends: Vec<usize> = match behind {
                [] => vec![after.len()],
                behind => (0..after.len()).filter(|at| after[*at..].starts_with(behind)).collect(),
            };
            let Some(end) = ends.get(skips.next().unwrap_or(0) % ends.len().max(1)) else { return };
            fields.push((*token, after[..*end].to_vec()));
            rest = &after[*end..];
        }
        if fields.len() == self.fields.len() {
            self.fields = fields;
        }
    }

    fn rewrite(&mut self, how: usize) {
        let Some(bytes) = oracle::decode(&self.signature, self.scheme().signature.encoding) else { return };
        let text = match how % 6 {
            0 => oracle::write(&bytes, Encoding::Hex),
            1 => oracle::write(&bytes, Encoding::Hex).to_ascii_uppercase(),
            2 => format!("0x{}", oracle::write(&bytes, Encoding::Hex)),
            3 => oracle::write(&bytes, Encoding::Base64),
            4 => oracle::write(&bytes, Encoding::Base64url),
            _ => oracle::write(&bytes, Encoding::Base64urlNopad),
        };
        self.signature = text.into_bytes();
    }

    fn repeat(&mut self, which: usize) {
        let own: Vec<_> = Self { notes: Vec::new(), repeated: Vec::new(), ..self.clone() }.request().headers;
        self.repeated.push(own[which % own.len()].clone());
    }
}
