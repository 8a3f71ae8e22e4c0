//! Published vectors, every form of a key, and the signatures and keys that must be refused.
//!
//! The keys are those of RFC 9421, appendix B.1, and some made by OpenSSL 3, as are the certificates and the signatures
//! in `openssl.txt`, which are over `hello`.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self as aws_lc, EcdsaKeyPair, KeyPair};
use data_encoding::{BASE64, BASE64URL, BASE64URL_NOPAD, HEXLOWER};

use super::PublicKey;
use crate::scheme::Algorithm::{self, *};
use crate::secret::Problem;

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("tests/", $name))
    };
}

const RSA_JWK: &str = r#"{"kty":"RSA","kid":"test-key-rsa-pss","e":"AQAB","n":"r4tmm3r20Wd_PbqvP1s2-QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct-Lh1GH45x28Rw3Ry53mm-oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHqgDsznjPFmTOtCEcN2Z1FpWgchwuYLPL-Wokqltd11nqqzi-bJ9cvSKADYdUAAN5WUtzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4aOT9v6d-nb4bnNkQVklLQ3fVAvJm-xdDOp9LCNCN48V2pnDOkFV6-U9nV5oyc6XI2w"}"#;
const P256_JWK: &str = r#"{"kty":"EC","crv":"P-256","kid":"test-key-ecc-p256","x":"qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA","y":"Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0"}"#;
const ED25519_JWK: &str =
    r#"{"kty":"OKP","crv":"Ed25519","kid":"test-key-ed25519","x":"JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}"#;

fn read(text: &str, algorithm: Algorithm) -> Vec<PublicKey> {
    let keys = PublicKey::read(text, algorithm).unwrap_or_else(|problem| panic!("{algorithm:?} {problem:?}: {text}"));
    keys.into_iter().map(|(_, key)| key).collect()
}

fn one(text: &str, algorithm: Algorithm) -> PublicKey {
    let keys: [PublicKey; 1] = read(text, algorithm).try_into().map_err(|_| "not one key").unwrap();
    let [key] = keys;
    key
}

fn refusal(text: &str, algorithm: Algorithm) -> &'static str {
    match PublicKey::read(text, algorithm) {
        Err(Problem::NotAKey { expected }) => expected,
        Err(problem) => panic!("{problem:?}"),
        Ok(keys) => panic!("{} keys for {algorithm:?} in {text}", keys.len()),
    }
}

/// The bytes of a PEM text with one block.
fn der(pem: &str) -> Vec<u8> {
    BASE64.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>().as_bytes()).unwrap()
}

/// RFC 9421, appendix B.2: algorithm, signature base, signature.
fn rfc9421() -> [(Algorithm, String, Vec<u8>); 3] {
    let minimal =
        r#""@signature-params": ();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd""#;
    let response = [
        r#""@status": 200"#,
        r#""content-type": application/json"#,
        r#""content-digest": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:"#,
        r#""content-length": 23"#,
        r#""@signature-params": ("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256""#,
    ];
    let request = [
        r#""date": Tue, 20 Apr 2021 02:07:55 GMT"#,
        r#""@method": POST"#,
        r#""@path": /foo"#,
        r#""@authority": example.com"#,
        r#""content-type": application/json"#,
        r#""content-length": 18"#,
        r#""@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#,
    ];
    let base64 = |text: &str| BASE64.decode(text.as_bytes()).unwrap();
    [
        (
            RsaPssSha512,
            minimal.to_owned(),
            base64(
                "d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5WSb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q==",
            ),
        ),
        (
            EcdsaP256Sha256Fixed,
            response.join("\n"),
            base64("wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw=="),
        ),
        (
            Ed25519,
            request.join("\n"),
            base64("wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="),
        ),
    ]
}

#[test]
fn every_form_of_a_key_verifies_the_same_signature() {
    let [rsa, p256, ed25519] = rfc9421();
    let on_one_line = file!("p256.pem").replace('\n', "");
    let point = BASE64URL_NOPAD.decode(b"JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs").unwrap();
    let set = format!(r#"{{"keys":[{RSA_JWK},{P256_JWK},{ED25519_JWK}]}}"#);
    let base64 = |pem| BASE64.encode(&der(pem));
    let wrapped = |pem: &str| pem.lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\r\n");
    let forms: [(_, Vec<String>); 3] = [
        (
            rsa,
            vec![
                file!("rsa.pem").into(),
                file!("rsa-pkcs1.pem").into(),
                file!("rsa-cert.pem").into(),
                base64(file!("rsa.pem")),
                wrapped(file!("rsa.pem")),
                RSA_JWK.into(),
                set.clone(),
            ],
        ),
        (
            p256,
            vec![
                file!("p256.pem").into(),
                file!("p256.pem").replace('\n', "\r\n"),
                on_one_line,
                format!("subject=/CN=x\n{}", file!("p256.pem")),
                file!("p256-compressed.pem").into(),
                file!("p256-cert.pem").into(),
                file!("p256-chain.pem").into(),
                base64(file!("p256.pem")),
                wrapped(file!("p256.pem")),
                P256_JWK.into(),
                set.clone(),
            ],
        ),
        (
            ed25519,
            vec![
                file!("ed25519.pem").into(),
                file!("ed25519-cert.pem").into(),
                base64(file!("ed25519.pem")),
                ED25519_JWK.into(),
                set,
                HEXLOWER.encode(&point),
                HEXLOWER.encode(&point).to_uppercase(),
                BASE64.encode(&point),
                BASE64.encode(&point).replace('=', ""),
                BASE64URL.encode(&point),
                BASE64URL_NOPAD.encode(&point),
            ],
        ),
    ];
    for ((algorithm, message, signature), texts) in forms {
        for text in texts {
            let key = one(&text, algorithm);
            assert!(key.verifies(message.as_bytes(), &signature), "{algorithm:?} {text}");
            assert!(!key.verifies(b"another message", &signature), "{algorithm:?} {text}");
        }
    }
    let [(rsa, ..), (p256, ..), (_, message, signature)] = rfc9421();
    assert!(PublicKey::from_bytes(Ed25519, &point).unwrap().verifies(message.as_bytes(), &signature));
    assert!(PublicKey::from_bytes(rsa, &der(file!("rsa.pem"))).is_ok());
    assert!(PublicKey::from_bytes(p256, &der(file!("p256.pem"))).is_ok());
    assert!(PublicKey::from_bytes(Ed25519, &der(file!("ed25519.pem"))).is_err());
}

#[test]
fn verifies_what_openssl_signed_and_that_alone() {
    let all = [
        EcdsaP256Sha1,
        EcdsaP256Sha256,
        RsaPkcs1Sha1,
        RsaPkcs1Sha256,
        RsaPkcs1Sha384,
        RsaPkcs1Sha512,
        RsaPssSha256,
        RsaPssSha384,
        RsaPssSha512,
    ];
    let (mut verified, mut refused) = (0, 0);
    for line in file!("openssl.txt").lines() {
        let [name, key, signature] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let pem = match key {
            "p256.pem" => file!("p256.pem"),
            "rsa.pem" => file!("rsa.pem"),
            "rsa-pss-sha256-only.pem" => file!("rsa-pss-sha256-only.pem"),
            "rsa-pss-any.pem" => file!("rsa-pss-any.pem"),
            _ => panic!("{key}"),
        };
        let signature = BASE64.decode(signature.as_bytes()).unwrap();
        for algorithm in all {
            let holds = PublicKey::read(pem, algorithm).is_ok_and(|keys| keys[0].1.verifies(b"hello", &signature));
            assert_eq!(holds, algorithm.name() == name, "{algorithm:?} {line}");
            if holds { verified += 1 } else { refused += 1 }
        }
    }
    assert_eq!((verified, refused), (11, 88));
}

#[test]
fn verifies_every_fixed_curve() {
    for (algorithm, signing) in [
        (EcdsaP256Sha256Fixed, &aws_lc::ECDSA_P256_SHA256_FIXED_SIGNING),
        (EcdsaP384Sha384Fixed, &aws_lc::ECDSA_P384_SHA384_FIXED_SIGNING),
        (EcdsaP521Sha512Fixed, &aws_lc::ECDSA_P521_SHA512_FIXED_SIGNING),
    ] {
        let pair = EcdsaKeyPair::generate(signing).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(algorithm.signature_len().unwrap() / 2);
        let crv = &algorithm.name()["ecdsa-p".len()..][..3];
        let jwk = |x: &[u8], y: &[u8]| {
            let (x, y) = (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y));
            format!(r#"{{"kty":"EC","crv":"P-{crv}","x":"{x}","y":"{y}"}}"#)
        };
        let key = one(&jwk(x, y), algorithm);
        let signature = pair.sign(&SystemRandom::new(), b"hello").unwrap();
        let signature = signature.as_ref();
        assert!(key.verifies(b"hello", signature));
        assert!(!key.verifies(b"hallo", signature));
        for bad in [&signature[1..], &signature[..signature.len() - 1], &[signature, &[0]].concat(), &[]] {
            assert!(!key.verifies(b"hello", bad), "P1363 of another length");
        }
        let half = signature.len() / 2;
        for bad in [
            [vec![0; half], signature[half..].to_vec()].concat(),
            [signature[..half].to_vec(), vec![0; half]].concat(),
            vec![0; signature.len()],
            vec![0xff; signature.len()],
        ] {
            assert!(!key.verifies(b"hello", &bad), "r or s out of range");
        }
        // A point that is not on the curve, a coordinate too short, one too long.
        assert!(refusal(&jwk(y, x), algorithm).contains(crv));
        assert!(refusal(&jwk(&x[1..], y), algorithm).contains(crv));
        assert!(refusal(&jwk(&[&[0], x].concat(), y), algorithm).contains(crv));
        // The point's bytes, cut elsewhere.
        assert!(refusal(&jwk(&[x, &y[..1]].concat(), &y[1..]), algorithm).contains(crv));
    }
}

#[test]
fn refuses_ecdsa_der_that_is_not_the_one_writing() {
    let line = file!("openssl.txt").lines().find(|line| line.starts_with("ecdsa-p256-sha256 ")).unwrap();
    let signature = BASE64.decode(line.split(' ').next_back().unwrap().as_bytes()).unwrap();
    let key = one(file!("p256.pem"), EcdsaP256Sha256);
    assert!(key.verifies(b"hello", &signature));

    let r_len = usize::from(signature[3]);
    let (r, s) = (&signature[4..4 + r_len], &signature[6 + r_len..]);
    let integer = |bytes: &[u8]| [&[2, bytes.len() as u8], bytes].concat();
    let sequence = |parts: &[Vec<u8>]| [vec![0x30, parts.concat().len() as u8], parts.concat()].concat();
    assert_eq!(sequence(&[integer(r), integer(s)]), signature);
    let unsigned = |bytes: &[u8]| bytes.iter().skip_while(|byte| **byte == 0).copied().collect::<Vec<_>>();
    let mut long_length = vec![0x30, 0x81];
    long_length.extend_from_slice(&signature[1..]);
    for (name, bad) in [
        ("trailing byte", [signature.clone(), vec![0]].concat()),
        ("trailing byte inside", sequence(&[integer(r), integer(s), vec![0]])),
        ("third number", sequence(&[integer(r), integer(s), integer(&[1])])),
        ("negative r", sequence(&[integer(&unsigned(r)), integer(s)])),
        ("leading zero", sequence(&[integer(r), integer(&[&[0], s].concat())])),
        ("zero r", sequence(&[integer(&[0]), integer(s)])),
        ("zero s", sequence(&[integer(r), integer(&[0])])),
        ("no r", sequence(&[integer(&[]), integer(s)])),
        ("long form of a short length", long_length),
        ("indefinite length", [&[0x30, 0x80], &signature[2..], &[0, 0]].concat()),
        ("cut", signature[..signature.len() - 1].to_vec()),
        ("one number", sequence(&[integer(r)])),
        ("two numbers of fixed length", [unsigned(r), unsigned(s)].concat()),
        ("nothing", Vec::new()),
    ] {
        // The vector's r begins with a bit that makes it negative when written without its zero byte.
        assert!(name != "negative r" || unsigned(r)[0] & 0x80 != 0);
        assert!(!key.verifies(b"hello", &bad), "{name}");
    }
}

/// ECDSA's own twin: whoever sees (r, s) can write (r, n − s), and both hold. No rule of the standards refuses one of
/// them, and signers do not agree on either, so both are taken.
#[test]
fn the_twin_of_an_ecdsa_signature_holds_too() {
    let [_, (algorithm, message, signature), _] = rfc9421();
    let n = HEXLOWER.decode(b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap();
    let mut twin = signature.clone();
    let mut borrow = 0;
    for at in (0..32).rev() {
        let difference = i32::from(n[at]) - i32::from(signature[32 + at]) - borrow;
        borrow = i32::from(difference < 0);
        twin[32 + at] = difference.rem_euclid(256) as u8;
    }
    assert_ne!(twin, signature);
    assert!(one(file!("p256.pem"), algorithm).verifies(message.as_bytes(), &twin));
}

#[test]
fn refuses_rsa_signatures_that_are_not_whole() {
    for line in file!("openssl.txt").lines().filter(|line| line.contains(" rsa.pem ")) {
        let signature = BASE64.decode(line.split(' ').next_back().unwrap().as_bytes()).unwrap();
        let all =
            [RsaPkcs1Sha1, RsaPkcs1Sha256, RsaPkcs1Sha384, RsaPkcs1Sha512, RsaPssSha256, RsaPssSha384, RsaPssSha512];
        let algorithm = all.into_iter().find(|algorithm| line.starts_with(&format!("{} ", algorithm.name()))).unwrap();
        let key = one(file!("rsa.pem"), algorithm);
        assert!(key.verifies(b"hello", &signature));
        for bad in [
            &signature[1..],
            &signature[..255],
            &[&signature[..], &[0]].concat(),
            &[&[0], &signature[..]].concat(),
            &[0; 256],
            &[0xff; 256],
            &[],
        ] {
            assert!(!key.verifies(b"hello", bad), "{algorithm:?}");
        }
    }
}

/// RFC 8032, section 7.1: key, message, signature of the tests 1, 2 and 3.
#[test]
fn verifies_the_vectors_of_rfc_8032() {
    for (key, message, signature) in [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ] {
        let [message, signature] = [message, signature].map(|text| HEXLOWER.decode(text.as_bytes()).unwrap());
        let key = one(key, Ed25519);
        assert!(key.verifies(&message, &signature));
        assert!(!key.verifies(&[&message[..], b"!"].concat(), &signature));
        for bad in [&signature[..63], &[&signature[..], &[0]].concat(), &[]] {
            assert!(!key.verifies(&message, bad));
        }
    }
}

#[test]
fn refuses_weak_ed25519_keys() {
    for weak in [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ] {
        assert_eq!(refusal(weak, Ed25519), "an Ed25519 public key of 32 bytes");
        let x = BASE64URL_NOPAD.encode(&HEXLOWER.decode(weak.as_bytes()).unwrap());
        assert!(refusal(&format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#), Ed25519).contains("Ed25519"));
    }
}

/// Made with the private key over `hello`, but with a commitment of small order, so that only lax verifiers take it.
#[test]
fn refuses_an_ed25519_signature_with_a_commitment_of_small_order() {
    let signature = "010000000000000000000000000000000000000000000000000000000000000065e5df68c7948e3c439b1d3ed94398bfb53737d0591fa8165d39bd76811fd100";
    let signature = HEXLOWER.decode(signature.as_bytes()).unwrap();
    let lax = ed25519_dalek::VerifyingKey::try_from(&der(file!("ed25519.pem"))[12..]).unwrap();
    let parsed = ed25519_dalek::Signature::from_slice(&signature).unwrap();
    assert!(ed25519_dalek::Verifier::verify(&lax, b"hello", &parsed).is_ok(), "the vector is as described");
    assert!(!one(file!("ed25519.pem"), Ed25519).verifies(b"hello", &signature));
}

#[test]
fn refuses_keys_of_another_kind_curve_or_size() {
    let keys = [
        (file!("rsa.pem"), "RSA"),
        (file!("p256.pem"), "P-256"),
        (file!("p384.pem"), "P-384"),
        (file!("p521.pem"), "P-521"),
        (file!("ed25519.pem"), "Ed25519"),
        (file!("secp256k1.pem"), "secp256k1"),
        (file!("rsa-1024.pem"), "too small"),
        (file!("p256-explicit.pem"), "a curve spelled out"),
        (file!("p256-hybrid.pem"), "a point in hybrid form"),
    ];
    let algorithms = [
        (RsaPkcs1Sha256, "RSA"),
        (RsaPssSha512, "RSA"),
        (EcdsaP256Sha1, "P-256"),
        (EcdsaP256Sha256, "P-256"),
        (EcdsaP256Sha256Fixed, "P-256"),
        (EcdsaP384Sha384Fixed, "P-384"),
        (EcdsaP521Sha512Fixed, "P-521"),
        (Ed25519, "Ed25519"),
    ];
    let mut taken = 0;
    for (algorithm, wanted) in algorithms {
        for (pem, kind) in keys {
            for text in [pem, &BASE64.encode(&der(pem))] {
                if kind == wanted {
                    taken += read(text, algorithm).len();
                } else {
                    assert!(refusal(text, algorithm).contains(wanted), "{algorithm:?} {kind}");
                }
            }
        }
    }
    assert_eq!(taken, 16);
    assert!(refusal(file!("rsa-pss-sha256-only.pem"), RsaPssSha512).contains("RSA"));
    assert!(refusal(file!("rsa-pss-any.pem"), RsaPkcs1Sha256).contains("RSA"));
    assert!(refusal(file!("rsa-pkcs1.pem"), EcdsaP256Sha256).contains("P-256"));
    assert!(PublicKey::read("secret", HmacSha256).is_err());
}

#[test]
fn refuses_texts_that_are_broken_or_private() {
    let p256 = file!("p256.pem");
    let private = p256.replace("PUBLIC", "EC PRIVATE");
    assert!(refusal(&private, EcdsaP256Sha256).contains("a private one"));
    assert!(refusal(&P256_JWK.replace("\"x\"", r#""d":"AA","x""#), EcdsaP256Sha256).contains("a private one"));
    for broken in [
        "",
        "?",
        "AAAA",
        &p256.replace("-----END PUBLIC KEY-----\n", ""),
        &p256.replace("END PUBLIC", "END RSA PUBLIC"),
        &p256.replace("PUBLIC", "ECHELON"),
        &p256.replace("MFkw", "MFkx"),
        &p256.replace("MFkw", "MF*w"),
        &p256[..p256.len() / 2],
        // A good key beside a broken one.
        &format!("{p256}{}", p256.replace("MFkw", "MFkx")),
        &format!("{p256}{}", file!("p384.pem")),
        &format!("{p256}{}", p256.replace("PUBLIC", "ECHELON")),
        &BASE64.encode(&[&der(p256)[..], &[0]].concat()),
        &file!("p256-cert.pem").replace("CERTIFICATE", "PUBLIC KEY"),
    ] {
        assert!(refusal(broken, EcdsaP256Sha256).contains("P-256"), "{broken}");
    }
    assert!(refusal(file!("p256-cert.pem"), EcdsaP384Sha384Fixed).contains("P-384"));
}

#[test]
fn several_keys_in_one_text_are_all_read() {
    let [_, (algorithm, message, signature), _] = rfc9421();
    let pair = EcdsaKeyPair::generate(&aws_lc::ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    use aws_lc_rs::encoding::AsDer;
    let other = BASE64.encode(pair.public_key().as_der().unwrap().as_ref());
    let other = format!("-----BEGIN PUBLIC KEY-----{other}-----END PUBLIC KEY-----");
    let keys = read(&format!("{other}\n{}", file!("p256-cert.pem")), algorithm);
    assert_eq!(keys.iter().map(|key| key.verifies(message.as_bytes(), &signature)).collect::<Vec<_>>(), [false, true]);
    // Two that name themselves alike, as when one is renewed: neither issued the other.
    assert_eq!(read(&file!("p256-cert.pem").repeat(2), algorithm).len(), 2);
    // Leaf, intermediate and root, in any order: the leaf's alone.
    let mut chain: Vec<_> = file!("p256-chain.pem").split_inclusive("-----END CERTIFICATE-----\n").collect();
    assert_eq!(chain.len(), 3);
    chain.rotate_left(1);
    assert!(one(&chain.concat(), algorithm).verifies(message.as_bytes(), &signature));
}

#[test]
fn keys_of_a_set_that_are_for_something_else_are_passed_over() {
    let with = |member: &str| P256_JWK.replace("\"kty\"", &format!("{member},\"kty\""));
    let algorithm = EcdsaP256Sha256Fixed;
    for fits in [
        r#""alg":"ES256""#,
        r#""use":"sig""#,
        r#""key_ops":["verify"]"#,
        r#""key_ops":["sign","verify"]"#,
        r#""x5t":"anything","unknown":{"a":[1]}"#,
    ] {
        assert_eq!(read(&with(fits), algorithm).len(), 1, "{fits}");
    }
    let others = [
        r#""alg":"ES384""#,
        r#""alg":"none""#,
        r#""alg":null"#,
        r#""alg":7"#,
        r#""use":"enc""#,
        r#""use":["sig"]"#,
        r#""key_ops":[]"#,
        r#""key_ops":["sign"]"#,
        r#""key_ops":"verify""#,
    ];
    for other in others {
        assert!(refusal(&with(other), algorithm).contains("key_ops"), "{other}");
    }
    let others: Vec<String> = others.iter().map(|other| with(other)).collect();
    let oct = r#"{"kty":"oct","k":"AAAA"}"#;
    let broken = P256_JWK.replace("qIVY", "qIVZ");
    let set = format!(r#"{{"keys":[{},{oct},{RSA_JWK},{ED25519_JWK},{{}},7,{broken},{P256_JWK}]}}"#, others.join(","));
    let keys = PublicKey::read(&set, algorithm).unwrap();
    assert_eq!(keys.iter().map(|(kid, _)| kid.as_deref()).collect::<Vec<_>>(), [Some("test-key-ecc-p256")]);
    assert_eq!(PublicKey::read(P256_JWK, EcdsaP256Sha1).unwrap().len(), 1);
    assert!(refusal(&with(r#""alg":"ES256""#), EcdsaP256Sha1).contains("alg"));
    assert!(refusal(&RSA_JWK.replace("\"kty\"", r#""alg":"RS256","kty""#), RsaPssSha256).contains("alg"));
    assert_eq!(read(&RSA_JWK.replace("\"kty\"", r#""alg":"RS256","kty""#), RsaPkcs1Sha256).len(), 1);

    assert!(refusal(&P256_JWK.replace("P-256", "P-384"), algorithm).contains("crv"));
    assert!(refusal(&P256_JWK.replace(r#""crv":"P-256","#, ""), algorithm).contains("crv"));
    assert!(refusal(&ED25519_JWK.replace("Ed25519", "X25519"), Ed25519).contains("crv"));

    // What is left to tell: the broken key's problem, else that none fits.
    assert!(refusal(&format!(r#"{{"keys":[{oct},{broken}]}}"#), algorithm).contains("P-256"));
    assert!(refusal(&format!(r#"{{"keys":[{oct}]}}"#), algorithm).contains("kty"));
    assert!(refusal(r#"{"keys":[]}"#, algorithm).contains("kty"));
    for no_jwk in ["{", r#"{"keys":{}}"#, &format!("{P256_JWK}x")] {
        assert!(refusal(no_jwk, algorithm).contains("JWK"), "{no_jwk}");
    }
    let small = BASE64URL_NOPAD.encode(&[0xff; 128]);
    for n in ["", "AA", &small, "A A", "AQAB=="] {
        let jwk = format!(r#"{{"kty":"RSA","e":"AQAB","n":"{n}"}}"#);
        assert!(refusal(&jwk, RsaPkcs1Sha256).contains("2048"), "{n}");
    }
    assert!(refusal(&RSA_JWK.replace("AQAB", "Ag"), RsaPkcs1Sha256).contains("2048"), "an even exponent");
}
