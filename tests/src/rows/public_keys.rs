//! A-051 to A-053 and the public keys of A-121: ECDSA and RSA.

use countersign::{Encoding, Keyring, encode, providers};

use crate::receivers::Adapter;
use crate::request::Request;
use crate::row::{Case, Expect, Lane, Row};
use crate::setup::Setup;
use crate::sign::Draft;
use crate::sign::public::{
    EcSignature, P256_ORDER, RSA_LEN, SHA256_INFO, der, integer, other_p256, other_rsa_key, p256, p256_spki, pem,
    pkcs1_block, rsa_key, rsa_spki, sha256_info,
};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_repeated, ensure_runs};

/// ECDSA in DER, over the time and the body.
pub(super) const SENDGRID: Lane =
    Lane { name: "sendgrid", setup: || Setup::new(providers::SENDGRID, p256().public().as_str()) };
/// RSA with PKCS #1 v1.5 padding, over the body.
const WISE: Lane = Lane { name: "wise", setup: || Setup::new(providers::WISE, rsa_key().pem()) };

const BAD: &[&str] = &["signature_malformed", "signature_mismatch"];
const MALFORMED: &[&str] = &["signature_malformed"];
const MISMATCH: &[&str] = &["signature_mismatch"];

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::on_every_store("A-051", "ECDSA: the high-s twin of a valid signature", "the stored answer", high_s_twin),
        Row::cases("A-052", "ECDSA: malformed DER, r or s out of range, another form", "401", bad_ecdsa),
        Row::cases("A-053", "RSA: what a lenient reader of PKCS #1 v1.5 takes, other keys and lengths", "401", bad_rsa),
    ]
}

/// A SendGrid request whose signature has these bytes.
fn sendgrid(draft: &Draft, signature: &[u8]) -> Request {
    let request = draft.post().header("X-Twilio-Email-Event-Webhook-Timestamp", &draft.time);
    request.header("X-Twilio-Email-Event-Webhook-Signature", encode(signature, Encoding::Base64))
}

fn signed(draft: &Draft) -> EcSignature {
    p256().sign(&[&draft.time[..], &draft.body].concat())
}

/// Anyone who has (r, s) can make (r, n - s). It is as valid, so it must not be another event.
fn high_s_twin(adapter: Adapter) -> Finding {
    let receiver = (SENDGRID.setup)().start(adapter);
    for _ in 0..2 {
        let draft = Draft::new();
        let signature = signed(&draft);
        ensure(signature.twin().twin().s == signature.s, || "the twin of the twin is another".into())?;
        ensure_fresh(receiver.deliver(&sendgrid(&draft, &signature.der())), 200)?;
        ensure_repeated(receiver.deliver(&sendgrid(&draft, &signature.twin().der())), 200)?;
        ensure_repeated(receiver.deliver(&sendgrid(&draft, &signature.der())), 200)?;
    }
    ensure_runs(&receiver, 2)?;
    // In a JWT, whose text is then another.
    let receiver = (super::jose::PLAID.setup)().start(adapter);
    let draft = Draft::new();
    let [token, twin] = super::jose::plaid_twins(&draft);
    ensure(token != twin, || "the twin has the same text".into())?;
    ensure_fresh(receiver.deliver(&super::jose::plaid(&draft, &token)), 200)?;
    ensure_repeated(receiver.deliver(&super::jose::plaid(&draft, &twin)), 200)?;
    ensure_runs(&receiver, 1)
}

fn bad_ecdsa() -> Vec<Case> {
    let zero = [0; 32];
    let number = |tag: u8, bytes: &[u8]| der(tag, bytes);
    let two = |r: Vec<u8>, s: Vec<u8>| der(0x30, &[r, s].concat());
    let padded = |bytes: &[u8]| number(0x02, &[&[0, 0], bytes].concat());
    type Change<'a> = &'a dyn Fn(EcSignature) -> Vec<u8>;
    let changes: [(&str, Change<'_>); 27] = [
        ("r = 0", &|it| two(integer(&zero), integer(&it.s))),
        ("s = 0", &|it| two(integer(&it.r), integer(&zero))),
        ("both 0", &|_| two(integer(&zero), integer(&zero))),
        ("r = 0 without a digit", &|it| two(number(0x02, &[]), integer(&it.s))),
        ("r = n", &|it| two(integer(&P256_ORDER), integer(&it.s))),
        ("s = n", &|it| two(integer(&it.r), integer(&P256_ORDER))),
        ("both n", &|_| two(integer(&P256_ORDER), integer(&P256_ORDER))),
        ("r = 2^256 - 1", &|it| two(integer(&[0xff; 32]), integer(&it.s))),
        ("s + n", &|it| two(integer(&it.r), integer(&plus_order(&it.s)))),
        ("r + n", &|it| two(integer(&plus_order(&it.r)), integer(&it.s))),
        ("r of 33 bytes", &|it| two(integer(&[&[1], &it.r[..]].concat()), integer(&it.s))),
        ("-s", &|it| two(integer(&it.r), number(0x02, &negative(&it.s)))),
        ("-r", &|it| two(number(0x02, &negative(&it.r)), integer(&it.s))),
        ("r with zeros before it", &|it| two(padded(&it.r), integer(&it.s))),
        ("s with zeros before it", &|it| two(integer(&it.r), padded(&it.s))),
        ("r and s swapped", &|it| two(integer(&it.s), integer(&it.r))),
        ("a byte after the sequence", &|it| [it.der(), vec![0]].concat()),
        ("a byte in the sequence", &|it| der(0x30, &[integer(&it.r), integer(&it.s), vec![0]].concat())),
        ("a third number", &|it| der(0x30, &[integer(&it.r), integer(&it.s), integer(&[1])].concat())),
        ("one number", &|it| der(0x30, &integer(&it.r))),
        ("a length in two bytes", &|it| {
            let body = [integer(&it.r), integer(&it.s)].concat();
            [&[0x30, 0x81, u8::try_from(body.len()).expect("a short sequence")], &body[..]].concat()
        }),
        ("an indefinite length", &|it| {
            [&[0x30, 0x80], &[integer(&it.r), integer(&it.s)].concat()[..], &[0, 0]].concat()
        }),
        ("a length that is too long", &|it| {
            let mut bytes = it.der();
            bytes[1] += 1;
            bytes
        }),
        ("a set", &|it| der(0x31, &[integer(&it.r), integer(&it.s)].concat())),
        ("octet strings", &|it| two(number(0x04, &it.r), number(0x04, &it.s))),
        ("two numbers of 32 bytes", &|it| it.fixed()),
        ("a sequence of nothing", &|_| der(0x30, &[])),
    ];
    let case = |(note, change): (&str, Change<'_>)| {
        let draft = Draft::new();
        Case::new(SENDGRID, note, &sendgrid(&draft, &change(signed(&draft)))).refused(BAD)
    };
    let mut cases: Vec<Case> = changes.into_iter().map(case).collect();
    let (foreign, good) = (Draft::new(), Draft::new());
    let content = [&foreign.time[..], &foreign.body].concat();
    cases.extend([
        Case::new(SENDGRID, "another key", &sendgrid(&foreign, &other_p256().sign(&content).der())).refused(MISMATCH),
        Case::new(SENDGRID, "as it is (control)", &sendgrid(&good, &signed(&good).der())).meets(Expect::Handled),
    ]);
    cases.extend(super::jose::bad_fixed_ecdsa());
    cases
}

/// A number that is the same modulo the order, in 33 bytes.
fn plus_order(number: &[u8; 32]) -> Vec<u8> {
    let mut sum = vec![0; 33];
    let mut carry = 0u16;
    for at in (0..32).rev() {
        let digit = u16::from(number[at]) + u16::from(P256_ORDER[at]) + carry;
        sum[at + 1] = digit.to_be_bytes()[1];
        carry = digit >> 8;
    }
    sum[0] = u8::try_from(carry).expect("a carry");
    sum
}

/// The two's complement of a number, in 33 bytes.
fn negative(number: &[u8; 32]) -> Vec<u8> {
    let mut bytes: Vec<u8> = [&[0], &number[..]].concat().iter().map(|byte| !byte).collect();
    for byte in bytes.iter_mut().rev() {
        let (next, overflows) = byte.overflowing_add(1);
        *byte = next;
        if !overflows {
            break;
        }
    }
    bytes
}

fn wise(draft: &Draft, signature: &[u8]) -> Request {
    draft.post().header("X-Signature-SHA256", encode(signature, Encoding::Base64))
}

/// Each block is raised to the private exponent, which no forger has: so a verifier that took one for a signature would
/// do so here, whatever its key's exponent.
fn bad_rsa() -> Vec<Case> {
    let block = |at: usize, byte: u8| {
        move |info: &[u8]| {
            let mut block = pkcs1_block(info);
            block[at] = byte;
            block
        }
    };
    let end = RSA_LEN - SHA256_INFO.len() - 32 - 1;
    let short = |padding: usize, info: &[u8], rest: u8| {
        let head = [&[0, 1][..], &vec![0xff; padding], &[0], info].concat();
        [&head[..], &vec![rest; RSA_LEN - head.len()]].concat()
    };
    let info_with = |algorithm: &[u8], info: &[u8]| {
        let digest = der(0x04, &info[SHA256_INFO.len()..]);
        pkcs1_block(&der(0x30, &[der(0x30, algorithm), digest].concat()))
    };
    let sha256 = der(0x06, &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]);
    let sha1 = der(0x06, &[0x2b, 0x0e, 0x03, 0x02, 0x1a]);
    type Change<'a> = &'a dyn Fn(&[u8]) -> Vec<u8>;
    let changes: [(&str, Change<'_>); 18] = [
        ("8 bytes of padding, the rest after the digest", &|info| short(8, info, 0)),
        ("8 bytes of padding, garbage after the digest", &|info| short(8, info, 0xa5)),
        ("no padding, garbage after the digest", &|info| short(0, info, 0xa5)),
        ("one byte after the digest", &|info| short(end - 3, info, 0)),
        ("a byte of padding that is no 0xff", &block(100, 0xfe)),
        ("a zero in the padding", &block(100, 0)),
        ("no zero after the padding", &block(end, 0xff)),
        ("block type 0", &block(1, 0)),
        ("block type 2", &block(1, 2)),
        ("no DigestInfo", &|info| pkcs1_block(&info[SHA256_INFO.len()..])),
        ("no NULL", &|info| info_with(&sha256, info)),
        ("parameters that are no NULL", &|info| info_with(&[&sha256[..], &der(0x04, b"garbage")].concat(), info)),
        ("the digest under the name of SHA-1", &|info| info_with(&[&sha1[..], &der(0x05, &[])].concat(), info)),
        ("a long length in DigestInfo", &|info| pkcs1_block(&[&[0x30, 0x81, 0x31], &info[2..]].concat())),
        ("an indefinite length in DigestInfo", &|info| pkcs1_block(&[&[0x30, 0x80], &info[2..], &[0, 0]].concat())),
        ("another digest", &|_| pkcs1_block(&sha256_info(b"another body"))),
        ("a digest that is cut", &|info| pkcs1_block(&info[..info.len() - 1])),
        ("nothing but padding", &|_| pkcs1_block(&[])),
    ];
    let case = |(note, change): (&str, Change<'_>)| {
        let draft = Draft::new();
        let signature = rsa_key().power(&change(&sha256_info(&draft.body)));
        Case::new(WISE, note, &wise(&draft, &signature)).refused(MISMATCH)
    };
    let mut cases: Vec<Case> = changes.into_iter().map(case).collect();
    let modulus = rsa_key().modulus();
    let one = [&[0; RSA_LEN - 1][..], &[1]].concat();
    let mut before_modulus = modulus.clone();
    before_modulus[RSA_LEN - 1] -= 1;
    let numbers = [
        ("0", vec![0; RSA_LEN]),
        ("1", one),
        ("n - 1", before_modulus),
        ("n", modulus),
        ("2^2048 - 1", vec![0xff; RSA_LEN]),
    ];
    cases.extend(numbers.into_iter().map(|(note, number)| {
        Case::new(WISE, format!("the number {note}"), &wise(&Draft::new(), &number)).refused(MISMATCH)
    }));
    type Length<'f> = (&'f str, &'f dyn Fn(Vec<u8>) -> Vec<u8>);
    let lengths: [Length<'_>; 4] = [
        ("a zero before it", &|it| [vec![0], it].concat()),
        ("a zero after it", &|it| [it, vec![0]].concat()),
        ("a byte less", &|it| it[..RSA_LEN - 1].to_vec()),
        ("1,024 bytes more", &|it| [it, vec![0; 1024]].concat()),
    ];
    cases.extend(lengths.into_iter().map(|(note, change)| {
        let draft = Draft::new();
        Case::new(WISE, note, &wise(&draft, &change(rsa_key().sign(&draft.body)))).refused(BAD)
    }));
    let [foreign, good, own] = [Draft::new(), Draft::new(), Draft::new()];
    let block = pkcs1_block(&sha256_info(&own.body));
    cases.extend([
        Case::new(WISE, "another key", &wise(&foreign, &other_rsa_key().sign(&foreign.body))).refused(MISMATCH),
        Case::new(WISE, "empty", &wise(&Draft::new(), b"")).refused(MALFORMED),
        Case::new(WISE, "as it is (control)", &wise(&good, &rsa_key().sign(&good.body))).meets(Expect::Handled),
        Case::new(WISE, "the right block (control)", &wise(&own, &rsa_key().power(&block))).meets(Expect::Handled),
    ]);
    cases
}

/// Public keys that anyone could sign for, or that are none: refused when the endpoint is built.
pub(super) fn weak_public_keys() -> Finding {
    let problem =
        |provider: countersign::Provider, text: &str| countersign::check_keyring(&provider, &Keyring::new(text)).err();
    let modulus = rsa_key().modulus();
    let shorter = |bytes: usize| {
        let mut short = modulus[..bytes].to_vec();
        short[bytes - 1] |= 1;
        short
    };
    let mut even = modulus.clone();
    even[RSA_LEN - 1] &= 0xfe;
    let e = [1, 0, 1];
    let huge = [&[1], &modulus[..]].concat();
    let rsa: [(&str, Vec<u8>, &[u8]); 11] = [
        ("512 bits", shorter(64), &e),
        ("768 bits", shorter(96), &e),
        ("1,024 bits", shorter(128), &e),
        ("2,040 bits", shorter(255), &e),
        ("16,384 bits", [&modulus[..]; 8].concat(), &e),
        ("an even modulus", even, &e),
        ("a modulus of 0", vec![0], &e),
        ("e = 0", modulus.clone(), &[0]),
        ("e = 1", modulus.clone(), &[1]),
        ("e = 2", modulus.clone(), &[2]),
        ("e beyond n", modulus.clone(), &huge),
    ];
    for (note, n, e) in &rsa {
        let spki = rsa_spki(n, e);
        for text in [pem(&spki), encode(&spki, Encoding::Base64)] {
            ensure(problem(providers::WISE, &text).is_some(), || format!("an RSA key is taken: {note}"))?;
        }
    }
    let point = p256().point();
    let off_curve = [&point[..64], &[point[64] ^ 1]].concat();
    let out_of_range = [&[4][..], &[0xff; 64]].concat();
    let hybrid = [&[6 + (point[64] & 1)], &point[1..]].concat();
    let points: [(&str, &[u8]); 6] = [
        ("off the curve", &off_curve),
        ("beyond the field", &out_of_range),
        ("the point at infinity", &[0]),
        ("the hybrid form", &hybrid),
        ("cut", &point[..33]),
        ("nothing", &[]),
    ];
    for (note, point) in points {
        let text = encode(&p256_spki(point), Encoding::Base64);
        ensure(problem(providers::SENDGRID, &text).is_some(), || format!("a point is taken: {note}"))?;
    }
    // Of another kind, and a private one.
    let rsa_text = rsa_key().pem();
    ensure(problem(providers::SENDGRID, &rsa_text).is_some(), || "an RSA key is taken for ECDSA".into())?;
    ensure(problem(providers::WISE, &p256().public()).is_some(), || "an ECDSA key is taken for RSA".into())?;
    let private = rsa_text.replace("PUBLIC", "PRIVATE");
    ensure(problem(providers::WISE, &private).is_some(), || "a private key is taken".into())?;
    // Real ones pass (control).
    ensure(problem(providers::WISE, &rsa_text).is_none(), || "a real RSA key is refused".into())?;
    ensure(problem(providers::SENDGRID, &p256().public()).is_none(), || "a real ECDSA key is refused".into())
}
