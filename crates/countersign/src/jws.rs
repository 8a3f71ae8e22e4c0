//! A JWS in compact form (RFC 7515): three parts of base64url. What its header may say is decided here; which key
//! verifies it is not.

#[cfg(feature = "json")]
use data_encoding::BASE64URL_NOPAD;

use crate::scheme::Algorithm;
#[cfg(feature = "json")]
use crate::scheme::JwsPayload;

/// The longest compact form that is read, in bytes.
#[cfg(feature = "json")]
const MAX_LENGTH: usize = 64 * 1024;

/// A JWS whose header is in order.
#[cfg(feature = "json")]
pub(crate) struct Jws<'t> {
    /// The protected header as it is signed.
    protected: &'t str,
    /// The payload as it stands in the text. Empty where it is detached.
    payload_text: &'t str,
    /// The protected header, decoded: a JSON object.
    pub(crate) header: Vec<u8>,
    /// The payload, decoded, where it is attached.
    pub(crate) payload: Option<Vec<u8>>,
    pub(crate) signature: Vec<u8>,
}

#[cfg(feature = "json")]
impl<'t> Jws<'t> {
    /// Reads a compact JWS that `algorithm` made, or `None` where it is none.
    ///
    /// 1. `alg` is exactly the scheme's algorithm. The request cannot choose another, `none` included.
    /// 2. The only extension is `b64`, where the scheme has its payload unencoded (RFC 7797), and there it must be.
    /// 3. Keys or addresses of keys in the header (`jwk`, `jku`, `x5u`, `x5c`) are not looked at.
    pub(crate) fn read(text: &'t str, algorithm: Algorithm, payload: JwsPayload) -> Option<Self> {
        let mut parts = text.split('.');
        let (protected, payload_text, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let is_attached = payload == JwsPayload::Attached;
        if parts.next().is_some() || text.len() > MAX_LENGTH || payload_text.is_empty() == is_attached {
            return None;
        }
        let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok();
        let jws = Self {
            protected,
            payload_text,
            header: decode(protected)?,
            payload: if is_attached { Some(decode(payload_text)?) } else { None },
            signature: decode(signature)?,
        };
        (jws.text("/alg").as_deref() == Some(name(algorithm)?) && jws.extensions_are_known(payload)).then_some(jws)
    }

    /// The bytes that are signed: all of them, or what stands before a payload that is elsewhere.
    pub(crate) fn signing_input(&self) -> Vec<u8> {
        [self.protected, ".", self.payload_text].concat().into_bytes()
    }

    fn text(&self, pointer: &str) -> Option<String> {
        let found = crate::json::find(&self.header, pointer, crate::json::Kind::Text).ok().flatten()?;
        Some(found.to_string())
    }

    fn extensions_are_known(&self, payload: JwsPayload) -> bool {
        let raw = |pointer| crate::json::raw(&self.header, pointer);
        let (Ok(critical), Ok(encoded)) = (raw("/crit"), raw("/b64")) else { return false };
        match payload {
            JwsPayload::DetachedRaw => {
                let only_b64 =
                    |list: &[u8]| serde_json::from_slice::<Vec<String>>(list).is_ok_and(|list| list == ["b64"]);
                critical.is_some_and(only_b64) && encoded == Some(b"false")
            }
            _ => critical.is_none() && encoded.is_none_or(|encoded| encoded == b"true"),
        }
    }
}

/// The name of an algorithm in a JWS (RFC 7518, RFC 8037), where it has one.
pub const fn name(algorithm: Algorithm) -> Option<&'static str> {
    Some(match algorithm {
        Algorithm::HmacSha256 => "HS256",
        Algorithm::HmacSha384 => "HS384",
        Algorithm::HmacSha512 => "HS512",
        Algorithm::Ed25519 => "EdDSA",
        Algorithm::EcdsaP256Sha256Fixed => "ES256",
        Algorithm::EcdsaP384Sha384Fixed => "ES384",
        Algorithm::EcdsaP521Sha512Fixed => "ES512",
        Algorithm::RsaPkcs1Sha256 => "RS256",
        Algorithm::RsaPkcs1Sha384 => "RS384",
        Algorithm::RsaPkcs1Sha512 => "RS512",
        Algorithm::RsaPssSha256 => "PS256",
        Algorithm::RsaPssSha384 => "PS384",
        Algorithm::RsaPssSha512 => "PS512",
        _ => return None,
    })
}

#[cfg(all(test, feature = "json"))]
mod tests {
    use super::*;

    fn compact(header: &str, payload: &str) -> String {
        format!("{}.{}.c2ln", BASE64URL_NOPAD.encode(header.as_bytes()), payload)
    }

    #[test]
    fn the_request_cannot_choose_the_algorithm() {
        let reads =
            |header: &str| Jws::read(&compact(header, "e30"), Algorithm::HmacSha256, JwsPayload::Attached).is_some();
        assert!(reads(r#"{"alg":"HS256","typ":"JWT"}"#));
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"hs256"}"#,
            r#"{"alg":"HS512"}"#,
            r#"{"alg":"RS256"}"#,
            r#"{"alg":"HS256","alg":"HS256"}"#,
            r#"{"alg":"HS256","crit":["exp"]}"#,
            r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
            r#"{"alg":"HS256","b64":false}"#,
            r#"{"typ":"JWT"}"#,
            "[]",
            "",
        ] {
            assert!(!reads(header), "{header}");
        }
    }

    #[test]
    fn a_detached_payload_is_not_in_the_text() {
        let raw = |header: &str, payload: &str| {
            Jws::read(&compact(header, payload), Algorithm::RsaPkcs1Sha256, JwsPayload::DetachedRaw).is_some()
        };
        let header = r#"{"alg":"RS256","b64":false,"crit":["b64"]}"#;
        assert!(raw(header, ""));
        assert!(!raw(header, "e30"));
        assert!(!raw(r#"{"alg":"RS256"}"#, ""));
        assert!(!raw(r#"{"alg":"RS256","b64":false}"#, ""));
        assert!(!raw(r#"{"alg":"RS256","b64":false,"crit":["b64","x"]}"#, ""));
    }

    #[test]
    fn refuses_what_is_no_compact_form() {
        let header = BASE64URL_NOPAD.encode(br#"{"alg":"HS256"}"#);
        for text in
            ["", "a", "a.b", &format!("{header}.e30"), &format!("{header}.e30.c2ln.x"), &format!("{header}.e30.c2ln=")]
        {
            assert!(Jws::read(text, Algorithm::HmacSha256, JwsPayload::Attached).is_none(), "{text}");
        }
    }
}
