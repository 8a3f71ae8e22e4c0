//! Signatures on their way into headers: made per scheme and key, written by the scheme's syntax.

use countersign::{Syntax, Token, encode};

use crate::error::SignError;
use crate::signed::SignedDelivery;
use crate::signer::SchemeKeys;
use crate::unsigned::{Unsigned, find};

/// One signature, with the text that stands for it. Hostile kinds change the parts before they are written.
#[derive(Clone)]
pub(crate) struct Entry {
    /// The index of its scheme.
    pub(crate) scheme: usize,
    /// What stands before it: a prefix, or the name of its pair.
    pub(crate) label: String,
    pub(crate) bytes: Vec<u8>,
    /// The bytes as the scheme writes them.
    pub(crate) text: String,
}

impl Unsigned {
    /// Signs under every key of every scheme.
    pub(crate) fn entries(&self, schemes: &[SchemeKeys]) -> Result<Vec<Entry>, SignError> {
        let mut entries = Vec::new();
        for (index, scheme) in schemes.iter().enumerate() {
            let content = self.content(scheme)?;
            for key in &scheme.keys {
                let bytes = key.sign(&content);
                let text = encode(&bytes, scheme.scheme.signature.encoding);
                let label = label(&scheme.scheme.signature.syntax).to_owned();
                entries.push(Entry { scheme: index, label, bytes, text });
            }
        }
        Ok(entries)
    }

    /// Writes the entries into their headers. Schemes that share a header share its line, in their order.
    pub(crate) fn assemble(self, schemes: &[SchemeKeys], entries: &[Entry]) -> SignedDelivery {
        let mut lines: Vec<(String, String)> = Vec::new();
        for scheme in schemes {
            let header = scheme.header(self.header_set);
            if find(&lines, header).is_none() {
                lines.push((header.to_owned(), self.line(header, scheme, schemes, entries)));
            }
        }
        let mut headers = self.headers;
        headers.append(&mut lines);
        SignedDelivery { method: self.method, url: self.url, headers, body: self.body }
    }

    fn line(&self, header: &str, first: &SchemeKeys, schemes: &[SchemeKeys], entries: &[Entry]) -> String {
        let syntax = &first.scheme.signature.syntax;
        let sharing = |scheme: &&SchemeKeys| {
            scheme.header(self.header_set) == header
                && separators(&scheme.scheme.signature.syntax) == separators(syntax)
        };
        let mut entries = entries.iter().filter(|entry| schemes.get(entry.scheme).as_ref().is_some_and(sharing));
        match syntax {
            Syntax::List { separator, .. } => {
                join(entries.map(|entry| format!("{}{}", entry.label, entry.text)), *separator)
            }
            Syntax::Pairs { separator, assign, .. } => {
                let mut params: Vec<&str> = Vec::new();
                for token in schemes.iter().filter(sharing).flat_map(|scheme| &scheme.content) {
                    if let Token::Param(name) = token
                        && !params.contains(&name.as_str())
                    {
                        params.push(name);
                    }
                }
                let params = params.into_iter().filter_map(|name| Some((name, find(&self.params, name)?)));
                let pairs = params.chain(entries.map(|entry| (entry.label.as_str(), entry.text.as_str())));
                join(pairs.map(|(name, value)| format!("{name}{assign}{value}")), *separator)
            }
            // Room for one signature: the first key's.
            _ => entries.next().map(|entry| format!("{}{}", entry.label, entry.text)).unwrap_or_default(),
        }
    }
}

/// What stands before each signature of a scheme.
pub(crate) fn label(syntax: &Syntax) -> &str {
    match syntax {
        Syntax::Prefix(prefix) | Syntax::List { prefix, .. } => prefix,
        Syntax::Pairs { pick, .. } => pick,
        _ => "",
    }
}

/// What parts the entries of a header. Schemes that agree on it can share one.
fn separators(syntax: &Syntax) -> [Option<char>; 2] {
    match syntax {
        Syntax::List { separator, .. } => [Some(*separator), None],
        Syntax::Pairs { separator, assign, .. } => [Some(*separator), Some(*assign)],
        _ => [None, None],
    }
}

fn join(entries: impl Iterator<Item = String>, separator: char) -> String {
    entries.collect::<Vec<_>>().join(separator.encode_utf8(&mut [0; 4]))
}
