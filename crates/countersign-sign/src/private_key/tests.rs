//! Every form of a private key signs, and what it signs verifies. The keys are those of RFC 9421, appendix B.1, and some
//! made by OpenSSL 3.

use aws_lc_rs::signature::{self as aws_lc, UnparsedPublicKey, VerificationAlgorithm};
use countersign::Algorithm::{self, *};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};

use super::PrivateKey;

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("tests/", $name))
    };
}

const RSA_JWK: &str = r#"{
    "kty": "RSA", "kid": "test-key-rsa-pss", "e": "AQAB",
    "p": "5V-6ISI5yEaCFXm-fk1EM2xwAWekePVCAyvr9QbTlFOCZwt9WwjUjhtKRusi5Uq-IYZ_tq2WRE4As4b_FHEMtp2AER43IcvmXPqKFBoUktVDS7dThIHrsnRi1U7dHqVdwiMEMe5jxKNgnsKLpnq-4NyhoS6OeWu1SFozG9J9xQk",
    "q": "w-wIde17W5Y0Cphp3ZZ0uM8OUq1AkrV2IKauqYHaDxAT32EM4ci2MMER2nIUEo4g_42lW0zYouFFqONwv0-HyOsgPpdSqKRC5WLgn0VXabjaNcy6KhNPXeJ0AgtqdiDwPeJ2_L_eKwNWQ43RfdQBUquAwSd7SEmmQ8sViqB628M",
    "d": "lAfIqfpCYomVShfAKnwf2lD9I0wKjkHsCtZCif4kAlwQqqW6N-tIL3bdOR-VWf0Q1ZBIDtpO91UrG7pansyrPERbNrRJlPiYEyPTHkCT1nD-l2isuiyGLNBNnFoKfBgA4KAbPJZQatFIV9Cn34JSHnpN5-2ehreGBYHtkwHFtlmzeF3yu5bqRcqOhx8lkYmBzDAEUFyyXjknU5-WjAT9DzuG0MpOTkcU1EnjnIjyVBZLUB5Lxm8puyq8hH8B_E5LNC-1oc8j-tDy98UvRTTiYvZvs87cGCFxg0LijNhg7CE3g9piNqB6DzMgA9MHSOwcElVtfKdYfo4H3OHZXsSmEQ",
    "qi": "jRAqfYi_tKCjhP9eM0N2XaRlNeoYCTx06GlSLD8d0zc4ZZuEePY10LMGWI6Y_JC0CvvvQYhNa9sAj4hFjIVLsWeTplVVUezGO1ofLW4kYWVpnMpHgAY1pRM4kyzo1p3MKYY8DE1BA4KqhSOfhdGs6Ov3Dfj0migZeE7Fu7yc7Fc",
    "dp": "otDolkxtJ7Sk8gmRJqZCGx6GAvlGznWJfibXPv6xgUAl-G83dD84YgcNGnoeMxRzEekfDtT5LVMRPF4_AoucsqPqHDyOdfb-dlGBYfOBVxj6w-xF5HE0lV_4J-HrI63Od9fTSn4lY5d1JjyCVJIcnBEAyiD6EUZbUBh23vDzRcE",
    "dq": "iZE1S6CpqmBoQDxOsXGQmaeBdhoCqkDSJhEDuS_dLhBq88FQa0UkcE1QvOK3J2Q21VnfDqGBx7SH1hOFOj-cpz45kNluB832ztxDvnHQ9AIA7h_HY_3VD6YPMNRVN4bfSYS3abdLR0Z7jsmInGJ9X0_fA0E2tkZIgXeas5EFU0M",
    "n": "r4tmm3r20Wd_PbqvP1s2-QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct-Lh1GH45x28Rw3Ry53mm-oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHqgDsznjPFmTOtCEcN2Z1FpWgchwuYLPL-Wokqltd11nqqzi-bJ9cvSKADYdUAAN5WUtzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4aOT9v6d-nb4bnNkQVklLQ3fVAvJm-xdDOp9LCNCN48V2pnDOkFV6-U9nV5oyc6XI2w"
}"#;
const P256_JWK: &str = r#"{"kty":"EC","crv":"P-256","d":"UpuF81l-kOxbjf7T4mNSv0r5tN67Gim7rnf6EFpcYDs","x":"qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA","y":"Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0"}"#;
const ED25519_JWK: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU","x":"JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}"#;

const ALGORITHMS: [Algorithm; 13] = [
    Ed25519,
    EcdsaP256Sha1,
    EcdsaP256Sha256,
    EcdsaP256Sha256Fixed,
    EcdsaP384Sha384Fixed,
    EcdsaP521Sha512Fixed,
    RsaPkcs1Sha1,
    RsaPkcs1Sha256,
    RsaPkcs1Sha384,
    RsaPkcs1Sha512,
    RsaPssSha256,
    RsaPssSha384,
    RsaPssSha512,
];

fn forms(algorithm: Algorithm) -> Vec<String> {
    let base64 = |pem: &str| pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    match algorithm {
        Ed25519 => {
            let [d, x] = ["n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU", "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"]
                .map(|text| BASE64URL_NOPAD.decode(text.as_bytes()).unwrap());
            vec![
                file!("ed25519-private.pem").into(),
                base64(file!("ed25519-private.pem")),
                ED25519_JWK.into(),
                HEXLOWER.encode(&d),
                BASE64.encode(&d),
                BASE64URL_NOPAD.encode(&d),
                BASE64.encode(&[d, x].concat()),
            ]
        }
        EcdsaP256Sha1 | EcdsaP256Sha256 | EcdsaP256Sha256Fixed => vec![
            file!("p256-private.pem").into(),
            file!("p256-private-with-parameters.pem").into(),
            file!("p256-private-pkcs8.pem").into(),
            base64(file!("p256-private-pkcs8.pem")),
            P256_JWK.into(),
        ],
        EcdsaP384Sha384Fixed => vec![file!("p384-private.pem").into()],
        EcdsaP521Sha512Fixed => vec![file!("p521-private.pem").into()],
        _ => vec![
            file!("rsa-private.pem").into(),
            file!("rsa-private-pkcs1.pem").into(),
            file!("rsa-pss-private.pem").into(),
            base64(file!("rsa-private.pem")),
            RSA_JWK.into(),
        ],
    }
}

fn verifies(algorithm: Algorithm, key: &PrivateKey, message: &[u8], signature: &[u8]) -> bool {
    let verification: &'static dyn VerificationAlgorithm = match algorithm {
        Ed25519 => &aws_lc::ED25519,
        EcdsaP256Sha1 => &aws_lc::ECDSA_P256_SHA1_ASN1,
        EcdsaP256Sha256 => &aws_lc::ECDSA_P256_SHA256_ASN1,
        EcdsaP256Sha256Fixed => &aws_lc::ECDSA_P256_SHA256_FIXED,
        EcdsaP384Sha384Fixed => &aws_lc::ECDSA_P384_SHA384_FIXED,
        EcdsaP521Sha512Fixed => &aws_lc::ECDSA_P521_SHA512_FIXED,
        RsaPkcs1Sha1 => &aws_lc::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        RsaPkcs1Sha256 => &aws_lc::RSA_PKCS1_2048_8192_SHA256,
        RsaPkcs1Sha384 => &aws_lc::RSA_PKCS1_2048_8192_SHA384,
        RsaPkcs1Sha512 => &aws_lc::RSA_PKCS1_2048_8192_SHA512,
        RsaPssSha256 => &aws_lc::RSA_PSS_2048_8192_SHA256,
        RsaPssSha384 => &aws_lc::RSA_PSS_2048_8192_SHA384,
        RsaPssSha512 => &aws_lc::RSA_PSS_2048_8192_SHA512,
        _ => panic!("{algorithm:?}"),
    };
    UnparsedPublicKey::new(verification, key.public_key()).verify(message, signature).is_ok()
}

#[test]
fn every_form_of_a_key_signs_with_every_algorithm() {
    let mut signed = 0;
    for algorithm in ALGORITHMS {
        for text in forms(algorithm) {
            let key = PrivateKey::read(&text, algorithm).unwrap_or_else(|_| panic!("{algorithm:?} {text}"));
            for message in [&b""[..], b"hello", &[0xa5; 5_000]] {
                let signature = key.sign(message);
                assert!(verifies(algorithm, &key, message, &signature), "{algorithm:?} {text}");
                assert!(!verifies(algorithm, &key, b"hallo", &signature), "{algorithm:?} {text}");
                assert!(algorithm.signature_len().is_none_or(|len| len == signature.len()), "{algorithm:?}");
                signed += 1;
            }
        }
    }
    assert_eq!(signed, 3 * (7 + 3 * 5 + 2 + 7 * 5));
}

#[test]
fn another_key_is_another_key() {
    for algorithm in ALGORITHMS {
        let key = PrivateKey::read(&forms(algorithm)[0], algorithm).unwrap();
        let another = key.another().unwrap();
        let signature = another.sign(b"hello");
        assert!(verifies(algorithm, &another, b"hello", &signature));
        assert!(!verifies(algorithm, &key, b"hello", &signature));
    }
}

#[test]
fn an_rsa_signature_with_sha1_is_the_one_that_openssl_makes() {
    let key = PrivateKey::read(file!("rsa-private.pem"), RsaPkcs1Sha1).unwrap();
    assert_eq!(BASE64.encode(&key.sign(b"hello")), SHA1_BY_OPENSSL);
}

#[test]
fn refuses_what_does_not_sign() {
    for (algorithm, expected) in [(Ed25519, "Ed25519"), (EcdsaP256Sha256, "ECDSA"), (RsaPssSha512, "RSA")] {
        let refused = |text: &str| match PrivateKey::read(text, algorithm) {
            Err(found) => assert!(found.contains(expected), "{found}"),
            Ok(_) => panic!("{algorithm:?} {text}"),
        };
        for text in ["", "?", "AAAA", "{", "{}", file!("rsa-encrypted.pem"), file!("p256.pem"), file!("rsa.pem")] {
            refused(text);
        }
        for other in [Ed25519, EcdsaP256Sha256, EcdsaP384Sha384Fixed, EcdsaP521Sha512Fixed, RsaPssSha512] {
            if other != algorithm {
                forms(other).iter().for_each(|text| refused(text));
            }
        }
        let two = forms(algorithm)[0].repeat(2);
        refused(&two);
    }
    assert!(PrivateKey::read(&ED25519_JWK.replace("JrQL", "JrQM"), Ed25519).is_err(), "the halves of two keys");
    assert!(PrivateKey::read(&P256_JWK.replace("UpuF", "UpuG"), EcdsaP256Sha256).is_err(), "the halves of two keys");
    assert!(PrivateKey::read(&RSA_JWK.replace("\"dp\"", "\"qp\""), RsaPssSha256).is_err(), "a prime's part missing");
    assert!(PrivateKey::read(P256_JWK, HmacSha256).is_err());
}

const SHA1_BY_OPENSSL: &str = "rTQiCUMtVGThltyYXMlTebEwD8vlY970e9wRj7p7QlZweouJm1aHvhHl3bPkVbq17hKsGFRVbizAqB36ZExDBM18U1eot9yus3Eq1Dx/naM1J7Ys0F8G3LURCliHYmLkI9vPPnabq4YR32rPRlbF/fcRixBccu8afhOkghza/wNR6d4x04EHrEYDVgo590vb9yERoBALkvE/9wK0CfLbHLL7SAWTlib/3uuuQN9o7z9Heu8L6m3bJ6dNKqE6F363lIPSzrfgUFKs+aho2qQ1nW/U/60pK4eenOBL47I34sv/I+MPS1CpMsEPfXMXNhpfmLT+IvO6K2wUyi1nViA6Zw==";
