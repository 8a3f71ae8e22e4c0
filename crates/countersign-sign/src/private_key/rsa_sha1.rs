//! RSA signatures with SHA-1, which some old webhooks still have and AWS-LC only verifies.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::RsaKeyPair;
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use pkcs8::der::Decode;
use zeroize::Zeroizing;

/// The DigestInfo of a SHA-1 digest, before the digest (RFC 8017, section 9.2, note 1).
const DIGEST_INFO: [u8; 15] =
    [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];

/// RSASSA-PKCS1-v1_5 with SHA-1 (RFC 8017, section 8.2.1). The time it takes does not depend on the key's secret
/// numbers.
pub(super) fn sign(pair: &RsaKeyPair, message: &[u8]) -> Option<Vec<u8>> {
    let pkcs8 = pair.as_der().ok()?;
    let info = pkcs8::PrivateKeyInfoRef::from_der(pkcs8.as_ref()).ok()?;
    let key = pkcs1::RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).ok()?;

    let length = pair.public_modulus_len();
    let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, message);
    let digest_info = [&DIGEST_INFO, sha1.as_ref()].concat();
    let padding = vec![0xff; length.checked_sub(digest_info.len())?.checked_sub(3)?];
    let encoded = [&[0, 1], padding.as_slice(), &[0], digest_info.as_slice()].concat();

    let bits = u32::try_from(length.checked_mul(8)?).ok()?;
    let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, bits).ok();
    let modulus: Option<Odd<BoxedUint>> = Odd::new(number(key.modulus.as_bytes())?).into();
    let exponent = Zeroizing::new(number(key.private_exponent.as_bytes())?);
    let base = BoxedMontyForm::new(number(&encoded)?, &BoxedMontyParams::new(modulus?));
    let signature = base.pow(&exponent).retrieve().to_be_bytes();
    // Whole limbs: what is more than the modulus' length is zero.
    signature.get(signature.len().checked_sub(length)?..).map(<[u8]>::to_vec)
}
