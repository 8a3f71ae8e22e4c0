//! A-137 to A-142 and CE-01 to CE-04: what a receiver answers before a provider sends, and what it never does.

use std::io::ErrorKind;
use std::net::TcpListener;

use countersign::{Encoding, Provider, encode, providers};
use ed25519_dalek::Signer;

use crate::clock::NOW;
use crate::raw::{Answer, NoAnswer};
use crate::receivers::{Adapter, Receiver};
use crate::request::Request;
use crate::row::Row;
use crate::setup::Setup;
use crate::sign::{Draft, Secret, mac, private_key};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_runs};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::story(
            "A-137",
            "a challenge with `<script>`, line ends, 1 KiB, or sent twice",
            "403; what is reflected is of its grammar, `text/plain`, `nosniff`; without being told to, nothing is",
            reflected_challenges,
        ),
        Row::story(
            "A-138",
            "`hub.verify_token` wrong, empty, absent, repeated",
            "403, the same bytes",
            verify_tokens,
        ),
        Row::story(
            "A-139",
            "the MAC of a chosen text asked for by a challenge, and used as a signature",
            "no answer for what a provider signs; 401 for a delivery that a challenge could be",
            no_signing_oracle,
        ),
        Row::story("A-140", "Discord's PING with a bad signature", "401; the good one gets its PONG", bad_pings),
        Row::story(
            "A-141",
            "`SubscribeURL` to an address of this machine, signed",
            "the handler runs; nothing is fetched",
            confirmations_are_not_fetched,
        ),
        Row::story(
            "A-142",
            "CloudEvents' OPTIONS from an unlisted origin, with a callback to this machine",
            "no consent; nothing is fetched",
            unlisted_origins,
        ),
        Row::story("CE-01", "OPTIONS from a listed and from an unlisted origin", "consent for the listed one only", consent),
        Row::story("CE-02", "OPTIONS with and without `WebHook-Request-Rate`", "`WebHook-Allowed-Rate` of `*`", rates),
        Row::story("CE-03", "OPTIONS from a listed origin", "`Allow: POST`", allowed_methods),
        Row::story("CE-04", "OPTIONS with `WebHook-Request-Callback`", "nothing is fetched", callbacks_are_not_fetched),
    ]
}

fn get(target: &str) -> Request {
    Request::post("").without("Content-Type").method("GET").target(target)
}

/// A provider whose events are told apart by their content, so that its endpoint keeps records.
fn answering(provider: Provider) -> Setup {
    Setup::by_text_key(provider).with(|builder| builder.answer_handshakes().event_id("{content}"))
}

fn meta() -> Setup {
    answering(providers::META).with(|builder| builder.config("verify_token", "harbour-4c1f"))
}

fn meta_line(token: &str, challenge: &str) -> String {
    format!("/hook?hub.mode=subscribe{token}&hub.challenge={challenge}")
}

const TOKEN: &str = "&hub.verify_token=harbour-4c1f";

/// An answer to a handshake: nothing ran, and no browser takes it for a page.
fn ensure_greeted(answer: Result<Answer, NoAnswer>, receiver: &Receiver, kind: Option<&str>, body: &str) -> Result<Answer, String> {
    let answer = answer.map_err(|error| error.to_string())?;
    ensure((200..=204).contains(&answer.status), || format!("answered {} for {:?}", answer.status, receiver.reasons()))?;
    ensure(answer.header("content-type").as_deref() == kind, || format!("the type is {:?}", answer.header("content-type")))?;
    ensure(answer.header("x-content-type-options").as_deref() == Some("nosniff"), || "it may be sniffed".into())?;
    ensure(answer.header("cache-control").as_deref() == Some("no-store"), || "it may be stored".into())?;
    ensure(answer.text() == body, || format!("the body is {:?}", answer.text()))?;
    ensure_nothing_ran(receiver)?;
    Ok(answer)
}

fn ensure_nothing_ran(receiver: &Receiver) -> Finding {
    ensure_runs(receiver, 0)?;
    ensure(receiver.store.calls() == 0, || format!("the store was asked {} times", receiver.store.calls()))
}

const PLAIN: Option<&str> = Some("text/plain; charset=utf-8");
const JSON: Option<&str> = Some("application/json");

fn reflected_challenges(adapter: Adapter) -> Finding {
    let receiver = meta().start(adapter);
    let long = "a".repeat(1_024);
    for challenge in ["%3Cscript%3Ealert(1)%3C/script%3E", "a%0d%0aX-Made-Up:%201", "%00", "%22", "", &long, "1&hub.challenge=2"] {
        let request = get(&meta_line(TOKEN, challenge));
        ensure_refused(receiver.deliver(&request), &receiver, 403, "challenge_malformed")?;
    }
    ensure_greeted(receiver.deliver(&get(&meta_line(TOKEN, "1158201444"))), &receiver, PLAIN, "1158201444")?;

    let graph = answering(providers::MICROSOFT_GRAPH).with(|builder| builder.event_id("{j:/value/0/id}")).start(adapter);
    let ask = |challenge: &str| Request::post("").target(&format!("/hook?validationToken={challenge}"));
    ensure_refused(graph.deliver(&ask("%3Cscript%3E")), &graph, 403, "challenge_malformed")?;
    ensure_greeted(graph.deliver(&ask("Validation:+Request-Id:+8460")), &graph, PLAIN, "Validation: Request-Id: 8460")?;

    let slack = Setup::slack().with(|builder| builder.answer_handshakes()).start(adapter);
    let draft = |challenge: &str| {
        Draft::new().body(format!(r#"{{"token":"x","challenge":"{challenge}","type":"url_verification"}}"#))
    };
    ensure_refused(slack.deliver(&draft("<script>").slack()), &slack, 403, "challenge_malformed")?;
    ensure_refused(slack.deliver(&draft("abc").slack().without("X-Slack-Signature")), &slack, 401, "signature_missing")?;
    ensure_greeted(slack.deliver(&draft("3eZbrw1aBm2rZ").slack()), &slack, PLAIN, "3eZbrw1aBm2rZ")?;

    // Nobody told these two to answer.
    let silent = Setup::by_text_key(providers::META).with(|builder| builder.event_id("{content}"));
    let silent = silent.with(|builder| builder.config("verify_token", "harbour-4c1f")).start(adapter);
    ensure_refused(silent.deliver(&get(&meta_line(TOKEN, "1"))), &silent, 405, "method_not_allowed")?;
    let silent = Setup::slack().start(adapter);
    ensure_fresh(silent.deliver(&draft("abc").slack()), 200)?;
    ensure_runs(&silent, 1)
}

fn verify_tokens(adapter: Adapter) -> Finding {
    let receiver = meta().start(adapter);
    let mut first: Option<Answer> = None;
    for token in [
        "&hub.verify_token=another-one",
        "&hub.verify_token=harbour-4c1",
        "&hub.verify_token=harbour-4c1ff",
        "&hub.verify_token=",
        "",
        "&hub.verify_token=harbour-4c1f&hub.verify_token=harbour-4c1f",
        "&hub.verify_token=another-one&hub.verify_token=harbour-4c1f",
    ] {
        let answer = receiver.deliver(&get(&meta_line(token, "1158201444")));
        let answer = ensure_refused(answer, &receiver, 403, "handshake_refused")?;
        let first = first.get_or_insert_with(|| answer.clone());
        ensure(answer.says_the_same_as(first), || format!("{token:?} is answered {answer:?}"))?;
    }
    ensure_greeted(receiver.deliver(&get(&meta_line(TOKEN, "1158201444"))), &receiver, PLAIN, "1158201444").map(drop)
}

fn no_signing_oracle(adapter: Adapter) -> Finding {
    // X signs the body alone, and answers a challenge with the same key.
    let receiver = answering(providers::X_TWITTER).start(adapter);
    let ask = |challenge: &str| receiver.deliver(&get(&format!("/hook?crc_token={challenge}")));
    let bought = mac(&Secret::text_key().key, b"pay-9000", Encoding::Base64);
    ensure_greeted(ask("pay-9000"), &receiver, JSON, &format!(r#"{{"response_token":"sha256={bought}"}}"#))?;
    for chosen in ["%7B%22pay%22%3A9000%7D", "%5B%5D", "pay%209000", "v0%3A1%3A%7B%7D"] {
        ensure_refused(ask(chosen), &receiver, 403, "challenge_malformed")?;
    }
    let deliver = |body: &str, signature: &str| {
        receiver.deliver(&Request::post(body).header("x-twitter-webhooks-signature", format!("sha256={signature}")))
    };
    ensure_refused(deliver("pay-9000", &bought), &receiver, 401, "not_an_event")?;
    ensure_nothing_ran(&receiver)?;
    // The very signature holds where nothing is answered, and a real event is taken here (controls).
    let silent = Setup::by_text_key(providers::X_TWITTER).with(|builder| builder.event_id("{content}")).start(adapter);
    let request = Request::post("pay-9000").header("x-twitter-webhooks-signature", format!("sha256={bought}"));
    ensure_fresh(silent.deliver(&request), 200)?;
    let event = r#"{"for_user_id":"2244994945","tweet_create_events":[]}"#;
    let signature = mac(&Secret::text_key().key, event.as_bytes(), Encoding::Base64);
    ensure_fresh(deliver(event, &signature), 200)?;

    // Zoom signs its question: unsigned, or for a text that it signs, there is no answer.
    let zoom = answering(providers::ZOOM).start(adapter);
    let question = |token: &str| format!(r#"{{"event":"endpoint.url_validation","payload":{{"plainToken":"{token}"}}}}"#);
    let signed = |body: &str| {
        let tag = mac(&Secret::text_key().key, format!("v0:{NOW}:{body}").as_bytes(), Encoding::Hex);
        let request = Request::post(body).header("x-zm-request-timestamp", NOW.to_string());
        request.header("x-zm-signature", format!("v0={tag}"))
    };
    let chosen = question(&format!("v0:{NOW}:pay"));
    ensure_refused(zoom.deliver(&signed(&chosen)), &zoom, 403, "challenge_malformed")?;
    let unsigned = signed(&question("qgg8vlvZRS6")).without("x-zm-signature");
    ensure_refused(zoom.deliver(&unsigned), &zoom, 401, "signature_missing")?;
    let tag = mac(&Secret::text_key().key, b"qgg8vlvZRS6", Encoding::Hex);
    let expected = format!(r#"{{"plainToken":"qgg8vlvZRS6","encryptedToken":"{tag}"}}"#);
    ensure_greeted(zoom.deliver(&signed(&question("qgg8vlvZRS6"))), &zoom, JSON, &expected).map(drop)
}

fn bad_pings(adapter: Adapter) -> Finding {
    let public = encode(private_key().verifying_key().as_bytes(), Encoding::Hex);
    let receiver = Setup::new(providers::DISCORD, public).with(|builder| builder.answer_handshakes()).start(adapter);
    let ping = r#"{"application_id":"1","id":"2","token":"t","type":1,"version":1}"#;
    let deliver = |spoil: u8| {
        let mut signature = private_key().sign(format!("{NOW}{ping}").as_bytes()).to_bytes();
        signature[0] ^= spoil;
        let request = Request::post(ping).header("X-Signature-Timestamp", NOW.to_string());
        receiver.deliver(&request.header("X-Signature-Ed25519", encode(&signature, Encoding::Hex)))
    };
    ensure_refused(deliver(1), &receiver, 401, "signature_mismatch")?;
    let unsigned = Request::post(ping).header("X-Signature-Timestamp", NOW.to_string());
    ensure_refused(receiver.deliver(&unsigned), &receiver, 401, "signature_missing")?;
    ensure_greeted(deliver(0), &receiver, JSON, r#"{"type":1}"#).map(drop)
}

/// Somebody who listens, and to whom nobody is to come.
struct Trap(TcpListener);

impl Trap {
    fn set() -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        listener.set_nonblocking(true).map_err(|error| error.to_string())?;
        Ok(Self(listener))
    }

    fn url(&self, scheme: &str) -> String {
        let port = self.0.local_addr().map(|address| address.port()).unwrap_or_default();
        format!("{scheme}://127.0.0.1:{port}/latest/meta-data")
    }

    /// Nobody came; and who comes is seen (control).
    fn ensure_empty(&self) -> Finding {
        let came = || !matches!(self.0.accept(), Err(error) if error.kind() == ErrorKind::WouldBlock);
        ensure(!came(), || "a URL of the sender's was fetched".into())?;
        let address = self.0.local_addr().map_err(|error| error.to_string())?;
        let visit = std::net::TcpStream::connect(address).map_err(|error| error.to_string())?;
        let seen = came();
        drop(visit);
        ensure(seen, || "the trap does not notice a visit".into())
    }
}

fn confirmations_are_not_fetched(adapter: Adapter) -> Finding {
    let provider = Provider::from_toml(
        r#"
        name = "topics"
        event_id = ["{j:/MessageId}"]

        [[schemes]]
        algorithm = "hmac-sha256"
        secret = { encoding = "utf8" }
        signature = { at = "{h:X-Hub-Signature-256}", syntax = { prefix = "sha256=" } }
        content = "{body}"

        [[handshakes]]
        when = "{j:/Type}=SubscriptionConfirmation"
        signed = true
        challenge = { at = "{j:/SubscribeURL}" }
        confirm_at = "https://sns.*.amazonaws.com/"
        "#,
    );
    let receiver = Setup::by_text_key(provider.map_err(|error| error.to_string())?).start(adapter);
    let trap = Trap::set()?;
    for (id, url) in [("m-1", trap.url("https")), ("m-2", trap.url("http"))] {
        let body = format!(r#"{{"Type":"SubscriptionConfirmation","MessageId":"{id}","SubscribeURL":"{url}"}}"#);
        // Not concealed from the journal: this machine's address is no secret.
        let tag = mac(&Secret::text_key().key, body.as_bytes(), Encoding::Hex);
        let request = Request::post(body).header("X-Hub-Signature-256", format!("sha256={tag}"));
        ensure_fresh(receiver.deliver(&request), 200)?;
    }
    ensure_runs(&receiver, 2)?;
    trap.ensure_empty()
}

const LISTED: &str = "eventgrid.azure.net";

fn cloud_events(adapter: Adapter) -> Receiver {
    let setup = Setup::by_text_key(providers::AZURE_EVENT_GRID_TOKEN);
    setup.with(|builder| builder.answer_handshakes().event_id("{j:/0/id}").config("webhook_origin", LISTED)).start(adapter)
}

fn options(origin: &str) -> Request {
    get("/hook").method("OPTIONS").header("WebHook-Request-Origin", origin)
}

fn consent(adapter: Adapter) -> Finding {
    let receiver = cloud_events(adapter);
    for origin in ["evil.example", "eventgrid.azure.net.evil.example", "*", "", "eventgrid.azure.net, evil.example"] {
        let answer = ensure_refused(receiver.deliver(&options(origin)), &receiver, 403, "handshake_refused")?;
        ensure(answer.header_values("webhook-allowed-origin").is_empty(), || format!("{origin:?} got consent"))?;
    }
    let twice = options(LISTED).header("WebHook-Request-Origin", "evil.example");
    let answer = ensure_refused(receiver.deliver(&twice), &receiver, 403, "challenge_malformed")?;
    ensure(answer.header_values("webhook-allowed-origin").is_empty(), || "two origins got consent".into())?;
    let none = options(LISTED).without("WebHook-Request-Origin");
    ensure_refused(receiver.deliver(&none), &receiver, 405, "method_not_allowed")?;
    let answer = ensure_greeted(receiver.deliver(&options(LISTED)), &receiver, None, "")?;
    let allowed = answer.header("webhook-allowed-origin");
    ensure(allowed.as_deref() == Some(LISTED), || format!("allowed is {allowed:?}"))
}

fn rates(adapter: Adapter) -> Finding {
    let receiver = cloud_events(adapter);
    for request in [options(LISTED), options(LISTED).header("WebHook-Request-Rate", "120")] {
        let answer = ensure_greeted(receiver.deliver(&request), &receiver, None, "")?;
        let rate = answer.header("webhook-allowed-rate");
        ensure(rate.as_deref() == Some("*"), || format!("the rate is {rate:?}"))?;
    }
    Ok(())
}

fn allowed_methods(adapter: Adapter) -> Finding {
    let receiver = cloud_events(adapter);
    let answer = ensure_greeted(receiver.deliver(&options(LISTED)), &receiver, None, "")?;
    ensure(answer.header("allow").as_deref() == Some("POST"), || format!("{answer:?}"))
}

fn unlisted_origins(adapter: Adapter) -> Finding {
    let receiver = cloud_events(adapter);
    let trap = Trap::set()?;
    let asked = options("evil.example").header("WebHook-Request-Callback", trap.url("http"));
    let answer = ensure_refused(receiver.deliver(&asked), &receiver, 403, "handshake_refused")?;
    ensure(answer.header_values("webhook-allowed-origin").is_empty(), || "it got consent".into())?;
    trap.ensure_empty()
}

fn callbacks_are_not_fetched(adapter: Adapter) -> Finding {
    let receiver = cloud_events(adapter);
    let trap = Trap::set()?;
    let asked = options(LISTED).header("WebHook-Request-Callback", trap.url("http"));
    ensure_greeted(receiver.deliver(&asked), &receiver, None, "")?;
    trap.ensure_empty()
}
