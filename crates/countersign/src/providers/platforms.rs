//! Webhook platforms, and senders that sign as Standard Webhooks do.

use super::*;

/// Whatever the signer covered, within no window but its own `expires`.
const HTTP_SIGNATURES: &[Scheme] = &[
    http_signature("rfc9421-ed25519", Algorithm::Ed25519, "").secret(MARKED),
    http_signature("rfc9421-ecdsa-p256", Algorithm::EcdsaP256Sha256Fixed, "").secret(MARKED),
    http_signature("rfc9421-rsa-pss", Algorithm::RsaPssSha512, "").secret(MARKED),
    http_signature("rfc9421-rsa", Algorithm::RsaPkcs1Sha256, "").secret(MARKED),
    http_signature("rfc9421-hmac", Algorithm::HmacSha256, "").secret(SecretFormat::plain(SecretEncoding::Base64)),
];

/// Method, URL and body, signed within five minutes.
const COVERING_HTTP_SIGNATURES: &[Scheme] = &[
    http_signature("ed25519", Algorithm::Ed25519, COVER).secret(SecretFormat::PUBLIC_KEY).timed(
        "{p:created}",
        SECONDS,
        300,
    ),
    http_signature("ecdsa-p256", Algorithm::EcdsaP256Sha256Fixed, COVER).secret(SecretFormat::PUBLIC_KEY).timed(
        "{p:created}",
        SECONDS,
        300,
    ),
];

/// So that no public key can be taken for the shared secret.
const MARKED: SecretFormat = SecretFormat::plain(SecretEncoding::MarkedPublicKey);

const COVER: &str = "@method @target-uri content-digest";

const fn http_signature(name: &'static str, algorithm: Algorithm, cover: &'static str) -> Scheme {
    let syntax = Syntax::HttpSignature { cover: text(cover), tag: text("") };
    Scheme::new(algorithm, SignatureField::new("{h:Signature}", syntax, BASE64), "").named(name).key_id("{p:keyid}")
}

catalogue! {
    STANDARD_WEBHOOKS: "standard-webhooks", "Standard Webhooks";
    schemes: STANDARD_WEBHOOKS_SCHEMES,
    event_id: ["{h:webhook-id|svix-id}"], "The specification signs the id header and says it names the event triggered and stays the same over every retry.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(15), retry_horizon: Some(272_105), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    secret: "`whsec_` + base64 of 24 to 64 random bytes (the key is the decoded bytes), or `whpk_` + base64 for an Ed25519 public key (v1a); where it stands depends on the sender.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Acme-Webhooks/1.0")],
    sample: r#"{"type":"contact.created","timestamp":"2026-11-03T09:26:10.344Z","data":{"id":"{id}","full_name":"Rosa Ek","city":"Malmö"}}"#;

    SVIX: "svix", "Svix";
    schemes: SVIX_SCHEMES,
    event_id: ["{h:svix-id|webhook-id}"], "svix-id is in the signed content and names the message; retries and portal resends of a message carry the same one.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(15), retry_horizon: Some(99_305), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://docs.svix.com/receiving/verifying-payloads/how-manual",
    secret: "`whsec_` + base64 (24 bytes by default; key is the decoded bytes), in the consumer portal under the endpoint's Signing Secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Svix-Webhooks/1.67.0 (sender-9YMgn; +https://www.svix.com/http-sender/)")],
    sample: r#"{"type":"invoice.paid","timestamp":"2026-11-03T09:26:10.344Z","data":{"id":"inv_{id}","amount":129900,"currency":"SEK"}}"#;

    OPENAI: "openai", "OpenAI";
    schemes: STANDARD_WEBHOOKS_SCHEMES,
    event_id: ["{h:webhook-id|svix-id}"], "Standard Webhooks: the id header is signed and OpenAI names it as the idempotency key.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retry_horizon: Some(259_200), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://platform.openai.com/docs/guides/webhooks",
    secret: "`whsec_` + base64, shown once at creation; platform.openai.com > Settings > Project > Webhooks.",
    headers: [("content-type", "application/json"), ("user-agent", "OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)")],
    sample: r#"{"id":"evt_{id}","object":"event","created_at":{ts},"type":"response.completed","data":{"id":"resp_6a1f0cd8e4"}}"#;

    RESEND: "resend", "Resend";
    schemes: SVIX_SCHEMES,
    event_id: ["{h:svix-id|webhook-id}"], "Delivered by Svix: svix-id is signed, unique to the message and the same on retries and replays.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(15), retry_horizon: Some(99_305), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://resend.com/docs/webhooks/verify-webhooks-requests",
    secret: "`whsec_` + base64; resend.com/webhooks > the endpoint > Signing Secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Svix-Webhooks/1.67.0 (sender-9YMgn; +https://www.svix.com/http-sender/)"), ("Accept", "*/*")],
    sample: r#"{"type":"email.delivered","created_at":"2026-11-03T09:26:10.344Z","data":{"created_at":"2026-11-03T09:26:05.100Z","email_id":"{id}","from":"Harbour <tide@example.com>","to":["rosa@example.com"],"subject":"High water at noon"}}"#;

    CLERK: "clerk", "Clerk";
    schemes: SVIX_SCHEMES,
    event_id: ["{h:svix-id|webhook-id}"], "Delivered by Svix: the id header is signed, unique to the message and stable over retries.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(15), retry_horizon: Some(99_305), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://clerk.com/docs/webhooks/sync-data",
    secret: "`whsec_` + base64; Dashboard > Configure > Webhooks > the endpoint > Signing Secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Svix-Webhooks/1.67.0 (sender-9YMgn; +https://www.svix.com/http-sender/)"), ("Accept", "*/*")],
    sample: r#"{"data":{"id":"user_{id}","object":"user","first_name":"Rosa","last_name":"Ek","email_addresses":[{"id":"idn_01","email_address":"rosa@example.com"}],"created_at":{ts_ms},"updated_at":{ts_ms}},"event_attributes":{"http_request":{"client_ip":"192.0.2.7","user_agent":"Mozilla/5.0"}},"instance_id":"ins_2tide","object":"event","timestamp":{ts_ms},"type":"user.created"}"#;

    RFC9421: "rfc9421", "HTTP message signatures (RFC 9421), as they come";
    aliases: ["http-message-signatures"],
    methods: ["POST", "PUT", "PATCH", "DELETE", "GET"],
    schemes: HTTP_SIGNATURES,
    event_id: ["{p:nonce}", "{content}"], "A nonce is made once for each signature; without one, everything that is signed tells one signature from another.",
    event_type: None,
    sender: Sender { retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://www.rfc-editor.org/rfc/rfc9421",
    secret: "The shared secret in base64 for `hmac-sha256`; a public key in any of its common forms for the other algorithms.",
    notes: "The signer chooses what is covered. The body is covered only if content-digest is: the delivery says whether it was. Where you may choose, use http-signature-webhook, which insists.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"hello":"world","id":"{id}"}"#;

    HTTP_SIGNATURE_WEBHOOK: "http-signature-webhook", "HTTP message signatures (RFC 9421) over method, URL and body";
    methods: ["POST"],
    schemes: COVERING_HTTP_SIGNATURES,
    event_id: ["{p:nonce}"], "The profile requires a nonce, made once for each event by its signer.",
    event_type: None,
    sender: Sender { retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://www.rfc-editor.org/rfc/rfc9421",
    secret: "The shared secret in base64 for `hmac-sha256`; a public key in any of its common forms for the other algorithms.",
    notes: "A profile for senders of your own: method, target URI and content-digest must be covered, and the time of signing must be within five minutes.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"hello":"world","id":"{id}"}"#;
}
