//! The private half of a public-key scheme: read from its usual forms, and signing. MAC keys are in `key.rs`.

use countersign::Algorithm;
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
#[cfg(feature = "ed25519")]
use ed25519_dalek::Signer as _;
use pkcs8::der::Decode;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

#[cfg(feature = "_aws-lc")]
mod aws_lc;
#[cfg(feature = "rsa")]
mod rsa_sha1;
#[cfg(all(test, feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
mod tests;

/// A private key that signs with one algorithm.
#[derive(Clone)]
pub(crate) enum PrivateKey {
    #[cfg(feature = "ed25519")]
    Ed25519(Box<ed25519_dalek::SigningKey>),
    /// An ECDSA or RSA key.
    #[cfg(feature = "_aws-lc")]
    AwsLc(aws_lc::PrivateKey),
}

impl PrivateKey {
    /// Reads a key: PKCS #8 (PEM, or its DER in base64), `EC PRIVATE KEY` and `RSA PRIVATE KEY` in PEM, a JWK, and for
    /// Ed25519 also the 32 bytes of the seed, or those and the 32 of the public key, in hex, base64 or base64url.
    ///
    /// # Errors
    ///
    /// What the text should hold.
    pub(crate) fn read(text: &str, algorithm: Algorithm) -> Result<Self, &'static str> {
        let kind = KeyKind::of(algorithm)?;
        let text = text.trim();
        let key = if text.starts_with('{') {
            let Ok(Value::Object(jwk)) = serde_json::from_str(text) else { return Err(kind.expected()) };
            Self::from_jwk(&Jwk(jwk), algorithm, kind)
        } else if text.contains("-----BEGIN ") {
            pem(text).and_then(|der| Self::from_der(&der, algorithm, kind))
        } else {
            [HEXLOWER_PERMISSIVE, BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD].iter().find_map(|encoding| {
                let bytes = Zeroizing::new(encoding.decode(text.as_bytes()).ok()?);
                match kind {
                    KeyKind::Ed25519 => Self::from_seed(&bytes).or_else(|| Self::from_der(&bytes, algorithm, kind)),
                    _ => Self::from_der(&bytes, algorithm, kind),
                }
            })
        };
        key.ok_or(kind.expected())
    }

    /// The signature over a message, as the algorithm writes it. Empty where the system has no random numbers.
    #[cfg_attr(
        not(any(feature = "ed25519", feature = "_aws-lc")),
        expect(unused_variables, reason = "there is no key to call it with")
    )]
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match *self {
            #[cfg(feature = "ed25519")]
            Self::Ed25519(ref key) => key.sign(message).to_bytes().to_vec(),
            #[cfg(feature = "_aws-lc")]
            Self::AwsLc(ref key) => key.sign(message).unwrap_or_default(),
        }
    }

    /// The public half: of Ed25519 its 32 bytes, else a DER SubjectPublicKeyInfo.
    pub(crate) fn public_key(&self) -> Vec<u8> {
        match *self {
            #[cfg(feature = "ed25519")]
            Self::Ed25519(ref key) => key.verifying_key().to_bytes().to_vec(),
            #[cfg(feature = "_aws-lc")]
            Self::AwsLc(ref key) => key.public_key().unwrap_or_default(),
        }
    }

    /// Another key of the same kind: of Ed25519 the neighbour by one bit, else a fresh one, or `None` where the system
    /// has no random numbers.
    pub(crate) fn another(&self) -> Option<Self> {
        match *self {
            #[cfg(feature = "ed25519")]
            Self::Ed25519(ref key) => {
                let mut seed = Zeroizing::new(key.to_bytes());
                seed.first_mut().into_iter().for_each(|byte| *byte ^= 1);
                Self::from_seed(seed.as_slice())
            }
            #[cfg(feature = "_aws-lc")]
            Self::AwsLc(ref key) => key.another().map(Self::AwsLc),
        }
    }

    #[cfg(feature = "ed25519")]
    fn from_seed(bytes: &[u8]) -> Option<Self> {
        // A seed, or the seed with the public key behind it, which must then belong to it.
        let key = match (<&[u8; 32]>::try_from(bytes), <&[u8; 64]>::try_from(bytes)) {
            (Ok(seed), _) => ed25519_dalek::SigningKey::from_bytes(seed),
            (_, Ok(pair)) => ed25519_dalek::SigningKey::from_keypair_bytes(pair).ok()?,
            _ => return None,
        };
        Some(Self::Ed25519(Box::new(key)))
    }

    /// What no text gets to, as [`KeyKind::of`] has refused it.
    #[cfg(not(feature = "ed25519"))]
    fn from_seed(_: &[u8]) -> Option<Self> {
        None
    }

    /// A key from PKCS #8, or for ECDSA and RSA in the form of its own (RFC 5915, RFC 8017).
    #[cfg_attr(not(feature = "_aws-lc"), expect(unused_variables, reason = "only other kinds have a choice"))]
    fn from_der(der: &[u8], algorithm: Algorithm, kind: KeyKind) -> Option<Self> {
        match (kind, pkcs8::PrivateKeyInfoRef::from_der(der)) {
            (KeyKind::Ed25519, Ok(info)) if info.algorithm.oid == ED25519 => {
                // The seed is wrapped twice (RFC 8410, section 7).
                let seed = <&pkcs8::der::asn1::OctetStringRef>::from_der(info.private_key.as_bytes()).ok()?;
                Self::from_seed(seed.as_bytes())
            }
            (KeyKind::Ed25519, _) => None,
            #[cfg(feature = "_aws-lc")]
            (KeyKind::Curve, _) => aws_lc::PrivateKey::curve(der, algorithm).map(Self::AwsLc),
            // A key for PSS alone differs in its name only, which AWS-LC would not take.
            #[cfg(feature = "_aws-lc")]
            (KeyKind::Rsa, Ok(info)) if [RSA, RSA_PSS].contains(&info.algorithm.oid) => {
                aws_lc::PrivateKey::rsa(info.private_key.as_bytes(), algorithm).map(Self::AwsLc)
            }
            #[cfg(feature = "_aws-lc")]
            (KeyKind::Rsa, Err(_)) => aws_lc::PrivateKey::rsa(der, algorithm).map(Self::AwsLc),
            _ => None,
        }
    }

    #[cfg_attr(not(feature = "_aws-lc"), expect(unused_variables, reason = "only other kinds have a choice"))]
    fn from_jwk(jwk: &Jwk, algorithm: Algorithm, kind: KeyKind) -> Option<Self> {
        match kind {
            KeyKind::Ed25519 if jwk.is("kty", "OKP") && jwk.is("crv", "Ed25519") => {
                let pair = Zeroizing::new([jwk.bytes("d")?.as_slice(), jwk.bytes("x")?.as_slice()].concat());
                Self::from_seed(&pair)
            }
            #[cfg(feature = "_aws-lc")]
            KeyKind::Curve if jwk.is("kty", "EC") => aws_lc::PrivateKey::curve_jwk(jwk, algorithm).map(Self::AwsLc),
            #[cfg(feature = "_aws-lc")]
            KeyKind::Rsa if jwk.is("kty", "RSA") => aws_lc::PrivateKey::rsa_jwk(jwk, algorithm).map(Self::AwsLc),
            _ => None,
        }
    }
}

const ED25519: pkcs8::ObjectIdentifier = pkcs8::ObjectIdentifier::new_unwrap("1.3.101.112");
#[cfg(feature = "_aws-lc")]
const RSA: pkcs8::ObjectIdentifier = pkcs8::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
#[cfg(feature = "_aws-lc")]
const RSA_PSS: pkcs8::ObjectIdentifier = pkcs8::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");

/// What a key is of.
#[derive(Clone, Copy)]
enum KeyKind {
    Ed25519,
    Curve,
    Rsa,
}

impl KeyKind {
    fn of(algorithm: Algorithm) -> Result<Self, &'static str> {
        match algorithm {
            Algorithm::Ed25519 if cfg!(feature = "ed25519") => Ok(Self::Ed25519),
            Algorithm::Ed25519 => Err("a key that signs without the feature `ed25519` of the crate `countersign-sign`"),
            Algorithm::EcdsaP256Sha1
            | Algorithm::EcdsaP256Sha256
            | Algorithm::EcdsaP256Sha256Fixed
            | Algorithm::EcdsaP384Sha384Fixed
            | Algorithm::EcdsaP521Sha512Fixed => match cfg!(feature = "ecdsa") {
                true => Ok(Self::Curve),
                false => Err("a key that signs without the feature `ecdsa` of the crate `countersign-sign`"),
            },
            algorithm if algorithm.is_public_key() => match cfg!(feature = "rsa") {
                true => Ok(Self::Rsa),
                false => Err("a key that signs without the feature `rsa` of the crate `countersign-sign`"),
            },
            _ => Err("a private key, as its algorithm has none"),
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Ed25519 => "an Ed25519 private key: its seed of 32 bytes, PKCS #8, or a JWK with `d`",
            Self::Curve => "an ECDSA private key on its scheme's curve: PKCS #8, `EC PRIVATE KEY`, or a JWK with `d`",
            Self::Rsa => {
                "an RSA private key of 2048 to 8192 bits: PKCS #8, `RSA PRIVATE KEY`, or a JWK with all its primes"
            }
        }
    }
}

/// A private JWK.
struct Jwk(Map<String, Value>);

impl Jwk {
    fn is(&self, member: &str, value: &str) -> bool {
        self.0.get(member).is_some_and(|found| found == value)
    }

    fn bytes(&self, member: &str) -> Option<Zeroizing<Vec<u8>>> {
        BASE64URL_NOPAD.decode(self.0.get(member)?.as_str()?.as_bytes()).ok().map(Zeroizing::new)
    }
}

/// The bytes of the one private key in a PEM text. Parameters of a curve may stand before it.
fn pem(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (before, block) = text.split_once("PRIVATE KEY-----")?;
    let (content, after) = block.split_once("-----END ")?;
    // An encrypted key would be broken DER; two keys would leave it open which signs.
    let is_clear = !before.ends_with("ENCRYPTED ") && !after.contains("-----BEGIN ");
    let base64: Zeroizing<Vec<u8>> =
        Zeroizing::new(content.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect());
    BASE64.decode(&base64).ok().map(Zeroizing::new).filter(|_| is_clear)
}
