//! Customers, documents, people, forms, devices and everything else.

use super::*;

catalogue! {
    CALENDLY: "calendly", "Calendly";
    schemes: &[timed_pairs("{h:Calendly-Webhook-Signature}", "v1", 180)],
    event_id: ["{j:/event} {j:/created_at} {j:/payload/uri}"], "There is no event id; the event name with the uri of the invitee, no-show mark or submission happens once, and created_at (the time of the event, not of the delivery) parts repeated event_type.updated.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { retry_horizon: Some(86_400), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.calendly.com/api-docs/4c305798a61d3-webhook-signatures",
    secret: "The signing_key the caller passes (or receives) when creating the subscription through the API, used as UTF-8; it is not shown again.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Calendly-Webhooks/1.0"), ("Accept", "*/*")],
    sample: r#"{"event":"invitee.created","created_at":"2026-11-03T09:26:10.000000Z","created_by":"https://api.calendly.com/users/TIDEUSER","payload":{"uri":"https://api.calendly.com/scheduled_events/GBGB/invitees/{id}","email":"rosa@example.com","name":"Rosa Ek","status":"active","rescheduled":false,"timezone":"Europe/Stockholm","scheduled_event":{"uri":"https://api.calendly.com/scheduled_events/GBGB","name":"Harbour walk","start_time":"2026-11-10T15:00:00.000000Z"}}}"#;

    NOTION: "notion", "Notion";
    schemes: &[body_hmac(prefixed("{h:X-Notion-Signature}", "sha256=", HEX))],
    event_id: ["{j:/id}"], "/id is documented as the unique id of the webhook event; /attempt_number beside it changes.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retry_horizon: Some(86_400), retries: Retries::Identical, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: r#"The first POST carries {"verification_token"} unsigned: show it to the owner, who pastes it into Notion; it is the signing key from then on."#,
    handshakes: &[Handshake::post("").members("verification_token").challenge("{j:/verification_token}").delivers_key()],
    evidence: Documented, "https://developers.notion.com/reference/webhooks",
    secret: "The `verification_token` (`secret_…`) that Notion posts to the endpoint once; it is shown nowhere else before it is entered in the integration's Webhooks tab.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "notion-api"), ("Accept", "*/*")],
    sample: r#"{"id":"{id}","timestamp":"2026-11-03T09:26:10.344Z","workspace_id":"13950b26-c203-4f3b-b97d-93ec06319565","workspace_name":"Harbour","subscription_id":"29d75c0d-5546-4414-8459-7b7a92f1fc4b","integration_id":"0ef2e755-4912-8096-91c1-00376a88a5ca","type":"page.properties_updated","authors":[{"id":"c7c11cca-1d73-471d-9b6e-bdef51470190","type":"person"}],"accessible_by":[],"attempt_number":1,"entity":{"id":"153104cd-477e-809d-8dc4-ff2d96ae3090","type":"page"},"data":{"parent":{"id":"36cc9195-760f-4fff-a67e-3a46c559b176","type":"database"},"updated_properties":["XGe%40"]}}"#;

    TYPEFORM: "typeform", "Typeform";
    schemes: &[body_hmac(prefixed("{h:Typeform-Signature}", "sha256=", BASE64))],
    event_id: ["{j:/event_id}"], "/event_id is the id Typeform assigns to the webhook event, in the signed body.",
    event_type: Some(text("{j:/event_type}")),
    sender: Sender { ack_deadline: Some(30), retry_horizon: Some(36_000), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
    secret: "Any text set on the webhook (UI: Connect > Webhooks > Edit > secret, or `secret` in the API).",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Typeform Webhooks"), ("Accept", "*/*")],
    sample: r#"{"event_id":"{id}","event_type":"form_response","form_response":{"form_id":"lT4Z3j","token":"a3a12ec67a1365927098a606107fac15","landed_at":"2026-11-03T09:24:10Z","submitted_at":"2026-11-03T09:26:10Z","definition":{"id":"lT4Z3j","title":"Harbour survey","fields":[]},"answers":[{"type":"text","text":"More benches","field":{"id":"JwWggjAKtOkA","type":"short_text","ref":"wish"}}]}}"#;
}
