//! Keys of public-key schemes, made when the first test asks for one, and signatures put together byte by byte.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use countersign::{Encoding, encode};
use rsa::BoxedUint;
use rsa::hazmat::rsa_decrypt;
use rsa::pkcs8::DecodePrivateKey;
use rsa::rand_core::CryptoRng;
use rsa::traits::PublicKeyParts;
use sha2::{Digest, Sha256};

use crate::journal;

/// The order of the group of P-256, big-endian (SEC 2, section 2.4.2).
pub const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7,
    0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// A pair of keys on P-256.
pub struct P256(EcdsaKeyPair);

/// The pair whose public half endpoints accept.
pub fn p256() -> &'static P256 {
    static PAIR: LazyLock<P256> = LazyLock::new(P256::generate);
    &PAIR
}

/// A pair that no endpoint accepts.
pub fn other_p256() -> &'static P256 {
    static PAIR: LazyLock<P256> = LazyLock::new(P256::generate);
    &PAIR
}

impl P256 {
    /// A new pair.
    ///
    /// # Panics
    ///
    /// The system has no randomness.
    pub fn generate() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a pair of keys"))
    }

    /// The uncompressed point.
    pub fn point(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// The base64 of the SubjectPublicKeyInfo, as providers show it.
    pub fn public(&self) -> String {
        encode(&p256_spki(self.point()), Encoding::Base64)
    }

    /// The public key as a JWK.
    pub fn jwk(&self, kid: &str) -> String {
        let (x, y) = (&self.point()[1..33], &self.point()[33..]);
        let [x, y] = [x, y].map(|number| encode(number, Encoding::Base64urlNopad));
        format!(r#"{{"kty":"EC","crv":"P-256","kid":"{kid}","x":"{x}","y":"{y}"}}"#)
    }

    /// The signature with SHA-256.
    ///
    /// # Panics
    ///
    /// The system has no randomness.
    pub fn sign(&self, content: &[u8]) -> EcSignature {
        let fixed = self.0.sign(&SystemRandom::new(), content).expect("a signature");
        let (r, s) = fixed.as_ref().split_at(32);
        EcSignature { r: r.try_into().expect("32 bytes"), s: s.try_into().expect("32 bytes") }
    }
}

/// The SubjectPublicKeyInfo of a point on P-256.
pub fn p256_spki(point: &[u8]) -> Vec<u8> {
    let curve = der(
        0x30,
        &[
            der(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]),
            der(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]),
        ]
        .concat(),
    );
    der(0x30, &[curve, der(0x03, &[&[0], point].concat())].concat())
}

/// An ECDSA signature on P-256: two numbers.
#[derive(Debug, Clone, Copy)]
pub struct EcSignature {
    /// The first.
    pub r: [u8; 32],
    /// The second.
    pub s: [u8; 32],
}

impl EcSignature {
    /// In DER.
    pub fn der(&self) -> Vec<u8> {
        concealed(der(0x30, &[integer(&self.r), integer(&self.s)].concat()))
    }

    /// Both numbers in 32 bytes each.
    pub fn fixed(&self) -> Vec<u8> {
        concealed([self.r, self.s].concat())
    }

    /// The same r with n − s, which anyone can make and which verifies too.
    #[must_use]
    pub fn twin(&self) -> Self {
        let mut s = [0; 32];
        let mut borrow = 0i16;
        for at in (0..32).rev() {
            let difference = i16::from(P256_ORDER[at]) - i16::from(self.s[at]) - borrow;
            borrow = i16::from(difference < 0);
            s[at] = u8::try_from(difference.rem_euclid(256)).expect("a byte");
        }
        Self { s, ..*self }
    }
}

/// A pair of RSA keys of 2,048 bits.
pub struct Rsa {
    pair: RsaPair,
    private: rsa::PrivateKey,
}

/// The pair whose public half endpoints accept.
pub fn rsa_key() -> &'static Rsa {
    static PAIR: LazyLock<Rsa> = LazyLock::new(Rsa::generate);
    &PAIR
}

/// A pair that no endpoint accepts.
pub fn other_rsa_key() -> &'static Rsa {
    static PAIR: LazyLock<Rsa> = LazyLock::new(Rsa::generate);
    &PAIR
}

/// The length of a signature and of a modulus, in bytes.
pub const RSA_LEN: usize = 256;

/// DigestInfo of SHA-256 up to the digest (RFC 8017, section 9.2).
pub const SHA256_INFO: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

impl Rsa {
    fn generate() -> Self {
        let pair = RsaPair::generate(KeySize::Rsa2048).expect("a pair of keys");
        let pkcs8 = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).expect("the pair in PKCS #8");
        let private = rsa::PrivateKey::from_pkcs8_der(pkcs8.as_ref()).expect("the same pair");
        Self { pair, private }
    }

    /// The modulus.
    pub fn modulus(&self) -> Vec<u8> {
        self.private.n_bytes().to_vec()
    }

    /// The public key in PEM.
    pub fn pem(&self) -> String {
        pem(&rsa_spki(&self.modulus(), &[1, 0, 1]))
    }

    /// The public key as a JWK.
    pub fn jwk(&self, kid: &str) -> String {
        let n = encode(&self.modulus(), Encoding::Base64urlNopad);
        format!(r#"{{"kty":"RSA","kid":"{kid}","e":"AQAB","n":"{n}"}}"#)
    }

    /// The PKCS #1 v1.5 signature with SHA-256.
    ///
    /// # Panics
    ///
    /// The system has no randomness.
    pub fn sign(&self, content: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; RSA_LEN];
        let padding = &aws_lc_rs::signature::RSA_PKCS1_SHA256;
        self.pair.sign(padding, &SystemRandom::new(), content, &mut signature).expect("a signature");
        concealed(signature)
    }

    /// The private key's power of any block: what no forger can do. Whatever a lenient verifier would take, it gets.
    ///
    /// # Panics
    ///
    /// The block is no number below the modulus.
    pub fn power(&self, block: &[u8]) -> Vec<u8> {
        let number = BoxedUint::from_be_slice(block, self.private.n().bits_precision()).expect("a block of that size");
        let no_blinding = None::<&mut dyn CryptoRng>;
        let power = rsa_decrypt(no_blinding, &self.private, &number).expect("a number below the modulus");
        concealed(power.to_be_bytes().to_vec())
    }
}

/// The block that a PKCS #1 v1.5 signature is the power of: padding, then this.
pub fn pkcs1_block(content: &[u8]) -> Vec<u8> {
    let padding = vec![0xff; RSA_LEN - 3 - content.len()];
    [&[0, 1], &padding[..], &[0], content].concat()
}

/// DigestInfo and digest of a message.
pub fn sha256_info(message: &[u8]) -> Vec<u8> {
    [&SHA256_INFO[..], &Sha256::digest(message)].concat()
}

/// The SubjectPublicKeyInfo of an RSA key.
pub fn rsa_spki(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let algorithm =
        der(0x30, &[der(0x06, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]), der(0x05, &[])].concat());
    let key = der(0x30, &[integer(modulus), integer(exponent)].concat());
    der(0x30, &[algorithm, der(0x03, &[&[0], &key[..]].concat())].concat())
}

/// A public key in PEM.
pub fn pem(spki: &[u8]) -> String {
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", encode(spki, Encoding::Base64))
}

/// A DER element.
pub fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let [high, low] = u16::try_from(length).expect("a short element").to_be_bytes();
    let head = match length {
        0..=127 => vec![tag, low],
        128..=255 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head, content.to_vec()].concat()
}

/// An unsigned number as a DER INTEGER, in the only right way.
pub fn integer(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let digits = &number[start..];
    let sign: &[u8] = if digits.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    der(0x02, &[sign, digits].concat())
}

fn concealed(signature: Vec<u8>) -> Vec<u8> {
    for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Base64url] {
        journal::conceal(encode(&signature, encoding).as_bytes());
    }
    signature
}
