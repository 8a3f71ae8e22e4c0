//! Signatures on their way to their places: made for each scheme, key and item of the body.

use countersign::{Encoding, Scheme, Syntax, encode};

use crate::choice::Choice;
use crate::error::SignError;
use crate::jws;
use crate::key::{Message, SigningKey};
use crate::place::{Place, Spot};
use crate::signed::SignedDelivery;
use crate::signer::SchemeKeys;
use crate::unsigned::{Unsigned, find};

/// One signature, with the text that stands for it. Hostile kinds change the parts before they are written.
#[derive(Clone)]
pub(crate) struct Entry {
    /// The index of its scheme among those that sign.
    pub(crate) scheme: usize,
    /// The index of its key among those that sign the item.
    pub(crate) key: usize,
    /// The pointer of the item that it is over; empty for the whole delivery.
    pub(crate) item: String,
    /// What stands before it: a prefix, or the name of its pair.
    pub(crate) label: String,
    /// What it says itself that it covers: header and payload of a JWS, or the components of an HTTP signature.
    pub(crate) covers: String,
    pub(crate) bytes: Vec<u8>,
    /// The bytes as the scheme writes them.
    pub(crate) text: String,
}

impl Choice {
    /// Signs every item under every key of every scheme.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, SignError> {
        self.entries_with(|_, key, message| Some(key.sign(message)), None)
    }

    /// The same with signatures of another making, and of a JWS with another `alg`. What makes none is left out.
    pub(crate) fn entries_with(
        &self,
        sign: impl Fn(&SchemeKeys, &SigningKey, &Message) -> Option<Vec<u8>>,
        alg: Option<&str>,
    ) -> Result<Vec<Entry>, SignError> {
        let mut entries = Vec::new();
        let Some(lead) = self.lead() else { return Ok(entries) };
        for item in self.unsigned.items(lead)? {
            let mut index = 0usize;
            for (position, scheme) in self.schemes.iter().enumerate() {
                let message = self.unsigned.message(scheme, &item)?;
                for key in &scheme.keys {
                    let (covers, message) = self.unsigned.covered(scheme, key, &message, alg)?;
                    if let Some(bytes) = sign(scheme, key, &message) {
                        let text = encode(&bytes, encoding(&scheme.scheme));
                        let label = self.unsigned.label(scheme, key, index);
                        let item = item.clone();
                        entries.push(Entry { scheme: position, key: index, item, label, covers, bytes, text });
                    }
                    index = index.saturating_add(1);
                }
            }
        }
        Ok(entries)
    }

    /// Writes the entries into their places.
    pub(crate) fn assemble(&self, entries: &[Entry]) -> SignedDelivery {
        let mut delivery = self.unsigned.clone().into_delivery();
        let Some(lead) = self.lead() else { return delivery };
        for spot in self.spots() {
            let here = |entry: &&Entry| self.spot(entry).as_ref() == Some(&spot);
            let entries: Vec<&Entry> = entries.iter().filter(here).collect();
            // A second secret's own header is there only if it signed.
            if entries.is_empty() && matches!(lead.place, Place::Headers(_)) {
                continue;
            }
            spot.put(&mut delivery, &self.line(lead, &entries));
            if matches!(lead.scheme.signature.syntax, Syntax::HttpSignature { .. }) {
                let inputs = entries.iter().enumerate().map(|(index, entry)| format!("sig{index}={}", entry.covers));
                let inputs = inputs.collect::<Vec<_>>().join(", ");
                Spot::Header("signature-input".to_owned()).put(&mut delivery, &inputs);
            }
        }
        delivery
    }

    /// Where each signature stands.
    pub(crate) fn spots(&self) -> Vec<Spot> {
        let mut spots = Vec::new();
        let Some(lead) = self.lead() else { return spots };
        let keys: usize = self.schemes.iter().map(|scheme| scheme.keys.len()).sum();
        for item in self.unsigned.items(lead).unwrap_or_default() {
            for index in 0..keys {
                let spot = lead.place.spot(self.unsigned.header_set, index, &item);
                spots.extend(spot.filter(|spot| !spots.contains(spot)));
            }
        }
        spots
    }

    fn spot(&self, entry: &Entry) -> Option<Spot> {
        self.lead()?.place.spot(self.unsigned.header_set, entry.key, &entry.item)
    }
}

impl Unsigned {
    pub(crate) fn into_delivery(self) -> SignedDelivery {
        SignedDelivery { method: self.method, url: self.url, headers: self.headers, body: self.body }
    }

    /// What a signature says itself that it covers, and the bytes that are signed.
    fn covered(
        &self,
        scheme: &SchemeKeys,
        key: &SigningKey,
        message: &Message,
        alg: Option<&str>,
    ) -> Result<(String, Message), SignError> {
        match &scheme.scheme.signature.syntax {
            Syntax::Jws { payload, .. } => {
                let covers = jws::covers(self, scheme, *payload, alg);
                let bytes = jws::signing_input(&covers, *payload, &message.bytes);
                Ok((covers, Message { bytes, secret_at: None }))
            }
            #[cfg(feature = "http-signatures")]
            Syntax::HttpSignature { cover, tag } => {
                let (covers, bytes) = crate::http_signature::covers(self, cover, tag, key)?;
                Ok((covers, Message { bytes, secret_at: None }))
            }
            _ => {
                let _ = key;
                Ok((String::new(), message.clone()))
            }
        }
    }

    /// What stands before the signature that a key makes.
    fn label(&self, scheme: &SchemeKeys, key: &SigningKey, index: usize) -> String {
        let syntax = &scheme.scheme.signature.syntax;
        let Syntax::Pairs { assign, pick, .. } = syntax else { return label(syntax).to_owned() };
        if pick != "*" {
            return pick.to_string();
        }
        // The name of the pair is the key's own. A sample shows one.
        let shown = || {
            let text = scheme.place.spot(self.header_set, 0, "")?.text(&self.clone().into_delivery())?;
            let (name, _) = text.split_once(*assign)?;
            Some(name.to_owned())
        };
        let name = key.id.clone().or_else(|| find(&self.params, "name").map(str::to_owned)).or_else(shown);
        let name = name.unwrap_or_else(|| crate::fill::UNNAMED_KEY.to_owned());
        match index {
            0 => name,
            _ if key.id.is_some() => name,
            index => format!("{name}-{}", index.saturating_add(1)),
        }
    }
}

/// What stands before each signature of a scheme.
pub(crate) fn label(syntax: &Syntax) -> &str {
    match syntax {
        Syntax::Prefix(prefix) | Syntax::List { prefix, .. } | Syntax::Jws { prefix, .. } => prefix,
        Syntax::Pairs { pick, .. } if pick != "*" => pick,
        _ => "",
    }
}

/// How the bytes of a scheme's signatures are written.
pub(crate) fn encoding(scheme: &Scheme) -> Encoding {
    match scheme.signature.syntax {
        Syntax::Jws { .. } => Encoding::Base64urlNopad,
        Syntax::HttpSignature { .. } => Encoding::Base64,
        _ => scheme.signature.encoding,
    }
}
