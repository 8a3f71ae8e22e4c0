//! How the signatures of one place are written: the syntaxes, from parts to text.

use countersign::{Encoding, Syntax, encode};

use crate::choice::Choice;
use crate::entry::Entry;
use crate::signer::SchemeKeys;
use crate::unsigned::find;

impl Choice {
    /// The text of a place that holds these entries.
    pub(crate) fn line(&self, lead: &SchemeKeys, entries: &[&Entry]) -> String {
        let labelled = |entry: &&Entry| format!("{}{}", entry.label, entry.text);
        match &lead.scheme.signature.syntax {
            Syntax::List { separator, .. } => join(entries.iter().map(labelled), *separator),
            Syntax::Pairs { separator, assign, group, written: order, .. } => {
                let params = self.params(lead);
                let written = |entries: &[&Entry]| {
                    let signatures = entries.iter().map(|entry| (entry.label.as_str(), entry.text.as_str()));
                    let mut pairs: Vec<(&str, &str)> = params.iter().copied().chain(signatures).collect();
                    let mut between = separator.to_string();
                    if !order.is_empty() {
                        let place = |name: &str| order.split(*separator).position(|known| known.trim() == name);
                        pairs.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
                        between.extend(order.contains(&format!("{separator} ")).then_some(' '));
                    }
                    let pairs: Vec<String> =
                        pairs.iter().map(|(name, value)| format!("{name}{assign}{value}")).collect();
                    pairs.join(&between)
                };
                match group {
                    Some(group) => join(entries.chunks(1).map(written), *group),
                    None => written(entries),
                }
            }
            Syntax::Fields { separator, names } => {
                let texts: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
                let values = names.split(*separator).map(|name| match (name.strip_prefix('='), name) {
                    (Some(_), _) => self.fixed(name, entries),
                    (None, "signature") => texts.first().copied().unwrap_or_default().to_owned(),
                    (None, "signature+") => join(texts.iter().map(|text| (*text).to_owned()), *separator),
                    (None, name) => find(&self.unsigned.params, name).unwrap_or_default().to_owned(),
                });
                join(values, *separator)
            }
            Syntax::Json { pick } => {
                let mut object = serde_json::Map::new();
                for (name, value) in self.params(lead) {
                    object.insert(name.to_owned(), value.into());
                }
                let text = entries.first().map(|entry| entry.text.as_str()).unwrap_or_default();
                object.insert(pick.to_string(), text.into());
                encode(serde_json::Value::Object(object).to_string().as_bytes(), Encoding::Base64)
            }
            Syntax::Jws { .. } => {
                let jws = |entry: &&Entry| format!("{}{}.{}", entry.label, entry.covers, entry.text);
                entries.first().map(jws).unwrap_or_default()
            }
            Syntax::HttpSignature { .. } => {
                let member = |(index, entry): (usize, &&Entry)| format!("sig{index}=:{}:", entry.text);
                entries.iter().enumerate().map(member).collect::<Vec<_>>().join(", ")
            }
            // Room for one signature: the first key's.
            _ => entries.first().map(labelled).unwrap_or_default(),
        }
    }

    /// The parameters beside the signature: those that it covers, in their order, then the caller's others.
    fn params(&self, lead: &SchemeKeys) -> Vec<(&str, &str)> {
        let mut names: Vec<&str> = self.schemes.iter().flat_map(SchemeKeys::wanted_params).collect();
        names.extend(self.unsigned.params.iter().map(|(name, _)| name.as_str()));
        let is_of_key = |name: &str| match &lead.scheme.signature.syntax {
            Syntax::Pairs { pick, .. } => pick == "*" && name == "name",
            _ => false,
        };
        let mut params: Vec<(&str, &str)> = Vec::new();
        for name in names {
            if let Some(value) = find(&self.unsigned.params, name)
                && !params.iter().any(|(known, _)| *known == name)
                && !is_of_key(name)
            {
                params.push((name, value));
            }
        }
        params
    }

    /// A value that must be that text. A hostile label takes the place of the first.
    fn fixed(&self, name: &str, entries: &[&Entry]) -> String {
        let text = name.strip_prefix('=').unwrap_or(name);
        let label = entries.first().map_or("", |entry| entry.label.as_str());
        if label.eq_ignore_ascii_case(text) { label.to_owned() } else { text.to_owned() }
    }
}

fn join(entries: impl Iterator<Item = String>, separator: char) -> String {
    entries.collect::<Vec<_>>().join(separator.encode_utf8(&mut [0; 4]))
}
