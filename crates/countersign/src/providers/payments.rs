//! Payments, billing, banking and identity of payers.

use super::*;

/// The text of a Stripe signing secret is the key, prefix included; its API keys look alike and are none.
const STRIPE_SECRET: SecretFormat = SecretFormat {
    encoding: SecretEncoding::Utf8,
    strip: Cow::Borrowed(&[]),
    refuse: Cow::Borrowed(&[text("sk_"), text("pk_"), text("rk_")]),
    prefix_required: false,
    nfkd: false,
};

/// Between the time and the signatures of Recurly's header there are commas only, and a new secret adds a second signature.
const RECURLY_SIGNATURE: SignatureField =
    SignatureField::new("{h:recurly-signature}", Syntax::Fields { separator: ',', names: text("t,signature+") }, HEX);

catalogue! {
    ADYEN: "adyen", "Adyen";
    schemes: &[
        body_hmac(plain("{h:HmacSignature}", BASE64)).secret(SecretFormat::plain(SecretEncoding::Hex)).named("adyen-platform"),
        Scheme::new(Algorithm::HmacSha256, plain("{j:/additionalData/hmacSignature}", BASE64), "{j?:/pspReference}:{j?:/originalReference}:{j?:/merchantAccountCode}:{j?:/merchantReference}:{v?:/amount/value}:{j?:/amount/currency}:{j?:/eventCode}:{v?:/success}").uncovered("Only eight values of each item are signed: ids, the amount, the event code and whether it succeeded.")
            .secret(SecretFormat::plain(SecretEncoding::Hex))
            .each("/notificationItems/*/NotificationRequestItem")
            .named("adyen"),
    ],
    event_id: ["{content}"], "Platform bodies hold the object, its state and the time of the event; of classic items the eight signed fields name payment, event code and outcome, which is what Adyen itself tells duplicates by. A repeat carries the same signed bytes.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(10), retry_horizon: Some(633_720), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures",
    secret: "64 hex characters, one key an endpoint, decoded to 32 bytes; Customer Area > Developers > Webhooks > Edit webhook > Security > HMAC key, generated there and shown once.",
    notes: "Standard webhooks sign each item in additionalData.hmacSignature and cover eight fields only: eventDate, reason, paymentMethod and the rest of additionalData are not authenticated. Older pages escape `:` and `\\` in the fields; Adyen's own libraries do not. Standard webhooks were long acknowledged by the text [accepted]. Basic authentication is set beside the signature.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "Adyen HttpClient 1.0"), ("Protocol", "HmacSHA256")],
    sample: r#"{"data":{"balancePlatform":"HarbourPlatform","accountHolder":{"id":"AH3227C223222H5J4DCLW9VBV","reference":"boat-17","status":"active"},"id":"{id}"},"environment":"test","timestamp":"2026-11-03T09:26:10+01:00","type":"balancePlatform.accountHolder.updated"}"#;

    AIPRISE: "aiprise", "AiPrise";
    schemes: &[body_hmac(plain("{h:X-HMAC-SIGNATURE}", HEX))],
    event_id: [], "No id or time of the event is documented, and verification_session_id names the session: a verdict changed by hand and changed back can produce the same body again.",
    event_type: None,
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.aiprise.com/docs/callbacks-authentication",
    secret: "The AiPrise API private key itself (a UUID), used as UTF-8; there is no separate signing secret. Dashboard > API keys.",
    notes: "Callback URLs are set on the template or for each request (callback_url, events_callback_url); the request's own wins.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"verification_session_id":"{id}","client_reference_id":"rosa-1042","status":"COMPLETED","template_id":"7d1c0a5e-3a0b-4a44-9e0f-2b6cf2f1d3aa","aiprise_summary":{"verification_result":"APPROVED","reasons":[]},"created_at":{ts_ms}}"#;

    AIRWALLEX: "airwallex", "Airwallex";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{h:x-signature}", HEX), "{h:x-timestamp}{body}")
        .adjacent("the time is digits and the body begins with a brace: bytes moved over the border leave a body that is no JSON")],
    event_id: ["{j:/id}"], "/id names the event and Airwallex documents that it stays the same over retries.",
    event_type: Some(text("{j:/name}")),
    sender: Sender { retry_horizon: Some(259_200), success: Success::Only200, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://www.airwallex.com/docs/developer-tools/webhooks/listen-for-webhook-events",
    secret: "A text for each notification URL, used as UTF-8; Settings > Developer > Webhooks > the webhook (for test events it comes in the header client-secret-key).",
    notes: "x-timestamp is in milliseconds. The pages advise comparing it with the clock and name no tolerance; they also offer it for ordering, so a retry may keep the first one, and no age is checked here.",
    headers: [("Content-Type", "application/json"), ("x-timestamp", "{ts_ms}")],
    sample: r#"{"id":"{id}","name":"payment_intent.succeeded","account_id":"acct_harbour01","data":{"object":{"id":"int_hkdm7tide01","amount":42.00,"currency":"EUR","merchant_order_id":"1042","status":"SUCCEEDED"}},"created_at":"2026-11-03T09:26:10+0000","version":"2026-02-27"}"#;

    ALIPAY_ANTOM: "alipay-antom", "Antom and Alipay+";
    aliases: ["antom", "alipay-plus"],
    schemes: &[Scheme::new(Algorithm::RsaPkcs1Sha256, pairs("{h:Signature}", [',', '='], "signature", Encoding::PercentBase64), "{method} {path}\n{h:Client-Id}.{h:Request-Time}.{body}")
        .secret(SecretFormat::PUBLIC_KEY)
        .key_id("{p:keyVersion}")],
    event_id: ["{content}"], "There is no event id; the signed body names kind, payment or refund, its result and times, and Request-Time is signed beside it, so nothing is lost, though a retry under a new Request-Time is handled again.",
    event_type: Some(text("{j:/notifyType}")),
    sender: Sender { retry_horizon: Some(86_400), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.antom.com/ac/cashierpay/notifications",
    secret: "Antom's (Alipay+'s) public key, base64 without PEM lines; Antom Dashboard > Developer > Quick start > Integration resources. No shared secret exists.",
    notes: r#"The signature is base64, often percent-encoded and in either alphabet. The answer must be signed as well, with the merchant's private key, around {"result":{"resultCode":"SUCCESS","resultStatus":"S"}}. The older form-encoded notifications with sign and sign_type are another scheme."#,
    headers: [("Content-Type", "application/json; charset=UTF-8"), ("Client-Id", "SANDBOX_5YTIDE2ZJHARB0001"), ("Request-Time", "2026-11-03T09:26:10Z")],
    sample: r#"{"notifyType":"PAYMENT_RESULT","result":{"resultCode":"SUCCESS","resultMessage":"success.","resultStatus":"S"},"paymentRequestId":"order-1042","paymentId":"{id}","paymentAmount":{"value":"4200","currency":"EUR"},"paymentCreateTime":"2026-11-03T09:25:40Z","paymentTime":"2026-11-03T09:26:08Z"}"#;

    AUTHORIZE_NET: "authorize-net", "Authorize.net";
    schemes: &[Scheme::new(Algorithm::HmacSha512, prefixed("{h:X-ANET-Signature}", "sha512=", HEX), "{body}")],
    event_id: ["{j:/notificationId}"], "/notificationId names the notification and stands in the signed body; a retry sends the same body.",
    event_type: Some(text("{j:/eventType}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Request-Id")),
    handshake: "",
    evidence: Documented, "https://developer.authorize.net/api/reference/features/webhooks.html",
    secret: "The Signature Key, 128 hex characters, used as the text that is shown (not decoded); Merchant Interface > Account > Settings > Security Settings > API Credentials & Keys.",
    notes: "The same key is decoded from hex for the transaction hash transHashSha2, but not here: a recorded delivery verifies with the key's text only. Hex is upper case. An account without a Signature Key gets unsigned notifications.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("X-Request-Id", "8a4f0d2e-0a8f-4b7e-9a33-4a6a7d6b6b10")],
    sample: r#"{"notificationId":"{id}","eventType":"net.authorize.payment.authcapture.created","eventDate":"2026-11-03T09:26:10.3448713Z","webhookId":"63d6fea2-aa13-4b1d-a204-f5fbc15942b7","payload":{"responseCode":1,"authCode":"T1DE7K","avsResponse":"Y","authAmount":42.00,"entityName":"transaction","id":"60020981676"}}"#;

    BRAINTREE: "braintree", "Braintree";
    schemes: &[Scheme::new(
        Algorithm::HmacSha1,
        SignatureField::new("{f:bt_signature}", Syntax::Pairs { separator: '&', assign: '|', pick: text("*"), group: None, written: text("") }, HEX),
        "{f:bt_payload}",
    ).uncovered("Nothing but the field bt_payload, which holds the event.")
    .secret(SecretFormat::plain(SecretEncoding::Sha1))],
    event_id: ["{f:bt_payload}"], "The signature covers bt_payload and nothing else; it holds kind, subject and a timestamp, and a retry sends it again unchanged, so its text is the key.",
    event_type: None,
    sender: Sender { ack_deadline: Some(30), retry_horizon: Some(86_400), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A GET with bt_challenge (older Control Panel): answer `public_key|` and the hex HMAC-SHA1 of the challenge under the same key.",
    handshakes: &[Handshake::get("").challenge("{q:bt_challenge}").of(32, Charset::Hex).text("{cfg:public_key}|{mac.hex:challenge}")],
    evidence: Sdk, "https://developer.paypal.com/braintree/docs/guides/webhooks/parse",
    secret: "The API private key, whose SHA-1 digest is the key; Control Panel > API > Keys. Give it the public key as its id where an account has several.",
    notes: "bt_signature lists one public_key|signature for each key pair of the account; bt_payload is base64 of XML with line breaks in it, and those are signed too.",
    headers: [("Content-Type", "application/x-www-form-urlencoded")],
    sample: "bt_signature=tide_public_key%7C{signature}&bt_payload=PG5vdGlmaWNhdGlvbj48a2luZD5zdWJzY3JpcHRpb25fY2hhcmdlZF9zdWNjZXNzZnVsbHk8L2tpbmQ%2B{id}%0A";

    BREX: "brex", "Brex";
    schemes: &[standard_webhooks(SHARED_SECRET)],
    event_id: ["{h:webhook-id|svix-id}"], "Webhook-Id is in the signed content and names the message, as in Standard Webhooks, whose scheme this is.",
    event_type: Some(text("{j:/event_type}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.brex.com/docs/webhooks",
    secret: "Base64 without a prefix, decoded; fetched from `GET https://platform.brexapis.com/v1/webhooks/secrets`, which lists two while one is rotated.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event_type":"TRANSFER_PROCESSED","transfer_id":"dptx_{id}","payment_type":"ACH","return_for_id":null,"company_id":"cuacc_tide01harbour"}"#;

    BRIDGE_API: "bridge-api", "Bridge API (bridgeapi.io)";
    aliases: ["bridgeapi"],
    schemes: &[body_hmac(listed("{h:BridgeApi-Signature}", ',', "v1=", HEX))],
    event_id: ["{content}"], "No event id is sent; kind, ids and state of the item and a timestamp in milliseconds make the body the event's own, and a retry sends it again.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retry_horizon: Some(172_800), retries: Retries::Identical, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.bridgeapi.io/docs/secure-your-webhooks",
    secret: "A text generated for each webhook, used as UTF-8, shown once on creation; Dashboard > Webhooks. After a change the old one signs beside the new for 24 hours.",
    notes: "Not bridge.xyz. The hex digits are upper case; entries of another version than v1 are to be ignored.",
    headers: [("Content-Type", "application/json; charset=utf-8")],
    sample: r#"{"content":{"full_refresh":false,"item_id":8310771,"status":0,"status_code_info":null,"user_uuid":"{id}"},"timestamp":{ts_ms},"type":"item.refreshed"}"#;

    BRIDGE_XYZ: "bridge-xyz", "Bridge (bridge.xyz)";
    schemes: &[Scheme::new(Algorithm::RsaPkcs1Sha256, pairs("{h:X-Webhook-Signature}", [',', '='], "v0", BASE64), "{sha256.raw:{p:t}.{body}}")
        .timed("{p:t}", MILLIS, 600)
        .secret(SecretFormat::PUBLIC_KEY)],
    event_id: ["{j:/event_id}"], "/event_id (wh_…) names the event, in the signed body, and is what the API sends again by.",
    event_type: Some(text("{j:/event_type}")),
    sender: Sender { retries: Retries::Resigned, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://apidocs.bridge.xyz/platform/additional-information/webhooks/signature",
    secret: "The webhook's own public key (RSA, PEM): public_key in the API's answer when it is made, or the Dashboard. No shared secret exists.",
    notes: "The SHA-256 digest of time, point and body is what is signed, with another SHA-256 inside the signature. t is in milliseconds; Bridge advises to refuse what is older than 10 minutes with 400, and signs each retry anew. A webhook starts disabled. Not bridgeapi.io.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"api_version":"v0","event_id":"{id}","event_category":"transfer","event_type":"transfer.updated.status_transitioned","event_object_id":"fecffc8b-ed5e-48ae-bd24-b36268330b32","event_object_status":"payment_processed","event_object":{"id":"fecffc8b-ed5e-48ae-bd24-b36268330b32","state":"payment_processed","amount":"42.0","currency":"usdc"},"event_object_changes":{"state":["payment_submitted","payment_processed"]},"event_created_at":"2026-11-03T09:26:10.344Z"}"#;

    CHARGEBEE: "chargebee", "Chargebee";
    schemes: &[BASIC],
    event_id: ["{j:/id}"], "/id (ev_…) names the event and is what Chargebee tells receivers to compare. Nothing of the body is signed, so it counts as said by whoever has the password; /webhook_status beside it may change from attempt to attempt.",
    event_type: Some(text("{j:/event_type}")),
    sender: Sender { retry_horizon: Some(284_400), retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://www.chargebee.com/docs/2.0/events_and_webhooks.html",
    secret: "`user:password` as typed in on the webhook; Settings > Configure Chargebee > API Keys and Webhooks > Webhooks > Protect webhook URL with basic authentication.",
    notes: "There is no signature: Chargebee advises to fetch the event again by its id through the API. The body is not bound. Its page has the last retry about 3 days and 7 hours after the event, and asks to remember ids for as long.",
    headers: [("Content-Type", "application/json;charset=utf-8")],
    sample: r#"{"id":"{id}","occurred_at":{ts},"source":"scheduled_job","object":"event","api_version":"v2","content":{"subscription":{"id":"AzZTIDEUB9SH1","status":"active","customer_id":"rosa-1042","currency_code":"EUR","object":"subscription"}},"event_type":"subscription_renewed","webhook_status":"not_configured"}"#;

    CHECKOUT_COM: "checkout-com", "Checkout.com";
    schemes: &[body_hmac(plain("{h:Cko-Signature}", HEX))],
    event_id: ["{j:/id}"], "/id (evt_…) names the event, in the signed body, and is the same on each retry.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://www.checkout.com/docs/workflows",
    secret: "The signature key given to the workflow's webhook action (any text, or generated), used as UTF-8; Dashboard > Developers > Webhooks > the webhook > Signature key.",
    notes: "A configured Authorization header key is sent besides and is another, weaker secret: it binds nothing of the body. Amounts may have more digits than a JSON parser keeps, so only the raw bytes verify.",
    headers: [("Content-Type", "application/json; charset=utf-8")],
    sample: r#"{"id":"{id}","type":"payment_captured","version":"1.0.33","created_on":"2026-11-03T09:26:10.3448713Z","data":{"action_id":"act_tide01","reference":"order-1042","amount":4200,"currency":"EUR","id":"pay_tide01harb","response_code":"10000","response_summary":"Approved"},"_links":{"self":{"href":"https://api.checkout.com/workflows/events/evt_tide"}}}"#;

    CIRCLE: "circle", "Circle";
    schemes: &[Scheme::new(Algorithm::EcdsaP256Sha256, plain("{h:X-Circle-Signature}", BASE64), "{body}")
        .secret(SecretFormat::PUBLIC_KEY)
        .key_id("{h:X-Circle-Key-Id}")
        .keys_at("https://api.circle.com/v2/notifications/publicKey/*")],
    event_id: ["{j:/notificationId}"], "/notificationId names the notification, in the signed body, and stays over its retries.",
    event_type: Some(text("{j:/notificationType}")),
    sender: Sender { retries: Retries::Identical, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A HEAD request when a subscription is made or changed: answer 200.",
    handshakes: &[Handshake::head()],
    evidence: Published, "https://developers.circle.com/cpn/guides/webhooks/verify-webhook-signatures",
    secret: "A public key, base64 of its SubjectPublicKeyInfo, from GET /v2/cpn/notifications/publicKey/{keyId} (other products: /v2/notifications/publicKey/{keyId}); the keyId (X-Circle-Key-Id) is its id.",
    notes: "Keys are fetched with the API key and may be kept for as long as their id is in use. Version 1 notifications come through AWS SNS and are signed as SNS does.",
    headers: [("Content-Type", "application/json"), ("X-Circle-Key-Id", "879dc113-5ca4-4ff7-a6b7-54652083fcf8")],
    sample: r#"{"subscriptionId":"d4c07d5f-f05f-4fe4-853d-4dd434806dfb","notificationId":"{id}","notificationType":"payments","notification":{"id":"7f9d1c1e-9a11-4c35-a6f1-77d2a1f0b0aa","status":"paid","amount":{"amount":"42.00","currency":"USD"}},"timestamp":"2026-11-03T09:26:10.344871Z","version":2}"#;

    COINBASE_COMMERCE: "coinbase-commerce", "Coinbase Commerce";
    schemes: &[body_hmac(plain("{h:X-CC-Webhook-Signature}", HEX))],
    event_id: ["{j:/event/id}"], "/event/id names the event and is the same on each attempt; the outer /id, /attempt_number and /scheduled_for belong to the delivery and change.",
    event_type: Some(text("{j:/event/type}")),
    sender: Sender { retry_horizon: Some(259_200), retries: Retries::Resigned, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://docs.cdp.coinbase.com/commerce/api-arcitecture/webhooks-overview",
    secret: "A UUID-like shared secret, used as UTF-8; Settings > Notifications (Webhook subscriptions) > Show shared secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "weipay-webhooks"), ("Accept", "*/*")],
    sample: r#"{"attempt_number":1,"event":{"api_version":"2018-03-22","created_at":"2026-11-03T09:26:10Z","data":{"id":"2b1f0a4e-6f3a-4c0c-9b0a-90c1d7f4c1aa","code":"XK4T9QPL","name":"Harbour pass","pricing_type":"fixed_price","pricing":{"local":{"amount":"12.00","currency":"EUR"}}},"id":"{id}","resource":"event","type":"charge:confirmed"},"id":"8f6b9d1e-0f5d-4f4f-8f64-0a6d2c1f3b77","scheduled_for":"2026-11-03T09:26:10Z"}"#;

    DODOPAYMENTS: "dodopayments", "Dodo Payments";
    aliases: ["dodo-payments"],
    schemes: STANDARD_WEBHOOKS_SCHEMES,
    event_id: ["{h:webhook-id|svix-id}"], "Standard Webhooks: the id header is signed, unique to the message and the same over retries; Dodo's page makes it the idempotency key.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(15), retry_horizon: Some(99_305), retries: Retries::Resigned, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://docs.dodopayments.com/developer-resources/webhooks",
    secret: "`whsec_` + base64; Dashboard > Developer > Webhooks > the endpoint > Signing secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Svix-Webhooks/1.67.0 (sender-9YMgn; +https://www.svix.com/http-sender/)")],
    sample: r#"{"business_id":"bus_tide01","type":"payment.succeeded","timestamp":"2026-11-03T09:26:10.344871Z","data":{"payload_type":"Payment","payment_id":"pay_{id}","status":"succeeded","total_amount":4200,"currency":"EUR","customer":{"customer_id":"cus_rosa","email":"rosa@example.com","name":"Rosa Ek"}}}"#;

    ETHOCA: "ethoca", "Ethoca Alerts (Mastercard)";
    schemes: &[BASIC],
    event_id: ["{content}"], "The schema with its alert id is not public; every alert names one transaction and one moment, so different alerts have different bodies. Nothing is signed: it counts as said by whoever has the password.",
    event_type: None,
    sender: Sender { success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.mastercard.com/ethoca-alerts-for-merchants/documentation/api-reference/push-api-ref/",
    secret: "`user:password`, agreed with Ethoca's delivery team on onboarding (there is no page for it).",
    notes: "No signature: the password goes with mutual TLS, whose client certificate is checked where TLS ends. Once the alert id's name is known from onboarding, choose it as the event id. Consumer Clarity, a sister product, signs requests in another way.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"alertId":"{id}","alertType":"fraud","alertTimestamp":"2026-11-03T09:26:10.344Z","issuer":"Harbour Bank","cardBin":"510510","cardLast4":"5100","arn":"74537607300012345678901","transactionTimestamp":"2026-11-01T18:02:44.000Z","merchantDescriptor":"NORDLYS KAFFE","amount":{"value":38.50,"currencyCode":"EUR"}}"#;

    FASTSPRING: "fastspring", "FastSpring";
    schemes: &[body_hmac(plain("{h:X-FS-Signature}", BASE64))],
    event_id: ["{content}"], "A delivery is a batch in which every event has its own id, so different batches cannot be byte-equal; automatic retries keep the ids, a retry by hand gets new ones and is handled again.",
    event_type: Some(text("{j:/events/0/type}")),
    sender: Sender { retries: Retries::Identical, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.fastspring.com/reference/message-security",
    secret: "Any text typed in as HMAC SHA256 Secret of the webhook URL; Developer Tools > Webhooks > Configuration. Without it nothing is signed.",
    notes: "Formstack uses the same header name with hex. Ids are to be compared event by event where a handler must be exact.",
    headers: [("Content-Type", "application/json; charset=UTF-8")],
    sample: r#"{"events":[{"id":"{id}","processed":false,"created":{ts_ms},"type":"order.completed","live":false,"data":{"order":"tide01order","reference":"HAR261103-1042-11101","total":42.0,"currency":"EUR","completed":true,"customer":{"first":"Rosa","last":"Ek","email":"rosa@example.com"}}}]}"#;

    FIREBLOCKS: "fireblocks", "Fireblocks";
    schemes: &[
        Scheme::new(Algorithm::RsaPkcs1Sha512, jws("{h:Fireblocks-Webhook-Signature}", "", JwsPayload::Detached), "{body}")
            .secret(SecretFormat::PUBLIC_KEY)
            .key_id("{p:kid}")
            .named("fireblocks-v2"),
        Scheme::new(Algorithm::RsaPkcs1Sha512, plain("{h:Fireblocks-Signature}", BASE64), "{body}")
            .secret(SecretFormat::PUBLIC_KEY)
            .named("fireblocks-v1"),
    ],
    event_id: ["{j:/id}", "{content}"], "In version 2 /id names the event; version 1 has no id, but its body holds kind, object and a timestamp in milliseconds and comes again unchanged.",
    event_type: Some(text("{j:/eventType}")),
    sender: Sender { retry_horizon: Some(28_360), redelivery_horizon: Some(2_592_000), retries: Retries::Identical, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developers.fireblocks.com/reference/validating-webhooks",
    secret: "Public keys. Version 2: the JWK set of the region, such as `https://keys.fireblocks.io/.well-known/jwks.json` (rotated; may be kept an hour). Version 1: a PEM key for each environment, printed in the documentation.",
    notes: "Both headers come while a workspace migrates, and then the JWS decides, so configure the JWK set. Version 1 was announced to end on 2026-06-15.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"id":"{id}","eventType":"transaction.status.updated","eventVersion":1,"resourceId":"9f5c8a0e-5d0a-4b8a-8b27-0b7a2d2f9a11","data":{"id":"9f5c8a0e-5d0a-4b8a-8b27-0b7a2d2f9a11","assetId":"ETH","status":"COMPLETED","amount":0.42},"createdAt":{ts_ms},"workspaceId":"1b2c7a34-6a61-4f5d-9f0e-9d2c6d5e7f10"}"#;

    FLUTTERWAVE: "flutterwave", "Flutterwave";
    schemes: &[
        body_hmac(plain("{h:flutterwave-signature}", BASE64)).named("flutterwave-v4"),
        token("{h:verif-hash}").named("flutterwave"),
    ],
    event_id: ["{content}"], "The body holds the kind, the object's id, its status and times, so different events differ, and a retry sends the same body. Whether webhook_id names the event or the endpoint is not documented, so it is not used.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(60), retry_horizon: Some(5_400), retries: Retries::Identical, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.flutterwave.com/docs/webhooks",
    secret: "The secret hash, any text chosen by the owner; Dashboard > Settings > Webhooks > Secret hash. Version 4 signs with it, version 3 sends it as it is.",
    notes: "Version 3's verif-hash is the secret itself and binds nothing of the body: Flutterwave asks receivers to fetch the transaction. Version 3 names its kind in /event. Retries are sent only where they are switched on.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"webhook_id":"wbk_tide01Harbour0001","timestamp":{ts_ms},"type":"charge.completed","data":{"id":"chg_{id}","amount":4200,"currency":"NGN","reference":"order-1042","status":"succeeded","customer":{"id":"cus_rosa01","email":"rosa@example.com"},"created_datetime":{ts}}}"#;

    GOCARDLESS: "gocardless", "GoCardless";
    schemes: &[body_hmac(plain("{h:Webhook-Signature}", HEX))],
    event_id: ["{content}"], "A delivery is a batch in which every event has its own EV… id (and /meta/webhook_id names the batch), so different batches cannot be byte-equal and a retry of the batch is the same bytes.",
    event_type: Some(text("{j:/events/0/resource_type} {j:/events/0/action}")),
    sender: Sender { ack_deadline: Some(10), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://developer.gocardless.com/api-reference/#appendix-webhooks",
    secret: "A random text shown with the endpoint; Developers > Webhook endpoints > the endpoint > Secret (chosen or generated).",
    headers: [("Content-Type", "application/json"), ("User-Agent", "gocardless-webhook-service/1.2"), ("Origin", "https://api.gocardless.com")],
    sample: r#"{"events":[{"id":"{id}","created_at":"2026-11-03T09:26:10.344Z","resource_type":"payments","action":"confirmed","links":{"payment":"PM004QZ81TIDE"},"details":{"origin":"gocardless","cause":"payment_confirmed","description":"Enough time has passed since the payment was submitted for the banks to return an error."},"metadata":{},"resource_metadata":{}}],"meta":{"webhook_id":"WB{id}"}}"#;

    INTUIT: "intuit", "Intuit QuickBooks";
    aliases: ["quickbooks"],
    schemes: &[body_hmac(plain("{h:intuit-signature}", BASE64))],
    event_id: ["{content}"], "A delivery is a batch: CloudEvents items have an id each, the older eventNotifications name company, entity, operation and lastUpdated, so different batches differ and a retry sends the same bytes.",
    event_type: Some(text("{j:/0/type}")),
    sender: Sender { ack_deadline: Some(3), retries: Retries::Identical, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks",
    secret: "The verifier token of the app, used as UTF-8; Developer portal > the app > Webhooks > Show verifier token (one for production, one for development).",
    notes: "Bodies are CloudEvents arrays since 2026 and {eventNotifications:[…]} before; both are thin, so fetch the entity.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "intuit_notification_sender")],
    sample: r#"[{"specversion":"1.0","id":"{id}","source":"intuit.tide01","type":"qbo.invoice.updated.v1","datacontenttype":"application/json","time":"2026-11-03T09:26:10.344Z","intuitentityid":"1042","intuitaccountid":"9341452638807766","data":{}}]"#;

    LEMONSQUEEZY: "lemonsqueezy", "Lemon Squeezy";
    schemes: &[body_hmac(plain("{h:X-Signature}", HEX))],
    event_id: ["{content}"], "The signed body holds the event name and the full object with its updated_at in /data/attributes, so different events differ, and a retry sends the same body; no id of the event is documented.",
    event_type: Some(text("{j:/meta/event_name}")),
    sender: Sender { retry_horizon: Some(155), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.lemonsqueezy.com/help/webhooks/signing-requests",
    secret: "6 to 40 characters the owner types in; Settings > Webhooks > Signing secret.",
    headers: [("Content-Type", "application/json"), ("X-Event-Name", "order_created"), ("User-Agent", "LemonSqueezy-Hookshot")],
    sample: r#"{"meta":{"test_mode":true,"event_name":"order_created","webhook_id":"{id}","custom_data":{"customer":"25"}},"data":{"type":"orders","id":"418822","attributes":{"store_id":1201,"identifier":"104e18a2-d755-4d4b-80c4-a6c1dcbe1c10","order_number":77,"currency":"EUR","total":3850,"status":"paid","created_at":"2026-11-03T09:26:08.000000Z","updated_at":"2026-11-03T09:26:09.000000Z"}}}"#;

    LITHIC: "lithic", "Lithic";
    schemes: STANDARD_WEBHOOKS_SCHEMES,
    event_id: ["{h:webhook-id|svix-id}"], "Standard Webhooks through Svix: the id header is signed, unique to the message and the same over retries.",
    event_type: Some(text("{j:/event_type}")),
    sender: Sender { ack_deadline: Some(15), retry_horizon: Some(99_305), retries: Retries::Resigned, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://docs.lithic.com/docs/events-api#verifying-webhooks",
    secret: "`whsec_` + base64, one for each event subscription; Dashboard > Developers > the subscription, or GET /v1/event_subscriptions/{token}/secret.",
    notes: "An endpoint that fails for five days running is disabled. Authorization stream access, which asks for a decision, is signed by another key.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Svix-Webhooks/1.67.0 (sender-9YMgn; +https://www.svix.com/http-sender/)")],
    sample: r#"{"event_type":"card_transaction.updated","token":"{id}","card_token":"19c22c47-7a75-43ee-9891-595419830f7e","status":"SETTLED","result":"APPROVED","amount":4200,"merchant":{"descriptor":"NORDLYS KAFFE","mcc":"5814","city":"Malmö"},"created":"2026-11-03T09:20:00Z","updated":"2026-11-03T09:26:10Z"}"#;

    MODERN_TREASURY: "modern-treasury", "Modern Treasury";
    schemes: &[body_hmac(plain("{h:X-Signature}", HEX))],
    event_id: ["{content}"], "The webhook id is an unsigned header; the signed body holds the event's name and the object with its updated_at, so different events differ, and a retry sends the same body.",
    event_type: Some(text("{j:/data/object} {j:/event}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Webhook-ID")),
    handshake: "",
    evidence: Sdk, "https://docs.moderntreasury.com/",
    secret: "A text for each endpoint, used as UTF-8; Settings > Webhooks > the endpoint > Webhook key.",
    headers: [("Content-Type", "application/json"), ("X-Topic", "payment_order"), ("X-Webhook-ID", "{id}"), ("X-Environment", "production")],
    sample: r#"{"event":"completed","data":{"id":"{id}","object":"payment_order","live_mode":false,"type":"ach","amount":4200,"direction":"credit","currency":"USD","status":"completed","counterparty_id":"b2d1f6a8-4f3a-4d3a-9d7c-0f6a6f0c4a11","created_at":"2026-11-03T09:20:00Z","updated_at":"2026-11-03T09:26:10Z"}}"#;

    MOLLIE: "mollie", "Mollie (next-gen webhooks)";
    schemes: &[body_hmac(listed("{any:X-Mollie-Signature}", ',', "sha256=", HEX))],
    event_id: ["{j:/id}"], "/id (event_…) is the event's own id, in the signed body, while /entityId names the object.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(15), retry_horizon: Some(93_600), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://docs.mollie.com/reference/webhooks",
    secret: "A text shown once when the webhook is made (webhookSecret in the API's answer, or Dashboard > Developers > Webhooks), used as UTF-8.",
    notes: "Classic webhooks are a form with id=tr_… and no signature: they are refused here and must be answered by fetching the payment. While a secret is rotated the header comes once for each, on a line of its own or joined by commas: any is enough.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "Mollie.nl HTTP client/1.0"), ("Accept", "*/*")],
    sample: r#"{"resource":"event","id":"{id}","type":"payment-link.paid","entityId":"pl_qng5gbbv8NAZ5gpM5ZYgx","createdAt":"2026-11-03T09:26:10.0Z","_embedded":{"entity":{"resource":"payment-link","id":"pl_qng5gbbv8NAZ5gpM5ZYgx","mode":"live","amount":{"currency":"EUR","value":"42.00"},"description":"Harbour pass"}}}"#;

    NMI: "nmi", "NMI";
    schemes: &[Scheme::new(Algorithm::HmacSha256, pairs("{h:Webhook-Signature}", [',', '='], "s", HEX), "{p:t}.{body}")],
    event_id: ["{j:/event_id}"], "/event_id is documented as the unique id of the event and stands in the signed body.",
    event_type: Some(text("{j:/event_type}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.nmi.com/reference/overview",
    secret: "The webhooks signing key, used as UTF-8; Merchant Control Panel > Settings > Webhooks (not the gateway's security key).",
    notes: "t is a nonce, not a time: no age can be checked. NMI's merchant sign-up product sends other webhooks, with a header Signature over the body alone.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event_id":"{id}","event_type":"transaction.sale.success","event_body":{"merchant":{"id":"1042","name":"Nordlys Kaffe"},"features":{"is_test_mode":true},"transaction_id":"6146207817","transaction_type":"cc","condition":"pendingsettlement","order_id":"1042","currency":"USD","action":{"amount":"42.00","action_type":"sale","date":"20261103092610","success":"1"}}}"#;

    ONFIDO: "onfido", "Onfido";
    schemes: &[body_hmac(plain("{h:X-SHA2-Signature}", HEX))],
    event_id: [], "There is no event id, and /payload/object/id names the check, report or run: actions such as check.reopened can happen again to the same object with a body that has no time in it.",
    event_type: Some(text("{j:/payload/action}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://documentation.onfido.com/",
    secret: "The webhook token, 32 letters and digits, used as UTF-8; Dashboard > Developers > Webhooks (shown once), or `token` in the API's answer.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"payload":{"resource_type":"check","action":"check.completed","object":{"id":"{id}","status":"complete","completed_at_iso8601":"2026-11-03T09:26:10Z","href":"https://api.eu.onfido.com/v3.6/checks/{id}"}}}"#;

    ORB: "orb", "Orb";
    schemes: &[Scheme::new(Algorithm::HmacSha256, listed("{h:X-Orb-Signature}", ' ', "v1=", HEX), "v1:{h:X-Orb-Timestamp}:{body}").timed("{h:X-Orb-Timestamp}", UTC, 300)],
    event_id: ["{j:/id}"], "/id names the event, in the signed body; Orb's page makes it the idempotency key.",
    event_type: Some(text("{j:/type}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://docs.withorb.com/integrations-and-exports/webhooks",
    secret: "A random text for each endpoint, used as UTF-8; Dashboard > Developers > Webhooks > the endpoint > Signing secret (not the API key).",
    notes: "X-Orb-Timestamp is a date and time without an offset (2024-03-27T15:42:29.551), read as UTC. Orb's SDKs take 5 minutes on both sides, and so does this entry.",
    headers: [("Content-Type", "application/json"), ("X-Orb-Timestamp", "2026-11-03T09:26:10.344")],
    sample: r#"{"id":"{id}","created_at":"2026-11-03T09:26:10+00:00","type":"invoice.payment_succeeded","properties":{"automatically_marked_as_paid":false},"invoice":{"id":"inv_tide01","invoice_number":"HAR-1042","status":"paid","currency":"EUR","total":"42.00","customer":{"id":"cus_rosa","external_customer_id":"rosa-1042"}}}"#;

    PADDLE: "paddle", "Paddle Billing";
    schemes: &[Scheme::new(Algorithm::HmacSha256, pairs("{h:Paddle-Signature}", [';', '='], "h1", HEX), "{p:ts}:{body}").timed("{p:ts}", SECONDS, 5)],
    event_id: ["{j:/event_id}"], "/event_id names the event and Paddle's own page makes it the deduplication key; /notification_id names one notification to one destination, so a replay brings a new one.",
    event_type: Some(text("{j:/event_type}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(259_200), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://developer.paddle.com/webhooks/about/signature-verification",
    secret: "`pdl_ntfset_<26 chars>_<secret>`, used whole as UTF-8; Developer tools > Notifications > the destination > Secret key.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Paddle"), ("Accept", "*/*")],
    sample: r#"{"event_id":"{id}","event_type":"subscription.updated","occurred_at":"2026-11-03T09:26:10.344871Z","notification_id":"ntf_01kb3m6q1c9a4d7x","data":{"id":"sub_01kb2w5z8t","status":"active","customer_id":"ctm_01kav1n2y4","currency_code":"EUR","next_billed_at":"2026-12-03T09:00:00Z"}}"#;

    PAYMOB: "paymob", "Paymob";
    schemes: &[
        Scheme::new(Algorithm::HmacSha512, plain("{q:hmac}", HEX), "{v:/obj/amount_cents}{v:/obj/created_at}{v:/obj/currency}{v:/obj/error_occured}{v:/obj/has_parent_transaction}{v:/obj/id}{v:/obj/integration_id}{v:/obj/is_3d_secure}{v:/obj/is_auth}{v:/obj/is_capture}{v:/obj/is_refunded}{v:/obj/is_standalone_payment}{v:/obj/is_voided}{v:/obj/order/id}{v:/obj/owner}{v:/obj/pending}{v?:/obj/source_data/pan}{v?:/obj/source_data/sub_type}{v?:/obj/source_data/type}{v:/obj/success}").uncovered("Only the listed values of the transaction are signed.")
            .require("{j:/type}=TRANSACTION")
            .adjacent("most fields are words, booleans or times; only digits next to digits can move (amount and year, id and integration_id, order id and owner), so compare amount and order with your own")
            .named("paymob"),
        Scheme::new(Algorithm::HmacSha512, plain("{q:hmac}", HEX), "{v:/obj/card_subtype}{v:/obj/created_at}{v:/obj/email}{v:/obj/id}{v:/obj/masked_pan}{v:/obj/merchant_id}{v:/obj/order_id}{v:/obj/token}").uncovered("Only the listed values of the card token are signed.")
            .require("{j:/type}=TOKEN")
            .adjacent("a card token is useless under another id, and words, times and addresses bound the numbers between them")
            .named("paymob-token"),
    ],
    event_id: ["{content}"], "There is no event id and only listed values are signed, among them the transaction with all its state flags, which happens once (captures, refunds and voids are transactions of their own), or a card token under its id: all that is signed is the key, so that digits that move from one number to the next make no new event.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developers.paymob.com/paymob-docs/developers/webhook-callbacks-and-hmac/hmac/hmac-transaction-callback",
    secret: "The HMAC secret, used as UTF-8; Dashboard > Settings > Account Info > HMAC.",
    notes: "The signature is the query parameter hmac and covers 20 fields of /obj, not the body: nothing else in it is authenticated. The customer's browser is redirected with the same fields and the same hmac in the query, so the customer knows it. The field is spelled error_occured.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"type":"TRANSACTION","obj":{"id":"{id}","pending":false,"amount_cents":420000,"success":true,"is_auth":false,"is_capture":false,"is_standalone_payment":true,"is_voided":false,"is_refunded":false,"is_3d_secure":true,"integration_id":4097558,"has_parent_transaction":false,"created_at":"2026-11-03T11:26:10.344871","currency":"EGP","error_occured":false,"owner":302852,"order":{"id":217503754,"merchant_order_id":"1042"},"source_data":{"type":"card","pan":"2346","sub_type":"MasterCard"}}}"#;

    PAYPAL: "paypal", "PayPal";
    schemes: &[Scheme::new(Algorithm::RsaPkcs1Sha256, plain("{h:PAYPAL-TRANSMISSION-SIG}", BASE64), "{h:PAYPAL-TRANSMISSION-ID}|{h:PAYPAL-TRANSMISSION-TIME}|{cfg:webhook_id}|{crc32.dec:body}")
        .secret(SecretFormat::PUBLIC_KEY)
        .require("{h:PAYPAL-AUTH-ALGO}=SHA256withRSA")
        .key_id("{h:PAYPAL-CERT-URL}")
        .keys_at("https://api.paypal.com/v1/notifications/certs/* https://api.sandbox.paypal.com/v1/notifications/certs/*")
        .uncovered("The body is bound by its CRC-32 alone, and anyone can write another body that has it.")],
    event_id: ["{content}"], "Id and time of the transmission are signed, so replays are absorbed. The event's own /id (WH-…) stands in the body, which is bound by a checksum only: who needs retries absorbed chooses it by `danger_accept_unsigned_id`.",
    event_type: Some(text("{j:/event_type}")),
    sender: Sender { retry_horizon: Some(259_200), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.paypal.com/api/rest/webhooks/rest/",
    secret: "The certificate behind PAYPAL-CERT-URL (PEM), fetched from a paypal.com host over https only and kept by its URL; the setting webhook_id is the id of the webhook from Apps & Credentials > the app > Webhooks.",
    notes: "CRC-32 is no hash: whoever has one genuine delivery can write another body with the same checksum. Where money hangs on the body, confirm it by POST /v1/notifications/verify-webhook-signature or fetch the object. The simulator's webhook_id is WEBHOOK_ID. No tolerance is documented for PAYPAL-TRANSMISSION-TIME.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "PayPal/AUHD-214.0-58000000"), ("PAYPAL-TRANSMISSION-ID", "4ab65d70-b89a-11f0-9f6a-41c7d2f1e0aa"), ("PAYPAL-TRANSMISSION-TIME", "2026-11-03T09:26:10Z"), ("PAYPAL-AUTH-ALGO", "SHA256withRSA"), ("PAYPAL-CERT-URL", "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-4b4d6b14"), ("PAYPAL-AUTH-VERSION", "v2")],
    sample: r#"{"id":"{id}","event_version":"1.0","create_time":"2026-11-03T09:26:08.344Z","resource_type":"capture","resource_version":"2.0","event_type":"PAYMENT.CAPTURE.COMPLETED","summary":"Payment completed for EUR 42.0 EUR","resource":{"id":"2GG279541U471931P","status":"COMPLETED","amount":{"currency_code":"EUR","value":"42.00"},"invoice_id":"order-1042"}}"#;

    PAYPRO_GLOBAL: "paypro-global", "PayPro Global";
    schemes: &[Scheme::new(Algorithm::HashSha256, plain("{f:SIGNATURE}", HEX), "{f:ORDER_ID}{f:ORDER_STATUS}{f:ORDER_TOTAL_AMOUNT}{f:CUSTOMER_EMAIL}{secret}{f:TEST_MODE}{f:IPN_TYPE_NAME}").uncovered("Only seven fields of the order are signed; names, products and prices are not.")
        .adjacent("ids and flags are digits beside words; only digits at the head of the e-mail address could pass into the amount, so compare the amount with the order")],
    event_id: [], "Six fields are signed and none of them is an id or time of the event: two partial refunds of one order, or two failed charges, have the same six.",
    event_type: Some(text("{f:IPN_TYPE_NAME}")),
    sender: Sender { retry_horizon: Some(5_400), retries: Retries::Identical, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developers.payproglobal.com/docs/integrate-with-paypro-global/webhook-ipn/",
    secret: "The validation key, used as UTF-8; Store Settings > General Settings > Integration (not the secret key beside it).",
    notes: "A plain SHA-256 over field values, not the body: every other field is unauthenticated. HASH, an MD5 of order id and secret key, is older and not read here. Event names have their own spelling, such as SubscriptionChargeSucceed.",
    headers: [("Content-Type", "application/x-www-form-urlencoded")],
    sample: "IPN_TYPE_ID=1&IPN_TYPE_NAME=OrderCharged&ORDER_ID={id}&ORDER_STATUS=Processed&ORDER_TOTAL_AMOUNT=42.00&ORDER_CURRENCY_CODE=EUR&CUSTOMER_EMAIL=rosa%40example.com&CUSTOMER_NAME=Rosa+Ek&PRODUCT_ID=51042&TEST_MODE=0&SIGNATURE={signature}";

    PAYSTACK: "paystack", "Paystack";
    schemes: &[Scheme::new(Algorithm::HmacSha512, plain("{h:x-paystack-signature}", HEX), "{body}")],
    event_id: [], "/data/id names the object and is missing from several kinds, and bodies such as customeridentification.failed or charge.dispute.remind hold no time or id of the event, so a genuine repeat can be byte-equal.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { ack_deadline: Some(30), retry_horizon: Some(259_920), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://paystack.com/docs/payments/webhooks/",
    secret: "The account's API secret key, `sk_live_…` or `sk_test_…`, used as UTF-8; Dashboard > Settings > API Keys & Webhooks.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Paystack/2.0"), ("Accept", "*/*")],
    sample: r#"{"event":"charge.success","data":{"id":{ts},"domain":"test","status":"success","reference":"{id}","amount":500000,"currency":"NGN","paid_at":"2026-11-03T09:26:08.000Z","created_at":"2026-11-03T09:25:40.000Z","channel":"card","customer":{"id":82796315,"email":"rosa@example.com","customer_code":"CUS_tide01"}}}"#;

    PERSONA: "persona", "Persona";
    schemes: &[Scheme::new(
        Algorithm::HmacSha256,
        SignatureField::new("{h:Persona-Signature}", Syntax::Pairs { separator: ',', assign: '=', pick: text("v1"), group: Some(' '), written: text("") }, HEX),
        "{p:t}.{body}",
    )],
    event_id: ["{j:/data/id}"], "/data/id (evt_…) names the event, in the signed body; the object it is about is in /data/attributes/payload.",
    event_type: Some(text("{j:/data/attributes/name}")),
    sender: Sender { ack_deadline: Some(5), redelivery_horizon: Some(2_592_000), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.withpersona.com/webhooks-best-practices#checking-signatures",
    secret: "`wbhsec_` + UUID, used as UTF-8 with its prefix; Dashboard > API > Webhooks > the webhook > Secret.",
    notes: "While a secret is rotated the header holds two groups, each with its own t and v1, parted by a space. No tolerance is documented, nor whether a retry gets a new t, so no age is checked. Success is 200, 201, 202 or 204.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"data":{"type":"event","id":"{id}","attributes":{"name":"inquiry.approved","created-at":"2026-11-03T09:26:10.344Z","redacted-at":null,"payload":{"data":{"type":"inquiry","id":"inq_tide01Harbour","attributes":{"status":"approved","reference-id":"rosa-1042","name-first":"Rosa","name-last":"Ek"}}}}}}"#;

    PLAID: "plaid", "Plaid";
    schemes: &[Scheme::new(Algorithm::EcdsaP256Sha256Fixed, jws("{h:Plaid-Verification}", "", JwsPayload::Attached), "")
        .secret(SecretFormat::PUBLIC_KEY)
        .equal("{c:/request_body_sha256}={sha256.hex:body}")
        .timed("{c:/iat}", SECONDS, 300)
        .key_id("{p:kid}")
        .keys_at("https://production.plaid.com/webhook_verification_key/get")],
    event_id: ["{content}"], "Bodies have no id or time and repeat (SYNC_UPDATES_AVAILABLE of one item), so the signed token with its time and body hash is the key: replays are absorbed, a retry with a new token is handled again, and no event can be lost.",
    event_type: Some(text("{j:/webhook_type} {j:/webhook_code}")),
    sender: Sender { ack_deadline: Some(10), retry_horizon: Some(86_400), success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://plaid.com/docs/api/webhooks/webhook-verification/",
    secret: "Public keys as JWK, fetched by the token's kid from POST /webhook_verification_key/get with the client id and secret, and kept by kid; a key with expired_at set is no longer good.",
    notes: "The body is pretty-printed JSON and only its raw bytes have the hash. Plaid's page gives 5 minutes for iat.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{
  "environment": "sandbox",
  "initial_update_complete": true,
  "historical_update_complete": true,
  "item_id": "{id}",
  "webhook_code": "SYNC_UPDATES_AVAILABLE",
  "webhook_type": "TRANSACTIONS"
}"#;

    POLAR: "polar", "Polar";
    schemes: &[standard_webhooks(SecretFormat::UTF8)],
    event_id: ["{h:webhook-id|svix-id}"], "Standard Webhooks: the id header is signed, unique to the event and the same over retries.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(10), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://polar.sh/docs/integrate/webhooks/delivery",
    secret: "The endpoint's secret as the dashboard shows it (typed in or generated), whose text is the key: it is not base64 to decode. Settings > Webhooks > the endpoint.",
    notes: "A Standard Webhooks library needs the secret encoded in base64 first, which is what Polar's SDKs do. Only endpoints of the format Raw send signed JSON of this shape. Ten failures in a row disable the endpoint.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"type":"order.paid","timestamp":"2026-11-03T09:26:10.344871Z","data":{"id":"{id}","created_at":"2026-11-03T09:26:08.000000Z","status":"paid","paid":true,"total_amount":4200,"currency":"eur","customer_id":"992fae2a-2a17-4b7a-8d9e-e287cf90131b","product_id":"d8dd2de1-21b7-4a41-8bc3-ce909c0cfe23"}}"#;

    PRAXIS: "praxis", "Praxis Cashier";
    schemes: &[
        Scheme::new(Algorithm::HashSha384, plain("{h:gt-authentication}", HEX), "{v:/merchant_id}{v:/application_key}{v:/timestamp}{v?:/customer/customer_token}{v?:/session/order_id}{v:/transaction/tid}{v?:/transaction/currency}{v?:/transaction/amount}{v?:/transaction/conversion_rate}{v?:/transaction/processed_currency}{v?:/transaction/processed_amount}{secret}").uncovered("Only the listed values are signed; the status of the transaction is not.")
            .adjacent("words and numbers take turns save for merchant's order_id and tid and for amount and conversion_rate, so compare order, amount and currency with the session")
            .named("praxis"),
        Scheme::new(Algorithm::HashSha384, plain("{h:gt-authentication}", HEX), "{v:/event}{v:/merchant_id}{v:/application_key}{v?:/cid}{v?:/plan_id}{v:/subscription_id}{v?:/subscription_status}{v:/timestamp}{secret}").uncovered("Only the listed values of the subscription are signed.")
            .adjacent("the event's name and the status are words that bound the numbers; cid, plan and subscription are to be compared with your own")
            .named("praxis-subscription"),
    ],
    event_id: [], "Only listed fields are signed, and transaction_status is not among them: two states of one transaction within one second have the same signed fields.",
    event_type: None,
    sender: Sender { success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.praxis.tech/reference/webhooks",
    secret: "The merchant secret, used as UTF-8 behind the field values; Praxis back office > the application's API settings, from the account manager.",
    notes: "A plain SHA-384, no HMAC, over field values: transaction_status is NOT covered, so fetch the transaction before acting on it. Amounts are strings and are signed as written. The answer must be 200 with {status, timestamp, description, version} and a header signed in the same way over status and timestamp. Payment notifications have no event name.",
    headers: [("Content-Type", "application/json; charset=utf-8")],
    sample: r#"{"merchant_id":"API-Harbour","application_key":"tide-pass","conversion_rate":"1.00","customer":{"customer_token":"c0ffee1042","country":"SE"},"session":{"auth_token":null,"intent":"payment","session_status":"successful","order_id":"{id}","currency":"EUR","amount":"42.00","conversion_rate":"1.00"},"transaction":{"transaction_type":"sale","transaction_status":"approved","tid":756850,"currency":"EUR","amount":"42.00","conversion_rate":"1.00","processed_currency":"EUR","processed_amount":"42.00"},"version":"1.3","timestamp":{ts}}"#;

    RAZORPAY: "razorpay", "Razorpay";
    schemes: &[body_hmac(plain("{h:X-Razorpay-Signature}", HEX))],
    event_id: ["{content}"], "The event id is an unsigned header; the signed body holds the event name, the snapshot of the entity and the event's /created_at, so two different events cannot be byte-equal unless same name, entity, state and second, and Razorpay says a replay is sent exactly as first generated.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(86_400), redelivery_horizon: Some(604_800), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("x-razorpay-event-id")),
    handshake: "",
    evidence: Published, "https://razorpay.com/docs/webhooks/validate-test/",
    secret: "Any text the merchant types in; Dashboard > Account & Settings > Webhooks > Secret (not the API key secret).",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Razorpay-Webhook/v1"), ("x-razorpay-event-id", "{id}"), ("Accept", "*/*")],
    sample: r#"{"entity":"event","account_id":"acc_QkT81LmPzz20","event":"payment.captured","contains":["payment"],"payload":{"payment":{"entity":{"id":"pay_{id}","entity":"payment","amount":129900,"currency":"INR","status":"captured","order_id":"order_Qk9M4hTe2","method":"upi","captured":true,"created_at":{ts}}}},"created_at":{ts}}"#;

    RECHARGE: "recharge", "Recharge";
    schemes: &[
        timed_pairs("{h:X-Recharge-Webhook-Signature}", "v1", 172_800).named("recharge"),
        Scheme::new(Algorithm::HashSha256, plain("{h:X-Recharge-Hmac-Sha256}", HEX), "{secret}{body}")
            .adjacent("the secret is the receiver's own and of fixed length")
            .named("recharge-legacy"),
    ],
    event_id: [], "The body is the resource alone, without topic or event id: created, updated and paid of one moment can be byte-equal.",
    event_type: None,
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(172_800), success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.getrecharge.com/docs/webhooks-overview#validating-webhooks",
    secret: "The API client secret, used as UTF-8; Merchant portal > Tools & apps > API tokens > the token > Edit (not the token itself).",
    notes: "48 hours is the tolerance that Recharge documents, as long as its retries run. X-Recharge-Hmac-Sha256 comes with every delivery and is no HMAC but SHA-256 of secret and body: it has no time, and bytes can be appended to a captured body under a computable digest (JSON readers then refuse it). Whoever takes the newer header away from a captured delivery is judged by this one, at any age: restrict the endpoint to `recharge` with `only_schemes`. Twenty failures in 48 hours delete the webhook. Register one URL for each topic.",
    headers: [("Content-Type", "application/json"), ("X-Recharge-Webhook-Timestamp", "{ts}")],
    sample: r#"{"charge":{"id":"{id}","address_id":178918,"customer":{"id":1806913,"email":"rosa@example.com"},"currency":"EUR","status":"success","total_price":"42.00","type":"recurring","created_at":"2026-11-03T09:20:00+00:00","updated_at":"2026-11-03T09:26:10+00:00","line_items":[{"purchase_item_id":27363808,"title":"Filter roast 500 g","quantity":2,"unit_price":"21.00"}]}}"#;

    RECURLY: "recurly", "Recurly";
    schemes: &[
        Scheme::new(Algorithm::HmacSha256, RECURLY_SIGNATURE, "{p:t}.{body}").timed("{p:t}", MILLIS, 300).named("recurly"),
        BASIC.named("recurly-basic"),
    ],
    event_id: ["{content}"], "No id of the notification is sent; the signed time in milliseconds beside kind, object and event_time makes the content the key, so nothing is lost, though a retry that is signed anew is handled again.",
    event_type: Some(text("{j:/object_type} {j:/event_type}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.recurly.com/recurly-subscriptions/docs/signature-verification",
    secret: "The endpoint's secret key, used as UTF-8; Integrations > Webhooks > the endpoint. For XML endpoints `user:password` of the endpoint's HTTP authentication.",
    notes: "Only JSON endpoints are signed; XML ones have basic authentication and nothing that binds the body. The header is a time in milliseconds and one signature, or two for 24 hours after the key is regenerated. Payloads are thin: fetch the object.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"id":"{id}","object_type":"subscription","site_id":"harbour01","event_type":"renewed","event_time":"2026-11-03T09:26:10Z","uuid":"7a4d0a6f2b7d4d3f9a4e1b0c9d8e7f60","account_code":"rosa-1042"}"#;

    REVOLUT: "revolut", "Revolut";
    schemes: &[Scheme::new(Algorithm::HmacSha256, listed("{h:Revolut-Signature}", ',', "v1=", HEX), "v1.{h:Revolut-Request-Timestamp}.{body}")
        .timed("{h:Revolut-Request-Timestamp}", MILLIS, 300)],
    event_id: ["{content}"], "Merchant events are only a kind and an order, and a declined payment of one order can be declined again: with the signed time in the key replays are absorbed, a retry with a new time is handled again, and nothing is lost.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { retry_horizon: Some(1_800), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.revolut.com/docs/guides/merchant/monitor-and-observe/webhooks/verify-the-payload-signature",
    secret: "`wsk_` + letters and digits, used as UTF-8 with its prefix; signing_secret of the webhook in the Merchant (or Business) API's answer.",
    notes: "The time is in milliseconds though the page calls it a UNIX timestamp, and is that of delivery; 5 minutes are documented. Several v1= entries come while a secret is rotated. The Business API signs in the same way.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event":"ORDER_COMPLETED","order_id":"{id}","merchant_order_ext_ref":"order-1042"}"#;

    SOLIDGATE: "solidgate", "Solidgate";
    schemes: &[Scheme::new(Algorithm::HmacSha512, plain("{h:signature}", Encoding::Base64Hex), "{h:merchant}{body}{h:merchant}")
        .adjacent("the public key stands on both sides, so another border would need another key at both ends and leave a body that is no JSON")],
    event_id: ["{content}"], "The event id is an unsigned header; the signed body is the order, subscription or alert with its states, transactions and their times, so different events differ, and a retry sends the same body.",
    event_type: None,
    sender: Sender { ack_deadline: Some(30), retry_horizon: Some(200_700), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("solidgate-event-id")),
    handshake: "",
    evidence: Documented, "https://docs.solidgate.com/payments/integrate/webhooks/",
    secret: "The webhook secret key `wh_sk_…`, used as UTF-8 with its prefix; Hub > Developers > Channels > the channel (not the API's key pair). The header merchant is the public key `wh_pk_…`.",
    notes: "The signature is base64 of the hex digits, not of the digest.",
    headers: [("Content-Type", "application/json"), ("merchant", "wh_pk_7b197tide0142harbour"), ("solidgate-event-id", "{id}"), ("solidgate-event-type", "card_gate.order.updated")],
    sample: r#"{"order":{"order_id":"{id}","amount":4200,"currency":"EUR","status":"settle_ok","refunded_amount":0,"processing_amount":4200},"transactions":{"tide01tx":{"id":"tide01tx","operation":"pay","status":"success","amount":4200,"currency":"EUR","created_at":"2026-11-03 09:26:08","updated_at":"2026-11-03 09:26:10"}}}"#;

    SQUARE: "square", "Square";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{h:x-square-hmacsha256-signature}", BASE64), "{url}{body}")
        .adjacent("the URL is the one that is configured, not one that the request names")],
    event_id: ["{j:/event_id}"], "/event_id names the event, in the signed body; Square's page makes it the idempotency key, the same over retries.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(10), retry_horizon: Some(86_400), retries: Retries::Identical, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://developer.squareup.com/docs/webhooks/step3validate",
    secret: "The signature key of the subscription, used as UTF-8; Developer Console > the application > Webhooks > Subscriptions > the subscription.",
    notes: "The notification URL must be configured byte for byte as in the subscription, with its query. The older x-square-signature (HMAC-SHA1) is no longer read.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Square Connect v2"), ("square-environment", "Production"), ("square-initial-delivery-timestamp", "2026-11-03T09:26:10Z")],
    sample: r#"{"merchant_id":"6SSW7HV8K2ST5","location_id":"LH2TIDE01","type":"payment.updated","event_id":"{id}","created_at":"2026-11-03T09:26:10.344Z","data":{"type":"payment","id":"hYy9pRFVxpDsO1FB05SunFWUe9JZY","object":{"payment":{"id":"hYy9pRFVxpDsO1FB05SunFWUe9JZY","amount_money":{"amount":4200,"currency":"EUR"},"status":"COMPLETED","updated_at":"2026-11-03T09:26:09.000Z","version":3}}}}"#;

    STRIPE: "stripe", "Stripe";
    schemes: &[timed_pairs("{h:Stripe-Signature}", "v1", 300).secret(STRIPE_SECRET)],
    event_id: ["{j:/id}"], "/id is the Event object's own id (evt_…), inside the signed body, the same over automatic retries and manual resends.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retry_horizon: Some(259_200), redelivery_horizon: Some(2_592_000), retries: Retries::Resigned, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://docs.stripe.com/webhooks",
    secret: "`whsec_` + 32 or more letters and digits, used as UTF-8 with its prefix; Workbench > Webhooks > the endpoint > Signing secret (`stripe listen` prints another).",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"), ("Accept", "*/*; q=0.5, application/xml"), ("Cache-Control", "no-cache")],
    sample: r#"{"id":"{id}","object":"event","api_version":"2026-09-30.basil","created":{ts},"data":{"object":{"id":"pi_3TnQx2LkdIwHu7ix0f9c","object":"payment_intent","amount":4200,"currency":"eur","status":"succeeded"}},"livemode":false,"pending_webhooks":1,"request":{"id":null,"idempotency_key":null},"type":"payment_intent.succeeded"}"#;

    STYTCH: "stytch", "Stytch";
    schemes: SVIX_SCHEMES,
    event_id: ["{h:svix-id|webhook-id}"], "Delivered by Svix: the id header is signed, unique to the message and the same over retries.",
    event_type: Some(text("{j:/object_type} {j:/action}")),
    sender: Sender { ack_deadline: Some(15), retry_horizon: Some(99_305), retries: Retries::Resigned, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://stytch.com/docs",
    secret: "`whsec_` + base64; Dashboard > Webhooks > the endpoint > Signing secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Svix-Webhooks/1.67.0 (sender-9YMgn; +https://www.svix.com/http-sender/)")],
    sample: r#"{"project_id":"project-live-1f6e7c2a-tide","event_id":"event-live-{id}","action":"UPDATE","object_type":"user","source":"DIRECT","id":"user-live-5b1d9a60-tide","timestamp":"2026-11-03T09:26:10.344871Z","user":{"user_id":"user-live-5b1d9a60-tide","status":"active","name":{"first_name":"Rosa","last_name":"Ek"}}}"#;

    SYNCTERA: "synctera", "Synctera";
    schemes: &[Scheme::new(Algorithm::HmacSha256, listed("{h:Synctera-Signature}", '.', "", HEX), "{h:Request-Timestamp}.{body}")
        .timed("{h:Request-Timestamp}", SECONDS, 300)],
    event_id: ["{j:/id}"], "/id names the event, in the signed body, as the event list of the API does.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(198_000), success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.synctera.com/docs/webhooks-guide",
    secret: "The `secret` that POST /v0/webhook_secrets returns, used as UTF-8 (not the API key).",
    notes: "While a secret is replaced the header holds two signatures joined by a point. 5 minutes are documented for Request-Timestamp.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"id":"{id}","type":"ACCOUNT.UPDATED","event_time":"2026-11-03T09:26:10.344871Z","event_resource":"{\"id\":\"8c1f0d9e-tide\",\"status\":\"ACTIVE_OR_DISBURSED\",\"currency\":\"USD\"}","event_resource_changed_fields":"{\"status\":\"ACCOUNT_NOT_DESIRED\"}","webhook_id":"9a5e6f1c-0b1d-4a3e-8f42-6f0a1b2c3d4e","url":"https://hooks.example.com/synctera"}"#;

    TEBEX: "tebex", "Tebex";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{h:X-Signature}", HEX), "{sha256.hex:body}")],
    event_id: ["{j:/id}"], "/id names the webhook message, in the signed body, and stays over its retries.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: r#"A signed POST of type validation.webhook: answer 200 with {"id": the id it has}."#,
    handshakes: &[Handshake::signed_post("{j:/type}=validation.webhook").challenge("{j:/id}").json(r#"{{"id":"{challenge}"}}"#)],
    evidence: Documented, "https://docs.tebex.io/developers/webhooks/overview",
    secret: "A text for each project, used as UTF-8; Creator Panel > Developers > Webhooks > Endpoints.",
    notes: "The key signs the hex digits of the body's SHA-256, not the body. Tebex sends from 18.209.80.3 and 54.87.231.232.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"id":"{id}","type":"payment.completed","date":"2026-11-03T09:26:10+00:00","subject":{"transaction_id":"tbx-tide01a1042-harb0r","status":{"id":1,"description":"Complete"},"payment_sequence":"oneoff","created_at":"2026-11-03T09:26:08+00:00","price":{"amount":12.00,"currency":"EUR"},"customer":{"first_name":"Rosa","last_name":"Ek","email":"rosa@example.com"}}}"#;

    TINK: "tink", "Tink";
    schemes: &[Scheme::new(Algorithm::HmacSha256, pairs("{h:X-Tink-Signature}", [',', '='], "v1", HEX), "{p:t}.{body}")],
    event_id: ["{content}"], "No event id is sent; the signed time beside context, kind and content is the key: a retry under the same time is absorbed, one with a new time is handled again, and nothing is lost.",
    event_type: Some(text("{j:/event}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://docs.tink.com/resources/api-setup/webhook-signature-validation",
    secret: "The secret returned when the webhook endpoint is made through the Events V2 API, 32 characters, used as UTF-8; it is not shown again.",
    notes: "Tink advises a threshold of no less than 5 minutes `to allow for retries`, so a retry may keep the first t; no age is checked here.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"context":{"userId":"{id}","externalUserId":"rosa-1042"},"content":{"credentialsId":"6e68cc6287704273984567b3300c5822","credentialsStatus":"UPDATED","finished":{ts_ms},"source":"OPEN_BANKING"},"event":"refresh:finished"}"#;

    TOKENIO: "tokenio", "Token.io";
    aliases: ["token-io"],
    schemes: &[Scheme::new(Algorithm::Ed25519, plain("{h:token-signature}", Encoding::Base64urlNopad), "{body}").secret(SecretFormat::PUBLIC_KEY)],
    event_id: ["{content}"], "No event id is sent; the signed body is the payment or refund with its status and updatedDateTime, so different events differ, and a retry sends the same body.",
    event_type: None,
    sender: Sender { retry_horizon: Some(259_200), retries: Retries::Identical, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.token.io/products/tpp/integration-considerations/webhooks",
    secret: "A public key, 32 bytes in base64url without padding; Token Dashboard > Settings > Member Information. No shared secret exists.",
    notes: "The kind of event stands in the header token-event, which is not signed.",
    headers: [("Content-Type", "application/json"), ("token-event", "PAYMENT_STATUS_CHANGED")],
    sample: r#"{"payment":{"id":"pm2:{id}","memberId":"m:tide01Harbour:5zKtXEAq","initiation":{"refId":"order-1042","amount":{"value":"42.00","currency":"EUR"}},"status":"INITIATION_COMPLETED","bankPaymentStatus":"ACSC","createdDateTime":"2026-11-03T09:25:40.000Z","updatedDateTime":"2026-11-03T09:26:10.344Z"}}"#;

    TRUELAYER: "truelayer", "TrueLayer";
    schemes: &[Scheme::new(Algorithm::EcdsaP521Sha512Fixed, jws("{h:Tl-Signature}", "", JwsPayload::Detached), "{method} {path}\n{headers.lines:p:tl_headers}{body}")
        .secret(SecretFormat::PUBLIC_KEY)
        .key_id("{p:kid}")
        .keys_at("https://webhooks.truelayer.com/.well-known/jwks")
        .adjacent("each header line ends with a line break, and tl_headers in the signed header says how many there are")],
    event_id: ["{j:/event_id}"], "/event_id names the event, in the signed body, and stays over its retries.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retry_horizon: Some(259_200), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://docs.truelayer.com/",
    secret: "Public keys, the JWK set `https://webhooks.truelayer.com/.well-known/jwks` (sandbox: `webhooks.truelayer-sandbox.com`), kept by kid.",
    notes: "The token names its key set in jku: never fetch from there without comparing it with those two addresses. Header names are signed as tl_headers writes them, and the path as it was registered; a proxy that changes the path breaks the signature. X-Tl-Webhook-Timestamp is signed, and no tolerance is documented.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("X-Tl-Webhook-Timestamp", "{ts_rfc3339}")],
    params: [("tl_version", "2"), ("tl_headers", "X-Tl-Webhook-Timestamp,Content-Type"), ("jku", "https://webhooks.truelayer.com/.well-known/jwks")],
    sample: r#"{"type":"payment_executed","event_version":1,"event_id":"{id}","payment_id":"60c60a60-ed73-4a73-a85e-2c2a4b3a1c5e","payment_method":{"type":"bank_transfer","provider_id":"mock-payments-gb-redirect","scheme_id":"faster_payments_service"},"executed_at":"2026-11-03T09:26:10.344Z"}"#;

    UNIT: "unit", "Unit (unit.co)";
    schemes: &[Scheme::new(Algorithm::HmacSha1, plain("{h:x-unit-signature}", BASE64), "{body}")],
    event_id: ["{content}"], "A delivery is a batch in which every event has its own id and createdAt, so different batches cannot be byte-equal, and a retry sends the same body.",
    event_type: Some(text("{j:/data/0/type}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://www.unit.co/docs/api/webhooks/",
    secret: "The token given when the webhook is made, used as UTF-8; Dashboard > Developer > Webhooks, or `token` in the API.",
    notes: "Unit's samples hash a re-serialised body; the bytes as received are the same. A live webhook that has not answered for 7 days becomes Unavailable.",
    headers: [("Content-Type", "application/vnd.api+json")],
    sample: r#"{"data":[{"id":"{id}","type":"customer.created","attributes":{"createdAt":"2026-11-03T09:26:10.344Z","tags":{"ref":"rosa-1042"}},"relationships":{"customer":{"data":{"id":"10421","type":"individualCustomer"}},"application":{"data":{"id":"10422","type":"individualApplication"}}}}]}"#;

    UPOLLO: "upollo", "Upollo";
    schemes: &[Scheme::new(Algorithm::HmacSha512, pairs("{h:Upollo-Signature}", [',', ':'], "s0", HEX), "{body}")],
    event_id: [], "No id or time of the delivery is documented in the body, and t in the header is not signed: the same flags of a user can come again in the same bytes.",
    event_type: None,
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://app.upollo.ai/docs/reference/webhooks",
    secret: "The webhook secret made with the URL, used as UTF-8; app.upollo.ai > Access & Keys > Webhooks (not the API key).",
    notes: "t is beside the signature and not covered: it proves nothing. How s0 is written is not documented; its 128 characters are hex. Whether the service still runs could not be confirmed in 2026.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"action":"CHALLENGE","flags":[{"type":"ACCOUNT_SHARING","firstFlagged":"2026-11-03T09:20:00Z","mostRecentlyFlagged":"2026-11-03T09:26:10Z"}],"eventType":"LOGIN","userInfo":{"userId":"{id}","userEmail":"rosa@example.com"},"deviceInfo":{"deviceId":"7f9d1c1e-9a11-4c35","deviceName":"Firefox on Linux"}}"#;

    UTILA: "utila", "Utila";
    schemes: &[Scheme::new(Algorithm::RsaPssSha512AnySalt, plain("{h:x-utila-signature}", BASE64), "{body}").secret(SecretFormat::PUBLIC_KEY)],
    event_id: ["{j:/id}"], "/id names the event, in the signed body, and is what Utila's page tells receivers to compare.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retry_horizon: Some(86_400), retries: Retries::Identical, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.utila.io/reference/webhooks",
    secret: "Utila's public key (RSA, 4096 bits, PEM); Console > Vault Settings > Webhooks. No shared secret exists.",
    notes: "The salt of the PSS padding may be as long as the key allows rather than as the digest. Payloads are thin: fetch the resource.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"id":"{id}","vault":"vaults/tide01","type":"TRANSACTION_STATE_UPDATED","details":{"transactionStateUpdated":{"newState":"CONFIRMED"}},"resourceType":"TRANSACTION","resource":"vaults/tide01/transactions/harb0r1042"}"#;

    WECHAT_PAY: "wechat-pay", "WeChat Pay (API v3)";
    aliases: ["wechatpay"],
    schemes: &[Scheme::new(Algorithm::RsaPkcs1Sha256, plain("{h:Wechatpay-Signature}", BASE64), "{h:Wechatpay-Timestamp}\n{h:Wechatpay-Nonce}\n{body}\n")
        .timed("{h:Wechatpay-Timestamp}", SECONDS, 300)
        .secret(SecretFormat::PUBLIC_KEY)
        .key_id("{h:Wechatpay-Serial}")],
    event_id: ["{j:/id}"], "/id names the notification, in the signed body, and is the same when it is sent again.",
    event_type: Some(text("{j:/event_type}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(86_640), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://pay.weixin.qq.com/doc/global/v3/en/4012357149",
    secret: "WeChat Pay's public key (id PUB_KEY_ID_…; Merchant Platform > Account Center > API Security) or its platform certificate from GET /v3/certificates; the serial number or key id is its id.",
    notes: "What matters of the body, /resource, is encrypted with AES-256-GCM under the API v3 key, which is another secret: decrypt it after verification. Answer 200 or 204. Probes with signatures that begin with WECHATPAY/SIGNTEST/ must be refused.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Mozilla/4.0"), ("Wechatpay-Nonce", "EsirjHY5Gp6rz0Q2tide01"), ("Wechatpay-Serial", "PUB_KEY_ID_0119000000012026110300000000001042"), ("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048")],
    sample: r#"{"id":"{id}","create_time":"2026-11-03T17:26:10+08:00","resource_type":"encrypt-resource","event_type":"TRANSACTION.SUCCESS","summary":"支付成功","resource":{"original_type":"transaction","algorithm":"AEAD_AES_256_GCM","ciphertext":"dGlkZSB0YWJsZSBjaXBoZXJ0ZXh0IG9mIHRoZSBoYXJib3Vy","associated_data":"transaction","nonce":"fdasflkja484"}}"#;

    WISE: "wise", "Wise";
    aliases: ["transferwise"],
    schemes: &[Scheme::new(Algorithm::RsaPkcs1Sha256, plain("{h:X-Signature-SHA256}", BASE64), "{body}").secret(SecretFormat::PUBLIC_KEY)],
    event_id: ["{content}"], "The delivery id is an unsigned header; the signed body holds kind, resource, states and occurred_at, so different events differ. If sent_at is written anew for a retry, that retry is handled again.",
    event_type: Some(text("{j:/event_type}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(1_209_600), ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Delivery-Id")),
    handshake: "",
    evidence: Documented, "https://docs.wise.com/features/webhooks-notifications/event-handling",
    secret: "Wise's public key (RSA, PEM), printed in the documentation: one for production, another for the sandbox. No shared secret exists.",
    notes: "Test notifications carry X-Test-Notification: true. X-Signature (RSA with SHA-1) is the older header of the same webhooks and is not read.",
    headers: [("Content-Type", "application/json"), ("X-Delivery-Id", "{id}")],
    sample: r#"{"data":{"resource":{"type":"transfer","id":1042117,"profile_id":2217,"account_id":8891},"current_state":"outgoing_payment_sent","previous_state":"funds_converted","occurred_at":"2026-11-03T09:26:10Z"},"subscription_id":"{id}","event_type":"transfers#state-change","schema_version":"2.0.0","sent_at":"2026-11-03T09:26:11Z"}"#;

    WORLDLINE: "worldline", "Worldline (Connect, Direct)";
    aliases: ["ingenico"],
    schemes: &[body_hmac(plain("{h:X-GCS-Signature}", BASE64)).key_id("{h:X-GCS-KeyId}")],
    event_id: ["{j:/id}"], "/id names the event, in the signed body, and stays over its retries.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A GET with the header X-GCS-Webhooks-Endpoint-Verification: answer 200 with its value as text.",
    handshakes: &[Handshake::get("").challenge("{h:X-GCS-Webhooks-Endpoint-Verification}").text("{challenge}")],
    evidence: Published, "https://docs.connect.worldline-solutions.com/",
    secret: "The webhooks secret key, used as UTF-8; Configuration Center (Merchant Portal) > Webhooks, where its key id stands beside it.",
    notes: "X-GCS-KeyId says which key signed: while keys are rotated, both are in use.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("X-GCS-KeyId", "tide01-webhooks-key")],
    sample: r#"{"apiVersion":"v1","id":"{id}","created":"2026-11-03T10:26:10.344+0100","merchantId":"10421","type":"payment.paid","payment":{"id":"000001042100000000010000100001","paymentOutput":{"amountOfMoney":{"amount":4200,"currencyCode":"EUR"},"references":{"merchantReference":"order-1042"},"paymentMethod":"redirect"},"status":"PAID","statusOutput":{"isCancellable":false,"statusCode":1000,"isAuthorized":true}}}"#;

    ZERO_HASH: "zero-hash", "Zero Hash";
    aliases: ["zerohash"],
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{h:x-zh-hook-signature}", HEX), "{body}{h:x-zh-hook-timestamp}").timed("{h:x-zh-hook-timestamp}", MILLIS, 300)],
    event_id: ["{content}"], "The notification id is an unsigned header; the signed time in milliseconds beside the object makes the content the key, so nothing is lost, though a retry with a new time is handled again.",
    event_type: None,
    sender: Sender::UNKNOWN,
    unsigned_id: Some(text("x-zh-hook-notification-id")),
    handshake: "",
    evidence: Documented, "https://docs.zerohash.com/reference/webhook-security",
    secret: "A shared secret that Zero Hash provisions together with the URL, used as UTF-8; there is no page for it.",
    notes: "The kind stands in the unsigned header x-zh-hook-payload-type. x-zh-hook-signature-256 (the body alone, without a time) and the two RSA headers come for those who asked for them and are not read: the first would undo the check of age, and a public key is no shared secret.",
    headers: [("Content-Type", "application/json"), ("x-zh-hook-payload-type", "trade_status_changed"), ("x-zh-hook-notification-id", "{id}")],
    sample: r#"{"trade_id":"{id}","client_trade_id":"order-1042","symbol":"BTC/USD","trade_price":"68120.50","trade_quantity":"0.042","product_type":"spot","trade_state":"terminated","settlement_state":"settled","physical_delivery":true,"transaction_timestamp":{ts_ms}}"#;
}
