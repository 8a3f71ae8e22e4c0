//! Shops, marketplaces, shipping and logistics.

use super::*;

/// A text of which characters that look alike are made the same first.
const NORMALIZED_SECRET: SecretFormat = SecretFormat {
    encoding: SecretEncoding::Utf8,
    strip: Cow::Borrowed(&[]),
    refuse: Cow::Borrowed(&[]),
    prefix_required: false,
    nfkd: true,
};

catalogue! {
    AFTERSHIP: "aftership", "AfterShip";
    schemes: &[
        body_hmac(plain("{h:aftership-hmac-sha256}", BASE64)).named("aftership-tracking"),
        body_hmac(plain("{h:as-signature-hmac-sha256}", BASE64)).named("aftership-returns"),
        body_hmac(prefixed("{h:am-webhook-signature}", "hmac-sha256=", BASE64)).named("aftership-shipping"),
    ],
    event_id: ["{j:/event_id}", "{j:/id}", "{content}"], "Tracking puts the event's id in /event_id, Returns and Warranty in /id; Shipping has none, but its body holds the time, the kind and the result of one request.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { retry_horizon: Some(245_730), retries: Retries::Identical, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://www.aftership.com/docs/tracking/webhook/webhook-signature",
    secret: "A text, used as UTF-8 (not decoded), one for each product: admin.aftership.com > Settings > Webhooks for Tracking, admin.postmen.com > Settings > Webhooks for Shipping, the product's own settings for Returns and Warranty.",
    notes: "One algorithm under three headers: Tracking aftership-hmac-sha256, Returns and Warranty as-signature-hmac-sha256, Shipping (and Returns of accounts older than October 2022) am-webhook-signature with a prefix. The products do not share a secret: use an endpoint for each. Shipping names the kind in /event_type. No time is signed; up to 14 attempts within 68 hours.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "AfterShipTrackingWebhook/4.0.0 (https://www.aftership.com)"), ("As-Webhook-Version", "2026-07")],
    sample: r#"{"event":"tracking_update","event_id":"{id}","is_tracking_first_tag":true,"msg":{"id":"0f3b1c77d2a94a4fa1d7c0de51b6e2b4","tracking_number":"00340434161094027318","slug":"dhl-germany","tag":"OutForDelivery","subtag":"OutForDelivery_001","order_number":"1042","checkpoints":[{"checkpoint_time":"2026-11-03T09:20:00","city":"Malmö","tag":"OutForDelivery"}]},"ts":{ts}}"#;

    BIGCOMMERCE: "bigcommerce", "BigCommerce";
    schemes: &[standard_webhooks(SecretFormat::UTF8)],
    event_id: ["{h:webhook-id|svix-id}"], "Standard Webhooks: the id header is signed, names the message and stays the same over retries.",
    event_type: Some(text("{j:/scope}")),
    sender: Sender { retry_horizon: Some(172_800), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.bigcommerce.com/developer/docs/integrations/webhooks/overview",
    secret: "The client secret of the app (or API account) that made the webhook, its text as it is shown; the documents hand its base64 to the Standard Webhooks libraries, which decode it again. Developer Portal > the app > View Client ID, or Settings > API > Store-level API accounts.",
    notes: "Webhooks made before signing was introduced, and those of other API clients, may carry no signature. Fixed headers that were set when the webhook was made come besides and are a plain credential. The body names the object only; fetch it by its id. BigCommerce stops sending to a domain for three minutes when fewer than 90 % of its requests succeed.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"scope":"store/order/updated","store_id":"1001042","data":{"type":"order","id":1042},"hash":"{id}","created_at":{ts},"producer":"stores/tide7harb"}"#;

    COMMERCE_LAYER: "commerce-layer", "Commerce Layer";
    aliases: ["commercelayer"],
    schemes: &[body_hmac(plain("{h:X-CommerceLayer-Signature}", BASE64))],
    event_id: [], "The topic is an unsigned header and the body is only the resource: one step of an order can raise several topics with the same JSON.",
    event_type: None,
    sender: Sender { ack_deadline: Some(5), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.commercelayer.io/core/callbacks-security",
    secret: "The webhook's shared_secret, in the API's answer when it is made or read; used as UTF-8.",
    notes: "The header X-CommerceLayer-Topic names the event and is not signed: register an endpoint for each topic, so that the path says it. Ten retries; after 30 failures in a row the webhook is switched off until someone resets it.",
    headers: [("Content-Type", "application/vnd.api+json"), ("X-CommerceLayer-Topic", "orders.place")],
    sample: r#"{"data":{"id":"{id}","type":"orders","links":{"self":"https://nordlys.commercelayer.io/api/orders/{id}"},"attributes":{"number":1042,"status":"placed","payment_status":"authorized","currency_code":"EUR","total_amount_cents":3850,"placed_at":"2026-11-03T09:26:10.120Z","updated_at":"2026-11-03T09:26:10.134Z","metadata":{"note":"Grüße"}}}}"#;

    EASYPOST: "easypost", "EasyPost";
    schemes: &[body_hmac(prefixed("{h:X-Hmac-Signature}", "hmac-sha256-hex=", HEX)).secret(NORMALIZED_SECRET)],
    event_id: ["{j:/id}"], "/id (evt_…) names the event, in the signed body.",
    event_type: Some(text("{j:/description}")),
    sender: Sender { retries: Retries::Resigned, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://docs.easypost.com/guides/webhooks-guide",
    secret: "Any text, given as `webhook_secret` when the webhook is made or changed; used as UTF-8 after Unicode's compatibility decomposition (NFKD), as EasyPost's libraries do.",
    notes: "Without a webhook_secret nothing is signed. The lists pending_urls and completed_urls of the event change as it is delivered.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"id":"{id}","object":"Event","created_at":"2026-11-03T09:26:10Z","updated_at":"2026-11-03T09:26:10Z","description":"tracker.updated","mode":"production","previous_attributes":{"status":"in_transit"},"pending_urls":["https://example.com/webhook"],"completed_urls":[],"status":"pending","result":{"id":"trk_0f3b1c77","object":"Tracker","tracking_code":"9400110898825022579493","status":"delivered","carrier":"USPS"}}"#;

    EBAY: "ebay", "eBay";
    schemes: &[Scheme::new(Algorithm::EcdsaP256Sha1, SignatureField::new("{h:x-ebay-signature}", Syntax::Json { pick: text("signature") }, BASE64), "{body}")
        .secret(SecretFormat::PUBLIC_KEY)
        .key_id("{p:kid}")
        .keys_at("https://api.ebay.com/commerce/notification/v1/public_key/*")],
    event_id: ["{j:/notification/notificationId}"], "/notification/notificationId names the notification, in the signed body; publishAttemptCount beside it counts the attempts.",
    event_type: Some(text("{j:/metadata/topic}")),
    sender: Sender { retries: Retries::Resigned, retry_changes_body: true, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: r#"GET with challenge_code: answer {"challengeResponse"} with the hex SHA-256 of challenge_code, verification token and endpoint URL, one after the other."#,
    handshakes: &[Handshake::get("").challenge("{q:challenge_code}").json(r#"{{"challengeResponse":"{sha256.hex:{challenge}{cfg:verification_token}{url.base}}"}}"#)],
    evidence: Published, "https://developer.ebay.com/api-docs/commerce/notification/overview.html",
    secret: "eBay's public key for the `kid` in the header (base64 of JSON with alg, kid, signature, digest), from GET /commerce/notification/v1/public_key/{kid} with an application token; keep it about an hour. Its PEM comes on one line. The verification token of the challenge is another value, chosen by the owner.",
    notes: "ECDSA over P-256 with SHA-1. eBay's SDKs parse the body and write it again before they verify; the bytes as they were sent verify too. The header names algorithm and digest, and neither is taken from it. An endpoint that fails account-deletion notices costs the application its keys.",
    headers: [("Content-Type", "application/json")],
    params: [("alg", "ecdsa"), ("digest", "SHA1")],
    sample: r#"{"metadata":{"topic":"MARKETPLACE_ACCOUNT_DELETION","schemaVersion":"1.0","deprecated":false},"notification":{"notificationId":"{id}","eventDate":"2026-11-03T09:26:08.344Z","publishDate":"2026-11-03T09:26:10.120Z","publishAttemptCount":1,"data":{"username":"rosa_ek","userId":"ma8vp1jySJC","eiasToken":"nY+sHZ2PrBmdj6wVnY"}}}"#;

    FLEXPORT: "flexport", "Flexport";
    schemes: &[body_hmac(prefixed("{h:X-Hub-Signature-256}", "sha256=", HEX))],
    event_id: ["{v:/id}", "{content}"], "/id names the event object of the API, in the signed body; a body without one still holds its times and the object it is about.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retries: Retries::Identical, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://apidocs.flexport.com/2023-07-01/tag/Webhook-Endpoints",
    secret: "The secret token the owner sets for each endpoint, used as UTF-8; Settings > API & Webhooks.",
    notes: "An older X-Hub-Signature with SHA-1 is sent beside it and is to go. Kinds are written /object#event. The Logistics API of the same company has webhooks of its own.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"_object":"/event","id":"{id}","version":2,"type":"/shipment_leg#departed","occurred_at":"2026-11-03T09:20:00.000Z","created_at":"2026-11-03T09:26:10.344Z","data":{"_object":"/event/shipment_leg","shipment":{"_object":"/ref/shipment","id":"71820443"},"location":{"name":"Port of Göteborg","unlocode":"SEGOT"}}}"#;

    NUVEMSHOP: "nuvemshop", "Nuvemshop / Tiendanube";
    aliases: ["tiendanube"],
    schemes: &[body_hmac(plain("{h:x-linkedstore-hmac-sha256}", HEX))],
    event_id: [], "The body is store, event and object id alone: two updates of one product are the same bytes.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { ack_deadline: Some(3), retry_horizon: Some(172_800), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://tiendanube.github.io/api-documentation/resources/webhook",
    secret: "The app's client secret, used as UTF-8; Partners portal > the app.",
    notes: "PHP servers see the header as HTTP_X_LINKEDSTORE_HMAC_SHA256. The body is a ping: fetch the object by its id and its store. Up to 18 attempts within 48 hours.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "LinkedStore Webhook (apps@tiendanube.com)")],
    sample: r#"{"store_id":1042771,"event":"order/paid","id":"{id}"}"#;

    PICQER: "picqer", "Picqer";
    schemes: &[body_hmac(plain("{h:X-Picqer-Signature}", BASE64))],
    event_id: ["{content}"], "There is no event id; the signed body names the hook and the event and holds event_triggered_at and the whole object, so different events differ, and a retry sends it again.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { ack_deadline: Some(10), retry_horizon: Some(61_200), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://picqer.com/en/api/webhooks",
    secret: "Any text, given as `secret` when the hook is made; used as UTF-8. Without it nothing is signed.",
    notes: "Success is 200, 201 or 202. 15 retries within about 17 hours; after five complete failures in a day the hook is switched off.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"idhook":214,"name":"tide-orders","event":"orders.status_changed","event_triggered_at":"2026-11-03 09:26:10","data":{"idorder":87120443,"orderid":"O2026-1042","reference":"{id}","status":"processing","deliveryname":"Rosa Ek","deliverycity":"Malmö","products":[{"idproduct":5512,"productcode":"KAFFE-500","amount":2}]}}"#;

    SALEOR: "saleor", "Saleor";
    schemes: &[Scheme::new(Algorithm::RsaPkcs1Sha256, jws("{h:Saleor-Signature}", "", JwsPayload::DetachedRaw), "{body}").secret(SecretFormat::PUBLIC_KEY).key_id("{p:kid}")],
    event_id: [], "The body is whatever the webhook's subscription query asks for, often an id alone, and the event's name is an unsigned header: different events can be byte-equal.",
    event_type: None,
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://docs.saleor.io/developer/extending/webhooks/payload-signature",
    secret: "The shop's public keys, a JWK set at https://<shop's domain>/.well-known/jwks.json. No shared secret exists.",
    notes: "A detached JWS whose payload is the body as it is (b64: false). Webhooks with the deprecated secretKey carry a hex HMAC-SHA256 in the same header instead: leave secretKey empty. Each shop has keys of its own; Saleor-Domain and Saleor-Api-Url say which shop, but are not signed.",
    headers: [("Content-Type", "application/json"), ("Saleor-Event", "order_created"), ("Saleor-Domain", "nordlys.example.com"), ("Saleor-Api-Url", "https://nordlys.example.com/graphql/"), ("Saleor-Schema-Version", "3.22")],
    params: [("typ", "JWT"), ("iss", "https://nordlys.example.com/graphql/")],
    sample: r#"{"order":{"id":"{id}","number":"1042","created":"2026-11-03T09:26:10.344871+00:00","status":"UNFULFILLED","userEmail":"rosa@example.com","total":{"gross":{"amount":38.5,"currency":"EUR"}},"shippingAddress":{"city":"Malmö"},"lines":[{"productName":"Filter roast 500 g","quantity":2}]}}"#;

    SHIPBOB: "shipbob", "ShipBob";
    schemes: &[standard_webhooks(SHARED_SECRET)],
    event_id: ["{h:webhook-id|svix-id}"], "Standard Webhooks: the id header is signed, names the message and stays the same over retries.",
    event_type: None,
    sender: Sender { retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.shipbob.com/2026-01/webhooks",
    secret: "`whsec_` + base64 (the key is the decoded bytes), in the API's answer when the subscription is made (POST /2026-01/webhook).",
    notes: "The topic comes in x-webhook-topic (order.shipped), which is not signed; API versions 1.0 and 2.0 send shipbob-topic with underscores and no signature.",
    headers: [("Content-Type", "application/json"), ("x-webhook-topic", "order.shipped")],
    sample: r#"{"id":314520771,"reference_id":"{id}","order_number":"1042","status":"Fulfilled","created_date":"2026-11-03T09:20:00Z","shipments":[{"id":88120443,"status":"Completed","tracking":{"carrier":"DHL","tracking_number":"00340434161094027318"},"last_update_at":"2026-11-03T09:26:10Z"}],"recipient":{"name":"Rosa Ek","address":{"city":"Malmö","country":"SE"}}}"#;

    SHIPENGINE: "shipengine", "ShipEngine (ShipStation API)";
    aliases: ["shipstation-v2", "shipstation-api"],
    schemes: &[Scheme::new(Algorithm::RsaPkcs1Sha256, plain("{h:x-shipengine-rsa-sha256-signature}", BASE64), "{h:x-shipengine-timestamp}.{body}")
        .timed("{h:x-shipengine-timestamp}", RFC3339, 300)
        .secret(SecretFormat::PUBLIC_KEY)
        .key_id("{h:x-shipengine-rsa-sha256-key-id}")
        .keys_at("https://api.shipengine.com/jwks")],
    event_id: ["{content}"], "There is no event id; the body holds the state of the label or parcel and the time of sending is signed with it, so no event is lost; a retry under a new time is handled again.",
    event_type: Some(text("{j:/resource_type}")),
    sender: Sender { ack_deadline: Some(10), retry_horizon: Some(3_600), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.shipstation.com/apis/docs/guides/webhooks-validation",
    secret: "ShipEngine's RSA public keys, a JWK set at https://api.shipengine.com/jwks; x-shipengine-rsa-sha256-key-id names the one. No shared secret exists.",
    notes: "All accounts share the keys: the signature proves ShipEngine, not your account. The time is a date and time in UTC; the page advises five minutes on both sides. Whether retries, two, half an hour apart, are stamped anew is not documented. ShipStation's V1 webhooks (resource_url alone) are not signed.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "ShipEngine/v1"), ("x-shipengine-rsa-sha256-key-id", "20f7b5de-6c5e-4a8a-8f47-2f1f9b6d3c10")],
    sample: r#"{"resource_url":"https://api.shipengine.com/v1/tracking?carrier_code=usps&tracking_number=9400110898825022579493","resource_type":"API_TRACK","data":{"label_url":null,"tracking_number":"9400110898825022579493","status_code":"DE","carrier_status_description":"{id}","ship_date":"2026-11-01T08:00:00Z","actual_delivery_date":"2026-11-03T09:20:00Z","events":[{"occurred_at":"2026-11-03T09:20:00Z","city_locality":"Malmö","event_code":"01"}]}}"#;

    SHIPHERO: "shiphero", "ShipHero";
    schemes: &[body_hmac(plain("{h:x-shiphero-hmac-sha256}", BASE64))],
    event_id: [], "The message id is an unsigned header and bodies such as those of Inventory Update are a state without a time: the same stock twice is the same bytes.",
    event_type: Some(text("{j:/webhook_type}")),
    sender: Sender { ack_deadline: Some(10), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Shiphero-Message-ID")),
    handshake: "",
    evidence: Documented, "https://developer.shiphero.com/webhooks/",
    secret: "The shared_signature_secret that the mutation webhook_create answers once; used as UTF-8.",
    notes: r#"ShipHero wants {"code":"200","Status":"Success"} in the answer. Five retries; events of a webhook that is switched off are dropped. Generate Label waits 20 seconds and uses what the answer says."#,
    headers: [("Content-Type", "application/json"), ("X-Shiphero-Message-ID", "{id}")],
    sample: r#"{"test":"0","webhook_type":"Shipment Update","fulfillment":{"id":"{id}","order_id":1042,"order_number":"1042","shipping_method":"ground","tracking_number":"00340434161094027318","shipping_carrier":"dhl","created_at":"2026-11-03 09:26:10","line_items":[{"sku":"KAFFE-500","quantity":2}]},"total_packages":1}"#;

    SHOPIFY: "shopify", "Shopify";
    schemes: &[body_hmac(plain("{h:X-Shopify-Hmac-Sha256|Shopify-Hmac-Sha256}", BASE64))],
    event_id: [], "The topic and both ids are unsigned headers, and the body is only the resource: orders/create, orders/paid and orders/updated of one moment carry the same order JSON, app/uninstalled repeats the shop object and include_fields can cut a body down to an id, so different events can be byte-equal.",
    event_type: None,
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(14_400), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Shopify-Webhook-Id")),
    handshake: "",
    evidence: Sdk, "https://shopify.dev/docs/apps/build/webhooks/subscribe/https",
    secret: "The app's client secret (`shpss_` + 32 hex, older: 32 hex), Dev Dashboard > the app > Settings; for webhooks made in the admin the key shown under Settings > Notifications > Webhooks.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Shopify-Captain-Hook"), ("Accept", "*/*"), ("X-Shopify-Topic", "orders/updated"), ("X-Shopify-Shop-Domain", "nordlys-kaffe.myshopify.com"), ("X-Shopify-API-Version", "2026-10"), ("X-Shopify-Webhook-Id", "{id}"), ("X-Shopify-Event-Id", "0c2c2a4f-6b1d-4c62-9a53-1f7a5c4c2e90"), ("X-Shopify-Triggered-At", "2026-11-03T09:26:10.344871Z")],
    sample: r#"{"id":5930417283651,"admin_graphql_api_id":"gid://shopify/Order/5930417283651","name":"1042","created_at":"2026-11-03T10:20:00+01:00","updated_at":"2026-11-03T10:26:09+01:00","currency":"EUR","total_price":"38.50","financial_status":"paid","fulfillment_status":null,"note":"{id}","line_items":[{"id":14810027462979,"title":"Filter roast 500 g","quantity":2,"price":"19.25"}]}"#;

    SHOPLINE: "shopline", "SHOPLINE";
    schemes: &[body_hmac(plain("{h:X-Shopline-Hmac-Sha256}", HEX))],
    event_id: [], "The topic and the webhook id are unsigned headers and the body is only the resource: two topics of one moment can carry the same JSON.",
    event_type: None,
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(172_800), retries: Retries::Identical, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Shopline-Webhook-Id")),
    handshake: "",
    evidence: Documented, "https://developer.shopline.com/docs/apps/api-instructions-for-use/generate-and-verify-signatures/",
    secret: "The app secret, used as UTF-8; Developer Center > the app > App credentials.",
    notes: "The page shows the header in base64; deliveries carry lower-case hex. Up to 19 retries within 48 hours, then the subscription is removed. The webhook id stays the same when it sends again.",
    headers: [("Content-Type", "application/json"), ("X-Shopline-Topic", "orders/create"), ("X-Shopline-Shop-Domain", "nordlys.myshopline.com"), ("X-Shopline-Shop-Id", "1654410771042"), ("X-Shopline-Merchant-Id", "2001384210"), ("X-Shopline-Api-Version", "v20260601"), ("X-Shopline-Webhook-Id", "{id}")],
    sample: r#"{"id":"21057471820443","name":"D1042","created_at":"2026-11-03T17:26:08+08:00","updated_at":"2026-11-03T17:26:10+08:00","currency":"EUR","current_total_price":"38.50","financial_status":"paid","note":"{id}","customer":{"first_name":"Rosa","last_name":"Ek"},"line_items":[{"title":"Filter roast 500 g","quantity":2,"price":"19.25"}]}"#;

    TIKTOK_SHOP: "tiktok-shop", "TikTok Shop";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{h:Authorization}", HEX), "{cfg:app_key}{body}")
        .adjacent("the app key is configured, not sent")],
    event_id: ["{j:/tts_notification_id}"], "/tts_notification_id names the notification, in the signed body, and is what TikTok says to deduplicate by.",
    event_type: Some(text("{v:/type}")),
    sender: Sender { ack_deadline: Some(3), retry_horizon: Some(55_920), retries: Retries::Identical, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://partner.tiktokshop.com/docv2/page/tts-webhooks-overview",
    secret: "The app secret, used as UTF-8; `app_key` is the app's public key name. Partner Center > App & Service > the app > Basic Information.",
    notes: "The signature stands in Authorization, without a scheme before it; a proxy that strips that header breaks it. Not the signing of API requests, and not TikTok for Developers (TikTok-Signature). Answer 200 with an empty body; the pages call the numeric type unreliable.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"type":1,"tts_notification_id":"{id}","shop_id":"7494049642642441621","timestamp":{ts},"data":{"order_id":"576461413038785752","order_status":"AWAITING_SHIPMENT","is_on_hold_order":false,"update_time":{ts}}}"#;

    UBER_EATS: "uber-eats", "Uber Eats";
    aliases: ["ubereats"],
    schemes: &[body_hmac(plain("{h:X-Uber-Signature}", HEX))],
    event_id: ["{j:/event_id}"], "/event_id names the event, in the signed body; a retry sends it again.",
    event_type: Some(text("{j:/event_type}")),
    sender: Sender { retries: Retries::Identical, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.uber.com/docs/eats/guides/webhooks",
    secret: "The application's client secret, used as UTF-8; Developer Dashboard > the app > Setup.",
    notes: "Up to about seven attempts, 10, 30, 60 and 120 seconds apart and then longer, after 500 to 504 and timeouts only. Uber Direct signs alike but with a signing key of each webhook (Uber Direct Dashboard > Developer), and names its header x-postmates-signature too.",
    headers: [("Content-Type", "application/json"), ("X-Environment", "production")],
    sample: r#"{"event_id":"{id}","event_type":"orders.notification","event_time":{ts},"meta":{"resource_id":"153dd7f1-339d-4619-940c-418943c14636","status":"pos","user_id":"89dd9741-66b5-4bb4-b216-a813f3b21b4f"},"resource_href":"https://api.uber.com/v2/eats/order/153dd7f1-339d-4619-940c-418943c14636"}"#;

    WALMART: "walmart", "Walmart Marketplace";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{h:WM_SEC.SIGNATURE}", BASE64), "{method}\n{target}\n{h:WM_SEC.TIMESTAMP}\n{sha256.hex:body}")
        .timed_between("{h:WM_SEC.TIMESTAMP}", SECONDS, 300, 120)
        .key_id("{h:WM_SEC.KEY_ID}")],
    event_id: ["{j:/source/eventId}", "{content}"], "/source/eventId names the event, in the signed body; a kind without it falls back on everything signed, where the time of sending keeps events apart and a retry under a new time is handled again.",
    event_type: Some(text("{j:/source/eventType}")),
    sender: Sender { ack_deadline: Some(3), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.walmart.com/us-marketplace/docs/security-and-authenticity",
    secret: "The webhook's shared secret, used as UTF-8, given when the subscription is made; WM_SEC.KEY_ID names one of several while they are rotated.",
    notes: "Method, path with query, time and the hex SHA-256 of the body, a line each. Walmart asks for a replay window of five minutes, with two minutes of allowed skew. A server that refuses header names with a point (or an underscore) never sees the signature. WM_SEC.AUTH_SIGNATURE with RSA is the signing of requests to Walmart, not of these.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"source":{"eventType":"PO_CREATED","eventTime":"2026-11-03T09:26:10.344Z","eventId":"{id}"},"payload":{"partnerId":"10000001042","purchaseOrderId":"1796277083022","customerOrderId":"5281956426648","orderDate":{ts_ms},"shippingInfo":{"methodCode":"Standard"},"orderLines":[{"lineNumber":"1","item":{"productName":"Filter roast 500 g","sku":"KAFFE-500"}}]}}"#;

    WIX: "wix", "Wix";
    schemes: &[Scheme::new(Algorithm::RsaPkcs1Sha256, jws("{body}", "", JwsPayload::Attached), "").secret(SecretFormat::PUBLIC_KEY)],
    event_id: ["{content}"], "The event's id stands in JSON inside JSON inside the token, and events such as an app's removal have none; the whole token holds the event and the time it was issued, so no event is lost, and a retry under a new token is handled again.",
    event_type: None,
    sender: Sender { ack_deadline: Some(1), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://dev.wix.com/docs/build-apps/develop-your-app/api-integrations/events-and-webhooks/about-webhooks",
    secret: "The app's RSA public key in PEM; app dashboard > Webhooks > Get Public Key. No shared secret exists.",
    notes: r#"The whole body is a JWT; its claim data is a text of JSON with eventType, instanceId and data, and that data is a text of JSON again. Wix waits 1.25 seconds, then tries up to 12 times within hours, out of order. `exp` is kept."#,
    headers: [("Content-Type", "text/plain; charset=utf-8")],
    sample: r#"{"data":"{\"data\":\"{\\\"id\\\":\\\"{id}\\\",\\\"entityFqdn\\\":\\\"wix.ecom.v1.order\\\",\\\"slug\\\":\\\"created\\\",\\\"entityId\\\":\\\"5c3a9f10-7a51-4a0b-9d0d-1f4b4a0c1042\\\"}\",\"instanceId\":\"9b4d5f2e-8a30-4f3a-8d8d-2f0a6a1c77d2\",\"eventType\":\"wix.ecom.v1.order_created\"}","iat":{ts},"exp":4102444800}"#;

    WOOCOMMERCE: "woocommerce", "WooCommerce";
    schemes: &[body_hmac(plain("{h:X-WC-Webhook-Signature}", BASE64))],
    event_id: [], r#"Topic and delivery id are unsigned headers and the body is only the resource: a deleted event is just {"id":7} for product, coupon, order or customer alike, action.* repeats {action, arg}, and created and updated of one second are the same JSON."#,
    event_type: None,
    sender: Sender { ack_deadline: Some(60), retry_horizon: Some(0), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-WC-Webhook-Delivery-ID")),
    handshake: "On saving, a form body webhook_id=<n> without a signature: answer 200 to exactly that shape.",
    handshakes: &[Handshake::post("{body}=webhook_id={f:webhook_id}").challenge("{f:webhook_id}").of(20, Charset::Digits)],
    evidence: Documented, "https://woocommerce.com/document/webhooks/",
    secret: "Any text; WooCommerce > Settings > Advanced > Webhooks > Secret (generated if left empty).",
    headers: [("Content-Type", "application/json"), ("User-Agent", "WooCommerce/11.2.0 Hookshot (WordPress/7.0)"), ("X-WC-Webhook-Source", "https://kaffe.example/"), ("X-WC-Webhook-Topic", "order.updated"), ("X-WC-Webhook-Resource", "order"), ("X-WC-Webhook-Event", "updated"), ("X-WC-Webhook-ID", "3"), ("X-WC-Webhook-Delivery-ID", "{id}")],
    sample: r#"{"id":727,"parent_id":0,"status":"processing","currency":"EUR","date_created_gmt":"2026-11-03T09:20:00","date_modified_gmt":"2026-11-03T09:26:10","total":"38.50","order_key":"wc_order_{id}","billing":{"first_name":"Rosa","city":"Malmö"},"line_items":[{"id":315,"name":"Filter roast 500 g","quantity":2,"total":"38.50"}]}"#;
}
