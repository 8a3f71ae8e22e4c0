//! Shops, marketplaces, shipping and logistics.

use super::*;

catalogue! {
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

    WOOCOMMERCE: "woocommerce", "WooCommerce";
    schemes: &[body_hmac(plain("{h:X-WC-Webhook-Signature}", BASE64))],
    event_id: [], r#"Topic and delivery id are unsigned headers and the body is only the resource: a deleted event is just {"id":7} for product, coupon, order or customer alike, action.* repeats {action, arg}, and created and updated of one second are the same JSON."#,
    event_type: None,
    sender: Sender { ack_deadline: Some(60), retry_horizon: Some(0), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-WC-Webhook-Delivery-ID")),
    handshake: "On saving, a form body webhook_id=<n> without a signature: answer 200 to exactly that shape.",
    evidence: Documented, "https://woocommerce.com/document/webhooks/",
    secret: "Any text; WooCommerce > Settings > Advanced > Webhooks > Secret (generated if left empty).",
    headers: [("Content-Type", "application/json"), ("User-Agent", "WooCommerce/11.2.0 Hookshot (WordPress/7.0)"), ("X-WC-Webhook-Source", "https://kaffe.example/"), ("X-WC-Webhook-Topic", "order.updated"), ("X-WC-Webhook-Resource", "order"), ("X-WC-Webhook-Event", "updated"), ("X-WC-Webhook-ID", "3"), ("X-WC-Webhook-Delivery-ID", "{id}")],
    sample: r#"{"id":727,"parent_id":0,"status":"processing","currency":"EUR","date_created_gmt":"2026-11-03T09:20:00","date_modified_gmt":"2026-11-03T09:26:10","total":"38.50","order_key":"wc_order_{id}","billing":{"first_name":"Rosa","city":"Malmö"},"line_items":[{"id":315,"name":"Filter roast 500 g","quantity":2,"total":"38.50"}]}"#;
}
