//! Customers, documents, people, forms, devices and everything else.

use super::*;

/// HubSpot's signatures under one header, told apart by the version beside it.
const fn hubspot(content: &'static str, version: &'static str, name: &'static str) -> Scheme {
    Scheme::new(Algorithm::HashSha256, plain("{h:X-HubSpot-Signature}", HEX), content).require(version).named(name)
}

/// HubSpot's third signature, over one writing of the URL.
const fn hubspot_v3(content: &'static str, name: &'static str) -> Scheme {
    Scheme::new(Algorithm::HmacSha256, plain("{h:X-HubSpot-Signature-v3}", BASE64), content)
        .timed("{h:X-HubSpot-Request-Timestamp}", MILLIS, 300)
        .adjacent("the method is one of two and the URL is configured")
        .named(name)
}

catalogue! {
    AIRTABLE: "airtable", "Airtable";
    schemes: &[body_hmac(prefixed("{h:X-Airtable-Content-MAC}", "hmac-sha256=", HEX)).secret(SecretFormat::plain(SecretEncoding::Base64))],
    event_id: ["{content}"], "A ping of base, webhook and time in milliseconds: two pings are byte-equal only within one millisecond, and then one look at the payload list serves both.",
    event_type: None,
    sender: Sender { ack_deadline: Some(25), retry_horizon: Some(86_400), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://airtable.com/developers/web/api/webhooks-overview",
    secret: "`macSecretBase64`, base64 whose decoded bytes are the key; answered once, when the webhook is made through the API.",
    notes: "The ping says only that something changed: list the payloads from the last cursor. Answer 200 or 204 with an empty body. Webhooks expire after seven days unless they are refreshed, payloads after a week; after about 13 failed pings notifications are switched off.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"base":{"id":"appTideHarb0ur042"},"webhook":{"id":"ach{id}"},"timestamp":"2026-11-03T09:26:10.344Z"}"#;

    AKENEO: "akeneo", "Akeneo (Events API)";
    schemes: &[timed_header("{h:x-akeneo-request-signature}", "", "{h:x-akeneo-request-timestamp}.{body}", "{h:x-akeneo-request-timestamp}")],
    event_id: ["{content}"], "A request is a batch in which every event has its own event_id, so two batches cannot be byte-equal, and Akeneo does not send again.",
    event_type: Some(text("{j:/events/0/action}")),
    sender: Sender { retry_horizon: Some(0), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://api.akeneo.com/events-documentation/security.html",
    secret: "The secret of the connection, used as UTF-8; Connect > Connection settings > the connection > Event subscription.",
    notes: "Up to ten events in a request, all kinds to one URL. Akeneo wants the answer within half a second, does not retry, and drops events older than about two hours. Deprecated in favour of the Event Platform, which signs in another way.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"events":[{"action":"product.updated","event_id":"{id}","event_datetime":"2026-11-03T09:26:10+00:00","author":"ines","author_type":"ui","pim_source":"https://harbour.demo.akeneo.cloud","data":{"resource":{"identifier":"KAFFE-500","family":"coffee","enabled":true,"values":{"name":[{"locale":"de_DE","scope":null,"data":"Filterröstung"}]}}}}]}"#;

    ASANA: "asana", "Asana";
    schemes: &[body_hmac(plain("{h:X-Hook-Signature}", HEX))],
    event_id: ["{content}"], r#"There is no event id; every event in the batch holds object, user, action and a time in milliseconds. Only heartbeats, {"events":[]}, are byte-equal, and they say nothing."#,
    event_type: Some(text("{j:/events/0/action}")),
    sender: Sender { ack_deadline: Some(10), retry_horizon: Some(86_400), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "The first POST of a webhook carries X-Hook-Secret: answer 200 with the same header and keep its value, which is the signing key, before the request that made the webhook returns.",
    handshakes: &[Handshake::post("").challenge("{h:X-Hook-Secret}").delivers_key().headers(HOOK_SECRET)],
    evidence: Documented, "https://developers.asana.com/docs/webhooks-guide",
    secret: "The value of X-Hook-Secret from the handshake, one for each webhook, used as UTF-8; it is shown nowhere else.",
    notes: "Heartbeats come at the handshake and every eight hours; without a successful one for a day the webhook is deleted. Events are compact: fetch the object. 410 deletes the webhook.",
    headers: [("Content-Type", "application/json; charset=utf-8")],
    sample: r#"{"events":[{"user":{"gid":"1204417720001042","resource_type":"user"},"created_at":"2026-11-03T09:26:10.344Z","action":"changed","parent":null,"change":{"field":"completed","action":"changed"},"resource":{"gid":"{id}","resource_type":"task","resource_subtype":"default_task"}}]}"#;

    ASCEND: "ascend", "Ascend (insurance payments)";
    schemes: &[Scheme::new(Algorithm::HmacSha256, pairs("{h:X-Ascend-Signature}", [',', '='], "v1", HEX), "{p:t}:{body}")],
    event_id: ["{j:/id}"], "/id names the event, in the signed body.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developers.useascend.com/docs/webhooks",
    secret: "A text that Ascend's team gives when it registers the endpoint (there is no page for it); used as UTF-8.",
    notes: "Time and body are joined by a colon. The time stands in X-Ascend-Request-Timestamp too. No tolerance and no rule of retries is documented, so no age is checked.",
    headers: [("Content-Type", "application/json"), ("X-Ascend-Request-Timestamp", "{ts}")],
    sample: r#"{"id":"{id}","type":"invoice.paid","data":{"id":"0f3b1c77-d2a9-4a4f-a1d7-c0de51b6e2b4","invoice_number":"A-1042","status":"paid","total_amount_cents":385000,"currency":"usd","paid_at":"2026-11-03T09:26:10.344Z","insured":{"business_name":"Nordlys Kaffe"}}}"#;

    ASHBY: "ashby", "Ashby";
    schemes: &[body_hmac(prefixed("{h:Ashby-Signature}", "sha256=", HEX))],
    event_id: [], "The body is the action and the object: neither an id nor a time of the event is in it, so a change that is made, undone and made again can give the same bytes.",
    event_type: Some(text("{j:/action}")),
    sender: Sender { retries: Retries::Identical, success: Success::Below400, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A signed ping (action ping) when the webhook is made or changed: an answer of 400 or more switches it off.",
    evidence: Documented, "https://developers.ashbyhq.com/docs/authenticating-webhooks",
    secret: "The secret token the owner sets for each webhook, used as UTF-8; Admin > Integrations > Webhooks. Without it nothing is signed.",
    notes: "One action leads to several webhooks: candidateHire comes with applicationUpdate and candidateStageChange.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Ashby-Webhook")],
    sample: r#"{"action":"candidateStageChange","data":{"application":{"id":"{id}","createdAt":"2026-10-20T08:00:00.000Z","updatedAt":"2026-11-03T09:26:10.344Z","status":"Active","candidate":{"id":"0f3b1c77-d2a9-4a4f-a1d7-c0de51b6e2b4","name":"Rosa Ek"},"currentInterviewStage":{"title":"Onsite","type":"Active"},"job":{"title":"Harbour pilot"}}}}"#;

    ATTENTIVE: "attentive", "Attentive";
    schemes: &[body_hmac(plain("{h:x-attentive-hmac-sha256}", HEX))],
    event_id: ["{content}"], "There is no event id; the signed body names kind, company and subscriber with a time in milliseconds, and a retry sends it again.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retry_horizon: Some(259_200), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.attentive.com/docs/webhook-authentication/",
    secret: "The webhook's signing key, used as UTF-8; Marketplace > the custom app > Webhooks.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"type":"sms.subscribed","timestamp":{ts_ms},"company":{"display_name":"Nordlys Kaffe","company_id":"MTA0Mg"},"subscriber":{"email":"rosa@example.com","phone":"+46700000042","external_id":"{id}"},"subscription":{"type":"MARKETING","channel":"TEXT"}}"#;

    BOX: "box", "Box";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{any:box-signature-primary,box-signature-secondary}", BASE64), "{body}{h:box-delivery-timestamp}")
        .timed("{h:box-delivery-timestamp}", RFC3339, 600)
        .require("{h:box-signature-version}=1 & {h:box-signature-algorithm}=HmacSHA256")],
    event_id: ["{j:/id}"], "/id names the event and Box documents that it stays the same over retries, while box-delivery-id changes.",
    event_type: Some(text("{j:/trigger}")),
    sender: Sender { ack_deadline: Some(30), retries: Retries::Resigned, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: Some(text("box-delivery-id")),
    handshake: "",
    evidence: Published, "https://developer.box.com/guides/webhooks/v2/",
    secret: "The primary and the secondary signature key of the app, used as UTF-8; Developer Console > the app > Webhooks > Manage signature keys.",
    notes: "One header for each key; either is enough, so that keys can be changed one after the other. Characters beyond ASCII come as \\u escapes: only the bytes as sent verify. Version 1 webhooks are not signed.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "Box-WH-Client/0.1"), ("box-delivery-id", "673a081b-bb4b-4d45-b4f1-4131a29c1d07"), ("box-signature-version", "1"), ("box-signature-algorithm", "HmacSHA256")],
    sample: r#"{"type":"webhook_event","id":"{id}","created_at":"2026-11-03T01:26:09-08:00","trigger":"FILE.UPLOADED","webhook":{"id":"4165","type":"webhook"},"created_by":{"type":"user","id":"226067247","name":"Rosa Ek","login":"rosa@example.com"},"source":{"id":"73835521473","type":"file","sequence_id":"0","name":"tide-table.pdf","size":35446}}"#;

    CAL_COM: "cal-com", "Cal.com";
    aliases: ["calcom"],
    schemes: &[body_hmac(plain("{h:X-Cal-Signature-256}", HEX))],
    event_id: ["{content}"], "There is no event id; the signed body names the trigger, the booking and createdAt in milliseconds, the time of this event. A payload template of your own should keep createdAt.",
    event_type: Some(text("{j:/triggerEvent}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://cal.com/docs/developing/guides/automation/webhooks",
    secret: "Any text the owner types in, used as UTF-8; Settings > Developer > Webhooks > the webhook > Secret. It is hidden once saved.",
    notes: "Without a secret the header says `no-secret-provided`. A payload template of the owner's own replaces the body, and may leave triggerEvent out.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"triggerEvent":"BOOKING_CREATED","createdAt":"2026-11-03T09:26:10.344Z","payload":{"type":"harbour-walk","title":"Harbour walk between Ines and Rosa","startTime":"2026-11-10T14:00:00Z","endTime":"2026-11-10T14:30:00Z","organizer":{"id":42,"name":"Ines","email":"ines@example.com","timeZone":"Europe/Stockholm"},"attendees":[{"name":"Rosa Ek","email":"rosa@example.com"}],"uid":"{id}","bookingId":1042,"status":"ACCEPTED"}}"#;

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

    CLICKUP: "clickup", "ClickUp";
    schemes: &[body_hmac(plain("{h:X-Signature}", HEX))],
    event_id: [], "Task events hold history_items, whose ids name the change; events of lists, folders, spaces and goals, and deletions, are webhook, event and object id alone, so two updates are the same bytes. Where only task events are subscribed, `{j:/webhook_id} {j:/event} {j:/history_items/0/id}` serves.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { ack_deadline: Some(7), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.clickup.com/docs/webhooksignature",
    secret: "`webhook.secret` in the API's answer when the webhook is made, used as UTF-8; one for each webhook.",
    notes: "X-Signature is a name that many senders use. A webhook that keeps failing is marked and at last suspended.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event":"taskStatusUpdated","history_items":[{"id":"{id}","type":1,"date":"{ts_ms}","field":"status","parent_id":"162641062","user":{"id":183,"username":"Ines"},"before":{"status":"to do"},"after":{"status":"in progress"}}],"task_id":"86c1tide7","webhook_id":"7fa3ec74-69a8-4530-a251-8a13730bd204"}"#;

    CLIO: "clio", "Clio Manage";
    schemes: &[body_hmac(plain("{h:X-Hook-Signature}", HEX))],
    event_id: [], "The body is the event's name, the webhook and the fields the owner chose, by default id and etag: neither an id nor a time of the event, so a change that is undone and made again can give the same bytes.",
    event_type: Some(text("{j:/meta/event}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A POST with X-Hook-Secret when the webhook is made or its URL changes: answer 200 with the same header and keep its value, which is the signing key.",
    handshakes: &[Handshake::post("").challenge("{h:X-Hook-Secret}").delivers_key().headers(HOOK_SECRET)],
    evidence: Documented, "https://docs.developers.clio.com/api-reference/",
    secret: "The shared_secret of the webhook: the value of X-Hook-Secret, or GET /api/v4/webhooks/{id}?fields=shared_secret; used as UTF-8.",
    notes: "The page does not name the encoding; deliveries carry lower-case hex. Webhooks expire after three days unless expires_at says later, at most 31 days. Each region (eu., ca., au.) is a host of its own.",
    headers: [("Content-Type", "application/json; charset=utf-8")],
    sample: r#"{"data":{"id":1478293042,"etag":"\"{id}\"","display_number":"00042-Ek","status":"Open","updated_at":"2026-11-03T10:26:10+01:00"},"meta":{"event":"updated","webhook_id":88120}}"#;

    COMMUNITY: "community", "Community (community.com)";
    schemes: &[Scheme::new(Algorithm::HmacSha256, pairs("{h:community-signature}", [',', '='], "v1", HEX), "{p:t}.{body}")],
    event_id: ["{j:/id}"], "/id names the event, in the signed body, and is what Community says to deduplicate by for at least an hour.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(15), retry_horizon: Some(3_600), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.community.com/reference/webhooks-introduction",
    secret: "The webhook's signature secret, used as UTF-8; Dashboard > Settings > Integrations > Webhooks. Not the token of the API.",
    notes: "t is in seconds; no tolerance is documented and five retries run for up to an hour, so no age is checked. The prose says data.member and data.message, the examples data.object.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"id":"{id}","type":"message.inbound","object":"message","created":"2026-11-03T09:26:10.344871Z","api_version":"2024-02-12","data":{"object":{"id":"0f3b1c77-d2a9-4a4f-a1d7-c0de51b6e2b4","text":"När är det högvatten?","media_list":[],"outbound_message_type":"not_set","member":{"id":"5c3a9f10-7a51-4a0b-9d0d-1f4b4a0c1042","active":true,"communication_channel":"sms"}}}}"#;

    CONTENTFUL: "contentful", "Contentful";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{h:x-contentful-signature}", HEX), "{method}\n{target.escaped}\n{headers.joined:h:x-contentful-signed-headers}\n{body}")
        .timed("{h:x-contentful-timestamp}", MILLIS, 30)],
    event_id: ["{content}"], "There is no event id; the time of signing, in milliseconds, is signed beside the body, so no event is lost, and a retry under a new time is handled again.",
    event_type: None,
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://www.contentful.com/developers/docs/webhooks/request-verification/",
    secret: "64 characters (letters, digits, `+/=_-`), used as UTF-8; Settings > Webhooks > Settings > Enable request verification, or the app's Security tab.",
    notes: "x-contentful-signed-headers lists what is signed, itself and the time among it, in order. Contentful's library refuses what is older than 30 seconds. Path and query are escaped once more before they are signed, the query twice; a URL with a second `?` is refused, as Contentful's library leaves out what follows it. The event's name is in X-Contentful-Topic, of which the list says whether it is signed.",
    headers: [("Content-Type", "application/vnd.contentful.management.v1+json"), ("X-Contentful-Topic", "ContentManagement.Entry.publish"), ("X-Contentful-Webhook-Name", "tide-bot"), ("x-contentful-signed-headers", "content-type,x-contentful-signed-headers,x-contentful-timestamp")],
    sample: r#"{"sys":{"type":"Entry","id":"{id}","space":{"sys":{"type":"Link","linkType":"Space","id":"yadj1kx9rmg0"}},"environment":{"sys":{"id":"master","type":"Link","linkType":"Environment"}},"contentType":{"sys":{"id":"tideTable","type":"Link","linkType":"ContentType"}},"revision":7,"createdAt":"2026-10-20T08:00:00.000Z","updatedAt":"2026-11-03T09:26:10.344Z"},"fields":{"title":{"de-DE":"Gezeiten für Malmö"}}}"#;

    CRONOFY: "cronofy", "Cronofy";
    schemes: &[body_hmac(listed("{h:Cronofy-HMAC-SHA256}", ',', "", BASE64))],
    event_id: [], "The body is the kind of notification, the channel and, for changes, the time since when to look, which two changes can share; other kinds hold no time at all.",
    event_type: Some(text("{j:/notification/type}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(86_400), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A signed notification of type verification when the channel is made: any 2xx will do.",
    evidence: Published, "https://docs.cronofy.com/developers/push-notifications/authentication/",
    secret: "The application's client secret (`CRN_…`), used as UTF-8 with its prefix; developer dashboard > the application.",
    notes: "The header lists one signature for each active client secret. A channel without a success for a day is closed. The notification does not hold the events: read them since changes_since, at the data centre the account is in. Event triggers, which sign alike, wait seven seconds.",
    headers: [("Content-Type", "application/json; charset=utf-8")],
    sample: r#"{"notification":{"type":"change","changes_since":"2026-11-03T09:26:10Z"},"channel":{"channel_id":"chn_{id}","callback_url":"https://example.com/webhook","filters":{"calendar_ids":["cal_n23kjnwrw2_tide"],"only_managed":false}}}"#;

    CUSTOMERIO: "customerio", "Customer.io";
    aliases: ["customer-io"],
    schemes: &[timed_header("{h:X-CIO-Signature}", "", "v0:{h:X-CIO-Timestamp}:{body}", "{h:X-CIO-Timestamp}")],
    event_id: ["{j:/event_id}"], "/event_id names the event, in the signed body, and is the same when it is sent again.",
    event_type: Some(text("{j:/object_type} {j:/metric}")),
    sender: Sender { ack_deadline: Some(4), retry_horizon: Some(604_800), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.customer.io/integrations/api/webhooks/",
    secret: "The webhook signing key, used as UTF-8; Data & Integrations > Integrations > Reporting Webhooks.",
    notes: "`v0` stands in the signed text and not in the header. No tolerance is documented: five minutes are checked here on both sides; widen it if Customer.io's retries turn out to keep the first time.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event_id":"{id}","object_type":"email","metric":"opened","timestamp":{ts},"data":{"customer_id":"1042","identifiers":{"id":"1042","email":"rosa@example.com"},"delivery_id":"RPILAgUBcRhIBqSfeiIwdIYJKxTY","campaign_id":7,"action_id":21,"subject":"Springflut","recipient":"rosa@example.com"}}"#;

    DOCUSIGN: "docusign", "Docusign Connect";
    schemes: &[body_hmac(plain("{any:X-DocuSign-Signature-*}", BASE64))],
    event_id: ["{j:/event} {j:/data/envelopeId} {j:/generatedDateTime}"], "There is no event id; the event's name and envelope with generatedDateTime, to a fraction of a second, tell events apart, and retryCount, which a retry changes, is left out.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { retry_horizon: Some(1_296_000), retries: Retries::Resigned, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developers.docusign.com/platform/webhooks/connect/validate/",
    secret: "The Connect HMAC keys of the account, used as UTF-8, each shown once; Admin > Integrations > Connect > Connect Keys.",
    notes: "One numbered header for each active key, up to 100; any is enough. For JSON in the format restv2.1, one message an event; older XML has another shape. Failed messages can be published again by hand.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("x-authorization-digest", "HMACSHA256")],
    sample: r#"{"event":"envelope-completed","apiVersion":"v2.1","uri":"/restapi/v2.1/accounts/624e3e00-bf0c-4c9a-9b6c-042000771042/envelopes/{id}","retryCount":0,"configurationId":10420,"generatedDateTime":"2026-11-03T09:26:10.3448713Z","data":{"accountId":"624e3e00-bf0c-4c9a-9b6c-042000771042","userId":"70bacd18-1042-4f3a-8d8d-2f0a6a1c77d2","envelopeId":"{id}"}}"#;

    DROPBOX: "dropbox", "Dropbox";
    schemes: &[body_hmac(plain("{h:X-Dropbox-Signature}", HEX))],
    event_id: [], "The body is a list of accounts in which something changed, without id or time: two changes of one account are the same bytes.",
    event_type: None,
    sender: Sender { ack_deadline: Some(10), retry_horizon: Some(600), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "GET with challenge: answer its value as text/plain, with X-Content-Type-Options: nosniff.",
    handshakes: &[Handshake::get("").challenge("{q:challenge}").of(256, Charset::Base64).text("{challenge}")],
    evidence: Documented, "https://www.dropbox.com/developers/reference/webhooks",
    secret: "The app secret, used as UTF-8; App Console > the app > Settings.",
    notes: "A ping: list the changes of each account from the last cursor. Retries run for about ten minutes.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "DropboxWebhooks/1.0")],
    sample: r#"{"list_folder":{"accounts":["dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc","dbid:{id}"]},"delta":{"users":[12345042,23456042]}}"#;

    DROPBOX_SIGN: "dropbox-sign", "Dropbox Sign";
    aliases: ["hellosign"],
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{j:/event/event_hash}", HEX), "{j:/event/event_time}{j:/event/event_type}").uncovered("All of the event but its time and its type.")
        .uncovered("All of the event but its time and its type.")
        .adjacent("the time is digits and no type begins with one")],
    event_id: [], "Only the time, in seconds, and the type are signed: two signature requests can share both in one second, so no key of signed parts tells events apart.",
    event_type: Some(text("{j:/event/event_type}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A signed callback_test when the URL is saved, and the answer to every event: 200 with the text `Hello API Event Received`.",
    evidence: Published, "https://developers.hellosign.com/docs/events/walkthrough/",
    secret: "An API key of the account (of the app's owner for app callbacks), used as UTF-8; API settings > Reveal key.",
    notes: "The JSON comes as the field `json` of a multipart form: hand this entry that field, not the form. Whoever has one genuine event can put any other content under its time and type, so fetch what the event names before acting on it.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "HelloSign API")],
    sample: r#"{"account_guid":"63522885f9261e2b04eea043933ee7313eb67042","event":{"event_time":"{ts}","event_type":"signature_request_signed","event_hash":"{signature}","event_metadata":{"related_signature_id":"ad4d8a769b555fa5ef38691465d426682bf2c042","reported_for_account_id":"63522885f9261e2b04eea043933ee7313eb67042"}},"signature_request":{"signature_request_id":"{id}","title":"Mooring contract","is_complete":false}}"#;

    ENODE: "enode", "Enode";
    schemes: &[Scheme::new(Algorithm::HmacSha1, prefixed("{h:x-enode-signature}", "sha1=", HEX), "{body}")],
    event_id: ["{content}"], "There is no event id in the body; every event of the array holds its createdAt in milliseconds and the object's state, and a retry sends the same array.",
    event_type: Some(text("{j:/0/event}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(86_400), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("x-enode-delivery")),
    handshake: "An enode:webhook:test event may be asked for; nothing to echo.",
    evidence: Documented, "https://developers.enode.com/docs/webhooks",
    secret: "A random text of at least 128 bits that the owner makes and sends as `secret` when the webhook is made; used as UTF-8, never shown again.",
    notes: "HMAC-SHA1. The body is an array of events. After a day of failures production webhooks are made inactive and their pending events dropped; in the sandbox after five minutes.",
    headers: [("Content-Type", "application/json"), ("x-enode-delivery", "{id}")],
    sample: r#"[{"event":"user:vehicle:updated","createdAt":"2026-11-03T09:26:10.344Z","version":"2024-10-01","user":{"id":"{id}"},"vehicle":{"id":"8d90101b-3f2f-462a-bbb4-1ed320d33bbe","vendor":"VOLVO","isReachable":true,"chargeState":{"batteryLevel":64,"isPluggedIn":true,"isCharging":false,"lastUpdated":"2026-11-03T09:26:08.000Z"}},"updatedFields":["chargeState.isCharging"]}]"#;

    EXACT_ONLINE: "exact-online", "Exact Online";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{j:/HashCode}", HEX), "{raw:/Content}").uncovered("Nothing but Content, which holds the event.")],
    event_id: ["{content}"], "The signed Content names topic, action, key and division with EventCreatedOn, so two changes of one record differ by their time; older subscriptions without that field can repeat.",
    event_type: Some(text("{j:/Content/Topic} {j:/Content/Action}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "An empty POST about a second after the subscription is made: answer it with 2xx, unsigned as it is.",
    handshakes: &[Handshake::post("{body}=")],
    evidence: Documented, "https://support.exactonline.com/community/s/article/All-All-DNO-Content-webhookstut",
    secret: "The webhook secret of the app, used as UTF-8 (not the client secret); App Center > the app > Manage.",
    notes: "The signature is upper-case hex in the body's HashCode, over the text of Content as it was sent, braces included. Deliveries are batched and come minutes later unless IsInstant is set. Fetch the record from ExactOnlineEndpoint.",
    headers: [("Content-Type", "application/json; charset=utf-8")],
    sample: r#"{"Content":{"Topic":"Accounts","ClientId":"0f3b1c77-d2a9-4a4f-a1d7-c0de51b6e2b4","Division":1042771,"Action":"Update","Key":"{id}","ExactOnlineEndpoint":"https://start.exactonline.nl/api/v1/1042771/crm/Accounts(guid'{id}')","EventCreatedOn":"2026-11-03T10:26:10.344"},"HashCode":"{signature}"}"#;

    FAUNDIT: "faundit", "Faundit";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{h:X-Faundit-Signature-Next}", HEX), "v1:{h:X-Faundit-Timestamp}:{body}")],
    event_id: ["{j:/event-type} {v:/data/id} {v:/data/status} {v:/data/timestamp}"], "There is no event id; kind, item or request, its new status and the time of the change name the event, all in the signed body.",
    event_type: Some(text("{j:/event-type}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://faundit.gitbook.io/faundit-api-v2/webhooks",
    secret: "A text that Faundit gives on request (tech@faundit.com); used as UTF-8.",
    notes: "X-Faundit-Signature, sent beside it, is the deprecated v0 over the time alone and says nothing about the body: it is not taken. Neither a tolerance nor retries are documented, so no age is checked.",
    headers: [("Content-Type", "application/json"), ("X-Faundit-Timestamp", "{ts}")],
    sample: r#"{"event-type":"item-status","data":{"id":"{id}","timestamp":"2026-11-03T09:26:10.344Z","status":"delivered","locationID":"harbour-hotel-malmö"}}"#;

    FAVRO: "favro", "Favro";
    schemes: &[Scheme::new(Algorithm::HmacSha1, plain("{h:X-Favro-Webhook}", BASE64), "{j:/payloadId}{url}").uncovered("All of the body but its payloadId.")
        .uncovered("All of the body but its payloadId.")
        .adjacent("the URL is configured")],
    event_id: ["{j:/payloadId}"], "/payloadId names the payload and is all of the body that is signed.",
    event_type: None,
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "A signed ping (action ping) when the webhook is made: any 2xx will do.",
    evidence: Documented, "https://favro.com/developer/#webhook-signatures",
    secret: "The secret the owner enters when the webhook is made, used as UTF-8.",
    notes: "HMAC-SHA1 over payloadId and the URL exactly as it was entered; the rest of the body can be replaced under it. The kind is /action with the object that is there (card, comment). X-Favro-Backend-Identifier is no signature.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"payloadId":"{id}","hookId":"KcTide7Harb0ur","action":"moved","card":{"cardId":"5f1c0e4d7c7e5e5f7c39ad0c","cardCommonId":"a3f8f2b1015f1c0e","name":"Gezeitentafel prüfen","sequentialId":1042,"columnId":"2f2a2e9c5e4a8a8f"},"sender":{"userId":"67973f72db34592d8","name":"Ines"}}"#;

    FIGMA: "figma", "Figma";
    schemes: &[token("{j:/passcode}")],
    event_id: ["{content}"], "There is no event id; the body names webhook, kind and file with a time. Nothing is signed: it counts as said by whoever has the passcode.",
    event_type: Some(text("{j:/event_type}")),
    sender: Sender { retry_horizon: Some(12_900), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A PING event when the webhook is made, unless it is made paused; any 2xx will do.",
    evidence: Documented, "https://developers.figma.com/docs/rest-api/webhooks-security",
    secret: "The passcode the owner sends when the webhook is made (up to 100 characters); the API does not show it again.",
    notes: "No signature: the passcode stands in the body, so keep bodies out of logs. An answer of 400 stops the webhook. Up to three retries, after 5 minutes, 30 minutes and 3 hours.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event_type":"FILE_COMMENT","passcode":"{signature}","protocol_version":"2","retries":0,"timestamp":"2026-11-03T09:26:10Z","webhook_id":"22042","file_key":"zH0KEuTideTable","file_name":"Gezeitenkarte für Malmö","comment":[{"text":"An hour off?"}],"comment_id":"{id}","triggered_by":{"id":"813845097374535682","handle":"Rosa Ek"}}"#;

    FIREFLIES: "fireflies", "Fireflies.ai";
    schemes: &[
        body_hmac(prefixed("{h:X-Hub-Signature}", "sha256=", HEX)).named("fireflies"),
        body_hmac(plain("{h:X-Hub-Signature}", HEX)).named("fireflies-v1"),
    ],
    event_id: ["{j:/meeting_id} {j:/event} {n:/timestamp}", "{j:/meetingId} {j:/eventType}"], "There is no event id; meeting, event and its time in milliseconds name it. Version 1 knows one event, which happens to a meeting once.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { ack_deadline: Some(10), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("x-webhook-delivery-id")),
    handshake: "",
    evidence: Documented, "https://docs.fireflies.ai/graphql-api/webhooks-v2",
    secret: "The signing secret of the webhook, used as UTF-8; Settings > Developer settings (16 to 32 characters in version 1). Without one, version 2 sends no signature.",
    notes: "Version 2 has the prefix sha256=, version 1 bare hex under the same header, which other senders use for other algorithms. Version 1 names its event in /eventType.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Fireflies-Webhook/2.0"), ("x-webhook-delivery-id", "0f3b1c77-d2a9-4a4f-a1d7-c0de51b6e2b4")],
    sample: r#"{"event":"meeting.summarized","timestamp":{ts_ms},"meeting_id":"{id}","client_reference_id":"harbour-1042"}"#;

    FORMSTACK: "formstack", "Formstack Forms";
    schemes: &[body_hmac(prefixed("{h:X-FS-Signature}", "sha256=", HEX))],
    event_id: ["{f:FormID} {f:UniqueID}", "{j:/FormID} {j:/UniqueID}"], "UniqueID names the submission, which is the only event, in the signed form or JSON.",
    event_type: None,
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://help.formstack.com/hc/en-us/articles/44592535914387-WebHook-Submit-Actions",
    secret: "The HMAC key of the WebHook action, used as UTF-8; Form Settings > Emails & Actions > Advanced Settings > the WebHook. Without it nothing is signed.",
    notes: "The page names neither algorithm nor encoding; this is what deliveries carry. The header's name can be changed (Custom HMAC Header): then describe the provider anew under that name. FastSpring uses the same header with base64. HandshakeKey in the body is another, static secret. The names of the other fields are the form's own.",
    headers: [("Content-Type", "application/x-www-form-urlencoded"), ("User-Agent", "FormstackWebhook/1.0 (Form 6606042)")],
    sample: "FormID=6606042&UniqueID={id}&Name=Rosa+Ek&City=Malm%C3%B6&Wish=More+benches+on+the+pier&Email=rosa%40example.com&Visits=3&Newsletter=No&Rating=4+of+5&HandshakeKey=tide";

    FRONT: "front", "Front";
    aliases: ["frontapp"],
    schemes: &[
        Scheme::new(Algorithm::HmacSha256, plain("{h:X-Front-Signature}", BASE64), "{h:X-Front-Request-Timestamp}:{body}").named("front"),
        Scheme::new(Algorithm::HmacSha1, plain("{h:X-Front-Signature}", BASE64), "{body}").named("front-rule"),
    ],
    event_id: ["{j:/payload/id}", "{j:/id}", "{content}"], "The event object's id (evt_…), under /payload for application webhooks and at the top for rules; both stand in the signed body.",
    event_type: Some(text("{j:/type}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: r#"A request with X-Front-Challenge when the subscription is made: answer its value within ten seconds, as text or as JSON {"challenge"}."#,
    handshakes: &[Handshake::post("").challenge("{h:X-Front-Challenge}").of(256, Charset::Base64).text("{challenge}")],
    evidence: Documented, "https://dev.frontapp.com/docs/application-webhooks",
    secret: "The signing key of the app (Settings > Developers > the app > Features > Webhooks) for application webhooks, the API secret of the Webhooks app for rules; used as UTF-8.",
    notes: "The time is in milliseconds; no tolerance is documented, so no age is checked. Application webhooks are tried up to three times more and then switched off; rule webhooks wait five seconds and are not retried. The two kinds have different secrets: use an endpoint for each.",
    headers: [("Content-Type", "application/json"), ("X-Front-Request-Timestamp", "{ts_ms}")],
    sample: r#"{"type":"assign","authorization":{"id":"cmp_tide42"},"payload":{"_links":{"self":"https://harbour.api.frontapp.com/events/{id}"},"id":"{id}","type":"assign","emitted_at":{ts}.344,"conversation":{"id":"cnv_55c8c149","subject":"Hochwasser am Kai","status":"assigned"},"target":{"data":{"id":"tea_6r55a","email":"ines@example.com"}}}}"#;

    HUBSPOT: "hubspot", "HubSpot";
    methods: ["POST", "GET"],
    schemes: &[
        hubspot_v3("{method}{url.decoded}{body}{h:X-HubSpot-Request-Timestamp}", "hubspot-v3"),
        hubspot_v3("{method}{url}{body}{h:X-HubSpot-Request-Timestamp}", "hubspot-v3-undecoded"),
        hubspot("{secret}{body}", "{h:X-HubSpot-Signature-Version}=v1", "hubspot-v1"),
        hubspot("{secret}{method}{url}{body}", "{h:X-HubSpot-Signature-Version}=v2", "hubspot-v2").adjacent("the method is one of two and the URL is configured"),
    ],
    event_id: ["{content}"], "A request is a batch; HubSpot does not promise that eventId is unique, batches may be cut anew, and attemptNumber in the body changes with each attempt. So the whole signed text is the key: no event is lost, and a retry is handled again.",
    event_type: Some(text("{j:/0/subscriptionType}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(86_400), retries: Retries::Resigned, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests",
    secret: "The app's client secret, used as UTF-8; developer account > the app > Auth.",
    notes: "Three versions: v1 and v2 are plain SHA-256 digests that begin with the secret, in X-HubSpot-Signature with the version beside it; v3 is an HMAC in a header of its own. Where v3 is there it decides. v1 and v2, which may come beside it, sign no time, and v1 neither method nor URL: whoever takes the header of v3 away from a captured delivery is judged by them. Where your app gets v3, restrict the endpoint to `hubspot-v3` and `hubspot-v3-undecoded` with `only_schemes`. The pages decode some escapes of the URL for v3, HubSpot's libraries do not: either writing is taken. For an id of your own, take portalId, subscriptionId, objectId and occurredAt of each item.",
    headers: [("Content-Type", "application/json;charset=UTF-8"), ("User-Agent", "HubSpot Connect 2.0 (http://dev.hubspot.com/) - WebHooks")],
    sample: r#"[{"eventId":3391042077,"subscriptionId":1042,"portalId":62515,"appId":54321,"occurredAt":{ts_ms},"subscriptionType":"contact.propertyChange","attemptNumber":0,"objectId":1246965,"propertyName":"firstname","propertyValue":"{id}","changeSource":"CRM","isSensitive":false}]"#;

    HYGRAPH: "hygraph", "Hygraph";
    aliases: ["graphcms"],
    schemes: &[Scheme::new(
        Algorithm::HmacSha256,
        pairs("{h:gcms-signature}", [',', '='], "sign", BASE64).written("sign, env, t"),
        r#"{{"Body":{json:body},"EnvironmentName":"{p:env}","TimeStamp":{p:t}}}"#,
    )],
    event_id: ["{content}"], "There is no event id; the signed text holds a time in milliseconds with operation and entry, so no event is lost, and a retry under a new time is handled again.",
    event_type: Some(text("{j:/operation}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://hygraph.com/docs/developer-guides/webhooks/overview",
    secret: "The secret key of the webhook, used as UTF-8; Project settings > Webhooks > the webhook. Without it nothing is signed.",
    notes: "What is signed is a JSON text around the body written as a JSON string, the environment and the time. t is in milliseconds; no tolerance is documented and Hygraph's library checks none. The name of the header comes from GraphCMS, as the product was called.",
    headers: [("Content-Type", "application/json")],
    params: [("env", "master"), ("t", "{ts_ms}")],
    sample: r#"{"operation":"publish","data":{"__typename":"TideTable","id":"{id}","stage":"PUBLISHED","title":"Gezeiten für Malmö","createdAt":"2026-10-20T08:00:00.000000+00:00","updatedAt":"2026-11-03T09:26:10.344871+00:00","publishedAt":"2026-11-03T09:26:10.344871+00:00"}}"#;

    KONTENT_AI: "kontent-ai", "Kontent.ai";
    schemes: &[body_hmac(plain("{h:X-Kontent-ai-Signature}", BASE64))],
    event_id: [], "There is no event id, and the only time, last_modified, is the object's: unpublishing an item and publishing it again unchanged can give the same bytes.",
    event_type: Some(text("{j:/notifications/0/message/action}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://kontent.ai/learn/docs/webhooks",
    secret: "Base64 text, used as it is shown (not decoded); Environment settings > Webhooks > the webhook > Secret.",
    notes: "The JSON is written over several lines with CRLF, and those bytes are signed; Kontent.ai's library puts them back where a parser took them away. Older webhooks name the header X-KC-Signature.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"notifications":[{"data":{"system":{"id":"{id}","name":"Gezeiten für Malmö","codename":"gezeiten_fuer_malmoe","collection":"default","workflow":"default","workflow_step":"published","language":"de-DE","type":"tide_table","last_modified":"2026-11-03T09:26:10.3448713Z"}},"message":{"environment_id":"b259760f-81c5-013a-05e7-69efb4b954e5","object_type":"content_item","action":"published","delivery_slot":"published"}}]}"#;

    MERAKI: "meraki", "Cisco Meraki";
    aliases: ["cisco-meraki"],
    schemes: &[token("{j:/sharedSecret}")],
    event_id: ["{content}"], "/alertId is empty for many alerts; the body names network, device and alert with the times of the event and of sending. Nothing is signed: it counts as said by whoever has the secret.",
    event_type: Some(text("{j:/alertTypeId}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.cisco.com/meraki/webhooks/introduction/",
    secret: "The shared secret of the HTTP server, any text; Network-wide > Alerts > Webhooks > HTTPS servers.",
    notes: "No signature: the secret stands in the body, so keep bodies out of logs. Without one the field is empty. Payload templates of the owner's own can move or leave out every field, the secret too. A server that fails more than 100 times in a day is switched off.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"version":"0.1","sharedSecret":"{signature}","sentAt":"{ts_rfc3339}","organizationId":"2930042","organizationName":"Harbour Malmö","networkId":"N_24329156","networkName":"Pier 7","deviceSerial":"Q2CV-TIDE-0042","deviceName":"Gauge camera","alertId":"{id}","alertType":"Motion detected","alertTypeId":"motion_alert","alertLevel":"informational","occurredAt":"2026-11-03T09:24:40.000000Z","alertData":{"timestamp":{ts}}}"#;

    MONDAY: "monday", "monday.com";
    aliases: ["monday-com"],
    schemes: &[Scheme::new(Algorithm::HmacSha256, jws("{h:Authorization}", "", JwsPayload::Attached), "")
        .equal("{c:/aud}={cfg?:audience}")
        .uncovered("All of the body: the token shows who called, not what he said.")],
    event_id: [], "The token serves for the call and says nothing of the body; /event/triggerUuid, which names the event, is not signed.",
    event_type: None,
    sender: Sender { retry_horizon: Some(1_800), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: r#"A POST with {"challenge"} when the webhook is made: answer the same JSON."#,
    handshakes: &[Handshake::post("").members("challenge").challenge("{j:/challenge}").of(256, Charset::Base64).json(r#"{{"challenge":"{challenge}"}}"#)],
    evidence: Documented, "https://developer.monday.com/apps/docs/integration-authorization",
    secret: "The app's signing secret for integration and board webhooks, its client secret for app lifecycle events; used as UTF-8. Developer Center > the app > General settings.",
    notes: "The JWT (HS256, no `Bearer` before it) does not bind the body: read the item from the API before acting on it. Webhooks made with a personal token or in the board's own settings may carry no token; those cannot be verified at all. Configure `audience` with the URL that aud must name.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event":{"userId":9603042,"originalTriggerUuid":null,"boardId":1771042,"pulseId":1042771,"pulseName":"Gezeitentafel prüfen","groupId":"topics","columnId":"status","columnType":"color","value":{"label":{"index":1,"text":"Done"}},"changedAt":{ts}.344,"app":"monday","type":"update_column_value","triggerTime":"2026-11-03T09:26:10.344Z","subscriptionId":73759042,"triggerUuid":"{id}"}}"#;

    NOTION: "notion", "Notion";
    schemes: &[body_hmac(prefixed("{h:X-Notion-Signature}", "sha256=", HEX))],
    event_id: ["{j:/id}"], "/id is documented as the unique id of the webhook event; /attempt_number beside it changes.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retry_horizon: Some(86_400), retries: Retries::Resigned, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: r#"The first POST carries {"verification_token"} unsigned: show it to the owner, who pastes it into Notion; it is the signing key from then on."#,
    handshakes: &[Handshake::post("").members("verification_token").challenge("{j:/verification_token}").delivers_key()],
    evidence: Documented, "https://developers.notion.com/reference/webhooks",
    secret: "The `verification_token` (`secret_…`) that Notion posts to the endpoint once; it is shown nowhere else before it is entered in the integration's Webhooks tab.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "notion-api"), ("Accept", "*/*")],
    sample: r#"{"id":"{id}","timestamp":"2026-11-03T09:26:10.344Z","workspace_id":"13950b26-c203-4f3b-b97d-93ec06319565","workspace_name":"Harbour","subscription_id":"29d75c0d-5546-4414-8459-7b7a92f1fc4b","integration_id":"0ef2e755-4912-8096-91c1-00376a88a5ca","type":"page.properties_updated","authors":[{"id":"c7c11cca-1d73-471d-9b6e-bdef51470190","type":"person"}],"accessible_by":[],"attempt_number":1,"entity":{"id":"153104cd-477e-809d-8dc4-ff2d96ae3090","type":"page"},"data":{"parent":{"id":"36cc9195-760f-4fff-a67e-3a46c559b176","type":"database"},"updated_properties":["XGe%40"]}}"#;

    NYLAS: "nylas", "Nylas";
    schemes: &[body_hmac(plain("{h:x-nylas-signature}", HEX))],
    event_id: ["{j:/id}"], "A CloudEvent: /id names the notification, in the signed body; webhook_delivery_attempt beside it counts the attempts.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(10), retry_horizon: Some(1_200), retries: Retries::Resigned, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "GET with challenge: answer its exact value within ten seconds, not chunked.",
    handshakes: &[Handshake::get("").challenge("{q:challenge}").of(256, Charset::Base64).text("{challenge}")],
    evidence: Documented, "https://developer.nylas.com/docs/v3/notifications/webhooks/",
    secret: "`webhook_secret`, used as UTF-8, one for each destination; in the answer when the webhook is made or its secret rotated.",
    notes: "Where the body comes compressed (Content-Encoding: gzip), the compressed bytes are signed: verify before inflating. Retries, two at most, only after 408, 429, 502, 503, 504 and 507. Bodies above 1 MB come with the type's suffix .truncated.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"specversion":"1.0","type":"message.created","source":"/google/emails/realtime","id":"{id}","time":{ts},"webhook_delivery_attempt":1,"data":{"application_id":"0f3b1c77-d2a9-4a4f-a1d7-c0de51b6e2b4","grant_id":"1e3288f6-124e-405d-a13a-635a2ee54eb2","object":{"id":"18c2tide7","object":"message","subject":"Hochwasser für Malmö","from":[{"email":"rosa@example.com","name":"Rosa Ek"}],"date":{ts},"unread":true}}}"#;

    OURA: "oura", "Oura";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{h:x-oura-signature}", HEX), "{h:x-oura-timestamp}{body}")
        .adjacent("the time is digits and the body begins with a brace: bytes moved over the border leave a body that is no JSON")],
    event_id: ["{j:/event_type} {j:/data_type} {j:/object_id} {j:/event_time}"], "There is no event id; what happened to which object and when name the event, all in the signed body.",
    event_type: Some(text("{j:/event_type} {j:/data_type}")),
    sender: Sender { ack_deadline: Some(10), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: r#"GET with verification_token and challenge: check the token, answer {"challenge"} as JSON. Again at each renewal."#,
    handshakes: &[Handshake::get("").verify("{q:verification_token}={cfg:verification_token}").challenge("{q:challenge}").of(256, Charset::Base64).json(r#"{{"challenge":"{challenge}"}}"#)],
    evidence: Documented, "https://cloud.ouraring.com/v2/docs#tag/Webhook-Subscription-Routes",
    secret: "The client secret of the API application, used as UTF-8; cloud.ouraring.com > API Applications. The verification_token of the handshake is another value, chosen by the owner.",
    notes: "Upper-case hex. The page signs the body parsed and written again, which gives the same bytes as were sent. No tolerance is documented, so no age is checked. Ten retries; 410 ends the subscription. The body names the object only.",
    headers: [("Content-Type", "application/json"), ("x-oura-timestamp", "{ts}")],
    sample: r#"{"event_type":"update","data_type":"daily_readiness","object_id":"{id}","event_time":"2026-11-03T09:26:10.344000+00:00","user_id":"2f0a6a1c77d25c3a9f107a514a0b9d0d"}"#;

    PIPEDRIVE: "pipedrive", "Pipedrive";
    schemes: &[BASIC],
    event_id: ["{j:/meta/id}"], "/meta/id names the event in version 2, while /meta/entity_id is the object. Nothing is signed: it counts as said by whoever has the password.",
    event_type: Some(text("{j:/meta/action} {j:/meta/entity}")),
    sender: Sender { retry_horizon: Some(183), retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://pipedrive.readme.io/docs/guide-for-webhooks-v2",
    secret: "`user:password` as given in http_auth_user and http_auth_password when the webhook is made; Settings > Tools and apps > Webhooks.",
    notes: "No signature. Retries after 3, 30 and 150 seconds; ten first attempts that fail suspend the webhook for half an hour, three days without a success delete it. In version 1, /meta/id is the number of the object, so this entry refuses it.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"meta":{"action":"change","entity":"deal","entity_id":"1042","id":"{id}","company_id":"771042","user_id":"9042","correlation_id":"0f3b1c77-d2a9-4a4f-a1d7-c0de51b6e2b4","timestamp":"2026-11-03T09:26:10.344Z","type":"general","version":"2.0","webhook_id":"88120","attempt":1},"data":{"id":1042,"title":"Mole am Öresund","value":129900,"currency":"SEK","stage_id":3},"previous":{"stage_id":2}}"#;

    PYLON: "pylon", "Pylon";
    schemes: &[Scheme::new(Algorithm::HmacSha256, prefixed("{h:Pylon-Webhook-Signature}", "hs256=", HEX), "{h:Pylon-Webhook-Timestamp}.{body}")],
    event_id: ["{content}"], "The events' schema is behind a login; the time of sending is signed beside the body, so no event is lost, and a retry under a new time is handled again.",
    event_type: None,
    sender: Sender { retry_horizon: Some(111_600), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://getpylon.com/developers/guides/using-webhooks/",
    secret: "The destination's signing secret, used as UTF-8, shown once when the destination is made; Settings > Webhooks.",
    notes: "The time is in seconds; whether retries (five, the last about 31 hours later) carry a new one is not documented, so no age is checked. The older X-Pylon-Signature over the body alone is another scheme. A destination without a success for seven days goes inactive.",
    headers: [("Content-Type", "application/json"), ("Pylon-Webhook-Timestamp", "{ts}"), ("Pylon-Webhook-Version", "2021-07")],
    sample: r#"{"data":{"event_type":"issue.created","issue_id":"{id}","issue_number":1042,"issue_title":"Gezeiten um eine Stunde versetzt","issue_status":"new","issue_account_id":"0f3b1c77-d2a9-4a4f-a1d7-c0de51b6e2b4","issue_requester_email":"rosa@example.com","issue_team_name":"Harbour support"}}"#;

    QUOTER: "quoter", "Quoter";
    schemes: &[Scheme::new(Algorithm::HashMd5, plain("{f:hash}", HEX), "{secret}{f:timestamp}{f:data}")
        .uncovered("Nothing but the fields timestamp and data, which hold the event.")
        .adjacent("the time is digits and the data begins with a brace or an angle bracket")],
    event_id: ["{content}"], "There is no event id; the record's state is signed with the time of sending in seconds, so two events are equal only where nothing but the second of sending could tell them apart.",
    event_type: None,
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://help.quoter.com/hc/en-us/articles/32085971955355-Integrate-with-Webhooks",
    secret: "The hash key of the webhook, any text, used as UTF-8; Settings > Integrations > Webhooks. Without it the hash proves nothing.",
    notes: "MD5 over key, time and data: the weakest scheme of this catalogue, so make the key long and random. The request does not say whether data is a quote, a person or a payment: register a URL for each, such as with ?object=quote. No tolerance and no retries are documented, so no age is checked.",
    headers: [("Content-Type", "application/x-www-form-urlencoded")],
    sample: "hash={signature}&timestamp={ts}&data=%7B%22id%22%3A%22{id}%22%2C%22number%22%3A%221042%22%2C%22name%22%3A%22Mole+am+%C3%96resund%22%2C%22status%22%3A%22published%22%2C%22person%22%3A%7B%22first_name%22%3A%22Rosa%22%2C%22last_name%22%3A%22Ek%22%7D%2C%22total%22%3A%221299.00%22%7D";

    SANITY: "sanity", "Sanity";
    schemes: &[Scheme::new(Algorithm::HmacSha256, pairs("{h:sanity-webhook-signature}", [',', '='], "v1", Encoding::Base64urlNopad), "{p:t}.{body}")],
    event_id: ["{content}"], "The idempotency-key is an unsigned header and the body is the owner's own projection; a time in milliseconds is signed with it, so no event is lost, and a retry under a new time is handled again.",
    event_type: None,
    sender: Sender { ack_deadline: Some(30), retry_horizon: Some(60), ..Sender::UNKNOWN },
    unsigned_id: Some(text("idempotency-key")),
    handshake: "",
    evidence: Sdk, "https://www.sanity.io/docs/webhooks",
    secret: "Any text given to the webhook, used as UTF-8; sanity.io/manage > the project > API > Webhooks.",
    notes: "t is in milliseconds; neither the pages nor Sanity's library know a tolerance, so no age is checked. Since April 2026 two retries, 30 seconds apart, after 429 and 5xx only. sanity-operation (create, update, delete) is not signed: put it into the projection, with delta::operation().",
    headers: [("Content-Type", "application/json"), ("sanity-operation", "update"), ("sanity-dataset", "production"), ("sanity-project-id", "tide7042"), ("sanity-document-id", "tide-table-malmo"), ("idempotency-key", "{id}")],
    params: [("t", "{ts_ms}")],
    sample: r#"{"_id":"{id}","_type":"tideTable","_rev":"mAJPvJtideHarb0ur7042","_createdAt":"2026-10-20T08:00:00Z","_updatedAt":"2026-11-03T09:26:10Z","title":"Gezeiten für Malmö","slug":{"_type":"slug","current":"malmo"}}"#;

    SMARTCAR: "smartcar", "Smartcar";
    schemes: &[body_hmac(plain("{h:SC-Signature}", HEX))],
    event_id: ["{j:/eventId}"], "/eventId names the event, in the signed body; /meta/deliveryId changes with each attempt.",
    event_type: Some(text("{j:/eventType}")),
    sender: Sender { ack_deadline: Some(15), retries: Retries::Resigned, retry_changes_body: true, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: r#"A VERIFY event with /data/challenge: answer {"challenge"} with the hex HMAC-SHA256 of it under the same token, within 15 seconds."#,
    handshakes: &[Handshake::signed_post("{j:/eventType}=VERIFY").challenge("{j:/data/challenge}").json(r#"{{"challenge":"{mac.hex:challenge}"}}"#)],
    evidence: Sdk, "https://smartcar.com/docs/integrations/webhooks/payload-verification",
    secret: "The application management token (a UUID), used as UTF-8; Dashboard > Configuration.",
    notes: "The answer to VERIFY is an HMAC of a text the sender chose: answer it only for challenges that no genuine event body could be. Smartcar's Node library writes the parsed body again before it verifies, its Python library takes the bytes. Version 2 webhooks, scheduled or by event, are deprecated and have another shape.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"eventId":"{id}","eventType":"VEHICLE_STATE","data":{"user":{"id":"5c3a9f10-7a51-4a0b-9d0d-1f4b4a0c1042"},"vehicle":{"id":"0f3b1c77-d2a9-4a4f-a1d7-c0de51b6e2b4","make":"VOLVO","model":"EX30","year":2026},"signals":[{"code":"tractionbattery-stateofcharge","name":"StateOfCharge","body":{"value":64,"unit":"percent"}}]},"triggers":[{"type":"SIGNAL_UPDATED"}],"meta":{"deliveryId":"9b4d5f2e-8a30-4f3a-8d8d-2f0a6a1c77d2","deliveredAt":{ts_ms},"version":"4.0","mode":"LIVE"}}"#;

    SMILE_API: "smile-api", "Smile API (getsmileapi.com)";
    schemes: &[Scheme::new(Algorithm::HmacSha512, plain("{h:Smile-Signature}", HEX), "{body}")],
    event_id: ["{j:/id}"], "/id names the event, in the signed body, and is what Smile says to deduplicate by.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.getsmileapi.com/reference/webhooks",
    secret: "The secret the owner sets for the webhook (up to 64 characters), used as UTF-8; portal.getsmileapi.com > Webhooks.",
    notes: "Neither Smile.io nor Smile Identity. HMAC-SHA512. At most two retries, within about a minute or two.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"id":"{id}","type":"ACCOUNT_CONNECTED","createdAt":"2026-11-03T09:26:10.344Z","data":{"accountId":"a-0f3b1c77d2a94a4f","userId":"tenant-5c3a9f107a514a0b","providerId":"upwork","status":"CONNECTED"}}"#;

    TALLY: "tally", "Tally";
    schemes: &[body_hmac(plain("{h:Tally-Signature}", BASE64))],
    event_id: ["{j:/eventId}"], "/eventId names the event, in the signed body.",
    event_type: Some(text("{j:/eventType}")),
    sender: Sender { ack_deadline: Some(10), retry_horizon: Some(113_700), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://tally.so/help/webhooks",
    secret: "Any text, used as UTF-8; the form > Integrations > Webhooks > Signing secret. Without it nothing is signed.",
    notes: "Retries after 5 minutes, 30 minutes, 1 hour, 6 hours and 1 day.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"eventId":"{id}","eventType":"FORM_RESPONSE","createdAt":"2026-11-03T09:26:10.344Z","data":{"responseId":"2wgx4n","submissionId":"2wgx4n","respondentId":"dwQKYm","formId":"VwbNEw","formName":"Hafenumfrage","createdAt":"2026-11-03T09:26:10.000Z","fields":[{"key":"question_mVGEg3","label":"Wunsch","type":"INPUT_TEXT","value":"Mehr Bänke"}]}}"#;

    TRELLO: "trello", "Trello";
    schemes: &[Scheme::new(Algorithm::HmacSha1, plain("{h:X-Trello-Webhook}", BASE64), "{body}{url}").adjacent("the URL is configured")],
    event_id: ["{j:/action/id}"], "/action/id names the action, in the signed body; the webhooks of a board and of a card tell of the same action, which counts once.",
    event_type: Some(text("{j:/action/type}")),
    sender: Sender { retry_horizon: Some(210), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A HEAD request to the URL when the webhook is made: answer 200.",
    handshakes: &[Handshake::head()],
    evidence: Documented, "https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/",
    secret: "The OAuth 1.0 secret of the API key (not the key, not a token), used as UTF-8; trello.com/power-ups/admin > the Power-Up > API Key.",
    notes: "HMAC-SHA1 over the body and then the callback URL exactly as it was given, query included. Retries after 30, 60 and 120 seconds; 410 deletes the webhook, 30 days of failures switch it off.",
    headers: [("Content-Type", "application/json; charset=utf-8")],
    sample: r#"{"model":{"id":"5f1c0e4d7c7e5e5f7c39ad0c","name":"Gezeiten für Malmö","shortUrl":"https://trello.com/b/tIde7042"},"action":{"id":"{id}","idMemberCreator":"4fc78a59a885233f4b349bd9","type":"updateCard","date":"2026-11-03T09:26:10.344Z","data":{"board":{"id":"5f1c0e4d7c7e5e5f7c39ad0c","name":"Tides"},"card":{"id":"a3f8f2b1015f1c0e4d7c7e5e","idShort":42,"name":"Pegel 7 eichen"},"old":{"idList":"2f2a2e9c"}}},"webhook":{"id":"67973f72db34592d8fc1042b"}}"#;

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

    USPS: "usps", "USPS (Subscriptions Tracking)";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{any:X-HMAC,hmac-header}", BASE64), "{v:/timestamp}{j:/payload}")
        .uncovered("Nothing but timestamp and payload, which hold the event; subscriptionId and links are not signed.")
        .adjacent("the time has a fixed form and the payload begins with a brace")],
    event_id: ["{content}"], "There is no event id; the scans in the payload are signed with the time of the notification.",
    event_type: None,
    sender: Sender { retry_horizon: Some(0), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developers.usps.com/subscriptions-trackingv3r2",
    secret: "32 characters the owner sends as `secret` when the subscription is made; used as UTF-8. Without it nothing is signed.",
    notes: "payload is a text of JSON: its decoded text is signed after the timestamp. The header used to be hmac-header. No retries are documented: a listener that cannot be reached is suspended, and a subscription that is idle for 30 days is deleted.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"subscriptionId":"0f3b1c77-d2a9-4a4f-a1d7-c0de51b6e2b4","subscriptionType":"TRACKING","timestamp":"{ts_rfc3339}","payload":"{\"trackingNumber\":\"{id}\",\"statusCategory\":\"Delivered\",\"status\":\"Delivered, Front Desk/Reception\",\"trackingEvents\":[{\"eventType\":\"Delivered\",\"eventTimestamp\":\"2026-11-03T09:20:00Z\",\"eventCity\":\"PORTLAND\",\"eventState\":\"ME\"}]}","links":[]}"#;

    WHOOP: "whoop", "WHOOP";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{h:X-WHOOP-Signature}", BASE64), "{h:X-WHOOP-Signature-Timestamp}{body}")
        .adjacent("the time is digits and the body begins with a brace: bytes moved over the border leave a body that is no JSON")],
    event_id: ["{j:/trace_id}"], "/trace_id names the event that led to the webhook, in the signed body, while /id is the object.",
    event_type: Some(text("{j:/type}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developer.whoop.com/docs/developing/webhooks",
    secret: "The app's client secret, used as UTF-8; developer-dashboard.whoop.com > the app.",
    notes: "The time is in milliseconds; no tolerance is documented, so no age is checked. Version 2 (the default) has UUIDs as object ids, version 1 numbers. The body names the object only. Lab partners' webhooks (WHOOP-Signed, hex) are another scheme.",
    headers: [("Content-Type", "application/json"), ("X-WHOOP-Signature-Timestamp", "{ts_ms}")],
    sample: r#"{"user_id":10129042,"id":"ecfc6a15-4661-442f-a9a4-f160dd7afae8","type":"sleep.updated","trace_id":"{id}"}"#;

    XERO: "xero", "Xero";
    schemes: &[body_hmac(plain("{h:x-xero-signature}", BASE64))],
    event_id: ["{content}"], "There is no event id; the body numbers its events (firstEventSequence) and holds a random entropy, so two deliveries are not byte-equal; a retry that Xero batches anew is handled again.",
    event_type: Some(text("{j:/events/0/eventCategory} {j:/events/0/eventType}")),
    sender: Sender { ack_deadline: Some(5), retries: Retries::Identical, success: Success::Only200, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "Intent to receive: several POSTs without events, some signed wrongly; answer 200 to the good and 401 to the bad, without a body.",
    evidence: Documented, "https://developer.xero.com/documentation/guides/webhooks/configuring-your-server/",
    secret: "The webhooks key of the app, base64 text used as it is shown (not decoded); developer.xero.com > the app > Webhooks.",
    notes: "The answer must have no body and set no cookies. Fetch the object from resourceUrl. One key for the app, for all its tenants.",
    headers: [("Content-Type", "application/json; charset=utf-8")],
    sample: r#"{"events":[{"resourceUrl":"https://api.xero.com/api.xro/2.0/Contacts/{id}","resourceId":"{id}","eventDateUtc":"2026-11-03T09:26:10.344","eventType":"UPDATE","eventCategory":"CONTACT","tenantId":"c2cc9b6e-9458-4c7d-93cc-f02b81b0594f","tenantType":"ORGANISATION"}],"firstEventSequence":1042,"lastEventSequence":1042,"entropy":"S0m3T1deEntr0py7042"}"#;

    ZENDESK: "zendesk", "Zendesk";
    schemes: &[Scheme::new(Algorithm::HmacSha256, plain("{h:X-Zendesk-Webhook-Signature}", BASE64), "{h:X-Zendesk-Webhook-Signature-Timestamp}{body}")
        .timed("{h:X-Zendesk-Webhook-Signature-Timestamp}", RFC3339, 3_600)],
    event_id: ["{j:/id} {j:/type} {j:/zendesk_event_version}", "{content}"], "An event subscription's body holds the event's id, type and version. A body that a trigger's owner wrote may have an id too, but of the ticket, so all three must be there; else the signed time with the body is the key, and a retry under a new time is handled again.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(12), ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Zendesk-Webhook-Invocation-Id")),
    handshake: "",
    evidence: Documented, "https://developer.zendesk.com/documentation/webhooks/verifying/",
    secret: "The signing secret of the webhook, used as UTF-8 as it is shown (it looks like base64); Admin Center > Apps and integrations > Webhooks > the webhook > Reveal secret. Tests before it is saved are signed with a fixed secret that the page prints: never accept that one in production.",
    notes: "The time is a date in UTC and meets the body without a mark between them, so it is held to be a date; no tolerance is documented, and an hour, taken here, is longer than the retries run. Of GET and DELETE requests, which a trigger may send, only the time is signed: this entry takes POST alone. Five retries at most.",
    headers: [("Content-Type", "application/json"), ("X-Zendesk-Account-Id", "10042771"), ("X-Zendesk-Webhook-Id", "01GB2BX5Y8EYE42XQ4JFHDK7Q3"), ("X-Zendesk-Webhook-Invocation-Id", "{id}")],
    sample: r#"{"type":"zen:event-type:ticket.status_changed","account_id":10042771,"id":"{id}","time":"2026-11-03T09:26:10.344871Z","zendesk_event_version":"2022-11-06","subject":"zen:ticket:1042","event":{"previous":"OPEN","current":"SOLVED"},"detail":{"id":"1042","subject":"Gezeiten um eine Stunde versetzt","status":"SOLVED","priority":"NORMAL","updated_at":"2026-11-03T09:26:09Z"}}"#;
}

/// The key that Asana and Clio hand over, sent back as it came.
const HOOK_SECRET: &[(Text, Text)] = &[(text("x-hook-secret"), text("{challenge}"))];
