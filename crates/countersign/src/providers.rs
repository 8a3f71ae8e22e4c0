//! The catalogue: one entry a provider, data only. To add one, copy the entry that signs most alike.

use std::borrow::Cow;

use crate::clock::TimestampUnit::{self, Milliseconds as MILLIS, Seconds as SECONDS};
use crate::provider::{Evidence, Provider, Retries, Sample, Sender};
use crate::scheme::{
    Algorithm, Encoding, Scheme, SecretEncoding, SecretFormat, SignatureField, Syntax, Text, TimestampRule,
};

/// Fills in an entry and adds it to [`ALL`].
macro_rules! catalogue {
    ($($const:ident: $name:literal, $title:literal;
        schemes: $schemes:expr,
        event_id: [$($id:literal),*], $reason:literal,
        event_type: $type:expr,
        sender: $sender:expr,
        unsigned_id: $unsigned:expr,
        handshake: $handshake:literal,
        evidence: $evidence:ident, $source:literal,
        secret: $hint:literal,
        headers: [$(($header:literal, $value:literal)),*],
        sample: $sample:literal;
    )*) => {
        $(
            #[doc = concat!($title, ".\n\nEvent id: ", $reason, "\n\nSecret: ", $hint, "\n\nSource: <", $source, ">")]
            pub const $const: Provider = Provider {
                name: text($name),
                title: text($title),
                schemes: Cow::Borrowed($schemes),
                methods: Cow::Borrowed(&[text("POST")]),
                event_id: Cow::Borrowed(&[$(text($id)),*]),
                event_id_reason: text($reason),
                event_type: $type,
                unsigned_id: $unsigned,
                handshake: text($handshake),
                sender: $sender,
                sample: Sample { body: text($sample), headers: Cow::Borrowed(&[$((text($header), text($value))),*]) },
                evidence: Evidence::$evidence,
                source: text($source),
                secret_hint: text($hint),
            };
        )*

        /// Every provider of the catalogue.
        pub static ALL: &[Provider] = &[$($const),*];
    };
}

/// Finds a provider by its name, such as `standard-webhooks`.
pub fn by_name(name: &str) -> Option<&'static Provider> {
    ALL.iter().find(|provider| provider.name == name)
}

const fn text(text: &'static str) -> Text {
    Cow::Borrowed(text)
}

/// An HMAC over the body alone, in one header.
const fn body_hmac(algorithm: Algorithm, at: &'static str, syntax: Syntax, encoding: Encoding) -> Scheme {
    Scheme {
        algorithm,
        secret: SecretFormat::UTF8,
        signature: SignatureField { at: text(at), syntax, encoding },
        content: text("{body}"),
        timestamp: None,
    }
}

/// HMAC-SHA256 in hex behind a prefix, over a content that holds a header with the time in seconds.
const fn timed_header(at: &'static str, prefix: &'static str, content: &'static str, from: &'static str) -> Scheme {
    Scheme {
        algorithm: Algorithm::HmacSha256,
        secret: SecretFormat::UTF8,
        signature: SignatureField { at: text(at), syntax: Syntax::Prefix(text(prefix)), encoding: Encoding::Hex },
        content: text(content),
        timestamp: Some(time(from, SECONDS, 300)),
    }
}

/// HMAC-SHA256 in hex, in a header of named values that also holds the time.
const fn timed_pairs(
    secret: SecretFormat,
    at: &'static str,
    [separator, assign]: [char; 2],
    pick: &'static str,
    content: &'static str,
    timestamp: TimestampRule,
) -> Scheme {
    Scheme {
        algorithm: Algorithm::HmacSha256,
        secret,
        signature: SignatureField {
            at: text(at),
            syntax: Syntax::Pairs { separator, assign, pick: text(pick) },
            encoding: Encoding::Hex,
        },
        content: text(content),
        timestamp: Some(timestamp),
    }
}

/// A signed time with the same tolerance on both sides.
const fn time(from: &'static str, unit: TimestampUnit, tolerance: u64) -> TimestampRule {
    TimestampRule { from: text(from), unit, past: tolerance, future: tolerance }
}

/// Standard Webhooks 1.0.0 under its own header names and Svix's: `v1` with a shared secret, `v1a` with a public key.
const STANDARD_WEBHOOKS_SCHEMES: &[Scheme] = &[
    standard_webhooks(Algorithm::HmacSha256, "v1,", SHARED_SECRET),
    standard_webhooks(Algorithm::Ed25519, "v1a,", PUBLIC_KEY),
];

/// The prefix of a shared secret is optional: some dashboards show it without.
const SHARED_SECRET: SecretFormat = SecretFormat {
    encoding: SecretEncoding::Base64,
    strip: Cow::Borrowed(&[text("whsec_")]),
    refuse: Cow::Borrowed(&[text("whpk_"), text("whsk_")]),
    prefix_required: false,
};

const PUBLIC_KEY: SecretFormat = SecretFormat {
    encoding: SecretEncoding::Base64,
    strip: Cow::Borrowed(&[text("whpk_")]),
    refuse: Cow::Borrowed(&[]),
    prefix_required: true,
};

const fn standard_webhooks(algorithm: Algorithm, prefix: &'static str, secret: SecretFormat) -> Scheme {
    Scheme {
        algorithm,
        secret,
        signature: SignatureField {
            at: text("{h:webhook-signature|svix-signature}"),
            syntax: Syntax::List { separator: ' ', prefix: text(prefix) },
            encoding: Encoding::Base64,
        },
        content: text("{h:webhook-id|svix-id}.{h:webhook-timestamp|svix-timestamp}.{body}"),
        timestamp: Some(time("{h:webhook-timestamp|svix-timestamp}", SECONDS, 300)),
    }
}

/// The text of a Stripe signing secret is the key, prefix included; its API keys look alike and are none.
const STRIPE_SECRET: SecretFormat = SecretFormat {
    encoding: SecretEncoding::Utf8,
    strip: Cow::Borrowed(&[]),
    refuse: Cow::Borrowed(&[text("sk_"), text("pk_"), text("rk_")]),
    prefix_required: false,
};

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
    schemes: STANDARD_WEBHOOKS_SCHEMES,
    event_id: ["{h:webhook-id|svix-id}"], "svix-id is in the signed content and names the message; retries and portal resends of a message carry the same one.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(15), retry_horizon: Some(99_305), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://docs.svix.com/receiving/verifying-payloads/how-manual",
    secret: "`whsec_` + base64 (24 bytes by default; key is the decoded bytes), in the consumer portal under the endpoint's Signing Secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Svix-Webhooks/1.67.0 (sender-9YMgn; +https://www.svix.com/http-sender/)")],
    sample: r#"{"type":"invoice.paid","timestamp":"2026-11-03T09:26:10.344Z","data":{"id":"inv_{id}","amount":129900,"currency":"SEK"}}"#;

    STRIPE: "stripe", "Stripe";
    schemes: &[timed_pairs(STRIPE_SECRET, "{h:Stripe-Signature}", [',', '='], "v1", "{p:t}.{body}", time("{p:t}", SECONDS, 300))],
    event_id: ["{j:/id}"], "/id is the Event object's own id (evt_…), inside the signed body, the same over automatic retries and manual resends.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retry_horizon: Some(259_200), redelivery_horizon: Some(2_592_000), retries: Retries::Resigned, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://docs.stripe.com/webhooks",
    secret: "`whsec_` + 32 or more letters and digits, used as UTF-8 with its prefix; Workbench > Webhooks > the endpoint > Signing secret (`stripe listen` prints another).",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"), ("Accept", "*/*; q=0.5, application/xml"), ("Cache-Control", "no-cache")],
    sample: r#"{"id":"{id}","object":"event","api_version":"2026-09-30.basil","created":{ts},"data":{"object":{"id":"pi_3TnQx2LkdIwHu7ix0f9c","object":"payment_intent","amount":4200,"currency":"eur","status":"succeeded"}},"livemode":false,"pending_webhooks":1,"request":{"id":null,"idempotency_key":null},"type":"payment_intent.succeeded"}"#;

    GITHUB: "github", "GitHub";
    schemes: &[body_hmac(Algorithm::HmacSha256, "{h:X-Hub-Signature-256}", Syntax::Prefix(text("sha256=")), Encoding::Hex)],
    event_id: ["{content}"], "The delivery id is an unsigned header, so the body's digest is the key. Kinds whose body holds no time, such as workflow_dispatch with equal inputs, can repeat byte for byte; where those matter, choose another event id.",
    event_type: None,
    sender: Sender { ack_deadline: Some(10), retry_horizon: Some(0), redelivery_horizon: Some(259_200), retries: Retries::Identical, body_cap: Some(26_214_400), ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-GitHub-Delivery")),
    handshake: "A signed `ping` event on creation; nothing to echo.",
    evidence: Published, "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
    secret: "Any text the owner chooses; Settings > Webhooks > the hook > Secret (for an app: its settings page).",
    headers: [("Content-Type", "application/json"), ("User-Agent", "GitHub-Hookshot/760256b"), ("Accept", "*/*"), ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "{id}"), ("X-GitHub-Hook-ID", "498210377"), ("X-GitHub-Hook-Installation-Target-Type", "repository"), ("X-GitHub-Hook-Installation-Target-ID", "71820443")],
    sample: r#"{"ref":"refs/heads/main","before":"5f1c0e4d7c7e5e5f7c39ad0cf5e4e5a3f8f2b101","after":"{id}","created":false,"deleted":false,"forced":false,"repository":{"id":71820443,"full_name":"harbour-co/tide-tables","default_branch":"main","pushed_at":{ts}},"pusher":{"name":"ines","email":"ines@example.com"},"sender":{"login":"ines","id":1840217,"type":"User"},"commits":[],"head_commit":null}"#;

    SHOPIFY: "shopify", "Shopify";
    schemes: &[body_hmac(Algorithm::HmacSha256, "{h:X-Shopify-Hmac-Sha256|Shopify-Hmac-Sha256}", Syntax::Plain, Encoding::Base64)],
    event_id: [], "The topic and both ids are unsigned headers, and the body is only the resource: orders/create, orders/paid and orders/updated of one moment carry the same order JSON, app/uninstalled repeats the shop object and include_fields can cut a body down to an id, so different events can be byte-equal.",
    event_type: None,
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(14_400), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Shopify-Webhook-Id")),
    handshake: "",
    evidence: Sdk, "https://shopify.dev/docs/apps/build/webhooks/subscribe/https",
    secret: "The app's client secret (`shpss_` + 32 hex, older: 32 hex), Dev Dashboard > the app > Settings; for webhooks made in the admin the key shown under Settings > Notifications > Webhooks.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Shopify-Captain-Hook"), ("Accept", "*/*"), ("X-Shopify-Topic", "orders/updated"), ("X-Shopify-Shop-Domain", "nordlys-kaffe.myshopify.com"), ("X-Shopify-API-Version", "2026-10"), ("X-Shopify-Webhook-Id", "{id}"), ("X-Shopify-Event-Id", "0c2c2a4f-6b1d-4c62-9a53-1f7a5c4c2e90"), ("X-Shopify-Triggered-At", "2026-11-03T09:26:10.344871Z")],
    sample: r#"{"id":5930417283651,"admin_graphql_api_id":"gid://shopify/Order/5930417283651","name":"1042","created_at":"2026-11-03T10:20:00+01:00","updated_at":"2026-11-03T10:26:09+01:00","currency":"EUR","total_price":"38.50","financial_status":"paid","fulfillment_status":null,"note":"{id}","line_items":[{"id":14810027462979,"title":"Filter roast 500 g","quantity":2,"price":"19.25"}]}"#;

    SLACK: "slack", "Slack";
    schemes: &[timed_header("{h:X-Slack-Signature}", "v0=", "v0:{h:X-Slack-Request-Timestamp}:{body}", "{h:X-Slack-Request-Timestamp}")],
    event_id: ["{j:/event_id}", "{content}"], "Events API bodies carry /event_id, unique over all workspaces and equal on retries; commands, interactivity and app_rate_limited have none, and there the signed time plus a body with trigger_id makes the signed content itself the key (Slack does not retry those).",
    event_type: Some(text("{j:/event/type}")),
    sender: Sender { ack_deadline: Some(3), retry_horizon: Some(86_400), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "JSON body with type url_verification: answer the /challenge value as text.",
    evidence: Published, "https://docs.slack.dev/authentication/verifying-requests-from-slack",
    secret: "32 hex characters, used as UTF-8 text; api.slack.com > the app > Basic Information > App Credentials > Signing Secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)"), ("Accept", "*/*"), ("Accept-Encoding", "gzip,deflate")],
    sample: r#"{"token":"unused","team_id":"T04QKPS1C","api_app_id":"A06ZB2M7Q","event":{"type":"app_mention","user":"U05L2D7N9","text":"<@U0BOT> how is the tide?","ts":"{ts}.000200","channel":"C03HARBOR","event_ts":"{ts}.000200"},"type":"event_callback","event_id":"{id}","event_time":{ts},"authorizations":[{"team_id":"T04QKPS1C","user_id":"U0BOT","is_bot":true}],"is_ext_shared_channel":false}"#;

    META: "meta", "Meta (Graph API, Messenger, Instagram, WhatsApp)";
    schemes: &[body_hmac(Algorithm::HmacSha256, "{h:X-Hub-Signature-256}", Syntax::Prefix(text("sha256=")), Encoding::Hex)],
    event_id: ["{content}"], "There is no id of the delivery; every entry carries object id, time and message or change ids, so two different deliveries are byte-equal only for thin changed_fields notifications about one object within one second.",
    event_type: Some(text("{j:/object}")),
    sender: Sender { retry_horizon: Some(604_800), retries: Retries::Identical, body_cap: Some(3_145_728), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "GET with hub.mode=subscribe, hub.verify_token, hub.challenge: check the token, answer the challenge as plain text.",
    evidence: Sdk, "https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
    secret: "32 hex characters, used as UTF-8 text; App Dashboard > App settings > Basic > App secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "facebookexternalua"), ("Accept", "*/*"), ("Accept-Encoding", "deflate, gzip")],
    sample: r#"{"object":"whatsapp_business_account","entry":[{"id":"104922837410","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"46700000001","phone_number_id":"119930402"},"contacts":[{"profile":{"name":"Rosa"},"wa_id":"46700000002"}],"messages":[{"from":"46700000002","id":"wamid.{id}","timestamp":"{ts}","type":"text","text":{"body":"Is the ferry running?"}}]},"field":"messages"}]}]}"#;

    LINEAR: "linear", "Linear";
    schemes: &[Scheme {
        algorithm: Algorithm::HmacSha256,
        secret: SecretFormat::UTF8,
        signature: SignatureField { at: text("{h:Linear-Signature}"), syntax: Syntax::Plain, encoding: Encoding::Hex },
        content: text("{body}"),
        timestamp: Some(time("{n:/webhookTimestamp}", MILLIS, 60)),
    }],
    event_id: ["{content}"], "No event id is signed (Linear-Delivery is a header); /webhookTimestamp in milliseconds makes each attempt's bytes its own, so replays are absorbed and retries are not, and no event can be lost.",
    event_type: Some(text("{j:/type} {j:/action}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(25_260), retries: Retries::Resigned, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: Some(text("Linear-Delivery")),
    handshake: "",
    evidence: Sdk, "https://linear.app/developers/webhooks",
    secret: "`lin_wh_` + letters and digits, used as UTF-8 with its prefix; Settings > API > Webhooks > the webhook's page.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "Linear-Webhook"), ("Accept-Charset", "utf-8"), ("Linear-Delivery", "{id}"), ("Linear-Event", "Issue"), ("Linear-Timestamp", "{ts_ms}")],
    sample: r#"{"action":"update","actor":{"id":"7d0c","type":"user","name":"Ines"},"createdAt":"2026-11-03T09:26:10.101Z","data":{"id":"{id}","identifier":"TID-214","title":"Tide table is an hour off","priority":2,"state":{"id":"9a1f","name":"Done","type":"completed"},"updatedAt":"2026-11-03T09:26:10.101Z"},"updatedFrom":{"stateId":"3c7b"},"type":"Issue","organizationId":"org-8812","url":"https://linear.app/harbour/issue/TID-214","webhookTimestamp":{ts_ms},"webhookId":"000042e3-d123-4980-b49f-8e140eef9329"}"#;

    PADDLE: "paddle", "Paddle Billing";
    schemes: &[timed_pairs(SecretFormat::UTF8, "{h:Paddle-Signature}", [';', '='], "h1", "{p:ts}:{body}", time("{p:ts}", SECONDS, 5))],
    event_id: ["{j:/event_id}"], "/event_id names the event and Paddle's own page makes it the deduplication key; /notification_id names one notification to one destination, so a replay brings a new one.",
    event_type: Some(text("{j:/event_type}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(259_200), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://developer.paddle.com/webhooks/about/signature-verification",
    secret: "`pdl_ntfset_<26 chars>_<secret>`, used whole as UTF-8; Developer tools > Notifications > the destination > Secret key.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Paddle"), ("Accept", "*/*")],
    sample: r#"{"event_id":"{id}","event_type":"subscription.updated","occurred_at":"2026-11-03T09:26:10.344871Z","notification_id":"ntf_01kb3m6q1c9a4d7x","data":{"id":"sub_01kb2w5z8t","status":"active","customer_id":"ctm_01kav1n2y4","currency_code":"EUR","next_billed_at":"2026-12-03T09:00:00Z"}}"#;

    RAZORPAY: "razorpay", "Razorpay";
    schemes: &[body_hmac(Algorithm::HmacSha256, "{h:X-Razorpay-Signature}", Syntax::Plain, Encoding::Hex)],
    event_id: ["{content}"], "The event id is an unsigned header; the signed body holds the event name, the snapshot of the entity and the event's /created_at, so two different events cannot be byte-equal unless same name, entity, state and second, and Razorpay says a replay is sent exactly as first generated.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(86_400), redelivery_horizon: Some(604_800), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("x-razorpay-event-id")),
    handshake: "",
    evidence: Published, "https://razorpay.com/docs/webhooks/validate-test/",
    secret: "Any text the merchant types in; Dashboard > Account & Settings > Webhooks > Secret (not the API key secret).",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Razorpay-Webhook/v1"), ("x-razorpay-event-id", "{id}"), ("Accept", "*/*")],
    sample: r#"{"entity":"event","account_id":"acc_QkT81LmPzz20","event":"payment.captured","contains":["payment"],"payload":{"payment":{"entity":{"id":"pay_{id}","entity":"payment","amount":129900,"currency":"INR","status":"captured","order_id":"order_Qk9M4hTe2","method":"upi","captured":true,"created_at":{ts}}}},"created_at":{ts}}"#;

    COINBASE_COMMERCE: "coinbase-commerce", "Coinbase Commerce";
    schemes: &[body_hmac(Algorithm::HmacSha256, "{h:X-CC-Webhook-Signature}", Syntax::Plain, Encoding::Hex)],
    event_id: ["{j:/event/id}"], "/event/id names the event and is the same on each attempt; the outer /id, /attempt_number and /scheduled_for belong to the delivery and change.",
    event_type: Some(text("{j:/event/type}")),
    sender: Sender { retry_horizon: Some(259_200), retries: Retries::Identical, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://docs.cdp.coinbase.com/commerce/api-arcitecture/webhooks-overview",
    secret: "A UUID-like shared secret, used as UTF-8; Settings > Notifications (Webhook subscriptions) > Show shared secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "weipay-webhooks"), ("Accept", "*/*")],
    sample: r#"{"attempt_number":1,"event":{"api_version":"2018-03-22","created_at":"2026-11-03T09:26:10Z","data":{"id":"2b1f0a4e-6f3a-4c0c-9b0a-90c1d7f4c1aa","code":"XK4T9QPL","name":"Harbour pass","pricing_type":"fixed_price","pricing":{"local":{"amount":"12.00","currency":"EUR"}}},"id":"{id}","resource":"event","type":"charge:confirmed"},"id":"8f6b9d1e-0f5d-4f4f-8f64-0a6d2c1f3b77","scheduled_for":"2026-11-03T09:26:10Z"}"#;

    CIRCLECI: "circleci", "CircleCI";
    schemes: &[body_hmac(Algorithm::HmacSha256, "{h:circleci-signature}", Syntax::List { separator: ',', prefix: text("v1=") }, Encoding::Hex)],
    event_id: ["{j:/id}"], "CircleCI's page says to deduplicate by the body's id property, which names the event.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(10), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://circleci.com/docs/guides/integration/outbound-webhooks/",
    secret: "Any text, optional; Project Settings > Webhooks > Secret token (without one nothing is signed).",
    headers: [("Content-Type", "application/json"), ("User-Agent", "CircleCI-Webhook/1.0"), ("circleci-event-type", "workflow-completed")],
    sample: r#"{"id":"{id}","type":"workflow-completed","happened_at":"2026-11-03T09:26:10.344Z","webhook":{"id":"cf8c4fdd-0587-4da1-b4ca-4846e9640af9","name":"tide-bot"},"workflow":{"id":"fda08377-fe7e-46b1-8992-3a7aaecac9c3","name":"build-test","status":"success","created_at":"2026-11-03T09:20:00.000Z","stopped_at":"2026-11-03T09:26:09.900Z"},"project":{"id":"84996744-a854-4f5e-aea3-04e2851dc1d2","name":"tide-tables","slug":"gh/harbour-co/tide-tables"}}"#;

    INTERCOM: "intercom", "Intercom";
    schemes: &[body_hmac(Algorithm::HmacSha1, "{h:X-Hub-Signature}", Syntax::Prefix(text("sha1=")), Encoding::Hex)],
    event_id: ["{j:/id}", "{content}"], "/id (notif_…) names the notification and stays over attempts while /delivery_attempts and /first_sent_at change; the ping topic may carry a null id, for which the content digest serves.",
    event_type: Some(text("{j:/topic}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(7_200), retries: Retries::Identical, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A ping notification is sent on saving; any 2xx answers it (a HEAD request may check the URL).",
    evidence: Documented, "https://developers.intercom.com/docs/webhooks/setting-up-webhooks",
    secret: "The app's client_secret (a UUID), used as UTF-8; Developer Hub > the app > Configure > Basic information.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "intercom-webhooks/1.0"), ("Intercom-Version", "2.14"), ("Accept", "*/*")],
    sample: r#"{"type":"notification_event","app_id":"k9tide01","data":{"type":"notification_event_data","item":{"type":"conversation","id":"215470000","created_at":{ts},"state":"open"}},"links":{},"id":"{id}","topic":"conversation.user.created","delivery_status":"pending","delivery_attempts":1,"delivered_at":0,"first_sent_at":{ts},"created_at":{ts},"self":null}"#;

    ZOOM: "zoom", "Zoom";
    schemes: &[timed_header("{h:x-zm-signature}", "v0=", "v0:{h:x-zm-request-timestamp}:{body}", "{h:x-zm-request-timestamp}")],
    event_id: ["{content}"], "No id is sent; event name, event_ts in milliseconds and the object make the body practically unique to the event, and with the signed time header in the digest nothing can be lost, though a retry with a new time is handled again.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { ack_deadline: Some(3), retry_horizon: Some(5_100), retries: Retries::Unknown, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "event endpoint.url_validation: answer {plainToken, encryptedToken = hex HMAC-SHA256 of plainToken}; asked again every 72 h.",
    evidence: Documented, "https://developers.zoom.us/docs/api/webhooks/",
    secret: "A short random Secret Token, used as UTF-8; App Marketplace > Manage > the app > Features > Access > Secret Token (not the old Verification Token).",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "Zoom Marketplace/1.0a"), ("x-zm-trackingid", "v=2.0;clid=us06;rid=WEB_{id}"), ("clientid", "kZ9TideAppClient")],
    sample: r#"{"event":"meeting.started","payload":{"account_id":"AAAAAABBBB","object":{"uuid":"{id}","id":"85746065432","host_id":"x1yCzABCDEfg23HiJKl4mN","topic":"Pilots' briefing","type":2,"start_time":"2026-11-03T09:26:10Z","duration":30,"timezone":"Europe/Stockholm"}},"event_ts":{ts_ms}}"#;

    BITBUCKET: "bitbucket", "Bitbucket Cloud";
    schemes: &[body_hmac(Algorithm::HmacSha256, "{h:X-Hub-Signature}", Syntax::Prefix(text("sha256=")), Encoding::Hex)],
    event_id: [], "No id or time of the event is in the signed body: moving a branch or tag from A to B, back, and to B again gives the same repo:push body twice.",
    event_type: None,
    sender: Sender { ack_deadline: Some(10), retries: Retries::Identical, body_cap: Some(262_144), ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Request-UUID")),
    handshake: "",
    evidence: Published, "https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/",
    secret: "Any text or one generated on the page; Repository (or workspace) settings > Webhooks > Secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Bitbucket-Webhooks/2.0"), ("X-Event-Key", "repo:push"), ("X-Hook-UUID", "4b2f2a2e-9c5e-4a8a-8f47-2f1f9b6d3c10"), ("X-Request-UUID", "{id}"), ("X-Attempt-Number", "1"), ("X-Event-Time", "Tue, 03 Nov 2026 09:26:10 GMT")],
    sample: r#"{"push":{"changes":[{"new":{"type":"branch","name":"main","target":{"type":"commit","hash":"{id}","date":"2026-11-03T09:26:08+00:00","message":"Correct the neap tide"}},"old":{"type":"branch","name":"main","target":{"type":"commit","hash":"5f1c0e4d7c7e"}},"created":false,"closed":false,"forced":false,"commits":[],"truncated":false}]},"actor":{"type":"user","display_name":"Ines","uuid":"{c0a4b7db-0000-4000-8000-000000000001}"},"repository":{"type":"repository","full_name":"harbour/tide-tables","uuid":"{2e4c5f00-0000-4000-8000-000000000002}","is_private":true}}"#;

    CALENDLY: "calendly", "Calendly";
    schemes: &[timed_pairs(SecretFormat::UTF8, "{h:Calendly-Webhook-Signature}", [',', '='], "v1", "{p:t}.{body}", time("{p:t}", SECONDS, 180))],
    event_id: ["{j:/event} {j:/created_at} {j:/payload/uri}"], "There is no event id; the event name with the uri of the invitee, no-show mark or submission happens once, and created_at (the time of the event, not of the delivery) parts repeated event_type.updated.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { retry_horizon: Some(86_400), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.calendly.com/api-docs/4c305798a61d3-webhook-signatures",
    secret: "The signing_key the caller passes (or receives) when creating the subscription through the API, used as UTF-8; it is not shown again.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Calendly-Webhooks/1.0"), ("Accept", "*/*")],
    sample: r#"{"event":"invitee.created","created_at":"2026-11-03T09:26:10.000000Z","created_by":"https://api.calendly.com/users/TIDEUSER","payload":{"uri":"https://api.calendly.com/scheduled_events/GBGB/invitees/{id}","email":"rosa@example.com","name":"Rosa Ek","status":"active","rescheduled":false,"timezone":"Europe/Stockholm","scheduled_event":{"uri":"https://api.calendly.com/scheduled_events/GBGB","name":"Harbour walk","start_time":"2026-11-10T15:00:00.000000Z"}}}"#;

    CLERK: "clerk", "Clerk";
    schemes: STANDARD_WEBHOOKS_SCHEMES,
    event_id: ["{h:webhook-id|svix-id}"], "Delivered by Svix: the id header is signed, unique to the message and stable over retries.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(15), retry_horizon: Some(99_305), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://clerk.com/docs/webhooks/sync-data",
    secret: "`whsec_` + base64; Dashboard > Configure > Webhooks > the endpoint > Signing Secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Svix-Webhooks/1.67.0 (sender-9YMgn; +https://www.svix.com/http-sender/)"), ("Accept", "*/*")],
    sample: r#"{"data":{"id":"user_{id}","object":"user","first_name":"Rosa","last_name":"Ek","email_addresses":[{"id":"idn_01","email_address":"rosa@example.com"}],"created_at":{ts_ms},"updated_at":{ts_ms}},"event_attributes":{"http_request":{"client_ip":"192.0.2.7","user_agent":"Mozilla/5.0"}},"instance_id":"ins_2tide","object":"event","timestamp":{ts_ms},"type":"user.created"}"#;

    GITEA: "gitea", "Gitea";
    schemes: &[body_hmac(Algorithm::HmacSha256, "{h:X-Gitea-Signature}", Syntax::Plain, Encoding::Hex)],
    event_id: [], "The delivery id is an unsigned header and several bodies (wiki edits, branch create and delete, repository events) hold no id or time of the event, so genuine repeats can be byte-equal.",
    event_type: None,
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(0), redelivery_horizon: Some(604_800), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Gitea-Delivery")),
    handshake: "",
    evidence: Documented, "https://docs.gitea.com/usage/repository/webhooks",
    secret: "Any text the owner chooses; Settings > Webhooks > Secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Go-http-client/1.1"), ("X-Gitea-Delivery", "{id}"), ("X-Gitea-Event", "push"), ("X-Gitea-Event-Type", "push"), ("X-Gogs-Delivery", "{id}"), ("X-Gogs-Event", "push"), ("X-GitHub-Delivery", "{id}"), ("X-GitHub-Event", "push")],
    sample: r#"{"ref":"refs/heads/main","before":"5f1c0e4d7c7e5e5f7c39ad0cf5e4e5a3f8f2b101","after":"{id}","compare_url":"https://git.example.org/harbour/tide/compare/5f1c0e4d...main","commits":[],"total_commits":0,"repository":{"id":140,"full_name":"harbour/tide","default_branch":"main","updated_at":"2026-11-03T09:26:10Z"},"pusher":{"id":1,"login":"ines"},"sender":{"id":1,"login":"ines"}}"#;

    GOCARDLESS: "gocardless", "GoCardless";
    schemes: &[body_hmac(Algorithm::HmacSha256, "{h:Webhook-Signature}", Syntax::Plain, Encoding::Hex)],
    event_id: ["{content}"], "A delivery is a batch in which every event has its own EV… id (and /meta/webhook_id names the batch), so different batches cannot be byte-equal and a retry of the batch is the same bytes.",
    event_type: Some(text("{j:/events/0/resource_type} {j:/events/0/action}")),
    sender: Sender { ack_deadline: Some(10), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://developer.gocardless.com/api-reference/#appendix-webhooks",
    secret: "A random text shown with the endpoint; Developers > Webhook endpoints > the endpoint > Secret (chosen or generated).",
    headers: [("Content-Type", "application/json"), ("User-Agent", "gocardless-webhook-service/1.2"), ("Origin", "https://api.gocardless.com")],
    sample: r#"{"events":[{"id":"{id}","created_at":"2026-11-03T09:26:10.344Z","resource_type":"payments","action":"confirmed","links":{"payment":"PM004QZ81TIDE"},"details":{"origin":"gocardless","cause":"payment_confirmed","description":"Enough time has passed since the payment was submitted for the banks to return an error."},"metadata":{},"resource_metadata":{}}],"meta":{"webhook_id":"WB{id}"}}"#;

    LEMONSQUEEZY: "lemonsqueezy", "Lemon Squeezy";
    schemes: &[body_hmac(Algorithm::HmacSha256, "{h:X-Signature}", Syntax::Plain, Encoding::Hex)],
    event_id: ["{content}"], "The signed body holds the event name and the full object with its updated_at in /data/attributes, so different events differ, and a retry sends the same body; no id of the event is documented.",
    event_type: Some(text("{j:/meta/event_name}")),
    sender: Sender { retry_horizon: Some(155), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.lemonsqueezy.com/help/webhooks/signing-requests",
    secret: "6 to 40 characters the owner types in; Settings > Webhooks > Signing secret.",
    headers: [("Content-Type", "application/json"), ("X-Event-Name", "order_created"), ("User-Agent", "LemonSqueezy-Hookshot")],
    sample: r#"{"meta":{"test_mode":true,"event_name":"order_created","webhook_id":"{id}","custom_data":{"customer":"25"}},"data":{"type":"orders","id":"418822","attributes":{"store_id":1201,"identifier":"104e18a2-d755-4d4b-80c4-a6c1dcbe1c10","order_number":77,"currency":"EUR","total":3850,"status":"paid","created_at":"2026-11-03T09:26:08.000000Z","updated_at":"2026-11-03T09:26:09.000000Z"}}}"#;

    LINE: "line", "LINE Messaging API";
    schemes: &[body_hmac(Algorithm::HmacSha256, "{h:x-line-signature}", Syntax::Plain, Encoding::Base64)],
    event_id: ["{content}"], "A delivery is a batch in which every event has its own webhookEventId, so different batches cannot be byte-equal; a redelivery sets deliveryContext.isRedelivery and is therefore handled again unless ids are compared per event.",
    event_type: Some(text("{j:/events/0/type}")),
    sender: Sender { ack_deadline: Some(2), retries: Retries::Identical, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "The console's Verify button posts {destination, events: []}, signed; answer 200.",
    evidence: Published, "https://developers.line.biz/en/docs/messaging-api/receiving-messages/",
    secret: "32 hex characters, used as UTF-8; LINE Developers Console > the channel > Basic settings > Channel secret.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "LineBotWebhook/2.0")],
    sample: r#"{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[{"type":"message","message":{"type":"text","id":"444573844083572737","quoteToken":"q3Plxr4AgKd","text":"When is high water?"},"webhookEventId":"{id}","deliveryContext":{"isRedelivery":false},"timestamp":{ts_ms},"source":{"type":"user","userId":"U4af4980629"},"replyToken":"38ef843bde154d9b91c21320ffd17a0f","mode":"active"}]}"#;

    MUX: "mux", "Mux";
    schemes: &[timed_pairs(SecretFormat::UTF8, "{h:mux-signature}", [',', '='], "v1", "{p:t}.{body}", time("{p:t}", SECONDS, 300))],
    event_id: ["{j:/id}"], "/id names the event and stays on repeated deliveries, while the object is named apart in /object/id and /data/id.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(86_400), retries: Retries::Resigned, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://www.mux.com/docs/core/verify-webhook-signatures",
    secret: "A random text per webhook, used as UTF-8; Settings > Webhooks > Show signing secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Mux Webhooks"), ("Accept", "*/*")],
    sample: r#"{"type":"video.asset.ready","object":{"type":"asset","id":"0201tideasset"},"id":"{id}","environment":{"name":"Production","id":"j0863n"},"data":{"id":"0201tideasset","status":"ready","duration":23.9,"aspect_ratio":"16:9","created_at":{ts}},"created_at":"2026-11-03T09:26:10.000000Z","request_id":null,"accessor":null,"accessor_source":null,"attempts":[]}"#;

    NOTION: "notion", "Notion";
    schemes: &[body_hmac(Algorithm::HmacSha256, "{h:X-Notion-Signature}", Syntax::Prefix(text("sha256=")), Encoding::Hex)],
    event_id: ["{j:/id}"], "/id is documented as the unique id of the webhook event; /attempt_number beside it changes.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retry_horizon: Some(86_400), retries: Retries::Identical, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: r#"The first POST carries {"verification_token"} unsigned: show it to the owner, who pastes it into Notion; it is the signing key from then on."#,
    evidence: Documented, "https://developers.notion.com/reference/webhooks",
    secret: "The `verification_token` (`secret_…`) that Notion posts to the endpoint once; it is shown nowhere else before it is entered in the integration's Webhooks tab.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "notion-api"), ("Accept", "*/*")],
    sample: r#"{"id":"{id}","timestamp":"2026-11-03T09:26:10.344Z","workspace_id":"13950b26-c203-4f3b-b97d-93ec06319565","workspace_name":"Harbour","subscription_id":"29d75c0d-5546-4414-8459-7b7a92f1fc4b","integration_id":"0ef2e755-4912-8096-91c1-00376a88a5ca","type":"page.properties_updated","authors":[{"id":"c7c11cca-1d73-471d-9b6e-bdef51470190","type":"person"}],"accessible_by":[],"attempt_number":1,"entity":{"id":"153104cd-477e-809d-8dc4-ff2d96ae3090","type":"page"},"data":{"parent":{"id":"36cc9195-760f-4fff-a67e-3a46c559b176","type":"database"},"updated_properties":["XGe%40"]}}"#;

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

    PAGERDUTY: "pagerduty", "PagerDuty (V3)";
    schemes: &[body_hmac(Algorithm::HmacSha256, "{h:X-PagerDuty-Signature}", Syntax::List { separator: ',', prefix: text("v1=") }, Encoding::Hex)],
    event_id: ["{j:/event/id}"], "/event/id is documented as the unique id of the event and stands in the signed body.",
    event_type: Some(text("{j:/event/event_type}")),
    sender: Sender { ack_deadline: Some(5), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Webhook-Id")),
    handshake: "",
    evidence: Documented, "https://developer.pagerduty.com/docs/verifying-webhook-signatures",
    secret: "64 letters and digits, shown once when the subscription is made (Integrations > Generic Webhooks (v3), or delivery_method.secret in the API answer).",
    headers: [("Content-Type", "application/json"), ("User-Agent", "PagerDuty-Webhook/V3.0"), ("Accept", "application/json"), ("X-Webhook-Id", "{id}"), ("X-Webhook-Subscription", "PFX81TD")],
    sample: r#"{"event":{"id":"{id}","event_type":"incident.triggered","resource_type":"incident","occurred_at":"2026-11-03T09:26:10.344Z","agent":null,"client":null,"data":{"id":"Q1TIDE0PUMP","type":"incident","number":2114,"status":"triggered","title":"Tide gauge 7 is silent","urgency":"high","service":{"id":"PTIDE01","type":"service_reference","summary":"Gauges"}}}}"#;

    PAYSTACK: "paystack", "Paystack";
    schemes: &[body_hmac(Algorithm::HmacSha512, "{h:x-paystack-signature}", Syntax::Plain, Encoding::Hex)],
    event_id: [], "/data/id names the object and is missing from several kinds, and bodies such as customeridentification.failed or charge.dispute.remind hold no time or id of the event, so a genuine repeat can be byte-equal.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { ack_deadline: Some(30), retry_horizon: Some(259_920), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://paystack.com/docs/payments/webhooks/",
    secret: "The account's API secret key, `sk_live_…` or `sk_test_…`, used as UTF-8; Dashboard > Settings > API Keys & Webhooks.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Paystack/2.0"), ("Accept", "*/*")],
    sample: r#"{"event":"charge.success","data":{"id":{ts},"domain":"test","status":"success","reference":"{id}","amount":500000,"currency":"NGN","paid_at":"2026-11-03T09:26:08.000Z","created_at":"2026-11-03T09:25:40.000Z","channel":"card","customer":{"id":82796315,"email":"rosa@example.com","customer_code":"CUS_tide01"}}}"#;

    RESEND: "resend", "Resend";
    schemes: STANDARD_WEBHOOKS_SCHEMES,
    event_id: ["{h:webhook-id|svix-id}"], "Delivered by Svix: svix-id is signed, unique to the message and the same on retries and replays.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(15), retry_horizon: Some(99_305), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://resend.com/docs/webhooks/verify-webhooks-requests",
    secret: "`whsec_` + base64; resend.com/webhooks > the endpoint > Signing Secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Svix-Webhooks/1.67.0 (sender-9YMgn; +https://www.svix.com/http-sender/)"), ("Accept", "*/*")],
    sample: r#"{"type":"email.delivered","created_at":"2026-11-03T09:26:10.344Z","data":{"created_at":"2026-11-03T09:26:05.100Z","email_id":"{id}","from":"Harbour <tide@example.com>","to":["rosa@example.com"],"subject":"High water at noon"}}"#;

    TYPEFORM: "typeform", "Typeform";
    schemes: &[body_hmac(Algorithm::HmacSha256, "{h:Typeform-Signature}", Syntax::Prefix(text("sha256=")), Encoding::Base64)],
    event_id: ["{j:/event_id}"], "/event_id is the id Typeform assigns to the webhook event, in the signed body.",
    event_type: Some(text("{j:/event_type}")),
    sender: Sender { ack_deadline: Some(30), retry_horizon: Some(36_000), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
    secret: "Any text set on the webhook (UI: Connect > Webhooks > Edit > secret, or `secret` in the API).",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Typeform Webhooks"), ("Accept", "*/*")],
    sample: r#"{"event_id":"{id}","event_type":"form_response","form_response":{"form_id":"lT4Z3j","token":"a3a12ec67a1365927098a606107fac15","landed_at":"2026-11-03T09:24:10Z","submitted_at":"2026-11-03T09:26:10Z","definition":{"id":"lT4Z3j","title":"Harbour survey","fields":[]},"answers":[{"type":"text","text":"More benches","field":{"id":"JwWggjAKtOkA","type":"short_text","ref":"wish"}}]}}"#;

    VERCEL: "vercel", "Vercel";
    schemes: &[body_hmac(Algorithm::HmacSha1, "{h:x-vercel-signature}", Syntax::Plain, Encoding::Hex)],
    event_id: ["{j:/id}"], "/id is documented as the id of the webhook delivery, unique in the signed body; that it stays over retries of that delivery is likely, and if not, only a retry is handled twice.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(30), retry_horizon: Some(86_400), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://vercel.com/docs/webhooks/webhooks-api",
    secret: "A random text shown once when the webhook is made (Team settings > Webhooks); for integrations the integration's client secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Vercel Webhooks"), ("Accept", "*/*")],
    sample: r#"{"type":"deployment.succeeded","id":"{id}","createdAt":{ts_ms},"region":"arn1","payload":{"team":{"id":"team_tide"},"user":{"id":"usr_ines"},"deployment":{"id":"dpl_9fTide","meta":{},"name":"tide-tables","url":"tide-tables-9f.vercel.app"},"links":{"deployment":"https://vercel.com/harbour/tide-tables/9f"},"target":"production","project":{"id":"prj_tide"},"plan":"pro","regions":["arn1"]}}"#;

    WOOCOMMERCE: "woocommerce", "WooCommerce";
    schemes: &[body_hmac(Algorithm::HmacSha256, "{h:X-WC-Webhook-Signature}", Syntax::Plain, Encoding::Base64)],
    event_id: [], r#"Topic and delivery id are unsigned headers and the body is only the resource: a deleted event is just {"id":7} for product, coupon, order or customer alike, action.* repeats {action, arg}, and created and updated of one second are the same JSON."#,
    event_type: None,
    sender: Sender { ack_deadline: Some(60), retry_horizon: Some(0), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-WC-Webhook-Delivery-ID")),
    handshake: "On saving, a form body webhook_id=<n> without a signature: answer 200 to exactly that shape.",
    evidence: Documented, "https://woocommerce.com/document/webhooks/",
    secret: "Any text; WooCommerce > Settings > Advanced > Webhooks > Secret (generated if left empty).",
    headers: [("Content-Type", "application/json"), ("User-Agent", "WooCommerce/11.2.0 Hookshot (WordPress/7.0)"), ("X-WC-Webhook-Source", "https://kaffe.example/"), ("X-WC-Webhook-Topic", "order.updated"), ("X-WC-Webhook-Resource", "order"), ("X-WC-Webhook-Event", "updated"), ("X-WC-Webhook-ID", "3"), ("X-WC-Webhook-Delivery-ID", "{id}")],
    sample: r#"{"id":727,"parent_id":0,"status":"processing","currency":"EUR","date_created_gmt":"2026-11-03T09:20:00","date_modified_gmt":"2026-11-03T09:26:10","total":"38.50","order_key":"wc_order_{id}","billing":{"first_name":"Rosa","city":"Malmö"},"line_items":[{"id":315,"name":"Filter roast 500 g","quantity":2,"total":"38.50"}]}"#;

    WORKOS: "workos", "WorkOS";
    schemes: &[timed_pairs(SecretFormat::UTF8, "{h:WorkOS-Signature}", [',', '='], "v1", "{p:t}.{body}", time("{p:t}", MILLIS, 180))],
    event_id: ["{j:/id}"], "/id (event_…) is the event's own id, in the signed body, the same as in the Events API.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { retry_horizon: Some(259_200), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://workos.com/docs/events/data-syncing/webhooks",
    secret: "A random text per endpoint, used as UTF-8; Dashboard > Webhooks > the endpoint > Signing secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "WorkOS Webhooks"), ("Accept", "application/json, text/plain, */*")],
    sample: r#"{"id":"{id}","event":"dsync.user.updated","data":{"id":"directory_user_01TIDE","object":"directory_user","directory_id":"directory_01HARB","email":"rosa@example.com","first_name":"Rosa","state":"active"},"created_at":"2026-11-03T09:26:10.344Z"}"#;
}
