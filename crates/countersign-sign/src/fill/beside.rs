//! What stands beside a signature: the key's id, signed headers, and parameters.

use countersign::{Algorithm, Scheme, Syntax, Token};
use serde_json::Value;

use super::{Fill, UNNAMED_KEY};
use crate::error::SignError;
use crate::signer::name_in;
use crate::unsigned::{find, set};

impl Fill<'_> {
    /// The id of the key that signs, where the scheme names keys.
    pub(super) fn write_key_id(&mut self) -> Result<(), SignError> {
        let (Some(token), id) = (&self.scheme.key_id, self.scheme.keys.first().and_then(|key| key.id.clone())) else {
            return Ok(());
        };
        match (token.required(), id) {
            (Token::Header(names), id) => {
                let name = name_in(names, self.unsigned.header_set);
                // Keys that are fetched must be named: as the sample does it, if the key has no name.
                let id = match id {
                    None if self.header(name).is_none() => self.sample_header(name)?,
                    id => id,
                };
                if let (Some(id), false) = (id, self.set_by_caller(name)) {
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
        Ok(())
    }

    /// Signed headers that the caller did not set: as the sample has them, or what their names say. A nonce is new with
    /// each request, so one that the sample shows is not sent.
    pub(super) fn write_signed_headers(&mut self) -> Result<(), SignError> {
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

    /// The list of signed headers, where nothing says it yet, and those on it that the sample has.
    pub(super) fn write_listed_headers(&mut self) -> Result<(), SignError> {
        for token in self.scheme.tokens() {
            let (Token::HeadersJoined(list) | Token::HeadersLines(list)) = token else { continue };
            match self.unsigned.text_of(list) {
                Ok(names) => {
                    for name in names.split(',').map(|name| name.trim().to_ascii_lowercase()) {
                        if self.header(&name).is_none()
                            && let Some(shown) = self.sample_header(&name)?
                        {
                            set(&mut self.unsigned.headers, &name, shown);
                        }
                    }
                }
                Err(_) => {
                    if let Some(names) = self.listed_headers() {
                        self.unsigned.replace(list.required(), names);
                    }
                }
            }
        }
        Ok(())
    }

    /// What stands beside the signature: values that a provider of this scheme could send.
    pub(super) fn write_params(&mut self) {
        let scheme = self.scheme;
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

    /// The headers that an HTTP signature covers and that follow from the rest.
    pub(super) fn write_covered(&mut self) {
        #[cfg(feature = "http-signatures")]
        if let Syntax::HttpSignature { cover, .. } = &self.scheme.scheme.signature.syntax {
            let sent_at = self.sent_at;
            crate::http_signature::add_headers(&mut self.unsigned, cover, || super::date::http_date(sent_at));
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

    /// The headers for a list of signed ones: those that tell the time, else all that begin with `x-`.
    fn listed_headers(&self) -> Option<String> {
        let names = |wanted: fn(&str) -> bool| {
            let names = self.unsigned.headers.iter().map(|(name, _)| name.as_str()).filter(|name| wanted(name));
            Some(names.collect::<Vec<_>>().join(",")).filter(|names| !names.is_empty())
        };
        names(|name| name.contains("timestamp")).or_else(|| names(|name| name.starts_with("x-")))
    }
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
