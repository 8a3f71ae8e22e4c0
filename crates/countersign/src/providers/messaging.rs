//! Mail, text messages, calls, chat and social networks.

use super::*;

/// A JWT of MessageBird: its clocks may differ by a second.
const MESSAGEBIRD_JWT: SignatureField = SignatureField::new(
    "{h:MessageBird-Signature-JWT}",
    Syntax::Jws { prefix: text(""), payload: JwsPayload::Attached, leeway: 1 },
    Encoding::Base64urlNopad,
);

const MESSAGEBIRD_CLAIMS: &str =
    "{c:/iss}=MessageBird & {c:/url_hash}={sha256.hex:url} & {c?:/payload_hash}={sha256.hex?:body}";

const MESSAGEBIRD_SIGNATURE: SignatureField = plain("{h:MessageBird-Signature}", BASE64);

/// `hmac;1;<time>;<signature>`.
const OPENPHONE_SIGNATURE: SignatureField = SignatureField::new(
    "{h:openphone-signature}",
    Syntax::Fields { separator: ';', names: text("=hmac;=1;t;signature") },
    BASE64,
);

/// `application <key>:<signature>`.
const SINCH_VOICE_SIGNATURE: SignatureField = SignatureField::new(
    "{h:Authorization}",
    Syntax::Fields { separator: ':', names: text("application:signature") },
    BASE64,
);

const TWILIO_SIGNATURE: SignatureField = plain("{h:X-Twilio-Signature}", BASE64);

/// Fields of a form are signed; of any other body its digest stands in the signed query, and without a body there is
/// none.
const fn twilio_form(algorithm: Algorithm) -> Scheme {
    Scheme::new(algorithm, TWILIO_SIGNATURE, "{url.ports}{form.sorted}")
        .require("{h:Content-Type}=application/x-www-form-urlencoded")
        .adjacent("the provider joins URL, names and values without a mark; bytes that move make fields that no handler knows")
}

const fn twilio_digest(algorithm: Algorithm) -> Scheme {
    Scheme::new(algorithm, TWILIO_SIGNATURE, "{url.ports}").equal("{q:bodySHA256}={sha256.hex:body}")
}

const fn twilio_bare(algorithm: Algorithm) -> Scheme {
    Scheme::new(algorithm, TWILIO_SIGNATURE, "{url.ports}").require("{q?:bodySHA256}=").equal("{body}=")
}

catalogue! {
    AGORA: "agora", "Agora Notifications";
    schemes: &[body_hmac(plain("{h:Agora-Signature-V2}", HEX))],
    event_id: ["{j:/noticeId}"], "/noticeId names the notification of one event and stays when Agora sends it again; /notifyMs beside it is the time of sending.",
    event_type: Some(text("{v:/productId} {v:/eventType}")),
    sender: Sender { ack_deadline: Some(10), retries: Retries::Resigned, retry_changes_body: true, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A test notification when the URL is saved: answer 200 with a JSON body within 10 s.",
    evidence: Published, "https://docs.agora.io/en/voice-calling/advanced-features/receive-notifications",
    secret: "A text generated for the project, used as UTF-8; Agora Console > Project Management > the project > Notifications > Secret.",
    notes: "The header Agora-Signature beside it is HMAC-SHA1 of the same body under the same secret and is not read. Only 200 with a JSON body counts as received; three more attempts follow at growing distances. Kinds of event are numbers that mean something only together with /productId.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"noticeId":"{id}","productId":1,"eventType":103,"notifyMs":{ts_ms},"sid":"8F2A0C41B7D94E0C","payload":{"channelName":"harbour-watch","uid":25012,"platform":1,"clientSeq":{ts_ms},"ts":{ts}}}"#;

    AIRCALL: "aircall", "Aircall";
    schemes: &[token("{j:/token}")],
    event_id: ["{j:/event} {v:/timestamp} {v:/data/id}"], "No id of the event is sent; its name, its second and the id of the call, user or contact it is about name it.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { retries: Retries::Identical, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.aircall.io/tutorials/webhooks-guide/",
    secret: "32 hex characters, sent as /token in every body; Dashboard > Integrations > Webhook, or `token` in the answer to POST /v1/webhooks.",
    notes: "The token stands in the body that is handled, so keep it out of logs and stored copies. /timestamp is not protected by anything. Ten failures in a row switch the webhook off until it is switched on again.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"resource":"call","event":"call.ended","timestamp":{ts},"token":"{signature}","data":{"id":"{id}","direct_link":"https://api.aircall.io/v1/calls/{id}","direction":"inbound","status":"done","started_at":{ts},"ended_at":{ts},"duration":74,"raw_digits":"+46 8 700 00 01","number":{"id":7701,"name":"Harbour office"}}}"#;

    BANDWIDTH: "bandwidth", "Bandwidth";
    schemes: &[BASIC],
    event_id: ["{j:/0/type} {j:/0/time} {j:/0/message/id} {v?:/0/to}", "{j:/eventType} {j:/eventTime} {j:/callId} {v?:/tag}"], "Messaging sends an array of one event, named by its type, time, message id and recipient; voice sends an object, named by its type, time and call id.",
    event_type: Some(text("{j:/0/type}")),
    sender: Sender { ack_deadline: Some(10), retry_horizon: Some(86_400), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://dev.bandwidth.com/docs/messaging/webhooks/",
    secret: "`user:password`, as entered as callback user id and password of the application (Bandwidth App > Applications); nothing is sent if they are left empty.",
    notes: "The body is not signed. A voice callback waits for BXML and is not sent again for a day as messages are: it fails over to the fallback URL.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "BandwidthAPI/v2")],
    sample: r#"[{"type":"message-delivered","time":"2026-11-03T09:26:10.344Z","description":"Message delivered to carrier.","to":"+46700000002","message":{"id":"{id}","owner":"+46700000001","applicationId":"93de2206-9669-4e07-948d-329f4b722ee2","time":"2026-11-03T09:26:05.100Z","segmentCount":1,"direction":"out","to":["+46700000002"],"from":"+46700000001","text":"","tag":"tide"}}]"#;

    BREVO: "brevo", "Brevo";
    aliases: ["sendinblue"],
    schemes: &[BASIC.named("basic"), Scheme::new(Algorithm::Token, prefixed("{h:Authorization}", "Bearer ", Encoding::Text), "").named("bearer")],
    event_id: ["{content}"], "/id is the webhook's own id and /message-id names the mail, not the event; the body's digest tells events apart, as event, recipient, mail and time stand in it. Two openings of one mail by one recipient within a second count as one.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developers.brevo.com/docs/secured-webhooks",
    secret: "`user:password` written into the webhook's URL, or the token given as `auth` (type bearer) when the webhook is made through the API.",
    notes: "Nothing is signed, and without one of the two nothing is sent that could be checked. With `batched` the body is an array of up to 500 events.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event":"delivered","email":"rosa@example.com","id":218840,"date":"2026-11-03 10:26:10","ts":{ts},"ts_event":{ts},"ts_epoch":{ts_ms},"message-id":"<{id}@smtp-relay.mailin.fr>","subject":"High water at noon","tag":"[\"tide\"]","sending_ip":"192.0.2.7","tags":["tide"]}"#;

    BUYMEACOFFEE: "buymeacoffee", "Buy Me a Coffee";
    schemes: &[body_hmac(plain("{h:x-signature-sha256}", HEX))],
    event_id: ["{j:/type} {v:/event_id} {v:/created}"], "/event_id is a number that counts the account's events; kind and time of the event are put beside it, and /attempt, which changes, is left out.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retries: Retries::Resigned, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://help.buymeacoffee.com/en/articles/15743173-how-to-setup-and-use-buy-me-a-coffee-webhooks",
    secret: "A generated text, used as UTF-8; Integrations > Webhooks > the webhook > Signing secret. A new one ends the old one at once.",
    notes: "Ten failures in a row switch the webhook off.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "BMC-HTTPS-ROBOT")],
    sample: r#"{"type":"donation.created","live_mode":true,"attempt":1,"created":{ts},"event_id":"{id}","data":{"id":58,"amount":5,"object":"payment","status":"succeeded","message":"For the lighthouse","currency":"EUR","refunded":"false","created_at":{ts},"coffee_count":1,"supporter_name":"Rosa Ek","support_type":"Supporter","supporter_email":"rosa@example.com"}}"#;

    CRISP: "crisp", "Crisp";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{h:X-Crisp-Signature}", HEX), "[{h:X-Crisp-Request-Timestamp};{body}]")],
    event_id: ["{content}"], "No id of the event is sent; the body has its own time in milliseconds beside the event's name and session. The time of sending is in the digest too, so a replay is absorbed and a retry under a new time is handled again.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { retries: Retries::Unknown, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://docs.crisp.chat/guides/web-hooks/plugin-hooks/",
    secret: "A text shown for the plugin's hooks, used as UTF-8; Crisp Marketplace > the plugin > Settings > Events (Signing secret).",
    notes: "Website hooks, set in a website's settings, are not signed: only plugin hooks are. The SDK signs JSON.stringify of the parsed body and checks no age.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"website_id":"42286ab3-b29a-4fde-8538-da0ae501d825","event":"message:send","data":{"type":"text","from":"user","origin":"chat","content":"Is the ferry running?","fingerprint":{ts_ms},"stamped":true,"session_id":"session_{id}","user":{"nickname":"Rosa"}},"timestamp":{ts_ms}}"#;

    DISCORD: "discord", "Discord";
    schemes: &[Scheme::new(Algorithm::Ed25519, plain("{h:X-Signature-Ed25519}", HEX), "{h:X-Signature-Timestamp}{body}").secret(SecretFormat::PUBLIC_KEY).adjacent("the body is a JSON object: with a byte more or less at its beginning it is none")],
    event_id: ["{j:/id}", "{content}"], "An interaction has a snowflake of its own at /id. Webhook events have none: there the digest of time and body is the key, which absorbs replays, while a retry signed anew is handled again.",
    event_type: Some(text("{v:/type}")),
    sender: Sender { ack_deadline: Some(3), retries: Retries::Unknown, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A signed PING, and PINGs with bad signatures that must get 401: answer interactions of type 1 with {\"type\":1}, webhook events of type 0 with an empty 204.",
    handshakes: &[
        Handshake::signed_post("{n:/type}=1 & {v?:/event/type}=").json(r#"{{"type":1}}"#),
        Handshake::signed_post("{n:/type}=0").status(204),
    ],
    evidence: Sdk, "https://docs.discord.com/developers/interactions/overview",
    secret: "The application's public key, 64 hex characters; Developer Portal > the application > General Information > Public Key. It is no secret.",
    notes: "Discord goes on sending requests with wrong signatures now and then, and removes the URL of an endpoint that accepts one. /type is a number: 1 ping, 2 command, 3 component of an interaction; a webhook event names its kind at /event/type. No tolerance for the signed time is documented, and none is enforced. Incoming webhooks, which post into a channel, are another thing and not signed.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Discord-Interactions/1.0 (+https://discord.com)")],
    sample: r#"{"app_permissions":"562949953601536","application_id":"845027738276462632","channel_id":"772908445358620702","data":{"id":"870113131279523890","name":"tide","options":[{"name":"port","type":3,"value":"Malmö"}],"type":1},"guild_id":"772904309264089089","id":"{id}","locale":"sv-SE","member":{"user":{"id":"53908232506183680","username":"rosa"},"roles":[]},"token":"aW50ZXJhY3Rpb246","type":2,"version":1}"#;

    EMAILIT: "emailit", "Emailit";
    schemes: &[timed_header("{h:X-Emailit-Signature}", "", "{h:X-Emailit-Timestamp}.{body}", "{h:X-Emailit-Timestamp}")],
    event_id: ["{content}"], "A delivery is a batch of up to 100 events with ids of their own; the time of sending is in the digest, so replays are absorbed and a retry, which is signed anew, is handled again unless ids are compared per event.",
    event_type: Some(text("{j:/0/type}")),
    sender: Sender { ack_deadline: Some(30), retry_horizon: Some(259_200), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://emailit.com/docs/webhooks/request-signature/",
    secret: "`whsec_` and a random text, used whole as UTF-8, prefix included; shown when the webhook is made.",
    notes: "The secret looks like one of Standard Webhooks, but neither prefix nor base64 is taken off. Redirects are not followed and count as failures.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Emailit-Webhooks/2.0")],
    sample: r#"[{"event_id":"evt_{id}","type":"email.delivered","created_at":"2026-11-03T09:26:10.344Z","data":{"object":"email","id":"em_5f1c0e4d7c7e","from":"tide@example.com","to":"rosa@example.com","subject":"High water at noon"}}]"#;

    INTERCOM: "intercom", "Intercom";
    schemes: &[Scheme::new(Algorithm::HmacSha1, prefixed("{h:X-Hub-Signature}", "sha1=", HEX), "{body}")],
    event_id: ["{j:/id}", "{content}"], "/id (notif_…) names the notification and stays over attempts while /delivery_attempts and /first_sent_at change; the ping topic may carry a null id, for which the content digest serves.",
    event_type: Some(text("{j:/topic}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(7_200), retries: Retries::Resigned, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A ping notification is sent on saving; any 2xx answers it (a HEAD request may check the URL).",
    evidence: Documented, "https://developers.intercom.com/docs/webhooks/setting-up-webhooks",
    secret: "The app's client_secret (a UUID), used as UTF-8; Developer Hub > the app > Configure > Basic information.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "intercom-webhooks/1.0"), ("Intercom-Version", "2.14"), ("Accept", "*/*")],
    sample: r#"{"type":"notification_event","app_id":"k9tide01","data":{"type":"notification_event_data","item":{"type":"conversation","id":"215470000","created_at":{ts},"state":"open"}},"links":{},"id":"{id}","topic":"conversation.user.created","delivery_status":"pending","delivery_attempts":1,"delivered_at":0,"first_sent_at":{ts},"created_at":{ts},"self":null}"#;

    KICK: "kick", "Kick";
    schemes: &[Scheme::new(Algorithm::RsaPkcs1Sha256, plain("{h:Kick-Event-Signature}", BASE64), "{h:Kick-Event-Message-Id}.{h:Kick-Event-Message-Timestamp}.{body}").timed("{h:Kick-Event-Message-Timestamp}", RFC3339, 300).secret(SecretFormat::PUBLIC_KEY)],
    event_id: ["{h:Kick-Event-Message-Id}"], "The signed message id, a ULID, names the event; the same event may come twice under it.",
    event_type: None,
    sender: Sender { retries: Retries::Unknown, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.kick.com/events/webhook-security",
    secret: "Kick's RSA public key (PEM), from its documentation or GET https://api.kick.com/public/v1/public-key; one key for all applications. It is no secret.",
    notes: "Every application's deliveries are signed with the same key and nothing signed names the application, so whoever receives Kick's events can pass them on to others: compare the broadcaster in the body. Kind and version are unsigned headers. No tolerance is documented; 300 s rests on the absence of retries.",
    headers: [("Content-Type", "application/json"), ("Kick-Event-Type", "chat.message.sent"), ("Kick-Event-Version", "1"), ("Kick-Event-Subscription-Id", "01JE7Z8T2C3V4B5N6M7Q8W9E0R")],
    sample: r#"{"message_id":"{id}","broadcaster":{"is_anonymous":false,"user_id":1840217,"username":"harbour","is_verified":true,"channel_slug":"harbour"},"sender":{"is_anonymous":false,"user_id":2250031,"username":"rosa","is_verified":false,"channel_slug":"rosa"},"content":"What a swell","emotes":[],"created_at":"{ts_rfc3339}"}"#;

    LARK: "lark", "Lark / Feishu";
    aliases: ["feishu"],
    schemes: &[Scheme::new(Algorithm::HashSha256, plain("{h:X-Lark-Signature}", HEX), "{h:X-Lark-Request-Timestamp}{h:X-Lark-Request-Nonce}{secret}{body}").adjacent("time and nonce are used for nothing else, and the secret parts them from the body")],
    event_id: ["{j:/header/event_id}", "{content}"], "Events of schema 2.0 have /header/event_id, but where there is a signature the body is encrypted and it cannot be read before decryption: there the digest of time, nonce and body is the key, which absorbs replays and not retries.",
    event_type: Some(text("{j:/header/event_type}")),
    sender: Sender { ack_deadline: Some(3), retry_horizon: Some(25_515), retries: Retries::Unknown, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A url_verification body, encrypted where a key is set: decrypt it and answer {\"challenge\": …} within 1 s.",
    handshakes: &[Handshake::post("{j:/type}=url_verification").members("challenge,token,type").verify("{j:/token}={cfg:verification_token}").challenge("{j:/challenge}").json(r#"{{"challenge":"{challenge}"}}"#)],
    evidence: Sdk, "https://open.feishu.cn/document/server-docs/event-subscription-guide/event-subscription-configure-/request-url-configuration-case",
    secret: "The Encrypt Key, a text the developer sets; Developer Console > the app > Events & Callbacks > Encryption Strategy. The Verification Token there is another thing.",
    notes: "Without an Encrypt Key nothing is signed. It is a plain SHA-256, not an HMAC, and the same key decrypts the body (AES-256-CBC, key = SHA-256 of it). The Node SDK hashes JSON.stringify of the parsed body, which equals the bytes that are sent. Cards of old applications are signed with SHA-1 and the Verification Token.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("X-Request-Id", "5f1c0e4d7c7e5e5f7c39ad0cf5e4e5a3"), ("X-Lark-Request-Nonce", "1730625970")],
    sample: r#"{"schema":"2.0","header":{"event_id":"{id}","event_type":"im.message.receive_v1","create_time":"{ts_ms}","token":"unused","app_id":"cli_a1tide","tenant_key":"2ca1d211f64f6438"},"event":{"sender":{"sender_id":{"open_id":"ou_84aad35d"},"sender_type":"user"},"message":{"message_id":"om_5ce6d572455d","create_time":"{ts_ms}","chat_id":"oc_harbour","message_type":"text","content":"{\"text\":\"När är det högvatten?\"}"}}}"#;

    LINE: "line", "LINE Messaging API";
    schemes: &[body_hmac(plain("{h:x-line-signature}", BASE64))],
    event_id: ["{content}"], "A delivery is a batch in which every event has its own webhookEventId, so different batches cannot be byte-equal; a redelivery sets deliveryContext.isRedelivery and is therefore handled again unless ids are compared per event.",
    event_type: Some(text("{j:/events/0/type}")),
    sender: Sender { ack_deadline: Some(2), retries: Retries::Resigned, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "The console's Verify button posts {destination, events: []}, signed; answer 200.",
    evidence: Published, "https://developers.line.biz/en/docs/messaging-api/receiving-messages/",
    secret: "32 hex characters, used as UTF-8; LINE Developers Console > the channel > Basic settings > Channel secret.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "LineBotWebhook/2.0")],
    sample: r#"{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[{"type":"message","message":{"type":"text","id":"444573844083572737","quoteToken":"q3Plxr4AgKd","text":"When is high water?"},"webhookEventId":"{id}","deliveryContext":{"isRedelivery":false},"timestamp":{ts_ms},"source":{"type":"user","userId":"U4af4980629"},"replyToken":"38ef843bde154d9b91c21320ffd17a0f","mode":"active"}]}"#;

    LINKEDIN: "linkedin", "LinkedIn";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{h:X-LI-Signature}", HEX), "hmacsha256={body}")],
    event_id: ["{content}"], "Every notification carries its own notificationId or time (lastModifiedAt, occurredAt), so different deliveries differ, and the body stays the same when it is sent again.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "GET with challengeCode: answer JSON {challengeCode, challengeResponse = hex HMAC-SHA256 of the code under the client secret} within 3 s; asked again every 2 hours, and three failures block the endpoint.",
    handshakes: &[Handshake::get("").challenge("{q:challengeCode}").json(r#"{{"challengeCode":"{challenge}","challengeResponse":"{mac.hex:challenge}"}}"#)],
    evidence: Documented, "https://learn.microsoft.com/en-us/linkedin/shared/api-guide/webhook-validation",
    secret: "The application's client secret, used as UTF-8; LinkedIn Developer Portal > the application > Auth > Primary Client Secret.",
    notes: "The text `hmacsha256=` is part of what is signed and not of the header, so that no answer to a challenge is a signature of a notification.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS","notifications":[{"notificationId":{ts_ms},"organizationalEntity":"urn:li:organization:2414183","action":"COMMENT","sourcePost":"urn:li:share:{id}","generatedActivity":"urn:li:comment:(urn:li:activity:6702,6704)","lastModifiedAt":{ts_ms},"subscriber":"urn:li:person:yrZCpj2Z12"}]}"#;

    MAILERSEND: "mailersend", "MailerSend";
    schemes: &[body_hmac(plain("{h:Signature}", HEX))],
    event_id: ["{j:/type} {j:/data/id}", "{content}"], "/data/id of an activity names this one activity, and its kind is put beside it; kinds without it have times in the body, which then makes its digest the key.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A test of type webhook.test, signed with a secret that stands in the documentation: accept that secret for this type only, and with no effect.",
    evidence: Published, "https://developers.mailersend.com/api/v1/webhooks.html",
    secret: "32 letters and digits, used as UTF-8; Domains > the domain > Webhooks > the webhook > Signing secret.",
    notes: "The header is called just Signature. The URL check is signed with a public secret (it begins with `test_`) and therefore fails under the webhook's own one: add it to the keyring only while the webhook is saved.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"type":"activity.delivered","domain_id":"7z3m5jgrogdpyo6n","created_at":"2026-11-03T09:26:10.344871Z","webhook_id":"7z3m5jgrogdpyo6n","url":"https://hooks.example.com/mailersend","data":{"object":"activity","id":"{id}","type":"delivered","created_at":"2026-11-03T09:26:09.000000Z","email":{"object":"email","id":"62f114f8165fe0d8db0288e5","from":"tide@example.com","subject":"High water at noon","status":"delivered","recipient":{"object":"recipient","email":"rosa@example.com"}}}}"#;

    MAILGUN: "mailgun", "Mailgun";
    schemes: &[
        Scheme::new(Algorithm::HmacSha256, plain("{j:/signature/signature}", HEX), "{j:/signature/timestamp}{j:/signature/token}").uncovered("All of the event: only a time and a random token are signed.").adjacent("the event id is made of both as they were signed, joined").timed_between("{j:/signature/timestamp}", SECONDS, 86_400, 300).named("mailgun"),
        Scheme::new(Algorithm::HmacSha256, plain("{f:signature}", HEX), "{f:timestamp}{f:token}").uncovered("All of the event: only a time and a random token are signed.").adjacent("the event id is made of both as they were signed, joined").timed_between("{f:timestamp}", SECONDS, 86_400, 300).named("mailgun-form"),
    ],
    event_id: ["{content}"], "Only time and token are signed, so they are the key: the token is random for each delivery, which absorbs a replay of it under whatever body. Whether a retry has a new token is not documented; if it has, it is handled again.",
    event_type: None,
    sender: Sender { retry_horizon: Some(29_100), retries: Retries::Unknown, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
    secret: "The HTTP webhook signing key (32 hex characters, older ones `key-…`), used as UTF-8; Dashboard > API Security > HTTP webhook signing key. It is not the API key.",
    notes: "The signature covers no byte of the event: whoever has seen one delivery can send any event under its time and token until the token is known, and a token must never be used twice. Mailgun leaves it to the receiver whether the time is checked, and warns that it delivers late; it does not say whether a retry has a new time. A day takes the last retry, 8 hours after the first attempt, under either; set a shorter `tolerance` where you store no tokens. /event-data/id and /event-data/event are therefore unsigned. Mail that a route forwards comes as a form with the three fields (mailgun-form), or as multipart/form-data where it has attachments, which is not read. Subaccounts add parent-signature, made with the main account's key, beside signature. Retries come after 10, 10, 15 and 30 minutes, 1, 2 and 4 hours; 406 ends them, and only 200 counts as received.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "mailgun/treq-24.9.1"), ("Accept-Encoding", "gzip")],
    sample: r#"{"signature":{"token":"{id}","timestamp":"{ts}","signature":"{signature}"},"event-data":{"id":"Ase7i2zsRYeDXztHGENqRA","timestamp":{ts},"log-level":"info","event":"delivered","delivery-status":{"code":250,"attempt-no":1,"message":"OK"},"message":{"headers":{"to":"Rosa <rosa@example.com>","message-id":"20261103092605.1.8B3@mg.example.com","subject":"High water at noon"},"size":867},"recipient":"rosa@example.com","tags":["tide"]}}"#;

    MAILOMAT: "mailomat", "Mailomat";
    schemes: &[Scheme::new(Algorithm::HmacSha256, prefixed("{h:X-MOM-Webhook-Signature}", "sha256=", HEX), "{h:X-MOM-Webhook-ID}.{h:X-MOM-Webhook-Event}.{h:X-MOM-Webhook-Timestamp}").uncovered("All of the body: only the id, the name of the event and the time are signed.")],
    event_id: ["{content}"], "Only the three headers are signed: id of the delivery, kind of event and time together are the key, and the body's /id, which anyone could change, is not.",
    event_type: None,
    sender: Sender { retries: Retries::Unknown, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://api.mailomat.swiss/docs/",
    secret: "64 letters and digits, used as UTF-8; shown with the webhook in the Mailomat dashboard.",
    notes: "The body is not signed: under one good set of headers any body is accepted. /occurredAt and /id are therefore not to be trusted by themselves. No tolerance for the time is documented.",
    headers: [("Content-Type", "application/json"), ("X-MOM-Webhook-Event", "delivered"), ("X-MOM-Webhook-ID", "{id}")],
    sample: r#"{"id":"29e785c1-dd0c-4efc-9d41-909d4109769f","eventType":"delivered","occurredAt":"2026-11-03T10:26:10+01:00","messageUuid":"{id}","messageId":"<20261103.1@example.com>","recipient":"rosa@example.com","payload":{"tags":["tide"]}}"#;

    MAILTRAP: "mailtrap", "Mailtrap";
    schemes: &[body_hmac(plain("{h:Mailtrap-Signature}", HEX))],
    event_id: ["{content}"], "A delivery is a batch in which every event has its own event_id, so different batches cannot be byte-equal and a retry of the batch is the same bytes.",
    event_type: Some(text("{j:/events/0/event}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://docs.mailtrap.io/email-api-smtp/advanced/webhooks",
    secret: "The webhook's signing_secret, hex characters used as UTF-8; shown in Settings > Webhooks and in the API's answer when the webhook is made.",
    notes: "The format may be set to JSON Lines, one event a line without the `events` array; the signature is over the same bytes.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"events":[{"event":"delivery","timestamp":{ts},"sending_stream":"transactional","category":"tide","message_id":"c11ddbe4-bf1d-4c9e-8bb7-0ac0bba6fa2a","email":"rosa@example.com","event_id":"{id}","sending_domain_name":"example.com","custom_variables":{"port":"Malmö"}}]}"#;

    MANDRILL: "mandrill", "Mailchimp Transactional (Mandrill)";
    aliases: ["mailchimp-transactional"],
    schemes: &[Scheme::new(Algorithm::HmacSha1, plain("{h:X-Mandrill-Signature}", BASE64), "{url}{form.sorted}").adjacent("the URL is configured, and the one field is named mandrill_events: bytes that move leave no such field")],
    event_id: ["{content}"], "A delivery is a batch in which every event has a time, an _id and its kind, so different batches differ and a retry of the batch is the same bytes; an empty batch is the provider's check and no event.",
    event_type: None,
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "HEAD must get 200; if not, a POST of mandrill_events=[] signed with the key `test-webhook`.",
    handshakes: &[Handshake::head()],
    evidence: Documented, "https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/",
    secret: "The webhook's key, used as UTF-8; Settings > Webhooks > Key, or `key` in the answer of webhooks/add.",
    notes: "The URL is signed exactly as it was entered, query and trailing slash included. The events are JSON inside a form field. Never accept the key `test-webhook` for a batch that is not empty.",
    headers: [("Content-Type", "application/x-www-form-urlencoded"), ("User-Agent", "Mandrill-Webhook/1.0")],
    sample: r#"mandrill_events=%5B%7B%22event%22%3A%22open%22%2C%22ts%22%3A{ts}%2C%22_id%22%3A%22{id}%22%2C%22msg%22%3A%7B%22ts%22%3A{ts}%2C%22subject%22%3A%22High+water+at+noon%22%2C%22email%22%3A%22rosa%40example.com%22%2C%22sender%22%3A%22tide%40example.com%22%2C%22tags%22%3A%5B%22tide%22%5D%2C%22state%22%3A%22sent%22%7D%7D%5D"#;

    MATTERMOST: "mattermost", "Mattermost outgoing webhooks and slash commands";
    schemes: &[token("{f:token}").named("form"), token("{j:/token}").named("json")],
    event_id: ["{f:post_id}", "{f:trigger_id}", "{j:/post_id}"], "A post triggers an outgoing webhook once and names it by post_id; a slash command has a trigger_id of its own.",
    event_type: None,
    sender: Sender { ack_deadline: Some(30), retry_horizon: Some(0), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developers.mattermost.com/integrate/webhooks/outgoing/",
    secret: "26 lower-case letters and digits, sent as `token` in the body; Integrations > Outgoing Webhooks (or Slash Commands) > the entry > Token.",
    notes: "The content type is a setting of the webhook: a form by default, or JSON. Slash commands send the token in the header Authorization too, behind `Token `. Nothing is signed.",
    headers: [("Content-Type", "application/x-www-form-urlencoded"), ("User-Agent", "Mattermost-Bot/1.1")],
    sample: r#"channel_id=hawos4dqtby53pd64o4a4cmeoo&channel_name=town-square&file_ids=&post_id={id}&team_domain=harbour&team_id=kwoknj9nwpypzgzy78wkw516qe&text=tide+Malm%C3%B6&timestamp={ts}&token={signature}&trigger_word=tide&user_id=rnina9994bde8mua79zqcg5hmo&user_name=rosa"#;

    MESSAGEBIRD: "messagebird", "MessageBird / Bird";
    aliases: ["bird"],
    methods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    schemes: &[
        Scheme::new(Algorithm::HmacSha256, MESSAGEBIRD_JWT, "").equal(MESSAGEBIRD_CLAIMS).named("messagebird"),
        Scheme::new(Algorithm::HmacSha384, MESSAGEBIRD_JWT, "").equal(MESSAGEBIRD_CLAIMS).named("messagebird-hs384"),
        Scheme::new(Algorithm::HmacSha512, MESSAGEBIRD_JWT, "").equal(MESSAGEBIRD_CLAIMS).named("messagebird-hs512"),
        Scheme::new(Algorithm::HmacSha256, MESSAGEBIRD_SIGNATURE, "{h:MessageBird-Request-Timestamp}\n{query.sorted}\n{sha256.raw:body}").timed("{h:MessageBird-Request-Timestamp}", SECONDS, 300).named("messagebird-v1"),
        Scheme::new(Algorithm::HmacSha256, MESSAGEBIRD_SIGNATURE, "{h:MessageBird-Request-Timestamp}\n{url}\n{sha256.raw:body}").timed("{h:MessageBird-Request-Timestamp}", SECONDS, 300).named("bird"),
    ],
    event_id: ["{c:/jti}", "{content}"], "The JWT's jti is made for one request, and the older schemes sign the time of sending: both absorb replays, and a retry, which is signed anew, is handled again. Status reports name themselves by id, status and statusDatetime in the query, which an endpoint for them may choose instead.",
    event_type: None,
    sender: Sender { retry_horizon: Some(28_800), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://developers.messagebird.com/docs/verify-http-requests",
    secret: "The signing key, used as UTF-8; MessageBird Dashboard > Developers > Settings > Signing key, or for Bird the `signingKey` given when the subscription was made. It is not the API key.",
    notes: "The JWT lives for 60 s and binds URL and body by digests: a proxy must not change host, path or query, and a body without payload_hash is refused, as is payload_hash without a body. SMS status reports are GET requests. Bird (docs.bird.com) signs the whole URL under the header names of the old MessageBird scheme, which signed the sorted query and neither method, host nor path; both are tried. Whoever takes the JWT away from a request that has both headers is judged by the older ones: restrict the endpoint to `messagebird` (or to `bird`) with `only_schemes`. The SDKs give the old scheme 10 s (Python) or 100 s (Node), past only; retries of Bird go on for 8 hours.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"id":"{id}","service":"channels","event":"whatsapp.inbound","payload":{"id":"{id}","channelId":"5b3a5c1f-1f5d-4f4f-8f64-0a6d2c1f3b77","sender":{"contact":{"identifierValue":"+46700000002"}},"body":{"type":"text","text":{"text":"När går färjan?"}},"status":"delivered","createdAt":"2026-11-03T09:26:10.344Z"}}"#;

    META: "meta", "Meta (Graph API, Messenger, Instagram, WhatsApp)";
    schemes: &[body_hmac(prefixed("{h:X-Hub-Signature-256}", "sha256=", HEX))],
    event_id: ["{content}"], "There is no id of the delivery; every entry carries object id, time and message or change ids, so two different deliveries are byte-equal only for thin changed_fields notifications about one object within one second.",
    event_type: Some(text("{j:/object}")),
    sender: Sender { retry_horizon: Some(604_800), retries: Retries::Identical, body_cap: Some(3_145_728), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "GET with hub.mode=subscribe, hub.verify_token, hub.challenge: check the token, answer the challenge as plain text.",
    handshakes: &[Handshake::get("{q:hub.mode}=subscribe").verify("{q:hub.verify_token}={cfg:verify_token}").challenge("{q:hub.challenge}").text("{challenge}")],
    evidence: Sdk, "https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
    secret: "32 hex characters, used as UTF-8 text; App Dashboard > App settings > Basic > App secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "facebookexternalua"), ("Accept", "*/*"), ("Accept-Encoding", "deflate, gzip")],
    sample: r#"{"object":"whatsapp_business_account","entry":[{"id":"104922837410","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"46700000001","phone_number_id":"119930402"},"contacts":[{"profile":{"name":"Rosa"},"wa_id":"46700000002"}],"messages":[{"from":"46700000002","id":"wamid.{id}","timestamp":"{ts}","type":"text","text":{"body":"Is the ferry running?"}}]},"field":"messages"}]}]}"#;

    MICROSOFT_GRAPH: "microsoft-graph", "Microsoft Graph";
    schemes: &[token("{j:/clientState}").each("/value/*")],
    event_id: [], "The id of a notification is optional, a delivery is a batch that may be cut otherwise when it is sent again, and two changes of one resource can give the same bytes, as a notification holds no time.",
    event_type: None,
    sender: Sender { ack_deadline: Some(3), retry_horizon: Some(14_400), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "POST with ?validationToken=…: answer its decoded value as text/plain with 200 within 10 s, for the lifecycle URL too.",
    handshakes: &[Handshake::post("").challenge("{q:validationToken}").of(1_024, Charset::Plain).text("{challenge}")],
    evidence: Documented, "https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks",
    secret: "`clientState`, a text of up to 128 characters that you give when you create the subscription and that comes back with each notification.",
    notes: "Every notification of the batch must carry it. Notifications with resource data are encrypted and come with /validationTokens, JWTs that name Microsoft's sender and your application but do not cover the body; their audience and issuer are for the handler to check. Subscriptions expire after hours or days and must be renewed. Answer 202 within 3 s: endpoints that are often slower are delayed, then dropped.",
    headers: [("Content-Type", "application/json; charset=utf-8")],
    sample: r#"{"value":[{"subscriptionId":"7f105c7d-2dc5-4530-97cd-4e7ae6534c07","subscriptionExpirationDateTime":"2026-11-05T09:26:10+00:00","changeType":"created","resource":"Users/3ae2/Messages/{id}","resourceData":{"@odata.id":"Users/3ae2/Messages/{id}","@odata.etag":"W/\"CQAAABYA\"","id":"{id}"},"clientState":"{signature}","tenantId":"84bd8158-6d4d-4958-8b9f-9d6445542f95"}]}"#;

    OPENPHONE: "openphone", "OpenPhone (Quo, legacy webhooks)";
    aliases: ["quo-legacy"],
    schemes: &[Scheme::new(Algorithm::HmacSha256, OPENPHONE_SIGNATURE, "{p:t}.{body}").timed("{p:t}", MILLIS, 300).secret(SecretFormat::plain(SecretEncoding::Base64))],
    event_id: ["{j:/id}"], "/id names the event and is the same when it is sent again.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retries: Retries::Unknown, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://support.openphone.com/hc/en-us/articles/4690754298903-How-to-use-webhooks",
    secret: "Base64, decoded before use; Quo app > Settings > Integrations > Webhooks > the webhook > Reveal signing secret.",
    notes: "The documented check signs the body without white space, which is how it is sent. The time is in milliseconds; no tolerance is documented. Webhooks of the newer API are signed otherwise: see quo.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"id":"{id}","object":"event","createdAt":"2026-11-03T09:26:10.344Z","apiVersion":"v3","type":"message.received","data":{"object":{"id":"ACa1b2c3d4e5f60718293a4b5c6d7e8f90","object":"message","from":"+46700000002","to":"+46700000001","direction":"incoming","body":"Is the ferry running?","media":[],"status":"received","createdAt":"2026-11-03T09:26:09.900Z","userId":"USu5AsEHuQ","phoneNumberId":"PNxBaPUqEa","conversationId":"CNd42a2a5e"}}}"#;

    PLIVO: "plivo", "Plivo";
    methods: ["POST", "GET"],
    schemes: &[
        Scheme::new(Algorithm::HmacSha256, listed("{any:X-Plivo-Signature-V3,X-Plivo-Signature-Ma-V3}", ',', "", BASE64), "{url.sorted.form}.{h:X-Plivo-Signature-V3-Nonce}").named("plivo-v3"),
        Scheme::new(Algorithm::HmacSha256, listed("{any:X-Plivo-Signature-V2,X-Plivo-Signature-Ma-V2}", ',', "", BASE64), "{url.base}{h:X-Plivo-Signature-V2-Nonce}").uncovered("The query and all of the body: only the URL and a nonce are signed.").adjacent("the URL is configured and the nonce is used for nothing else").named("plivo-v2"),
    ],
    event_id: ["{content}"], "The nonce of each request is signed in both versions, so the signed content is the key: replays are absorbed, and a retry under a new nonce is handled again. V2 covers neither query nor body, so no field of them can be one.",
    event_type: None,
    sender: Sender { retries: Retries::Unknown, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://docs.plivo.com/docs/voice/concepts/signature-validation",
    secret: "The account's Auth Token, used as UTF-8; Plivo Console > Overview. For a subaccount's traffic the header with `-Ma-` is made with the main account's token.",
    notes: "Messaging and Verify send V2, voice V3. V2 signs the URL without its query and a nonce, so one captured pair vouches for any body, and whoever takes the headers of V3 away is judged by V2 where a pair of it is known: where voice is all that is received, restrict the endpoint to `plivo-v3` with `only_schemes`. V3 signs the decoded, sorted query and form fields, of which equal ones stay. A header may hold two signatures joined by a comma while the token is changed.",
    headers: [("Content-Type", "application/x-www-form-urlencoded"), ("X-Plivo-Signature-V3-Nonce", "05429567804466091622")],
    sample: r#"CallUUID={id}&From=46700000002&To=46700000001&CallStatus=in-progress&Direction=inbound&Event=StartApp&BillRate=0.0085&SessionStart=2026-11-03+09%3A26%3A10.344871&CallerName=%2B46700000002"#;

    POSTMARK: "postmark", "Postmark";
    schemes: &[BASIC],
    event_id: ["{content}"], "The bodies hold the kind, the message's id and the time of what happened, so two different events have different bytes, and a retry sends the same ones; inbound mail has a MessageID of its own.",
    event_type: Some(text("{j:/RecordType}")),
    sender: Sender { ack_deadline: Some(120), retry_horizon: Some(37_260), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://postmarkapp.com/developer/webhooks/webhooks-overview",
    secret: "`user:password`, as entered for the webhook's basic authentication (Servers > the stream > Webhooks), or written into the URL.",
    notes: "Nothing is signed. Bounces and inbound mail are tried ten more times over about ten hours, all others three times within 21 minutes; 403 ends the retries.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Postmark")],
    sample: r#"{"RecordType":"Delivery","ServerID":23,"MessageStream":"outbound","MessageID":"{id}","Recipient":"rosa@example.com","Tag":"tide","DeliveredAt":"2026-11-03T09:26:10Z","Details":"Test delivery webhook details","Metadata":{"port":"Malmö"}}"#;

    PUSHER: "pusher", "Pusher Channels";
    schemes: &[body_hmac(plain("{h:X-Pusher-Signature}", HEX)).timed("{n:/time_ms}", MILLIS, 300).key_id("{h:X-Pusher-Key}")],
    event_id: ["{content}"], "There is no id; /time_ms and the events make the body that of one delivery, so nothing is lost; whether a retry has a new /time_ms is not documented, and if it has, it is handled again.",
    event_type: Some(text("{j:/events/0/name}")),
    sender: Sender { retries: Retries::Unknown, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://pusher.com/docs/channels/server_api/webhooks/",
    secret: "The secret of one of the app's keys, 20 hex characters used as UTF-8; Dashboard > the app > App Keys. Give the keyring its `key` as the id: the header X-Pusher-Key names it.",
    notes: "The header that names the key is not signed; it only chooses which secret is tried. The Python SDK refuses bodies more than 300 s old or ahead, other SDKs check no age.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"time_ms":{ts_ms},"events":[{"channel":"presence-{id}","name":"member_added","user_id":"rosa"}]}"#;

    QUO: "quo", "Quo";
    schemes: &[standard_webhooks(SHARED_SECRET)],
    event_id: ["{h:webhook-id|svix-id}"], "The signed webhook-id names the delivery and is documented as the idempotency key that stays over retries.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retries: Retries::Resigned, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://www.quo.com/docs/mdx/beta/webhooks-quickstart",
    secret: "`whsec_` + base64, the `key` in the answer to POST /webhooks; the key is the decoded bytes.",
    notes: "For webhooks made with x-quo-api-version 2026-03-30 or later. Those made in the app or with /v1 are signed otherwise: see openphone.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"id":"EV{id}","type":"message.received","apiVersion":"2026-03-30","createdAt":"2026-11-03T09:26:10.344Z","data":{"resource":{"id":"AC1b2c3d4e5f607182","from":"+46700000002","to":["+46700000001"],"text":"Is the ferry running?","status":"received"},"context":{"phoneNumberId":"PNxBaPUqEa","conversationId":"CNd42a2a5e"},"links":{}}}"#;

    RINGCENTRAL: "ringcentral", "RingCentral";
    schemes: &[token("{h:Verification-Token}")],
    event_id: ["{j:/uuid}"], "/uuid names the notification.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { ack_deadline: Some(3), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A POST with the header Validation-Token: answer 200 with the same header and value within 3 s, in less than 1,024 bytes.",
    handshakes: &[Handshake::post("{body}=").challenge("{h:Validation-Token}").headers(VALIDATION_TOKEN)],
    evidence: Documented, "https://developers.ringcentral.com/guide/notifications/webhooks/receiving",
    secret: "`verificationToken`, a text that you give in deliveryMode when you create the subscription and that comes back as a header.",
    notes: "A subscription made without a verificationToken sends no such header. Nothing is signed. An endpoint that fails for ten minutes is blacklisted until it answers again. /event is the path of the resource, not a short name.",
    headers: [("Content-Type", "application/json;charset=utf-8")],
    sample: r#"{"uuid":"{id}","event":"/restapi/v1.0/account/37439510/extension/850957020/message-store/instant?type=SMS","timestamp":"2026-11-03T09:26:10.344Z","subscriptionId":"0b1a5e7c-9d7f-4e8b-a0f4-7f2c1e8d6b33","ownerId":"850957020","body":{"id":"1760034020","to":[{"phoneNumber":"+46700000001"}],"from":{"phoneNumber":"+46700000002"},"type":"SMS","direction":"Inbound","subject":"Is the ferry running?"}}"#;

    SENDBIRD: "sendbird", "Sendbird";
    schemes: &[body_hmac(plain("{h:x-sendbird-signature}", HEX))],
    event_id: [], "No id of the event is signed, and several kinds, such as blocking a user, hold no time either: done, undone and done again they give the same bytes. An endpoint for messages alone may choose category and /payload/message_id.",
    event_type: Some(text("{j:/category}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://sendbird.com/docs/chat/platform-api/v3/webhook/webhook-overview",
    secret: "The application's API token, 40 hex characters used as UTF-8; Dashboard > Settings > Application > General > API tokens (the primary one).",
    notes: "The token that signs is the key of the Platform API: treat the receiver's configuration accordingly.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "SendBird")],
    sample: r#"{"category":"group_channel:message_send","app_id":"5CFA9F4B-2E1C-4A62-9C11-C3B1D1E0F0A7","sender":{"user_id":"rosa","nickname":"Rosa","profile_url":""},"silent":false,"custom_type":"","type":"MESG","payload":{"message_id":{ts_ms},"message":"När går färjan?","created_at":{ts_ms},"data":"{id}"},"channel":{"channel_url":"sendbird_group_channel_42280","name":"Harbour","custom_type":""},"sdk":"JavaScript"}"#;

    SENDGRID: "sendgrid", "Twilio SendGrid";
    schemes: &[Scheme::new(Algorithm::EcdsaP256Sha256, plain("{h:X-Twilio-Email-Event-Webhook-Signature}", BASE64), "{h:X-Twilio-Email-Event-Webhook-Timestamp}{body}").secret(SecretFormat::PUBLIC_KEY).adjacent("the body is a JSON array: with a byte more or less at its beginning it is none")],
    event_id: ["{content}"], "A delivery is a batch in which every event has its own sg_event_id, so different deliveries differ; the signed time is in the digest, so replays are absorbed and a retry under a new time is handled again unless sg_event_id is compared per event.",
    event_type: Some(text("{j:/0/event}")),
    sender: Sender { retry_horizon: Some(86_400), retries: Retries::Unknown, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
    secret: "The verification key: base64 of a P-256 public key (SubjectPublicKeyInfo, begins `MFkwEwYHKoZIzj0`); Settings > Mail Settings > Event Webhook > Signed Event Webhook. It is no secret.",
    notes: "The body ends with CRLF and has CRLF between events: both are signed. No tolerance for the time is documented, and the SDKs check none. Inbound Parse posts multipart/form-data and can be signed in the same way.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "SendGrid Event API")],
    sample: r#"[{"email":"rosa@example.com","event":"delivered","ip":"192.0.2.7","response":"250 OK","sg_event_id":"{id}","sg_message_id":"14c5d75ce93.dfd.64b469.filter0001","smtp-id":"<20261103.1@example.com>","timestamp":{ts},"tls":1}]"#;

    SHAREPOINT: "sharepoint", "SharePoint";
    schemes: &[token("{j:/clientState}").each("/value/*")],
    event_id: [], "A notification says only that something changed in a list and holds no id or time: every one for a list has the same bytes. Ask for the changes since the last change token instead.",
    event_type: None,
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(1_500), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "POST with ?validationtoken=…: answer its value as text/plain with 200 within 5 s.",
    handshakes: &[Handshake::post("").challenge("{q:validationtoken}").of(1_024, Charset::Plain).text("{challenge}")],
    evidence: Documented, "https://learn.microsoft.com/en-us/sharepoint/dev/apis/webhooks/overview-sharepoint-webhooks",
    secret: "`clientState`, a text that you give when you create the subscription and that comes back with each notification.",
    notes: "clientState is optional when a subscription is made; without it nothing can be checked. Subscriptions end after 180 days at most. A failed notification is tried five more times, five minutes apart.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"value":[{"subscriptionId":"{id}","clientState":"{signature}","expirationDateTime":"2027-01-30T17:27:00.0000000Z","resource":"b9f6f714-9df8-470b-b22e-653855e1c181","tenantId":"00000000-0000-0000-0000-000000000000","siteUrl":"/sites/harbour","webId":"dbc5a806-e4d4-46e5-951c-6344d70b62fa"}]}"#;

    SINCH: "sinch", "Sinch (Conversation and SMS APIs)";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{h:x-sinch-webhook-signature}", BASE64), "{body}.{h:x-sinch-webhook-signature-nonce}.{h:x-sinch-webhook-signature-timestamp}")],
    event_id: ["{content}"], "Nonce and time of each request are signed, so the signed content is the key: replays are absorbed, and a retry under a new nonce is handled again. No one pointer names the event in all kinds of callback.",
    event_type: None,
    sender: Sender { retry_horizon: Some(163_840), retries: Retries::Unknown, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://developers.sinch.com/docs/conversation/callbacks/",
    secret: "The webhook's secret token, any text, used as UTF-8; Dashboard > Conversation API > the app > the webhook > Secret token.",
    notes: "x-sinch-webhook-signature-algorithm says HmacSHA256 and is not read. No tolerance for the time is documented. SMS callbacks are retried from 5 s on, doubling to 81,920 s. Voice and Verification sign otherwise: see sinch-voice.",
    headers: [("Content-Type", "application/json"), ("x-sinch-webhook-signature-algorithm", "HmacSHA256"), ("x-sinch-webhook-signature-nonce", "01FJA8B4A7BM43YGWSG9GBV067")],
    sample: r#"{"app_id":"01EB37HMH1M6SV18BSNS3G135H","accepted_time":"2026-11-03T09:26:05.659Z","event_time":"2026-11-03T09:26:10.344Z","project_id":"c36f3d3d-1513-2edd-ae42-11995557ff61","message_delivery_report":{"message_id":"{id}","conversation_id":"01EQBC1A3BEK731GY4YXEN0C2R","status":"DELIVERED","channel_identity":{"channel":"WHATSAPP","identity":"46700000002","app_id":""},"contact_id":"01EQA07N79THJ20WSN6AS30TMW","metadata":"","processing_mode":"CONVERSATION"},"message_metadata":""}"#;

    SINCH_VOICE: "sinch-voice", "Sinch Voice and Verification";
    aliases: ["sinch-verification"],
    schemes: &[Scheme::new(Algorithm::HmacSha256, SINCH_VOICE_SIGNATURE, "{method}\n{md5.base64:body}\n{h:Content-Type}\nx-timestamp:{h:x-timestamp}\n{path}").timed("{h:x-timestamp}", RFC3339, 300).secret(SecretFormat::plain(SecretEncoding::Base64))],
    event_id: ["{j:/event} {j:/callid} {j:/timestamp}", "{j:/event} {j:/id} {v?:/status}", "{content}"], "A call's events are named by kind, call and time of the event; a verification's by kind, id and status. For any other the signed content serves, in which the time of sending is signed anew.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { retries: Retries::Unknown, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://developers.sinch.com/docs/voice/api-reference/authentication/callback-signed-request",
    secret: "The application's secret, base64 of 16 bytes, decoded before use; Sinch Dashboard > Voice (or Verification) > Apps > the app.",
    notes: "The path is signed as the request has it: a proxy that rewrites it breaks the signature, and host and query are not covered. The MD5 of the body binds it. The page publishes one worked example but no tolerance for the time; every request has its own.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event":"ace","callid":"{id}","timestamp":"2026-11-03T09:26:10Z","version":1,"custom":"tide","applicationKey":"669E367E-6BBA-48AB-AF15-266871C28135"}"#;

    SLACK: "slack", "Slack";
    schemes: &[timed_header("{h:X-Slack-Signature}", "v0=", "v0:{h:X-Slack-Request-Timestamp}:{body}", "{h:X-Slack-Request-Timestamp}")],
    event_id: ["{j:/event_id}", "{content}"], "Events API bodies carry /event_id, unique over all workspaces and equal on retries; commands, interactivity and app_rate_limited have none, and there the signed time plus a body with trigger_id makes the signed content itself the key (Slack does not retry those).",
    event_type: Some(text("{j:/event/type}")),
    sender: Sender { ack_deadline: Some(3), retry_horizon: Some(86_400), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "JSON body with type url_verification: answer the /challenge value as text.",
    handshakes: &[Handshake::signed_post("{j:/type}=url_verification").challenge("{j:/challenge}").text("{challenge}")],
    evidence: Published, "https://docs.slack.dev/authentication/verifying-requests-from-slack",
    secret: "32 hex characters, used as UTF-8 text; api.slack.com > the app > Basic Information > App Credentials > Signing Secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)"), ("Accept", "*/*"), ("Accept-Encoding", "gzip,deflate")],
    sample: r#"{"token":"unused","team_id":"T04QKPS1C","api_app_id":"A06ZB2M7Q","event":{"type":"app_mention","user":"U05L2D7N9","text":"<@U0BOT> how is the tide?","ts":"{ts}.000200","channel":"C03HARBOR","event_ts":"{ts}.000200"},"type":"event_callback","event_id":"{id}","event_time":{ts},"authorizations":[{"team_id":"T04QKPS1C","user_id":"U0BOT","is_bot":true}],"is_ext_shared_channel":false}"#;

    SPARKPOST: "sparkpost", "SparkPost (Bird)";
    schemes: &[BASIC],
    event_id: ["{h:X-MessageSystems-Batch-ID}"], "The batch id is SparkPost's own means against duplicates and stays when a batch is sent again; every event in it has an event_id too.",
    event_type: None,
    sender: Sender { ack_deadline: Some(10), retry_horizon: Some(28_800), retries: Retries::Identical, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A batch of one empty event on saving: answer 200.",
    evidence: Documented, "https://support.sparkpost.com/docs/tech-resources/webhooks",
    secret: "`user:password`, as entered with authentication Basic Auth; Configuration > Webhooks > the webhook.",
    notes: "Nothing is signed. OAuth 2.0 is offered instead: then Authorization holds a Bearer token from your own token server, which this scheme does not read. A batch has up to 350 events.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "SparkPost"), ("X-MessageSystems-Batch-ID", "{id}")],
    sample: r#"[{"msys":{"message_event":{"type":"delivery","event_id":"{id}","message_id":"000443ee14578172be22","rcpt_to":"rosa@example.com","friendly_from":"tide@example.com","subject":"High water at noon","sending_ip":"192.0.2.7","transmission_id":"65832150921904138","timestamp":"{ts}"}}}]"#;

    STREAM: "stream", "Stream (getstream.io)";
    schemes: &[body_hmac(plain("{h:X-Signature}", HEX)).named("stream-chat")],
    event_id: ["{content}"], "X-Webhook-Id, which stays over retries, is an unsigned header; the signed body holds the kind, the objects and created_at to fractions of a second, so different events differ, and a retry sends the same bytes.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(6), retry_horizon: Some(15), retries: Retries::Identical, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Webhook-Id")),
    handshake: "",
    evidence: Sdk, "https://getstream.io/chat/docs/node/webhooks_overview/",
    secret: "The app's API secret, used as UTF-8; Dashboard > the app > App Access Keys. The header X-Api-Key says which key's secret.",
    notes: "With compression switched on the signature is over the body before gzip, so a receiver must inflate first; without it, over the bytes as sent. Before-message-send hooks wait for an answer that may change the message.",
    headers: [("Content-Type", "application/json"), ("X-Webhook-Id", "{id}"), ("X-Webhook-Attempt", "1"), ("X-Api-Key", "k9tide01abcd")],
    sample: r#"{"type":"message.new","cid":"messaging:harbour","channel_id":"harbour","channel_type":"messaging","message":{"id":"{id}","text":"När går färjan?","type":"regular","user":{"id":"rosa","role":"user"},"created_at":"2026-11-03T09:26:10.344871Z"},"user":{"id":"rosa","role":"user","online":true},"members":[],"created_at":"2026-11-03T09:26:10.351204566Z"}"#;

    TELEGRAM: "telegram", "Telegram Bot API";
    schemes: &[token("{h:X-Telegram-Bot-Api-Secret-Token}")],
    event_id: ["{n:/update_id}"], "/update_id counts a bot's updates and is documented as the means to ignore repeated ones.",
    event_type: None,
    sender: Sender { retry_horizon: Some(86_400), retries: Retries::Identical, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://core.telegram.org/bots/api#setwebhook",
    secret: "`secret_token`, 1 to 256 of A-Z a-z 0-9 _ -, that you give to setWebhook and that comes back as a header.",
    notes: "The header is missing if setWebhook was called without secret_token. Nothing is signed. The kind of update is the name of the one other member of the body. Updates are kept for 24 hours; after a week without any, the ids go on from a random number.",
    headers: [("Content-Type", "application/json"), ("Accept-Encoding", "gzip, deflate")],
    sample: r#"{"update_id":{ts_ms},"message":{"message_id":1365,"from":{"id":1111111,"is_bot":false,"first_name":"Rosa","language_code":"sv"},"chat":{"id":1111111,"first_name":"Rosa","type":"private"},"date":{ts},"text":"När går färjan? {id}"}}"#;

    TELNYX: "telnyx", "Telnyx";
    schemes: &[Scheme::new(Algorithm::Ed25519, plain("{h:telnyx-signature-ed25519}", BASE64), "{h:telnyx-timestamp}|{body}").timed("{h:telnyx-timestamp}", SECONDS, 300).secret(SecretFormat::PUBLIC_KEY)],
    event_id: ["{j:/data/id}"], "/data/id names the event and stays over attempts, which /meta/attempt counts.",
    event_type: Some(text("{j:/data/event_type}")),
    sender: Sender { retries: Retries::Resigned, retry_changes_body: true, success: Success::Only200, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks",
    secret: "The account's Ed25519 public key in base64 (44 characters); Mission Control Portal > Keys & Credentials > Public Key. It is no secret.",
    notes: "The failover URL gets what the first did not take, under the same event id. TeXML callbacks are forms and carry the same headers. Some generated SDKs before 2025 looked for Standard Webhooks headers, which Telnyx does not send.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "telnyx-webhooks")],
    sample: r#"{"data":{"event_type":"message.received","id":"{id}","occurred_at":"2026-11-03T09:26:10.344+00:00","payload":{"direction":"inbound","id":"84cca175-9755-4859-b67f-4730d7f58aa3","from":{"phone_number":"+46700000002"},"to":[{"phone_number":"+46700000001","status":"webhook_delivered"}],"text":"Är färjan igång?","type":"SMS"},"record_type":"event"},"meta":{"attempt":1,"delivered_to":"https://hooks.example.com/telnyx"}}"#;

    TIKTOK: "tiktok", "TikTok for Developers";
    schemes: &[timed_pairs("{h:TikTok-Signature}", "s", 300)],
    event_id: ["{j:/event} {v:/create_time} {v?:/user_openid} {v?:/content}"], "There is no event id; kind, second, user and the content, a text of JSON that holds the id of the post or share, name the event and stay over retries.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { retry_horizon: Some(259_200), retries: Retries::Unknown, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developers.tiktok.com/doc/webhooks-verification/",
    secret: "The app's client secret, used as UTF-8; TikTok for Developers > Manage apps > the app > Client secret.",
    notes: "The page leaves the tolerance to the receiver and says that the time is that of the signature. /content is a text that holds JSON once more. TikTok Shop is another platform and signs otherwise.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"client_key":"bwo2m45353a6k85","event":"post.publish.complete","create_time":{ts},"user_openid":"act.example12345Example12345Example","content":"{\"publish_id\":\"v_pub_file~v2-1.{id}\",\"publish_type\":\"DIRECT_POST\"}"}"#;

    TWILIO: "twilio", "Twilio";
    methods: ["POST", "GET"],
    schemes: &[
        twilio_form(Algorithm::HmacSha1).named("twilio"),
        twilio_digest(Algorithm::HmacSha1).named("twilio-digest"),
        twilio_bare(Algorithm::HmacSha1).named("twilio-bare"),
        twilio_form(Algorithm::HmacSha256).named("twilio-shared-key"),
        twilio_digest(Algorithm::HmacSha256).named("twilio-shared-key-digest"),
        twilio_bare(Algorithm::HmacSha256).named("twilio-shared-key-bare"),
    ],
    event_id: ["{f:MessageSid} {content}", "{f:RecordingSid} {content}", "{f:SequenceNumber} {content}", "{f:Timestamp} {content}", "{f:CallSid} {content}", "{q:MessageSid} {content}", "{j:/0/id} {content}"], "One sid has many events, and fields are signed without marks between them, so that one signature fits many forms: all that was signed is the key, where a sid, a sequence number or a time in it tells events apart (messages and their states, recordings, calls and their progress, conferences and rooms). A retry has the same bytes. So has a second request for TwiML of one call where nothing was said or pressed that differs (the same key at the same URL): it gets the answer of the first, without the handler. A handler that must see each step puts a number of its own into the URLs that its TwiML names. A delivery with none of these parts, such as a call by GET, is refused: nothing of it tells two events from one.",
    event_type: None,
    sender: Sender { ack_deadline: Some(15), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("I-Twilio-Idempotency-Token")),
    handshake: "",
    evidence: Published, "https://www.twilio.com/docs/usage/webhooks/webhooks-security",
    secret: "The account's primary Auth Token, 32 hex characters used as UTF-8 (Console > Account > API keys & tokens), or, where a Webhooks Rule applies, the secret of the SharedKey it names.",
    notes: "Most webhooks are forms and all fields are signed, decoded, sorted and each value once; unknown fields come without notice and must be kept, values must not be trimmed. Other bodies are bound by bodySHA256 in the signed query, GET by the URL alone. Twilio writes the port into the signed URL or leaves it out: both are tried. Shared keys (public beta of 2026) sign with HMAC-SHA256, which the header X-Twilio-Webhooks-Signature-Settings announces; it is not read, as the signature's length tells. By default only a failed connection is tried once more, then the fallback URL; more is asked for in the URL's fragment (#rc=2).",
    headers: [("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"), ("User-Agent", "TwilioProxy/1.1"), ("I-Twilio-Idempotency-Token", "5f1c0e4d-7c7e-4e5f-8c39-ad0cf5e4e5a3")],
    sample: r#"ApiVersion=2010-04-01&AccountSid=AC5f1c0e4d7c7e5e5f7c39ad0cf5e4e5a3&From=%2B46700000001&MessageSid={id}&MessageStatus=delivered&RawDlrDoneDate=2611030926&SmsSid={id}&SmsStatus=delivered&To=%2B46700000002"#;

    TWITCH: "twitch", "Twitch EventSub";
    schemes: &[Scheme::new(Algorithm::HmacSha256, prefixed("{h:Twitch-Eventsub-Message-Signature}", "sha256=", HEX), "{h:Twitch-Eventsub-Message-Id}{h:Twitch-Eventsub-Message-Timestamp}{body}").timed("{h:Twitch-Eventsub-Message-Timestamp}", RFC3339, 600)],
    event_id: ["{h:Twitch-Eventsub-Message-Id}"], "The signed message id names the event and stays when it is sent again; Twitch says to keep it against duplicates.",
    event_type: Some(text("{j:/subscription/type}")),
    sender: Sender { retries: Retries::Unknown, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A signed message of type webhook_callback_verification: answer the text of /challenge as text/plain with 200 within a few seconds.",
    handshakes: &[Handshake::signed_post("{h:Twitch-Eventsub-Message-Type}=webhook_callback_verification").challenge("{j:/challenge}").text("{challenge}")],
    evidence: Documented, "https://dev.twitch.tv/docs/eventsub/handling-webhook-events/",
    secret: "10 to 100 ASCII characters that you give as transport.secret when you create the subscription.",
    notes: "The kind of message (notification, verification, revocation) is an unsigned header: judge it by what the body holds (/challenge, /event). The time has nine digits of fraction. The provider says to refuse what is older than 10 minutes.",
    headers: [("Content-Type", "application/json"), ("Twitch-Eventsub-Message-Type", "notification"), ("Twitch-Eventsub-Message-Retry", "0"), ("Twitch-Eventsub-Subscription-Type", "channel.follow"), ("Twitch-Eventsub-Subscription-Version", "2")],
    sample: r#"{"subscription":{"id":"f1c2a387-161a-49f9-a165-0f21d7a4e1c4","type":"channel.follow","version":"2","status":"enabled","cost":0,"condition":{"broadcaster_user_id":"12826","moderator_user_id":"12826"},"transport":{"method":"webhook","callback":"https://hooks.example.com/twitch"},"created_at":"2026-11-01T08:00:00.634234626Z"},"event":{"user_id":"{id}","user_login":"rosa","user_name":"Rosa","broadcaster_user_id":"12826","followed_at":"{ts_rfc3339}"}}"#;

    VIBER: "viber", "Viber Bot API";
    schemes: &[body_hmac(plain("{h:X-Viber-Content-Signature}", HEX))],
    event_id: ["{j:/event} {v:/message_token} {v?:/user_id}", "{content}"], "/message_token names a message; it comes again with each receipt (delivered, seen, failed) of a recipient, so kind and user are put beside it.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A signed event `webhook` while set_webhook is called: answer 200.",
    evidence: Documented, "https://developers.viber.com/docs/api/rest-bot-api/",
    secret: "The bot's authentication token (`50d6…-…-…`), used as UTF-8; Viber Admin Panel > the bot > Edit info.",
    notes: "/message_token is a number beyond 2^53: parsers that make floating-point numbers of it change it. conversation_started waits for an answer in the response's body.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event":"message","timestamp":{ts_ms},"chat_hostname":"SN-CALLBACK-03_","message_token":{ts_ms},"sender":{"id":"{id}","name":"Rosa","language":"sv","country":"SE","api_version":10},"message":{"text":"När går färjan?","type":"text"},"silent":false}"#;

    VONAGE: "vonage", "Vonage";
    aliases: ["nexmo"],
    schemes: &[Scheme::new(Algorithm::HmacSha256, jws("{h:Authorization}", "Bearer ", JwsPayload::Attached), "").timed("{c:/iat}", SECONDS, 300).equal("{c?:/payload_hash}={sha256.hex?:body}")],
    event_id: ["{j:/message_uuid} {v?:/status} {j:/timestamp}", "{j:/uuid} {j:/status} {j:/timestamp}", "{c:/jti}"], "A message or a call is named by its uuid, and each of its events by status and time beside it; for bodies without them the JWT's jti absorbs replays, though not retries.",
    event_type: None,
    sender: Sender { retry_horizon: Some(86_400), retries: Retries::Unknown, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://developer.vonage.com/en/getting-started/concepts/webhooks",
    secret: "The account's signature secret (32 characters or more advised), used as UTF-8; Dashboard > API settings > Signature secret. The claim api_key says whose.",
    notes: "The SDKs check the JWT alone and leave payload_hash to the reader; here a body without it, or with another, is refused. Webhooks sent as GET have payload_hash over a JSON text made of the query, which is not read: use POST. Vonage says that an internal error may send a callback unsigned; it is sent again on a 5xx answer only, and gets 401 here. The old SMS API signs with a `sig` parameter instead, which is not covered.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"message_uuid":"{id}","to":{"type":"sms","number":"46700000002"},"from":{"type":"sms","number":"46700000001"},"timestamp":"2026-11-03T09:26:10.344Z","status":"delivered","usage":{"currency":"EUR","price":"0.0333"},"client_ref":"tide","channel":"sms"}"#;

    WEBEX: "webex", "Webex";
    schemes: &[Scheme::new(Algorithm::HmacSha1, plain("{h:X-Spark-Signature}", HEX), "{body}")],
    event_id: [], "/id and /created are those of the webhook, not of the event, and the data of an update holds no time: a room renamed, renamed back and renamed again gives the same bytes. An endpoint for created events alone may choose resource, event and /data/id.",
    event_type: Some(text("{j:/resource} {j:/event}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.webex.com/docs/receive-and-verify-webhooks",
    secret: "`secret`, any text that you give when you create the webhook, used as UTF-8; without one nothing is signed.",
    notes: "Webhooks of Contact Center have other envelopes and signatures. A webhook that fails often is switched off (status inactive).",
    headers: [("Content-Type", "application/json; charset=UTF-8")],
    sample: r#"{"id":"Y2lzY29zcGFyazovL3VzL1dFQkhPT0svZjRlNjA1NjA","name":"Harbour messages","resource":"messages","event":"created","filter":"roomId=Y2lzY29zcGFyazovL3VzL1JPT00vYmJj","orgId":"OTZhYmMyYWEtM2RjYy0xMWU1","ownedBy":"creator","status":"active","created":"2026-10-01T08:00:00.000Z","actorId":"Y2lzY29zcGFyazovL3VzL1BFT1BMRS9mNWIz","data":{"id":"{id}","roomId":"Y2lzY29zcGFyazovL3VzL1JPT00vYmJj","personEmail":"rosa@example.com","created":"{ts_rfc3339}"}}"#;

    WEBFLOW: "webflow", "Webflow";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{h:x-webflow-signature}", HEX), "{h:x-webflow-timestamp}:{body}").timed("{h:x-webflow-timestamp}", MILLIS, 300)],
    event_id: ["{content}"], "No id of the event is sent; the signed time of sending in milliseconds is in the digest, so replays are absorbed and a retry under a new time is handled again.",
    event_type: Some(text("{j:/triggerType}")),
    sender: Sender { retries: Retries::Unknown, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://developers.webflow.com/data/docs/working-with-webhooks",
    secret: "The OAuth application's client secret, or for webhooks made with a site token the secret shown when the webhook is made (Site settings > Apps & integrations); used as UTF-8.",
    notes: "Webhooks made in the dashboard before April 2025 are not signed. The documents say to refuse what is older than five minutes; the SDK's verifySignature does not look at the time.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"triggerType":"form_submission","payload":{"name":"Contact","siteId":"65427cf400e02b306eaa049c","data":{"First Name":"Rosa","email":"rosa@example.com","Harbour":"Malmö"},"schema":[],"submittedAt":"2026-11-03T09:26:10.344Z","id":"{id}","formId":"65429eadebe8a9f3a30f62d0","formElementId":"4e038d2c-6a1e-4953-7be9-a59a2b453177"}}"#;

    X_TWITTER: "x-twitter", "X (Twitter)";
    aliases: ["twitter", "x"],
    schemes: &[body_hmac(prefixed("{h:x-twitter-webhooks-signature}", "sha256=", BASE64)).named("twitter")],
    event_id: ["{content}"], "There is no id of the delivery; every event in it has the id and time of its post, message or follow, so different deliveries differ, and a retry sends the same bytes.",
    event_type: None,
    sender: Sender { ack_deadline: Some(10), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "GET with crc_token, on registration and then every hour: answer JSON {\"response_token\":\"sha256=\" + base64 of HMAC-SHA256 of the token under the consumer secret} within 1 s.",
    handshakes: &[Handshake::get("").challenge("{q:crc_token}").of(256, Charset::Base64).json(r#"{{"response_token":"sha256={mac.base64:challenge}"}}"#)],
    evidence: Documented, "https://docs.x.com/x-api/webhooks/introduction",
    secret: "The app's consumer secret (API key secret), used as UTF-8; Developer Console > the app > Keys and tokens.",
    notes: "The challenge is answered with the key that signs events, over a text that the caller chooses: restrict crc_token to letters, digits and `-_=`, so that no answer is the signature of a JSON body. The members of the body tell the kind (tweet_create_events, direct_message_events).",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"for_user_id":"2244994945","tweet_create_events":[{"created_at":"Tue Nov 03 09:26:10 +0000 2026","id":{ts_ms},"id_str":"{id}","text":"@harbour när går färjan?","source":"web","user":{"id_str":"783214","name":"Rosa","screen_name":"rosa"},"timestamp_ms":"{ts_ms}"}]}"#;

    ZENDESK_SUNSHINE: "zendesk-sunshine", "Zendesk Sunshine Conversations";
    aliases: ["sunshine-conversations", "smooch"],
    schemes: &[token("{h:X-API-Key}")],
    event_id: ["{j:/events/0/id}"], "Every event has an id of its own, and the first one's names the delivery, which is sent again as it is.",
    event_type: Some(text("{j:/events/0/type}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.smooch.io/guide/webhooks/",
    secret: "The webhook's `secret`, generated when the webhook or custom integration is made and shown in the answer; it comes as a header.",
    notes: "Nothing is signed. Payloads of version 1 (`trigger`, without `events`) have no such id. The header is not the API key of the account.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"app":{"id":"5ebee0975ac5304b664a12fa"},"webhook":{"id":"5f4eaef81e3ee4f8a4f7a2a1","version":"v2"},"events":[{"id":"{id}","createdAt":"2026-11-03T09:26:10.344Z","type":"conversation:message","payload":{"conversation":{"id":"029c31f25a21b47effd7be90","type":"personal"},"message":{"id":"5f40256af057d0000d5e3a4c","received":"2026-11-03T09:26:10.344Z","author":{"type":"user","displayName":"Rosa"},"content":{"type":"text","text":"När går färjan?"}}}}]}"#;

    ZOOM: "zoom", "Zoom";
    schemes: &[timed_header("{h:x-zm-signature}", "v0=", "v0:{h:x-zm-request-timestamp}:{body}", "{h:x-zm-request-timestamp}")],
    event_id: ["{content}"], "No id is sent; event name, event_ts in milliseconds and the object make the body practically unique to the event, and with the signed time header in the digest nothing can be lost, though a retry with a new time is handled again.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { ack_deadline: Some(3), retry_horizon: Some(5_100), retries: Retries::Unknown, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "event endpoint.url_validation: answer {plainToken, encryptedToken = hex HMAC-SHA256 of plainToken}; asked again every 72 h.",
    handshakes: &[Handshake::signed_post("{j:/event}=endpoint.url_validation").challenge("{j:/payload/plainToken}").json(r#"{{"plainToken":"{challenge}","encryptedToken":"{mac.hex:challenge}"}}"#)],
    evidence: Documented, "https://developers.zoom.us/docs/api/webhooks/",
    secret: "A short random Secret Token, used as UTF-8; App Marketplace > Manage > the app > Features > Access > Secret Token (not the old Verification Token).",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "Zoom Marketplace/1.0a"), ("x-zm-trackingid", "v=2.0;clid=us06;rid=WEB_{id}"), ("clientid", "kZ9TideAppClient")],
    sample: r#"{"event":"meeting.started","payload":{"account_id":"AAAAAABBBB","object":{"uuid":"{id}","id":"85746065432","host_id":"x1yCzABCDEfg23HiJKl4mN","topic":"Pilots' briefing","type":2,"start_time":"2026-11-03T09:26:10Z","duration":30,"timezone":"Europe/Stockholm"}},"event_ts":{ts_ms}}"#;

    ZULIP: "zulip", "Zulip outgoing webhooks";
    schemes: &[token("{j:/token}")],
    event_id: ["{j:/bot_email} {n:/message/id}"], "A message calls a bot once, so bot and message name the event.",
    event_type: Some(text("{j:/trigger}")),
    sender: Sender { ack_deadline: Some(10), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://zulip.com/api/outgoing-webhooks",
    secret: "32 letters and digits, sent as /token in every body; Personal settings > Bots > the bot's zuliprc file, `token`.",
    notes: "Nothing is signed, and the token stands in the body that is handled: keep it out of logs. A JSON answer with `content` is posted as the bot's reply. Bots may also be set to a format that Slack's outgoing webhooks have, a form, which this scheme does not read.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "ZulipOutgoingWebhook/9.0")],
    sample: r#"{"bot_email":"tide-bot@harbour.example.com","bot_full_name":"Tide Bot","data":"@**Tide Bot** Malmö {id}","message":{"id":{ts_ms},"sender_email":"rosa@example.com","sender_full_name":"Rosa Ek","content":"@**Tide Bot** Malmö","subject":"tides","stream_id":5,"timestamp":{ts},"type":"stream"},"token":"{signature}","trigger":"mention"}"#;
}

/// RingCentral's challenge, sent back as it came.
const VALIDATION_TOKEN: &[(Text, Text)] = &[(text("validation-token"), text("{challenge}"))];
