//! A-054 and HS-01 to HS-18: HTTP message signatures (RFC 9421) and `Content-Digest` (RFC 9530).

use countersign::{Algorithm, Encoding, Keyring, SigningSecret, encode, providers, sign_mac};
use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256, Sha512};

use crate::clock::NOW;
use crate::journal;
use crate::receivers::Adapter;
use crate::request::Request;
use crate::row::{Case, Expect, Lane, Row};
use crate::setup::Setup;
use crate::sign::public::p256;
use crate::sign::{Draft, private_key};
use crate::verdict::{Finding, ensure_fresh, ensure_refused, ensure_repeated, ensure_runs};

/// Method, URL and body must be covered; the event is named by the nonce.
const SIGNED: Lane = Lane { name: "http-signature-webhook", setup: || at("https://hooks.example") };
/// The same endpoint, whose URL is written in another way.
const WITH_PORT: Lane = Lane { name: "http-signature-webhook, port", setup: || at("https://HOOKS.Example:443") };

fn at(url: &'static str) -> Setup {
    let ed25519 = encode(private_key().verifying_key().as_bytes(), Encoding::Base64);
    let keyring = Keyring::new(SigningSecret::new(ed25519).id(KEY_ID)).also_accept(p256().jwk("ec-1"));
    Setup::new(providers::HTTP_SIGNATURE_WEBHOOK, keyring)
        .with(move |builder| builder.public_url(url).expect("the URL is one that is signed"))
}

const KEY_ID: &str = "sig-1";
const NOT_COVERED: &[&str] = &["not_covered"];
const MALFORMED: &[&str] = &["signature_malformed"];
const MISMATCH: &[&str] = &["signature_mismatch"];
const OTHERS: &[&str] = &["no_key_for_scheme"];
const ABSENT: &[&str] = &["signed_header_missing"];
const BAD_HEADER: &[&str] = &["signed_header_malformed"];
const DIGEST: &[&str] = &["digest_mismatch"];

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::cases(
            "A-054",
            "RFC 9421: nothing covered, another alg, an unknown keyid, a label twice, no digest, a wrong one",
            "401 each",
            catalogued,
        ),
        Row::cases("HS-01", "labels that stand in one of the two fields only", "401", labels),
        Row::cases("HS-02", "a component twice; `@signature-params` among the components", "401", || {
            vec![
                message().cover("\"@method\"", "POST").refused("a component twice", MALFORMED),
                message()
                    .cover("\"content-type\"", JSON)
                    .cover("\"content-type\"", JSON)
                    .refused("a header twice", MALFORMED),
                message().cover("\"@signature-params\"", "x").refused("@signature-params", MALFORMED),
                message().cover("\"content-type\"", JSON).handled("another component (control)"),
            ]
        }),
        Row::cases("HS-03", "a covered component that is not there", "401", || {
            let member = |name: &str| format!("\"content-digest\";key=\"{name}\"");
            vec![
                message().cover("\"x-absent\"", "").refused("a header", ABSENT),
                message().cover("\"content-digest\";key=\"sha-512\"", "").refused("a member", ABSENT),
                message().cover("\"@query-param\";name=\"a\"", "").refused("a parameter", ABSENT),
                message()
                    .cover(&member("sha-256"), &format!(":{}:", sha256(b"other")))
                    .refused("another value", MISMATCH),
                message().own_member("sha-256").handled("a member (control)"),
            ]
        }),
        Row::cases("HS-04", "names in upper case, derived components that do not exist", "401", || {
            let names = [
                "\"Content-Type\"",
                "\"@Method\"",
                "\"@body\"",
                "\"@\"",
                "\"@target-url\"",
                "\"\"",
                "content-type",
                "1",
            ];
            names.map(|name| message().cover(name, JSON).refused(name, MALFORMED)).into()
        }),
        Row::cases(
            "HS-05",
            "spaces and lines of a covered header",
            "stripped and joined; no line end enters what is signed",
            spaces,
        ),
        Row::cases("HS-06", "a covered query parameter that stands twice", "401", || {
            let one = || message().cover("\"@query-param\";name=\"a\"", "1");
            vec![
                one().sent_to("/hook?a=1&a=2").refused("twice", BAD_HEADER),
                one().sent_to("/hook?a=1&a=1").refused("twice the same", BAD_HEADER),
                one().sent_to("/hook?a=1&%61=2").refused("twice, escaped", BAD_HEADER),
                one().sent_to("/hook?a=1&b=2").handled("once (control)"),
            ]
        }),
        Row::cases(
            "HS-07",
            "host, port and scheme: the client's, in upper case, with a port",
            "those of the configured URL only",
            hosts,
        ),
        Row::cases("HS-08", "`@status` and `;req` on a request", "401", || {
            let names = ["\"@status\"", "\"@method\";req", "\"content-type\";req", "\"@status\";req"];
            names.map(|name| message().cover(name, "200").refused(name, MALFORMED)).into()
        }),
        Row::cases("HS-10", "an algorithm that the request names", "must be the key's; it chooses nothing", algorithms),
        Row::story("HS-11", "a nonce again, and none", "the stored answer, 422 under another body, 400", nonces),
        Row::cases("HS-12", "method, URL or digest not covered, or in part", "401", coverage),
        Row::cases(
            "HS-13",
            "created and expires",
            "within the tolerance, never after `expires`, in their order",
            times,
        ),
        Row::cases("HS-14", "several signatures", "one must be whole; at most eight are verified", several),
        Row::cases(
            "HS-16",
            "a digest of another body, or of the same written otherwise",
            "401: recomputed over the bytes as received",
            digests,
        ),
        Row::cases("HS-17", "digests that are broken: MD5, SHA-1, CRC-32", "401; they never count", || {
            let only = |name: &str| message().digest(format!("{name}=:{}:", sha256(b"x"))).refused(name, BAD_HEADER);
            let mut cases: Vec<Case> =
                ["md5", "sha", "crc32c", "adler", "unixsum", "id-sha-256", "sha-1"].map(only).into();
            cases.push(message().own_member_of("md5").refused("a member that is MD5", NOT_COVERED));
            cases
        }),
        Row::cases("HS-18", "a digest in a trailer", "401: trailers are not read", trailers),
        Row::left_out(
            "HS-19",
            "the signatures of RFC 9421, appendix B",
            "held in the core, `http_signature/appendix_b.rs`: they cover parts that no webhook has",
        ),
    ]
}

const JSON: &str = "application/json";

/// A signed message in the making.
#[derive(Clone)]
struct Message {
    draft: Draft,
    target: String,
    digest: Option<String>,
    /// Identifiers as they are written, with the values that are signed.
    covered: Vec<(String, String)>,
    params: String,
    key: SigningKey,
}

/// A delivery of a new event that is signed as the profile asks.
fn message() -> Message {
    let draft = Draft::new();
    let digest = format!("sha-256=:{}:", sha256(&draft.body));
    let covered =
        [("\"@method\"", "POST"), ("\"@target-uri\"", "https://hooks.example/hook"), ("\"content-digest\"", &digest)];
    let covered = covered.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let params = format!(";created={NOW};keyid=\"{KEY_ID}\";nonce=\"{}\"", String::from_utf8_lossy(&draft.id));
    Message { draft, target: "/hook".into(), digest: Some(digest), covered, params, key: private_key() }
}

impl Message {
    fn cover(mut self, identifier: &str, value: &str) -> Self {
        self.covered.push((identifier.to_owned(), value.to_owned()));
        self
    }

    fn uncover(mut self, identifier: &str) -> Self {
        self.covered.retain(|(known, _)| known != identifier);
        self
    }

    /// Signs another value for a component than the one that is sent.
    fn signing(self, identifier: &str, value: &str) -> Self {
        self.uncover(identifier).cover(identifier, value)
    }

    fn sent_to(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        let uri = format!("https://hooks.example{target}");
        self.signing("\"@target-uri\"", &uri)
    }

    fn digest(mut self, digest: impl Into<String>) -> Self {
        let digest = digest.into();
        self.digest = Some(digest.clone());
        self.signing("\"content-digest\"", &digest)
    }

    /// Covers a member of the digest instead of all of it.
    fn own_member(self, name: &str) -> Self {
        let digest = format!(":{}:", sha256(&self.draft.body));
        self.uncover("\"content-digest\"").cover(&format!("\"content-digest\";key=\"{name}\""), &digest)
    }

    fn own_member_of(self, weak: &str) -> Self {
        let digest = sha256(&self.draft.body);
        let mut message = self.digest(format!("sha-256=:{digest}:, {weak}=:AAAA:"));
        message = message.uncover("\"content-digest\"");
        message.cover(&format!("\"content-digest\";key=\"{weak}\""), ":AAAA:")
    }

    fn with(mut self, params: &str) -> Self {
        self.params.push_str(params);
        self
    }

    fn params(mut self, change: impl FnOnce(String) -> String) -> Self {
        self.params = change(self.params);
        self
    }

    fn by(mut self, key: SigningKey) -> Self {
        self.key = key;
        self
    }

    fn input(&self) -> String {
        let names: Vec<_> = self.covered.iter().map(|(name, _)| name.as_str()).collect();
        format!("({}){}", names.join(" "), self.params)
    }

    fn base(&self) -> Vec<u8> {
        let lines = self.covered.iter().map(|(name, value)| format!("{name}: {value}\n"));
        format!("{}\"@signature-params\": {}", lines.collect::<String>(), self.input()).into_bytes()
    }

    fn signature(&self) -> String {
        field(&self.key.sign(&self.base()).to_bytes())
    }

    fn unsigned(&self) -> Request {
        let request = self.draft.post().target(&self.target);
        match &self.digest {
            Some(digest) => request.header("Content-Digest", digest),
            None => request,
        }
    }

    fn signed_with(&self, signature: &str) -> Request {
        let request = self.unsigned().header("Signature-Input", format!("sig={}", self.input()));
        request.header("Signature", format!("sig={signature}"))
    }

    fn request(&self) -> Request {
        self.signed_with(&self.signature())
    }

    fn refused(self, note: &str, reasons: &'static [&'static str]) -> Case {
        Case::new(SIGNED, note, &self.request()).refused(reasons)
    }

    fn handled(self, note: &str) -> Case {
        Case::new(SIGNED, note, &self.request()).meets(Expect::Handled)
    }
}

/// A byte sequence as structured fields write it.
fn field(bytes: &[u8]) -> String {
    let text = encode(bytes, Encoding::Base64);
    journal::conceal(text.as_bytes());
    format!(":{text}:")
}

fn sha256(body: &[u8]) -> String {
    encode(&Sha256::digest(body), Encoding::Base64)
}

fn foreign_key() -> SigningKey {
    SigningKey::from_bytes(&[0x5a; 32])
}

fn catalogued() -> Vec<Case> {
    let nothing = Message { covered: Vec::new(), ..message() };
    let label_twice = |beside: bool| {
        let [first, second] = [message(), message().by(foreign_key())];
        let request = first.unsigned();
        let (inputs, signatures) = if beside {
            (
                format!("sig={}, sig={}", second.input(), first.input()),
                format!("sig={}, sig={}", second.signature(), first.signature()),
            )
        } else {
            (format!("sig={}, sig={}", second.input(), first.input()), format!("sig={}", first.signature()))
        };
        request.header("Signature-Input", inputs).header("Signature", signatures)
    };
    let two_lines = {
        let message = message();
        message.request().header("Signature-Input", format!("sig={}", message.input()))
    };
    let mut no_digest = message().uncover("\"content-digest\"");
    no_digest.digest = None;
    let mut digest_not_sent = message();
    digest_not_sent.digest = None;
    let unknown = message().params(|params| params.replace(KEY_ID, "sig-2"));
    vec![
        nothing.refused("an empty list", NOT_COVERED),
        message().with(";alg=\"rsa-pss-sha512\"").refused("alg of another key", OTHERS),
        unknown.refused("an unknown keyid", MISMATCH),
        Case::new(SIGNED, "a label twice", &label_twice(true)).refused(MALFORMED),
        Case::new(SIGNED, "a label twice in the input", &label_twice(false)).refused(MALFORMED),
        Case::new(SIGNED, "a label on two lines", &two_lines).refused(MALFORMED),
        no_digest.refused("no digest", NOT_COVERED),
        message().uncover("\"content-digest\"").refused("a digest that is not covered", NOT_COVERED),
        digest_not_sent.refused("a covered digest that is not sent", ABSENT),
        message().digest(format!("sha-256=:{}:", sha256(b"another body"))).refused("a wrong digest", DIGEST),
        message().by(foreign_key()).refused("another key", MISMATCH),
        message().handled("as it is (control)"),
        message().with(";alg=\"ed25519\";tag=\"any\"").handled("the key's alg (control)"),
    ]
}

fn labels() -> Vec<Case> {
    let one = message();
    let signature =
        |text: String| one.unsigned().header("Signature-Input", format!("a={}", one.input())).header("Signature", text);
    let cases = [
        ("another label", signature(format!("b={}", one.signature()))),
        ("one more signature", signature(format!("a={}, b={}", one.signature(), one.signature()))),
        ("in upper case", signature(format!("A={}", one.signature()))),
        ("no label", signature(one.signature())),
        ("a text", signature("a=\"signature\"".into())),
        ("a list", signature(format!("a=({})", one.signature()))),
        ("a token", signature("a=signature".into())),
        ("not closed", signature(format!("a=:{}", one.signature().trim_matches(':')))),
        ("a comma at the end", signature(format!("a={},", one.signature()))),
        (
            "no signature of it",
            one.unsigned()
                .header("Signature-Input", format!("a={}, b={}", one.input(), one.input()))
                .header("Signature", format!("a={}", one.signature())),
        ),
        (
            "an item as input",
            one.unsigned().header("Signature-Input", "a=1").header("Signature", format!("a={}", one.signature())),
        ),
    ];
    let mut cases: Vec<Case> =
        cases.iter().map(|(note, request)| Case::new(SIGNED, *note, request).refused(MALFORMED)).collect();
    let without = |name: &str| one.request().without(name);
    cases.extend([
        Case::new(SIGNED, "no input", &without("Signature-Input")).refused(&["signature_missing"]),
        Case::new(SIGNED, "no signature", &without("Signature")).refused(&["signature_missing"]),
        Case::new(SIGNED, "any label (control)", &signature(format!("a={}", one.signature()))).meets(Expect::Handled),
    ]);
    cases
}

fn spaces() -> Vec<Case> {
    let spaced = |signed: &str, lines: &[&str]| {
        let message = message().cover("\"x-note\"", signed);
        lines.iter().fold(message.request(), |request, line| request.header("X-Note", line))
    };
    let folded = |line: &str| {
        let message = message().cover("\"x-note\"", "one two");
        Case::new(SIGNED, format!("{line:?}"), &message.request().header("X-Note", line))
    };
    vec![
        Case::new(SIGNED, "spaces around", &spaced("one", &["  one \t"])).meets(Expect::Handled),
        Case::new(SIGNED, "two lines", &spaced("one, two", &["one", " two "])).meets(Expect::Handled),
        Case::new(SIGNED, "two lines, swapped", &spaced("one, two", &["two", "one"])).refused(MISMATCH),
        Case::new(SIGNED, "spaces inside", &spaced("one two", &["one  two"])).refused(MISMATCH),
        Case::new(SIGNED, "beyond ASCII", &spaced("\u{e9}", &["\u{e9}"])).refused(BAD_HEADER),
        folded("one\r\n two").meets(Expect::BadHttp(&[400])),
        folded("one\n two").meets(Expect::BadHttp(&[400])),
        folded("one\u{0}two").meets(Expect::BadHttp(&[400])),
    ]
}

fn hosts() -> Vec<Case> {
    let uri = |uri: &str| message().signing("\"@target-uri\"", uri);
    let mut cases = Vec::new();
    for signed in [
        "https://evil.example/hook",
        "https://HOOKS.example/hook",
        "https://hooks.example:443/hook",
        "https://hooks.example./hook",
        "http://hooks.example/hook",
        "https://hooks.example/Hook",
        "https://hooks.example/hook?",
        "/hook",
    ] {
        cases.push(uri(signed).refused(signed, MISMATCH));
        // The client claims the same.
        let host = signed.split('/').nth(2).unwrap_or_default();
        let claimed = uri(signed)
            .request()
            .set("Host", host)
            .header("X-Forwarded-Host", host)
            .header("Forwarded", format!("host={host}"));
        cases.push(Case::new(SIGNED, format!("{signed}, and so the client says"), &claimed).refused(MISMATCH));
    }
    let host = |host: &str| message().request().set("Host", host);
    cases.extend([
        message().cover("\"@authority\"", "HOOKS.example").refused("an authority in upper case", MISMATCH),
        message().cover("\"@authority\"", "hooks.example:443").refused("an authority with its port", MISMATCH),
        message().cover("\"@scheme\"", "HTTPS").refused("a scheme in upper case", MISMATCH),
        message()
            .cover("\"@authority\"", "hooks.example")
            .cover("\"@scheme\"", "https")
            .handled("as configured (control)"),
        Case::new(SIGNED, "another Host (control)", &host("evil.example")).meets(Expect::Handled),
        Case::new(WITH_PORT, "configured with its port (control)", &message().request()).meets(Expect::Handled),
        Case::new(WITH_PORT, "signed with its port", &uri("https://hooks.example:443/hook").request())
            .refused(MISMATCH),
    ]);
    cases
}

fn algorithms() -> Vec<Case> {
    let mut cases = Vec::new();
    for alg in [
        "hmac-sha256",
        "rsa-v1_5-sha256",
        "rsa-pss-sha512",
        "ecdsa-p256-sha256",
        "ecdsa-p384-sha384",
        "none",
        "Ed25519",
        "",
    ] {
        // The one that another key of the ring has finds no key of this id.
        let reasons = if alg == "ecdsa-p256-sha256" { MISMATCH } else { OTHERS };
        cases.push(message().with(&format!(";alg=\"{alg}\"")).refused(&format!("alg {alg:?}"), reasons));
    }
    let point = private_key().verifying_key().to_bytes();
    for alg in ["", ";alg=\"hmac-sha256\"", ";alg=\"ed25519\""] {
        let message = message().with(alg);
        let mac = sign_mac(Algorithm::HmacSha256, &point, &message.base()).expect("a MAC");
        let note = format!("an HMAC with the public key, {alg}");
        cases.push(Case::new(SIGNED, note, &message.signed_with(&field(&mac))).refused(OTHERS));
        let twice = Case::new(SIGNED, format!("two of them, {alg}"), &message.signed_with(&field(&mac.repeat(2))));
        cases.push(twice.refused(&["signature_mismatch", "no_key_for_scheme"]));
    }
    // Each key under its own id and algorithm.
    let ecdsa = |params: &str| {
        let message = message().params(|own| own.replace(KEY_ID, "ec-1")).with(params);
        message.signed_with(&field(&p256().sign(&message.base()).fixed()))
    };
    let crossed = message();
    let crossed = crossed.signed_with(&field(&p256().sign(&crossed.base()).fixed()));
    cases.extend([
        Case::new(SIGNED, "ECDSA under the id of the Ed25519 key", &crossed).refused(MISMATCH),
        Case::new(SIGNED, "ECDSA named ed25519", &ecdsa(";alg=\"ed25519\"")).refused(MISMATCH),
        Case::new(SIGNED, "ECDSA (control)", &ecdsa(";alg=\"ecdsa-p256-sha256\"")).meets(Expect::Handled),
        message().with(";alg=\"ed25519\"").handled("Ed25519 (control)"),
        message().with(";alg=ed25519").refused("alg as a token", MALFORMED),
        message().with(";alg=\"ed25519\";alg=\"ed25519\"").refused("alg twice", MALFORMED),
    ]);
    cases
}

fn nonces(adapter: Adapter) -> Finding {
    let receiver = (SIGNED.setup)().start(adapter);
    let first = message();
    ensure_fresh(receiver.deliver(&first.request()), 200)?;
    ensure_repeated(receiver.deliver(&first.request()), 200)?;
    // Signed anew for the next attempt.
    let again = first.clone().params(|params| params.replace(&NOW.to_string(), &(NOW + 1).to_string()));
    ensure_repeated(receiver.deliver(&again.request()), 200)?;
    let mut other = first.clone();
    other.draft = other.draft.body("{}");
    let other = other.digest(format!("sha-256=:{}:", sha256(b"{}")));
    ensure_refused(receiver.deliver(&other.request()), &receiver, 422, "content_differs")?;
    for (nonce, reason) in [("", "event_id_missing"), (";nonce=\"\"", "event_id_missing")] {
        let message = Message { params: format!(";created={NOW};keyid=\"{KEY_ID}\"{nonce}"), ..message() };
        ensure_refused(receiver.deliver(&message.request()), &receiver, 400, reason)?;
    }
    for nonce in [";nonce=1", ";nonce=a", ";nonce", ";nonce=\"a\";nonce=\"b\""] {
        let message = Message { params: format!(";created={NOW};keyid=\"{KEY_ID}\"{nonce}"), ..message() };
        ensure_refused(receiver.deliver(&message.request()), &receiver, 401, "signature_malformed")?;
    }
    ensure_runs(&receiver, 1)
}

fn coverage() -> Vec<Case> {
    let parts = |message: Message| {
        let message = message.uncover("\"@target-uri\"");
        message
            .cover("\"@scheme\"", "https")
            .cover("\"@authority\"", "hooks.example")
            .cover("\"@path\"", "/hook")
            .cover("\"@query\"", "?")
    };
    let post = message();
    let get = post.request().method("PUT");
    let moved = message().request().target("/hook?x=1");
    vec![
        message().uncover("\"@method\"").refused("no method", NOT_COVERED),
        message().uncover("\"@target-uri\"").refused("no URL", NOT_COVERED),
        parts(message()).refused("the URL in parts", NOT_COVERED),
        message()
            .uncover("\"content-digest\"")
            .cover("\"content-length\"", "0")
            .refused("a length for a digest", NOT_COVERED),
        message()
            .uncover("\"content-digest\"")
            .cover("\"content-digest\";bs", "x")
            .refused("other bytes of the digest", MISMATCH),
        Case::new(SIGNED, "another method", &get).meets(Expect::Refused(405, "method_not_allowed")),
        Case::new(SIGNED, "another target", &moved).refused(MISMATCH),
        message().signing("\"@method\"", "post").refused("the method in lower case", MISMATCH),
        parts(message()).cover("\"@target-uri\"", "https://hooks.example/hook").handled("both (control)"),
    ]
}

fn times() -> Vec<Case> {
    let created = |text: String| message().params(|params| params.replace(&format!("created={NOW}"), &text));
    let refused = |text: String, reasons| created(text.clone()).refused(&text, reasons);
    let until = |text: &str, reasons| message().with(text).refused(text, reasons);
    let now = i64::try_from(NOW).expect("a time");
    let malformed: &[&str] = &["signature_malformed", "timestamp_malformed"];
    vec![
        refused(format!("created={}", now - 301), &["stale"]),
        refused(format!("created={}", now + 301), &["from_the_future"]),
        refused("created=0".into(), &["stale"]),
        refused("created=-1".into(), malformed),
        refused("created=999999999999999".into(), &["timestamp_unit", "timestamp_malformed", "from_the_future"]),
        refused("created=9999999999999999".into(), MALFORMED),
        refused(format!("created=\"{NOW}\""), MALFORMED),
        refused(format!("created={NOW}.0"), MALFORMED),
        refused(format!("created=@{NOW}"), MALFORMED),
        refused(format!("created={NOW};created={NOW}"), MALFORMED),
        refused("x=1".into(), &["timestamp_missing"]),
        until(&format!(";expires={NOW}"), &["stale"]),
        until(&format!(";expires={}", now - 1), MALFORMED),
        until(";expires=0", MALFORMED),
        until(&format!(";expires=\"{}\"", now + 9), MALFORMED),
        created(format!("created={}", now - 100)).with(&format!(";expires={}", now - 1)).refused("expired", &["stale"]),
        created(format!("created={}", now - 300)).handled("at one end (control)"),
        created(format!("created={}", now + 300)).handled("at the other (control)"),
        message().with(&format!(";expires={}", now + 1)).handled("before it expires (control)"),
    ]
}

fn several() -> Vec<Case> {
    let with = |signers: &[Option<SigningKey>]| {
        let right = message();
        let all: Vec<(String, String)> = signers
            .iter()
            .enumerate()
            .map(|(index, key)| {
                let message = right.clone().by(key.clone().unwrap_or_else(private_key));
                (format!("s{index}={}", message.input()), format!("s{index}={}", message.signature()))
            })
            .collect();
        let [inputs, signatures] = [0, 1].map(|part| {
            all.iter()
                .map(|(input, signature)| if part == 0 { input } else { signature }.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        });
        right.unsigned().header("Signature-Input", inputs).header("Signature", signatures)
    };
    let foreign = || Some(foreign_key());
    let after = |others: usize| [vec![foreign(); others], vec![None]].concat();
    let small = {
        // A right signature that covers less, beside a foreign one that covers all.
        let (little, all) = (message().uncover("\"content-digest\""), message().by(foreign_key()));
        let inputs = format!("a={}, b={}", little.input(), all.input());
        all.unsigned()
            .header("Signature-Input", inputs)
            .header("Signature", format!("a={}, b={}", little.signature(), all.signature()))
    };
    let swapped = {
        // Each signature under the other's label.
        let right = message();
        let less = right.clone().uncover("\"@method\"");
        let inputs = format!("a={}, b={}", right.input(), less.input());
        right
            .unsigned()
            .header("Signature-Input", inputs)
            .header("Signature", format!("a={}, b={}", less.signature(), right.signature()))
    };
    let many = vec![None; 17];
    vec![
        Case::new(SIGNED, "two foreign", &with(&[foreign(), foreign()])).refused(MISMATCH),
        Case::new(SIGNED, "a right one that covers less", &small).refused(MISMATCH),
        Case::new(SIGNED, "labels swapped", &swapped).refused(MISMATCH),
        Case::new(SIGNED, "the right one after eight", &with(&after(8))).refused(MISMATCH),
        Case::new(SIGNED, "the right one after seven (control)", &with(&after(7))).meets(Expect::Handled),
        Case::new(SIGNED, "seventeen", &with(&many)).refused(&["too_many_signatures"]),
        Case::new(SIGNED, "the right one first (control)", &with(&[None, foreign()])).meets(Expect::Handled),
        Case::new(SIGNED, "the right one last (control)", &with(&[foreign(), None])).meets(Expect::Handled),
    ]
}

fn digests() -> Vec<Case> {
    let two = |sha256_of: &[u8], sha512_of: &[u8]| {
        let sha512 = encode(&Sha512::digest(sha512_of), Encoding::Base64);
        format!("sha-256=:{}:, sha-512=:{sha512}:", sha256(sha256_of))
    };
    let body = |change: fn(&[u8]) -> Vec<u8>| {
        let message = message();
        let changed = change(&message.draft.body);
        message.request().with_body(changed)
    };
    let own = |digest: fn(&[u8]) -> String| {
        let message = message();
        let digest = digest(&message.draft.body);
        message.digest(digest)
    };
    let one = message();
    let both = two(&one.draft.body, &one.draft.body);
    let (first, second) = (message(), message());
    let first_wrong = two(b"other", &first.draft.body);
    let second_wrong = two(&second.draft.body, b"other");
    vec![
        Case::new(SIGNED, "a byte more", &body(|body| [body, b" "].concat())).refused(DIGEST),
        Case::new(SIGNED, "a bit less", &body(|body| [&[body[0] ^ 1], &body[1..]].concat())).refused(DIGEST),
        Case::new(SIGNED, "no body", &body(|_| Vec::new())).refused(DIGEST),
        first.digest(first_wrong).refused("SHA-256 wrong, SHA-512 right", DIGEST),
        second.digest(second_wrong).refused("SHA-256 right, SHA-512 wrong", DIGEST),
        own(|body| format!("sha-256=\"{}\"", sha256(body))).refused("a text", BAD_HEADER),
        own(|body| format!("sha-256={}", sha256(body))).refused("no byte sequence", BAD_HEADER),
        own(|body| format!("sha-256=:{}:", encode(&Sha256::digest(body)[..16], Encoding::Base64)))
            .refused("cut", DIGEST),
        own(|body| format!("sha-256=:{0}:, sha-256=:{0}:", sha256(body))).refused("twice", BAD_HEADER),
        own(|body| format!("SHA-256=:{}:", sha256(body))).refused("in upper case", BAD_HEADER),
        own(|_| String::new()).refused("empty", BAD_HEADER),
        one.digest(both).handled("both (control)"),
        own(|body| format!("sha-512=:{}:", encode(&Sha512::digest(body), Encoding::Base64)))
            .handled("SHA-512 (control)"),
    ]
}

fn trailers() -> Vec<Case> {
    let chunked = |message: &Message, trailers: &[&str]| message.request().chunked(32, trailers);
    let mut late = message();
    let digest = late.digest.take().expect("a digest");
    let trailer = format!("Content-Digest: {digest}");
    let [named, wrong, other] = [message().cover("\"content-digest\";tr", "x"), message(), message()];
    let foreign = format!("Content-Digest: sha-256=:{}:", sha256(b"another body"));
    let body = other.draft.body.clone();
    vec![
        Case::raw(SIGNED, "in a trailer only", chunked(&late, &[&trailer])).refused(ABSENT),
        Case::raw(SIGNED, "covered as a trailer", chunked(&named, &[])).refused(MALFORMED),
        Case::raw(SIGNED, "a wrong digest in a trailer (control)", chunked(&wrong, &[&foreign])).meets(Expect::Handled),
        Case::raw(SIGNED, "the digest of another body in a trailer", {
            let message = other.digest(format!("sha-256=:{}:", sha256(b"another body")));
            let trailer = format!("Content-Digest: sha-256=:{}:", sha256(&body));
            message.request().chunked(32, &[&trailer])
        })
        .refused(DIGEST),
    ]
}
