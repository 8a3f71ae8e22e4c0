//! Code, builds, hosting, data and operations.

use super::*;

/// Supabase prints the scheme's version before the prefix.
const SUPABASE_SECRET: SecretFormat = SecretFormat {
    encoding: SecretEncoding::Base64,
    strip: Cow::Borrowed(&[text("v1,whsec_"), text("whsec_")]),
    refuse: Cow::Borrowed(&[text("whpk_"), text("whsk_")]),
    prefix_required: false,
    nfkd: false,
};

/// The environment stands in the prefix of an Inngest key and is no part of it.
const INNGEST_KEY: SecretFormat = SecretFormat {
    encoding: SecretEncoding::Utf8,
    strip: Cow::Borrowed(&[
        text("signkey-prod-"),
        text("signkey-test-"),
        text("signkey-branch-"),
        text("signkey-staging-"),
        text("signkey-dev-"),
    ]),
    refuse: Cow::Borrowed(&[]),
    prefix_required: false,
    nfkd: false,
};

/// A token behind `Bearer `.
const BEARER: Scheme = Scheme::new(Algorithm::Token, prefixed("{h:Authorization}", "Bearer ", Encoding::Text), "");

/// Where Amazon SNS has its certificates, China's regions included.
const AWS_SNS_CERTIFICATES: &str = "https://sns.{region}.amazonaws.com/SimpleNotificationService-*.pem \
                                    https://sns.{region}.amazonaws.com.cn/SimpleNotificationService-*.pem";

/// A JWT of FusionAuth: the body's digest is its only claim.
const fn fusionauth(algorithm: Algorithm, secret: SecretFormat, name: &'static str) -> Scheme {
    Scheme::new(algorithm, jws("{h:X-FusionAuth-Signature-JWT}", "", JwsPayload::Attached), "")
        .equal("{c:/request_body_sha256}={sha256.base64:body}")
        .key_id("{p:kid}")
        .secret(secret)
        .named(name)
}

/// A JWT of QStash, under either writing of the body's digest.
const fn qstash(conditions: &'static str, name: &'static str) -> Scheme {
    Scheme::new(Algorithm::HmacSha256, jws("{h:Upstash-Signature}", "", JwsPayload::Attached), "")
        .equal(conditions)
        .named(name)
}

/// An HMAC over what a WebSub hub distributes, its method named before it.
const fn websub(algorithm: Algorithm, prefix: &'static str, name: &'static str) -> Scheme {
    Scheme::new(algorithm, prefixed("{h:X-Hub-Signature}", prefix, HEX), "{body}").named(name)
}

catalogue! {
    ADOBE_IO: "adobe-io", "Adobe I/O Events";
    aliases: ["adobe-io-events"],
    schemes: &[Scheme::new(Algorithm::RsaPkcs1Sha256, plain("{any:x-adobe-digital-signature-1,x-adobe-digital-signature-2}", BASE64), "{body}").secret(SecretFormat::PUBLIC_KEY).equal("{j:/recipient_client_id}={cfg:client_id}")],
    event_id: ["{j:/id}", "{j:/event_id}"], "A CloudEvent carries the event's id in /id and the older envelope in /event_id, both in the signed body; the header x-adobe-event-id repeats it unsigned.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retry_horizon: Some(86_400), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("x-adobe-event-id")),
    handshake: "A GET with `challenge` in the query on registration: answer 200 with its value as the body.",
    handshakes: &[Handshake::get("").challenge("{q:challenge}").of(256, Charset::Base64).text("{challenge}")],
    evidence: Published, "https://developer.adobe.com/events/docs/guides/sdk/sdk_signature_verification/",
    secret: "No shared secret: Adobe's RSA public keys in PEM, found at https://static.adobeioevents.com followed by the paths in x-adobe-public-key1-path and x-adobe-public-key2-path; load both. `client_id` is the client id of the project in the Developer Console.",
    notes: "Adobe signs with the same keys for every customer, so the signature alone proves nothing: the body's recipient_client_id must be yours. Of the two signatures either is enough, and the keys rotate one after the other. Batched deliveries are arrays, whose recipient_client_id stands in each item: this entry refuses them, so leave batching off.",
    headers: [("Content-Type", "application/cloudevents+json"), ("User-Agent", "Adobe/1.0"), ("x-adobe-public-key1-path", "/prod/keys/pub-key-lyTiz3gQe4.pem"), ("x-adobe-public-key2-path", "/prod/keys/pub-key-kruhWwu4Or.pem"), ("x-adobe-event-code", "aem.sites.page.published"), ("x-adobe-event-id", "{id}"), ("x-adobe-delivery-id", "0b8d2c1e-70b4-4d8c-9c5e-5d1c1f0e7a52")],
    sample: r#"{"specversion":"1.0","id":"{id}","source":"acct:aem-p71820-e498210@adobe.com","type":"aem.sites.page.published","time":"{ts_rfc3339}","datacontenttype":"application/json","data":{"path":"/content/harbour/en/tides","tier":"publish"},"recipient_client_id":"3f1c77d2a9e94a4fa1d7c0de51b6e2b4"}"#;

    ALCHEMY: "alchemy", "Alchemy Notify";
    schemes: &[body_hmac(plain("{h:X-Alchemy-Signature}", HEX))],
    event_id: ["{j:/id}"], "/id (whevt_…) names the event in the signed body and is the same on every attempt; /webhookId names the subscription.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://www.alchemy.com/docs/reference/notify-api-quickstart",
    secret: "The signing key of the one webhook (`whsec_…`, used whole as UTF-8), at the top right of its page in the Notify dashboard; it is not the auth token of the API.",
    notes: "The `whsec_` prefix does not mean Standard Webhooks here: nothing is decoded. A rolled-back block sends its transactions again with \"removed\": true, under a new id.",
    headers: [("Content-Type", "application/json; charset=utf-8")],
    sample: r#"{"webhookId":"wh_tide0qv3k1x8c2jd","id":"{id}","createdAt":"{ts_rfc3339}","type":"ADDRESS_ACTIVITY","event":{"network":"ETH_MAINNET","activity":[{"fromAddress":"0x503828976d22510aad0201ac7ec88293211d23da","toAddress":"0xbe3f4b43db5eb49d1f48f53443b9abce45da3b79","blockNum":"0x1546e2b","hash":"0x7a4a39da2a3fa1fc2ef88fd1eaea070286ed2aba21e0419dcfb6d5c5d9f02a72","value":1.5,"asset":"ETH","category":"external"}]}}"#;

    ANTHROPIC: "anthropic", "Anthropic (Claude)";
    aliases: ["claude", "claude-managed-agents"],
    schemes: STANDARD_WEBHOOKS_SCHEMES,
    event_id: ["{h:webhook-id|svix-id}"], "Standard Webhooks: the id header is signed, names the event and is the same on every attempt.",
    event_type: Some(text("{j:/data/type}")),
    sender: Sender { retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://platform.claude.com/docs/en/managed-agents/webhooks",
    secret: "`whsec_` + base64 of 32 bytes, shown once when the endpoint is made in the Claude Console; the SDKs read it from ANTHROPIC_WEBHOOK_SIGNING_KEY.",
    notes: "Events name the object only: fetch it through the API. Redirects count as failures and are retried.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"type":"event","id":"{id}","created_at":"{ts_rfc3339}","data":{"type":"session.status_idled","id":"sesn_01TideTableRun","organization_id":"8a3d2f1e-72c3-4ce8-91f2-3ce0a60f2ae2","workspace_id":"wrkspc_01Harbour"}}"#;

    AUTH0: "auth0", "Auth0 log streams";
    schemes: &[token("{h:Authorization}")],
    event_id: [], "A request is a batch of log entries without an id of its own, and a retried batch may be cut differently: an id made of its first entry would lose the others. Deduplicate on each entry's log_id.",
    event_type: None,
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://auth0.com/docs/customize/log-streams/custom-log-streams",
    secret: "The text of the stream's Authorization Token, sent as it is in `Authorization` (write `Bearer …` into both places if you want it); Dashboard > Monitoring > Streams > the custom webhook.",
    notes: "Nothing is signed. The content format (JSON array, JSON lines or JSON object) is a setting of the stream.",
    headers: [("Content-Type", "application/json")],
    sample: r#"[{"log_id":"{id}","data":{"date":"{ts_rfc3339}","type":"s","connection":"Username-Password-Authentication","client_id":"AaiyAPdpYdesoKnqjj8HJqRn4T5titww","client_name":"Tide tables","ip":"192.0.2.7","user_id":"auth0|6a1f0cd8e4b2","user_name":"rosa@example.com","log_id":"{id}"}}]"#;

    AWS_SNS: "aws-sns", "Amazon SNS";
    aliases: ["sns", "amazon-sns"],
    schemes: &[
        Scheme::new(Algorithm::RsaPkcs1Sha256, plain("{j:/Signature}", BASE64), "{lines:Message,MessageId,Subject,SubscribeURL,Timestamp,Token,TopicArn,Type}").uncovered("The fields that have no place in the signed text, such as UnsubscribeURL and SignatureVersion.").require("{j:/SignatureVersion}=2").secret(SecretFormat::PUBLIC_KEY).key_id("{j:/SigningCertURL}").keys_at(AWS_SNS_CERTIFICATES).named("aws-sns-v2"),
        Scheme::new(Algorithm::RsaPkcs1Sha1, plain("{j:/Signature}", BASE64), "{lines:Message,MessageId,Subject,SubscribeURL,Timestamp,Token,TopicArn,Type}").uncovered("The fields that have no place in the signed text, such as UnsubscribeURL and SignatureVersion.").require("{j:/SignatureVersion}=1").secret(SecretFormat::PUBLIC_KEY).key_id("{j:/SigningCertURL}").keys_at(AWS_SNS_CERTIFICATES).named("aws-sns-v1"),
    ],
    event_id: ["{j:/MessageId}"], "/MessageId is signed, unique to each published message and the same when SNS sends it again.",
    event_type: Some(text("{j:/Type}")),
    sender: Sender { ack_deadline: Some(15), retry_horizon: Some(3_600), retries: Retries::Identical, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: Some(text("x-amz-sns-message-id")),
    handshake: "A signed SubscriptionConfirmation: after verifying it and its TopicArn, fetch its SubscribeURL (an sns.<region>.amazonaws.com address) once.",
    handshakes: &[Handshake::confirmation("{j:/Type}=SubscriptionConfirmation", "{j:/SubscribeURL}", "https://sns.{region}.amazonaws.com/ https://sns.{region}.amazonaws.com.cn/")],
    evidence: Sdk, "https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html",
    secret: "No shared secret: the certificate (PEM) behind the message's SigningCertURL, loaded from https://sns.<region>.amazonaws.com/ and from no other host.",
    notes: "AWS signs for every account with the same certificates, so anyone can hold a valid message of a topic of his own: compare /TopicArn with your topic before acting. Version 1 (SHA-1) is the default of a topic; set its SignatureVersion to 2. The Content-Type is text/plain, and with raw message delivery there is no signature at all. /Timestamp is the time of publishing, the same on retries. UnsubscribeURL, SigningCertURL and SignatureVersion are not signed.",
    headers: [("Content-Type", "text/plain; charset=UTF-8"), ("User-Agent", "Amazon Simple Notification Service Agent"), ("x-amz-sns-message-type", "Notification"), ("x-amz-sns-message-id", "{id}"), ("x-amz-sns-topic-arn", "arn:aws:sns:eu-north-1:498210377182:tides"), ("x-amz-sns-subscription-arn", "arn:aws:sns:eu-north-1:498210377182:tides:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55")],
    sample: r#"{"Type":"Notification","MessageId":"{id}","TopicArn":"arn:aws:sns:eu-north-1:498210377182:tides","Subject":"High water","Message":"{\"gauge\":7,\"level_cm\":412}","Timestamp":"{ts_rfc3339}","SignatureVersion":"2","Signature":"{signature}","SigningCertURL":"https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem","UnsubscribeURL":"https://sns.eu-north-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:eu-north-1:498210377182:tides:2bcfbf39"}"#;

    AZURE_DEVOPS: "azure-devops", "Azure DevOps service hooks";
    schemes: &[BASIC],
    event_id: ["{j:/id}"], "/id names the event; /notificationId counts notifications of one subscription. Neither is signed: the caller is trusted for all he says.",
    event_type: Some(text("{j:/eventType}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://learn.microsoft.com/en-us/azure/devops/service-hooks/services/webhooks",
    secret: "`user:password` of the subscription's Basic authentication; Project settings > Service hooks > Web Hooks > Action.",
    notes: "Nothing is signed. Basic authentication needs an https URL. Subscriptions that keep failing are put on probation and then disabled.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "VSServices/19.255.36112.2 (w3wp.exe)")],
    sample: r#"{"subscriptionId":"00000000-0000-4000-8000-000000000017","notificationId":42,"id":"{id}","eventType":"build.complete","publisherId":"tfs","message":{"text":"Build tide-tables_20261103.4 succeeded"},"resource":{"id":4210,"buildNumber":"20261103.4","status":"completed","result":"succeeded","finishTime":"{ts_rfc3339}","definition":{"id":7,"name":"tide-tables"}},"resourceVersion":"2.0","createdDate":"{ts_rfc3339}"}"#;

    AZURE_EVENT_GRID: "azure-event-grid", "Azure Event Grid";
    aliases: ["event-grid"],
    schemes: &[Scheme::new(Algorithm::RsaPkcs1Sha256, jws("{h:Authorization}", "Bearer ", JwsPayload::Attached), "").secret(SecretFormat::PUBLIC_KEY).equal("{c:/aud}={cfg:audience} & {c:/iss}={cfg:issuer}").uncovered("All of the body: the token shows who called, not what he said.").key_id("{p:kid}")],
    event_id: [], "The token does not cover the body and serves many requests, and a request may be a batch that is cut differently when it is sent again: take each event's own id.",
    event_type: None,
    sender: Sender { ack_deadline: Some(30), retry_horizon: Some(86_400), body_cap: Some(1_048_576), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "Event Grid schema: a POST with aeg-event-type: SubscriptionValidation, answered with {\"validationResponse\": <data.validationCode>}. CloudEvents schema: an OPTIONS with WebHook-Request-Origin, answered with WebHook-Allowed-Origin.",
    handshakes: EVENT_GRID_HANDSHAKES,
    evidence: Documented, "https://learn.microsoft.com/en-us/azure/event-grid/authenticate-with-microsoft-entra-id",
    secret: "No shared secret: the JWKS of your tenant (https://login.microsoftonline.com/<tenant>/discovery/v2.0/keys); `audience` is the application id (URI) that the subscription names, `issuer` the tenant's issuer as it stands in the tokens.",
    notes: "It proves who calls, not what is said: the body is not bound. Any application of the tenant can obtain such a token unless the Entra application requires assignment: switch that on. For a secret in the URL see azure-event-grid-token. An answer of 400, 401, 403, 404 or 413 is not retried, so a wrong configuration loses events.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("aeg-event-type", "Notification"), ("aeg-subscription-name", "TIDE-HOOK"), ("aeg-delivery-count", "0"), ("aeg-data-version", "1.0"), ("aeg-metadata-version", "1")],
    sample: r#"[{"id":"{id}","topic":"/subscriptions/00000000-0000-4000-8000-000000000042/resourceGroups/harbour/providers/Microsoft.Storage/storageAccounts/tides","subject":"/blobServices/default/containers/gauges/blobs/7.csv","eventType":"Microsoft.Storage.BlobCreated","eventTime":"{ts_rfc3339}","data":{"api":"PutBlob","contentType":"text/csv","contentLength":4120,"blobType":"BlockBlob"},"dataVersion":"1.0","metadataVersion":"1"}]"#;

    AZURE_EVENT_GRID_TOKEN: "azure-event-grid-token", "Azure Event Grid (secret in the URL)";
    schemes: &[token("{q:token}")],
    event_id: [], "A request may be a batch without an id of its own, cut differently when it is sent again: take each event's own id.",
    event_type: None,
    sender: Sender { ack_deadline: Some(30), retry_horizon: Some(86_400), body_cap: Some(1_048_576), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "Event Grid schema: a POST with aeg-event-type: SubscriptionValidation, answered with {\"validationResponse\": <data.validationCode>} if the token is in its URL, as it is in that of each delivery. CloudEvents schema: an OPTIONS with WebHook-Request-Origin, answered with WebHook-Allowed-Origin; the token is not asked for, and consent to an origin lets in no delivery without it.",
    handshakes: EVENT_GRID_TOKEN_HANDSHAKES,
    evidence: Documented, "https://learn.microsoft.com/en-us/azure/event-grid/security-authentication",
    secret: "A text of your own behind `?token=` in the URL of the event subscription; the portal shows it only to those who may read full endpoint URLs.",
    notes: "Nothing is signed, and URLs end up in logs: prefer Entra ID (azure-event-grid). For another name in the query, or a static header set under Delivery properties, describe a provider of your own. An answer of 400, 401, 403, 404 or 413 is not retried, so a wrong configuration loses events.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("aeg-event-type", "Notification"), ("aeg-subscription-name", "TIDE-HOOK"), ("aeg-delivery-count", "0"), ("aeg-data-version", "1.0"), ("aeg-metadata-version", "1")],
    sample: r#"[{"id":"{id}","topic":"/subscriptions/00000000-0000-4000-8000-000000000042/resourceGroups/harbour/providers/Microsoft.Storage/storageAccounts/tides","subject":"/blobServices/default/containers/gauges/blobs/7.csv","eventType":"Microsoft.Storage.BlobDeleted","eventTime":"{ts_rfc3339}","data":{"api":"DeleteBlob","contentType":"text/csv","contentLength":4120,"blobType":"BlockBlob"},"dataVersion":"1.0","metadataVersion":"1"}]"#;

    BITBUCKET: "bitbucket", "Bitbucket Cloud";
    schemes: &[body_hmac(prefixed("{h:X-Hub-Signature}", "sha256=", HEX))],
    event_id: [], "No id or time of the event is in the signed body: moving a branch or tag from A to B, back, and to B again gives the same repo:push body twice.",
    event_type: None,
    sender: Sender { ack_deadline: Some(10), retries: Retries::Identical, body_cap: Some(262_144), ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Request-UUID")),
    handshake: "",
    evidence: Published, "https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/",
    secret: "Any text or one generated on the page; Repository (or workspace) settings > Webhooks > Secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Bitbucket-Webhooks/2.0"), ("X-Event-Key", "repo:push"), ("X-Hook-UUID", "4b2f2a2e-9c5e-4a8a-8f47-2f1f9b6d3c10"), ("X-Request-UUID", "{id}"), ("X-Attempt-Number", "1"), ("X-Event-Time", "Tue, 03 Nov 2026 09:26:10 GMT")],
    sample: r#"{"push":{"changes":[{"new":{"type":"branch","name":"main","target":{"type":"commit","hash":"{id}","date":"2026-11-03T09:26:08+00:00","message":"Correct the neap tide"}},"old":{"type":"branch","name":"main","target":{"type":"commit","hash":"5f1c0e4d7c7e"}},"created":false,"closed":false,"forced":false,"commits":[],"truncated":false}]},"actor":{"type":"user","display_name":"Ines","uuid":"{c0a4b7db-0000-4000-8000-000000000001}"},"repository":{"type":"repository","full_name":"harbour/tide-tables","uuid":"{2e4c5f00-0000-4000-8000-000000000002}","is_private":true}}"#;

    BUILDKITE: "buildkite", "Buildkite";
    schemes: &[Scheme::new(Algorithm::HmacSha256, pairs("{h:X-Buildkite-Signature}", [',', '='], "signature", HEX), "{p:timestamp}.{body}").timed("{p:timestamp}", SECONDS, 300)],
    event_id: ["{content}"], "There is no delivery id, and a build can pass the same state twice (unblocked, then finished again), so the signed bytes with their time are the key: replays are absorbed, retries are not.",
    event_type: Some(text("{j:/event}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "A `ping` event when the notification service is saved; nothing to echo.",
    evidence: Documented, "https://buildkite.com/docs/apis/webhooks/pipelines",
    secret: "The Token of the webhook notification service, used as UTF-8; Settings > Notification Services > Webhook, with \"Send an HMAC signature in the X-Buildkite-Signature header\" chosen.",
    notes: "The page's prose says that the raw body is signed; its code signs `timestamp.body`, and so does Buildkite. Its page suggests the window of five minutes. The other choice on the same form sends the token in clear: see buildkite-token. A quick transition may be reported with a later state of the build.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Buildkite-Request"), ("X-Buildkite-Event", "build.finished")],
    sample: r#"{"event":"build.finished","build":{"id":"{id}","graphql_id":"QnVpbGQtLS0x","url":"https://api.buildkite.com/v2/organizations/harbour/pipelines/tide-tables/builds/214","number":214,"state":"passed","blocked":false,"message":"Correct the neap tide","commit":"5f1c0e4d7c7e5e5f7c39ad0cf5e4e5a3f8f2b101","branch":"main","source":"webhook","finished_at":"{ts_rfc3339}"},"pipeline":{"id":"0198-tide","slug":"tide-tables","name":"Tide tables"},"sender":{"id":"user-1","name":"Ines"}}"#;

    BUILDKITE_TOKEN: "buildkite-token", "Buildkite (token)";
    schemes: &[token("{h:X-Buildkite-Token}")],
    event_id: [], "There is no delivery id, and builds, jobs and agents can pass the same state twice with nothing in common to all events that tells them apart.",
    event_type: Some(text("{j:/event}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "A `ping` event when the notification service is saved; nothing to echo.",
    evidence: Documented, "https://buildkite.com/docs/apis/webhooks/pipelines",
    secret: "The Token of the webhook notification service, sent as it is; Settings > Notification Services > Webhook. This is the default of the form.",
    notes: "Nothing is signed: prefer the signature, which the same form offers (buildkite).",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Buildkite-Request"), ("X-Buildkite-Event", "job.finished")],
    sample: r#"{"event":"job.finished","job":{"id":"{id}","type":"script","name":"test","state":"passed","exit_status":0,"finished_at":"{ts_rfc3339}"},"build":{"id":"0198-build","number":214,"state":"running"},"pipeline":{"id":"0198-tide","slug":"tide-tables"},"sender":{"id":"user-1","name":"Ines"}}"#;

    BUNNY_STREAM: "bunny-stream", "Bunny Stream";
    schemes: &[body_hmac(plain("{h:X-BunnyStream-Signature}", HEX))],
    event_id: [], "The body is only library, video and a status number: encoding a video again passes the same states with the same bytes.",
    event_type: Some(text("{v:/Status}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.bunny.net/stream/webhooks",
    secret: "The Read-Only API key of the video library, used as UTF-8; Stream > the library > API.",
    notes: "Webhooks of other Bunny products use another header and SHA-1. A status of 3 is finished, 5 failed; fetch the rest through the API.",
    headers: [("Content-Type", "application/json"), ("X-BunnyStream-Signature-Version", "v1"), ("X-BunnyStream-Signature-Algorithm", "hmac-sha256")],
    sample: r#"{"VideoLibraryId":214077,"VideoGuid":"{id}","Status":3}"#;

    CASTLE: "castle", "Castle";
    schemes: &[body_hmac(plain("{h:X-Castle-Signature}", BASE64))],
    event_id: ["{content}"], "The signed body holds the kind, its time in milliseconds and the id of what it is about, so two events differ, and a retry sends the same bytes; no id of the event is documented.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://docs.castle.io/docs/webhooks",
    secret: "The API secret of the environment, used as UTF-8; Dashboard > Configuration > API. There is no secret of the webhook's own.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"api_version":"v1","app_id":"382395555537961","type":"$incident.confirmed","created_at":"{ts_rfc3339}","data":{"id":"{id}","device_token":"eyJhbGciOiJIUzI1NiJ9.tide","user_id":"user-1","trigger":"$login.succeeded","location":{"country_code":"SE","city":"Malmö"},"user_agent":{"browser":"Firefox"}},"user_traits":{"email":"rosa@example.com"}}"#;

    CIRCLECI: "circleci", "CircleCI";
    schemes: &[body_hmac(listed("{h:circleci-signature}", ',', "v1=", HEX))],
    event_id: ["{j:/id}"], "CircleCI's page says to deduplicate by the body's id property, which names the event.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(10), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://circleci.com/docs/guides/integration/outbound-webhooks/",
    secret: "Any text, optional; Project Settings > Webhooks > Secret token (without one nothing is signed).",
    headers: [("Content-Type", "application/json"), ("User-Agent", "CircleCI-Webhook/1.0"), ("circleci-event-type", "workflow-completed")],
    sample: r#"{"id":"{id}","type":"workflow-completed","happened_at":"2026-11-03T09:26:10.344Z","webhook":{"id":"cf8c4fdd-0587-4da1-b4ca-4846e9640af9","name":"tide-bot"},"workflow":{"id":"fda08377-fe7e-46b1-8992-3a7aaecac9c3","name":"build-test","status":"success","created_at":"2026-11-03T09:20:00.000Z","stopped_at":"2026-11-03T09:26:09.900Z"},"project":{"id":"84996744-a854-4f5e-aea3-04e2851dc1d2","name":"tide-tables","slug":"gh/harbour-co/tide-tables"}}"#;

    CLOUDFLARE_NOTIFICATIONS: "cloudflare-notifications", "Cloudflare Notifications";
    schemes: &[token("{h:cf-webhook-auth}")],
    event_id: [], "The body has a time in seconds but no id of the alert, so two alerts of one policy in a second cannot be told apart.",
    event_type: Some(text("{j:/alert_type}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "A test message when the destination is saved: answer 2xx.",
    evidence: Documented, "https://developers.cloudflare.com/notifications/get-started/configure-webhooks/",
    secret: "Any text typed into the destination's Secret, sent as it is; Dashboard > Notifications > Destinations > Webhooks.",
    notes: "The value is the secret itself, no HMAC, whatever guides say. Stream's live inputs report through here, its videos through cloudflare-stream.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"name":"tide-hook","text":"The certificate of tides.example.com expires soon","data":{"unsubscribe_token":null,"severity":"WARNING"},"ts":{ts},"account_id":"f037e56e89293a057740de681ac9abbe","policy_id":"5d1e0c7f2b4a4f53","policy_name":"{id}","alert_type":"universal_ssl_event_type"}"#;

    CLOUDFLARE_STREAM: "cloudflare-stream", "Cloudflare Stream";
    schemes: &[Scheme::new(Algorithm::HmacSha256, pairs("{h:Webhook-Signature}", [',', '='], "sig1", HEX), "{p:time}.{body}").timed("{p:time}", SECONDS, 300)],
    event_id: ["{j:/uid} {j:/status/state} {j:/modified}", "{content}"], "A video's uid with its state and the time it was last changed names one report; where no such time is sent, the signed bytes with their time of sending absorb replays but not retries.",
    event_type: Some(text("{j:/status/state}")),
    sender: Sender { retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developers.cloudflare.com/stream/manage-video-library/using-webhooks/",
    secret: "32 hex digits, used as UTF-8; the `secret` in the answer of PUT or GET …/stream/webhook. One webhook an account.",
    notes: "No tolerance is documented; `time` is when the request was sent. Live inputs report through cloudflare-notifications.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"uid":"{id}","creator":null,"readyToStream":true,"status":{"state":"ready","pctComplete":"100.000000","errorReasonCode":"","errorReasonText":""},"meta":{"name":"harbour.mp4"},"created":"2026-11-03T09:20:12.512033Z","modified":"{ts_rfc3339}","size":383631,"requireSignedURLs":false,"duration":5.5,"input":{"width":560,"height":320},"watermark":null}"#;

    CLOUDINARY: "cloudinary", "Cloudinary";
    schemes: &[
        Scheme::new(Algorithm::HashSha1, plain("{h:X-Cld-Signature}", HEX), "{body}{h:X-Cld-Timestamp}{secret}").timed("{h:X-Cld-Timestamp}", SECONDS, 7_200).named("cloudinary"),
        Scheme::new(Algorithm::HashSha256, plain("{h:X-Cld-Signature}", HEX), "{body}{h:X-Cld-Timestamp}{secret}").timed("{h:X-Cld-Timestamp}", SECONDS, 7_200).named("cloudinary-sha256"),
    ],
    event_id: ["{content}"], "No id of the notification is documented; the signed bytes hold the asset, the kind and the time in the signed header, so replays are absorbed, and retries are where that time stays.",
    event_type: Some(text("{j:/notification_type}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://cloudinary.com/documentation/notification_signatures",
    secret: "The API secret of the product environment, used as UTF-8; Console > Settings > API Keys. There is no secret of the webhook's own.",
    notes: "A plain digest with the secret at its end, not an HMAC. SHA-1 is the default, SHA-256 is set by the account (signature_algorithm). The `timestamp` and `signature` inside some bodies are of the upload, not of the notification. The SDKs allow two hours and do not look ahead.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"notification_type":"upload","timestamp":"{ts_rfc3339}","request_id":"{id}","asset_id":"8f6b9d1e0f5d4f4f8f640a6d2c1f3b77","public_id":"harbour/pier","version":{ts},"width":1600,"height":900,"format":"jpg","resource_type":"image","bytes":204812,"type":"upload","secure_url":"https://res.cloudinary.com/tide/image/upload/v1/harbour/pier.jpg"}"#;

    COURIER: "courier", "Courier";
    schemes: &[timed_pairs("{h:courier-signature}", "signature", 300).timed("{p:t}", MILLIS, 300)],
    event_id: ["{content}"], "message:updated comes many times for one message and no id of the event is documented; the signed time in milliseconds makes every attempt's bytes its own, so replays are absorbed and retries are not.",
    event_type: Some(text("{j:/type}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://www.courier.com/docs/platform/workspaces/outbound-webhooks",
    secret: "A random text per webhook, used as UTF-8; Settings > Outbound Webhooks > the webhook.",
    notes: "The time is in milliseconds; the page asks to check it and names no tolerance. Test and production environments have webhooks of their own.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"type":"message:updated","data":{"id":"{id}","event":"TIDEWARN0M4V7TQ9","recipient":"rosa","status":"DELIVERED","enqueued":{ts_ms},"sent":{ts_ms},"delivered":{ts_ms},"providers":[{"provider":"sendgrid","status":"DELIVERED"}]}}"#;

    CURSOR: "cursor", "Cursor";
    schemes: &[body_hmac(prefixed("{h:X-Webhook-Signature}", "sha256=", HEX))],
    event_id: ["{j:/id} {j:/status} {j:/timestamp}"], "The delivery id is an unsigned header; /id names the agent, which can finish more than once, so its status and the time of the change make the event.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Webhook-ID")),
    handshake: "",
    evidence: Documented, "https://docs.cursor.com/account/cloud-agent-webhooks",
    secret: "A text of at least 32 characters that the caller passes as webhook.secret when launching the agent.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Cursor-Agent-Webhook/1.0"), ("X-Webhook-ID", "{id}"), ("X-Webhook-Event", "statusChange")],
    sample: r#"{"event":"statusChange","timestamp":"{ts_rfc3339}","id":"{id}","status":"FINISHED","source":{"repository":"https://github.com/harbour-co/tide-tables","ref":"main"},"target":{"url":"https://cursor.com/agents?id=bc_tide","branchName":"cursor/neap-tide-1234","prUrl":"https://github.com/harbour-co/tide-tables/pull/214"},"summary":"Corrected the neap tide"}"#;

    DEEPGRAM: "deepgram", "Deepgram callbacks";
    schemes: &[BASIC.named("deepgram-basic"), token("{h:dg-token}").named("deepgram")],
    event_id: ["{j:/metadata/request_id}"], "request_id names the transcription, which is reported once. It is not signed: the caller is trusted for all he says.",
    event_type: None,
    sender: Sender { retry_horizon: Some(300), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://developers.deepgram.com/docs/callback",
    secret: "The identifier of the API key that made the request, as the Console lists it (not the key); or `user:password` where the callback URL holds them.",
    notes: "Nothing is signed, and a key's identifier is seen by everyone with access to the project: prefer credentials in the callback URL. dg-token comes in any case, so Basic is looked for first. Callbacks go to ports 80, 443, 8080 and 8443 only.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"metadata":{"request_id":"{id}","transaction_key":"deprecated","sha256":"5f1c0e4d7c7e5e5f7c39ad0cf5e4e5a3f8f2b1015f1c0e4d7c7e5e5f7c39ad0c","created":"{ts_rfc3339}","duration":25.9,"channels":1,"models":["nova-3"]},"results":{"channels":[{"alternatives":[{"transcript":"high water at noon","confidence":0.998,"words":[]}]}]}}"#;

    DISCOURSE: "discourse", "Discourse";
    schemes: &[body_hmac(prefixed("{h:X-Discourse-Event-Signature}", "sha256=", HEX))],
    event_id: [], "The event's id and name are unsigned headers and the body is only the resource: closing and reopening a topic, or two kinds for one user, can send the same bytes.",
    event_type: None,
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Discourse-Event-Id")),
    handshake: "A signed `ping` on request of the administrator; nothing to echo.",
    evidence: Published, "https://meta.discourse.org/t/configure-webhooks-that-trigger-on-discourse-events-to-integrate-with-external-services/49045",
    secret: "Any text of at least 12 characters; Admin > API > Webhooks > the webhook > Secret. Without one nothing is signed.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Discourse/2026.10.0"), ("X-Discourse-Instance", "https://forum.example.org"), ("X-Discourse-Event-Id", "{id}"), ("X-Discourse-Event-Type", "post"), ("X-Discourse-Event", "post_created")],
    sample: r#"{"post":{"id":{ts},"name":"Rosa Ek","username":"rosa","created_at":"{ts_rfc3339}","cooked":"<p>Is the table an hour off?</p>","raw":"Is the table an hour off?","post_number":2,"post_type":1,"topic_id":214,"topic_slug":"{id}","topic_title":"Neap tide","category_id":4}}"#;

    DOPPLER: "doppler", "Doppler";
    schemes: &[body_hmac(prefixed("{h:X-Doppler-Signature}", "sha256=", HEX))],
    event_id: [], "The body names the config and the changed secrets but holds no id or time, so changing one secret twice sends the same bytes.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.doppler.com/docs/webhooks",
    secret: "The Signing Secret typed into the webhook; Project > Webhooks. Without one nothing is signed.",
    notes: "Bodies can be replaced by a template of the owner. The values of secrets are never sent, only their names.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"type":"config.secrets.update","config":{"name":"prd","root":true,"environment":"prd","locked":false},"project":{"id":"tide-tables","slug":"tide-tables","name":"Tide tables","created_at":"2026-01-07T08:00:00.000Z"},"workspace":{"id":"{id}","name":"Harbour"},"diff":{"added":[],"removed":[],"updated":["DATABASE_URL"]}}"#;

    ELEVENLABS: "elevenlabs", "ElevenLabs";
    schemes: &[timed_pairs("{h:ElevenLabs-Signature}", "v0", 1_800)],
    event_id: ["{j:/type} {n:/event_timestamp} {j:/data/conversation_id}", "{content}"], "A conversation has one event of a kind at a time, and event_timestamp is when it happened; kinds without a conversation fall back to the signed bytes, which absorb replays but not retries.",
    event_type: Some(text("{j:/type}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://elevenlabs.io/docs/overview/administration/webhooks",
    secret: "`wsec_…`, used whole as UTF-8, shown once when the webhook is made; Settings > Webhooks.",
    notes: "Not Standard Webhooks, though catalogues say so. The SDK refuses what is older than 30 minutes. post_call_audio bodies are large (base64 audio) and come chunked: raise the body limit.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"type":"post_call_transcription","event_timestamp":{ts},"data":{"agent_id":"agent_01tide","conversation_id":"{id}","status":"done","user_id":"rosa","transcript":[{"role":"agent","message":"High water is at noon.","time_in_call_secs":3}],"metadata":{"start_time_unix_secs":{ts},"call_duration_secs":22,"cost":296},"analysis":{"call_successful":"success"}}}"#;

    FINGERPRINT: "fingerprint", "Fingerprint";
    schemes: &[body_hmac(listed("{h:FPJS-Event-Signature}", ',', "v1=", HEX))],
    event_id: ["{j:/event_id}", "{j:/requestId}"], "Each identification has an id of its own in the signed body: event_id since version 4 of the API, requestId before.",
    event_type: None,
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Published, "https://docs.fingerprint.com/docs/webhooks-security",
    secret: "A base64 text, used undecoded as UTF-8; Dashboard > Webhooks > the webhook > Encryption key. Signing is a paid option.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event_id":"{id}","timestamp":{ts_ms},"linked_id":"rosa","url":"https://tides.example.com/login","ip_address":"192.0.2.7","identification":{"visitor_id":"Ibk1527CUFmcnjLwIs4A9","confidence":{"score":0.97},"visitor_found":true},"bot":"not_detected","vpn":false}"#;

    FORGEJO: "forgejo", "Forgejo";
    aliases: ["codeberg"],
    schemes: &[body_hmac(plain("{h:X-Forgejo-Signature}", HEX))],
    event_id: [], "The delivery id is an unsigned header and several bodies (wiki edits, branch create and delete, repository events) hold no id or time of the event, so genuine repeats can be byte-equal.",
    event_type: None,
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(0), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Forgejo-Delivery")),
    handshake: "",
    evidence: Documented, "https://forgejo.org/docs/latest/user/webhooks/",
    secret: "Any text the owner chooses; Settings > Webhooks > Secret.",
    notes: "The same digest is sent as X-Gitea-Signature, X-Gogs-Signature and X-Hub-Signature-256; only the header of Forgejo's own name is read. A person may redeliver by hand.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Go-http-client/2.0"), ("X-Forgejo-Delivery", "{id}"), ("X-Forgejo-Event", "push"), ("X-Forgejo-Event-Type", "push"), ("X-Gitea-Delivery", "{id}"), ("X-Gitea-Event", "push"), ("X-Gogs-Delivery", "{id}"), ("X-Gogs-Event", "push"), ("X-GitHub-Delivery", "{id}"), ("X-GitHub-Event", "push")],
    sample: r#"{"ref":"refs/heads/main","before":"5f1c0e4d7c7e5e5f7c39ad0cf5e4e5a3f8f2b101","after":"{id}","compare_url":"https://forge.example.org/harbour/tide/compare/5f1c0e4d...main","commits":[],"total_commits":0,"repository":{"id":140,"full_name":"harbour/tide","default_branch":"main","updated_at":"{ts_rfc3339}"},"pusher":{"id":1,"login":"ines"},"sender":{"id":1,"login":"ines"}}"#;

    FUSIONAUTH: "fusionauth", "FusionAuth";
    schemes: &[
        fusionauth(Algorithm::Ed25519, SecretFormat::PUBLIC_KEY, "fusionauth-eddsa"),
        fusionauth(Algorithm::EcdsaP256Sha256Fixed, SecretFormat::PUBLIC_KEY, "fusionauth-es256"),
        fusionauth(Algorithm::EcdsaP384Sha384Fixed, SecretFormat::PUBLIC_KEY, "fusionauth-es384"),
        fusionauth(Algorithm::EcdsaP521Sha512Fixed, SecretFormat::PUBLIC_KEY, "fusionauth-es512"),
        fusionauth(Algorithm::RsaPkcs1Sha256, SecretFormat::PUBLIC_KEY, "fusionauth-rs256"),
        fusionauth(Algorithm::RsaPkcs1Sha384, SecretFormat::PUBLIC_KEY, "fusionauth-rs384"),
        fusionauth(Algorithm::RsaPkcs1Sha512, SecretFormat::PUBLIC_KEY, "fusionauth-rs512"),
    ],
    event_id: ["{j:/event/id}"], "/event/id is the event's own id, in the body that the signed claim binds.",
    event_type: Some(text("{j:/event/type}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://fusionauth.io/docs/extend/events-and-webhooks/signing",
    secret: "No shared secret: the public key (PEM, or the instance's /.well-known/jwks.json) of the EC, RSA or EdDSA key chosen under Settings > Webhooks > Security > Signing key.",
    notes: "For HMAC keys see fusionauth-hmac: the two are apart so that a public key is never taken for a shared one. The claim is the standard base64 of the SHA-256 digest, and it is the only claim: no time is signed. Signing is off by default. For transactional events FusionAuth waits for the answer and undoes its change without a 2xx.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event":{"id":"{id}","createInstant":{ts_ms},"type":"user.create","tenantId":"e872a880-b14f-6d62-c312-cb40f22af465","applicationIds":[],"info":{"ipAddress":"192.0.2.7","userAgent":"Mozilla/5.0"},"user":{"id":"00000000-0000-4000-8000-000000000001","email":"rosa@example.com","firstName":"Rosa","active":true,"verified":false,"insertInstant":{ts_ms}}}}"#;

    FUSIONAUTH_HMAC: "fusionauth-hmac", "FusionAuth (HMAC key)";
    schemes: &[
        fusionauth(Algorithm::HmacSha256, SecretFormat::UTF8, "fusionauth-hs256"),
        fusionauth(Algorithm::HmacSha384, SecretFormat::UTF8, "fusionauth-hs384"),
        fusionauth(Algorithm::HmacSha512, SecretFormat::UTF8, "fusionauth-hs512"),
    ],
    event_id: ["{j:/event/id}"], "/event/id is the event's own id, in the body that the signed claim binds.",
    event_type: Some(text("{j:/event/type}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://fusionauth.io/docs/extend/events-and-webhooks/signing",
    secret: "The secret of the HMAC key chosen under Settings > Webhooks > Security > Signing key, used as UTF-8; Settings > Key Master shows it.",
    notes: "For EC, RSA and EdDSA keys see fusionauth. The claim is the standard base64 of the SHA-256 digest, and it is the only claim: no time is signed. Signing is off by default. For transactional events FusionAuth waits for the answer and undoes its change without a 2xx.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event":{"id":"{id}","createInstant":{ts_ms},"type":"user.update","tenantId":"e872a880-b14f-6d62-c312-cb40f22af465","applicationIds":[],"info":{"ipAddress":"192.0.2.7","userAgent":"Mozilla/5.0"},"user":{"id":"00000000-0000-4000-8000-000000000001","email":"rosa@example.com","firstName":"Rosa","active":true,"verified":false,"insertInstant":{ts_ms}}}}"#;

    GEMINI: "gemini", "Google Gemini API";
    schemes: &[standard_webhooks(SHARED_SECRET)],
    event_id: ["{h:webhook-id|svix-id}"], "Standard Webhooks: the id header is signed, names the event and is the same on every attempt.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retry_horizon: Some(86_400), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://ai.google.dev/gemini-api/docs/webhooks",
    secret: "`whsec_` + base64, returned once when a static (project) webhook is made through the API.",
    notes: "Static webhooks only. Dynamic ones, which a job names for itself, are signed as RS256 JWTs with Google's keys (https://generativelanguage.googleapis.com/.well-known/jwks.json) and are not described here.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"type":"batch.succeeded","version":"v1","timestamp":"{ts_rfc3339}","data":{"id":"batches/{id}","output_file_uri":"files/tide-forecasts"}}"#;

    GITEA: "gitea", "Gitea";
    schemes: &[body_hmac(plain("{h:X-Gitea-Signature}", HEX))],
    event_id: [], "The delivery id is an unsigned header and several bodies (wiki edits, branch create and delete, repository events) hold no id or time of the event, so genuine repeats can be byte-equal.",
    event_type: None,
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(0), redelivery_horizon: Some(604_800), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Gitea-Delivery")),
    handshake: "",
    evidence: Documented, "https://docs.gitea.com/usage/repository/webhooks",
    secret: "Any text the owner chooses; Settings > Webhooks > Secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Go-http-client/1.1"), ("X-Gitea-Delivery", "{id}"), ("X-Gitea-Event", "push"), ("X-Gitea-Event-Type", "push"), ("X-Gogs-Delivery", "{id}"), ("X-Gogs-Event", "push"), ("X-GitHub-Delivery", "{id}"), ("X-GitHub-Event", "push")],
    sample: r#"{"ref":"refs/heads/main","before":"5f1c0e4d7c7e5e5f7c39ad0cf5e4e5a3f8f2b101","after":"{id}","compare_url":"https://git.example.org/harbour/tide/compare/5f1c0e4d...main","commits":[],"total_commits":0,"repository":{"id":140,"full_name":"harbour/tide","default_branch":"main","updated_at":"2026-11-03T09:26:10Z"},"pusher":{"id":1,"login":"ines"},"sender":{"id":1,"login":"ines"}}"#;

    GITHUB: "github", "GitHub";
    schemes: &[body_hmac(prefixed("{h:X-Hub-Signature-256}", "sha256=", HEX))],
    event_id: ["{content}"], "The delivery id is an unsigned header, so the body's digest is the key. Kinds whose body holds no time, such as workflow_dispatch with equal inputs, can repeat byte for byte; where those matter, choose another event id.",
    event_type: None,
    sender: Sender { ack_deadline: Some(10), retry_horizon: Some(0), redelivery_horizon: Some(259_200), retries: Retries::Identical, body_cap: Some(26_214_400), ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-GitHub-Delivery")),
    handshake: "A signed `ping` event on creation; nothing to echo.",
    evidence: Published, "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
    secret: "Any text the owner chooses; Settings > Webhooks > the hook > Secret (for an app: its settings page).",
    headers: [("Content-Type", "application/json"), ("User-Agent", "GitHub-Hookshot/760256b"), ("Accept", "*/*"), ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "{id}"), ("X-GitHub-Hook-ID", "498210377"), ("X-GitHub-Hook-Installation-Target-Type", "repository"), ("X-GitHub-Hook-Installation-Target-ID", "71820443")],
    sample: r#"{"ref":"refs/heads/main","before":"5f1c0e4d7c7e5e5f7c39ad0cf5e4e5a3f8f2b101","after":"{id}","created":false,"deleted":false,"forced":false,"repository":{"id":71820443,"full_name":"harbour-co/tide-tables","default_branch":"main","pushed_at":{ts}},"pusher":{"name":"ines","email":"ines@example.com"},"sender":{"login":"ines","id":1840217,"type":"User"},"commits":[],"head_commit":null}"#;

    GITLAB: "gitlab", "GitLab";
    schemes: &[standard_webhooks(SHARED_SECRET).named("gitlab-signed")],
    event_id: ["{h:webhook-id|svix-id}"], "The id header is signed and equals Idempotency-Key, which GitLab keeps over the retries of one event.",
    event_type: Some(text("{j:/object_kind}")),
    sender: Sender { ack_deadline: Some(10), retries: Retries::Resigned, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Gitlab-Event-UUID")),
    handshake: "",
    evidence: Sdk, "https://docs.gitlab.com/user/project/integrations/webhooks/",
    secret: "`whsec_` + base64, the Signing token of the webhook; Settings > Webhooks. The older Secret token is another setting: see gitlab-token.",
    notes: "Both settings may be on at once: then X-Gitlab-Token comes too and is not needed. X-Gitlab-Event-UUID is shared by hooks that trigger each other, so it does not name one event. System hooks name their kind in /event_name.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "GitLab/18.11.0"), ("X-Gitlab-Event", "Push Hook"), ("X-Gitlab-Webhook-UUID", "02affd2d-2cba-4033-917d-ec22d5dc4b38"), ("X-Gitlab-Event-UUID", "13792a34-cac6-4fda-95a8-c58e00a3954e"), ("X-Gitlab-Instance", "https://gitlab.example.org"), ("Idempotency-Key", "{id}")],
    sample: r#"{"object_kind":"push","event_name":"push","before":"5f1c0e4d7c7e5e5f7c39ad0cf5e4e5a3f8f2b101","after":"{id}","ref":"refs/heads/main","checkout_sha":"{id}","user_id":4,"user_username":"ines","project_id":15,"project":{"id":15,"name":"Tide tables","path_with_namespace":"harbour/tide-tables","default_branch":"main"},"commits":[],"total_commits_count":1}"#;

    GITLAB_TOKEN: "gitlab-token", "GitLab (secret token)";
    schemes: &[token("{h:X-Gitlab-Token}")],
    event_id: ["{h:Idempotency-Key}"], "GitLab sends one Idempotency-Key for an event and keeps it over retries. It is not signed: the caller is trusted for all he says.",
    event_type: Some(text("{j:/object_kind}")),
    sender: Sender { ack_deadline: Some(10), stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Gitlab-Event-UUID")),
    handshake: "",
    evidence: Documented, "https://docs.gitlab.com/user/project/integrations/webhooks/",
    secret: "Any text typed into Secret token, sent as it is; Settings > Webhooks.",
    notes: "Nothing is signed: prefer the signing token (gitlab). GitLab before 17.4 sends no Idempotency-Key: choose another event id there. X-Gitlab-Event-UUID is shared by hooks that trigger each other.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "GitLab/18.11.0"), ("X-Gitlab-Event", "Push Hook"), ("X-Gitlab-Webhook-UUID", "02affd2d-2cba-4033-917d-ec22d5dc4b38"), ("X-Gitlab-Event-UUID", "13792a34-cac6-4fda-95a8-c58e00a3954e"), ("X-Gitlab-Instance", "https://gitlab.example.org"), ("Idempotency-Key", "{id}")],
    sample: r#"{"object_kind":"push","event_name":"push","before":"5f1c0e4d7c7e5e5f7c39ad0cf5e4e5a3f8f2b101","after":"{id}","ref":"refs/heads/main","checkout_sha":"{id}","user_id":4,"user_username":"ines","project_id":15,"project":{"id":15,"name":"Tide tables","path_with_namespace":"harbour/tide-tables","default_branch":"main"},"commits":[],"total_commits_count":1}"#;

    GOGS: "gogs", "Gogs";
    schemes: &[body_hmac(plain("{h:X-Gogs-Signature}", HEX))],
    event_id: [], "The delivery id is an unsigned header and create and delete events hold no id or time, so genuine repeats can be byte-equal.",
    event_type: None,
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(0), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Gogs-Delivery")),
    handshake: "",
    evidence: Documented, "https://gogs.io/",
    secret: "Any text the owner chooses; Settings > Webhooks > Secret.",
    notes: "Gitea and Forgejo send this header too: use their own entries for them.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "GogsServer"), ("X-Gogs-Delivery", "{id}"), ("X-Gogs-Event", "push"), ("X-GitHub-Delivery", "{id}"), ("X-GitHub-Event", "push")],
    sample: r#"{"ref":"refs/heads/main","before":"5f1c0e4d7c7e5e5f7c39ad0cf5e4e5a3f8f2b101","after":"{id}","compare_url":"https://git.example.org/harbour/tide/compare/5f1c0e4d...main","commits":[],"repository":{"id":140,"full_name":"harbour/tide","default_branch":"main","updated_at":"{ts_rfc3339}"},"pusher":{"id":1,"login":"ines"},"sender":{"id":1,"login":"ines"}}"#;

    GOOGLE_PUBSUB: "google-pubsub", "Google Cloud Pub/Sub push";
    aliases: ["pubsub"],
    schemes: &[Scheme::new(Algorithm::RsaPkcs1Sha256, jws("{h:Authorization}", "Bearer ", JwsPayload::Attached), "").secret(SecretFormat::PUBLIC_KEY).equal("{c:/iss}=https://accounts.google.com & {c:/aud}={cfg:audience} & {c:/email}={cfg:service_account}").uncovered("All of the body: the token shows who called, not what he said.").key_id("{p:kid}").keys_at("https://www.googleapis.com/oauth2/v3/certs")],
    event_id: [], "The token does not cover the body and serves many messages for up to an hour, so nothing signed names a message; /message/messageId is good for deduplicating as far as the caller is trusted.",
    event_type: None,
    sender: Sender { ack_deadline: Some(10), retry_horizon: Some(604_800), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions",
    secret: "No shared secret: Google's keys (https://www.googleapis.com/oauth2/v3/certs, a JWKS, rotated). `audience` is that of the subscription (by default the push endpoint's URL), `service_account` the e-mail of the account it signs as.",
    notes: "It proves who calls, not what is said: the body is not bound. Any Google account can obtain a token for any audience, so the service account must be compared. 102, 200, 201, 202 and 204 acknowledge; the deadline is set on the subscription (10 to 600 seconds), as is the retention.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "CloudPubSub-Google"), ("From", "noreply@google.com"), ("Accept", "application/json")],
    sample: r#"{"message":{"attributes":{"gauge":"7"},"data":"eyJsZXZlbF9jbSI6NDEyfQ==","messageId":"{id}","message_id":"{id}","publishTime":"{ts_rfc3339}","publish_time":"{ts_rfc3339}"},"subscription":"projects/harbour/subscriptions/tide-push","deliveryAttempt":1}"#;

    GRAFANA: "grafana", "Grafana Alerting";
    methods: ["POST", "PUT"],
    schemes: &[
        Scheme::new(Algorithm::HmacSha256, plain("{h:X-Grafana-Alerting-Signature}", HEX), "{h:X-Grafana-Alerting-Signature-Timestamp}:{body}").timed("{h:X-Grafana-Alerting-Signature-Timestamp}", SECONDS, 300).named("grafana-timestamp"),
        body_hmac(plain("{h:X-Grafana-Alerting-Signature}", HEX)).named("grafana"),
    ],
    event_id: [], "A notification has no id, and the reminder of an alert that still fires can repeat the bytes of the one before.",
    event_type: Some(text("{j:/status}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/",
    secret: "Any text, used as UTF-8; Alerting > Contact points > the webhook > Optional settings > HMAC Signature > Secret. Grafana 11.6 and later.",
    notes: "Both header names are settings: the signature's defaults to the one here, the timestamp's has no default, and without one the time is neither sent nor signed. Set it to X-Grafana-Alerting-Signature-Timestamp, the name in Grafana's own examples, to have the age checked. Custom payloads replace the body.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Grafana")],
    sample: r#"{"receiver":"tide-hook","status":"firing","orgId":1,"alerts":[{"status":"firing","labels":{"alertname":"High water","gauge":"7"},"annotations":{"summary":"{id}"},"startsAt":"{ts_rfc3339}","endsAt":"0001-01-01T00:00:00Z","values":{"B":412},"fingerprint":"c6eadffa33fcdf37"}],"groupLabels":{"alertname":"High water"},"commonLabels":{},"externalURL":"https://grafana.example.org/","version":"1","groupKey":"{}:{alertname=\"High water\"}","truncatedAlerts":0,"title":"[FIRING:1]","state":"alerting","message":"Level 412 cm"}"#;

    HEROKU: "heroku", "Heroku";
    schemes: &[body_hmac(plain("{h:Heroku-Webhook-Hmac-SHA256}", BASE64))],
    event_id: ["{j:/webhook_metadata/event/id}"], "The signed metadata names the event apart from the delivery and the attempt, so it is the same on every retry.",
    event_type: Some(text("{j:/resource} {j:/action}")),
    sender: Sender { retries: Retries::Resigned, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://devcenter.heroku.com/articles/app-webhooks",
    secret: "Any text passed as `secret`, or one that the API makes and shows once in the answer's Heroku-Webhook-Secret header, when the webhook is added (heroku webhooks:add -s).",
    notes: "At level `notify` there is one attempt, at level `sync` many. The metadata in the body names the attempt, so a retry has other bytes.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"id":"{id}","action":"update","actor":{"email":"ines@example.com","id":"c7c11cca-1d73-471d-9b6e-bdef51470190"},"created_at":"{ts_rfc3339}","data":{"id":"7d0c2a2e","app":{"id":"9f21","name":"tide-tables"},"status":"succeeded","version":214},"previous_data":{},"published_at":"{ts_rfc3339}","resource":"release","sequence":null,"updated_at":"{ts_rfc3339}","version":"application/vnd.heroku+json; version=3","webhook_metadata":{"attempt":{"id":"5d1e0c7f"},"delivery":{"id":"4b2f2a2e"},"event":{"id":"{id}","include":"api:release"},"webhook":{"id":"3c7b"}}}"#;

    HOOKDECK: "hookdeck", "Hookdeck Event Gateway";
    schemes: &[body_hmac(plain("{any:x-hookdeck-signature,x-hookdeck-signature-2}", BASE64))],
    event_id: [], "The event id is an unsigned header and the body is whatever the source sent, so two events can be byte-equal.",
    event_type: None,
    sender: Sender { ack_deadline: Some(60), retry_horizon: Some(604_800), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("x-hookdeck-eventid")),
    handshake: "",
    evidence: Documented, "https://hookdeck.com/docs/authentication",
    secret: "The project's signing secret, used as UTF-8; Project settings > Secrets.",
    notes: "While the secret is rolled a second header carries the signature under the other one. The headers of the source are passed on, so its own signature can be checked as well.",
    headers: [("Content-Type", "application/json"), ("x-hookdeck-eventid", "{id}"), ("x-hookdeck-requestid", "req_tide0qv3k1x8"), ("x-hookdeck-source-name", "tides"), ("x-hookdeck-destination-name", "harbour"), ("x-hookdeck-attempt-count", "1"), ("x-hookdeck-attempt-trigger", "INITIAL"), ("x-hookdeck-verified", "true")],
    sample: r#"{"type":"gauge.reading","id":"{id}","taken_at":"{ts_rfc3339}","gauge":7,"level_cm":412}"#;

    HUGGINGFACE: "huggingface", "Hugging Face";
    aliases: ["hugging-face"],
    schemes: &[token("{h:X-Webhook-Secret}").named("huggingface"), token("{q:secret}").named("huggingface-query")],
    event_id: [], "Only some bodies hold something of the event's own (a comment's id, a commit): switching a repository to private, back and to private again sends the same bytes twice.",
    event_type: Some(text("{j:/event/scope} {j:/event/action}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://huggingface.co/docs/hub/webhooks",
    secret: "Any ASCII text typed into Secret, sent as it is; Settings > Webhooks. It may stand in the URL as `?secret=` instead.",
    notes: "Nothing is signed. At most 1,000 triggers in 24 hours.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event":{"action":"update","scope":"repo.content"},"repo":{"type":"model","name":"harbour/tide-forecast","id":"621ffdc036468d709f17434d","private":false,"headSha":"{id}","url":{"web":"https://huggingface.co/harbour/tide-forecast","api":"https://huggingface.co/api/models/harbour/tide-forecast"},"owner":{"id":"61d2000c3c2083e1c08af22d"}},"updatedRefs":[{"ref":"refs/heads/main","oldSha":"5f1c0e4d7c7e","newSha":"{id}"}],"webhook":{"id":"6390e855e30d9209411de93b","version":3}}"#;

    INNGEST: "inngest", "Inngest";
    methods: ["POST", "PUT"],
    schemes: &[Scheme::new(Algorithm::HmacSha256, pairs("{h:X-Inngest-Signature}", ['&', '='], "s", HEX), "{jcs:body}{p:t}").timed("{p:t}", SECONDS, 300).secret(INNGEST_KEY)],
    event_id: [], "A request is one call of a function, and the step it asks for stands in the unsigned query: parallel steps of one second can be byte-equal. Inngest keeps the results of steps itself.",
    event_type: None,
    sender: Sender { retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://www.inngest.com/docs/platform/signing-keys",
    secret: "`signkey-prod-` (or -test-, -branch-) + hex; the text after the prefix is the key, as UTF-8. Dashboard > Manage > Signing Key.",
    notes: "What is signed is the body's canonical JSON (RFC 8785), not its bytes. The Python SDK does not look at the age of `t`, the others allow five minutes. The answer's body carries the step's result: it must reach Inngest, so a duplicate may not be answered empty.",
    headers: [("Content-Type", "application/json"), ("X-Inngest-Server-Kind", "cloud")],
    sample: r#"{"version":1,"ctx":{"run_id":"{id}","fn_id":"tide-forecast","attempt":0,"stack":{"stack":[],"current":0},"use_api":false},"event":{"id":"01kb3m6q1c9a4d7x","name":"gauge/reading","data":{"gauge":7,"level_cm":412},"ts":{ts_ms}},"events":[{"id":"01kb3m6q1c9a4d7x","name":"gauge/reading","data":{"gauge":7,"level_cm":412},"ts":{ts_ms}}],"steps":{},"use_api":false}"#;

    JFROG: "jfrog", "JFrog Artifactory";
    aliases: ["artifactory"],
    schemes: &[
        body_hmac(plain("{h:X-JFrog-Event-Auth}", HEX)).named("jfrog-signed"),
        token("{h:X-JFrog-Event-Auth}").named("jfrog-token"),
    ],
    event_id: [], "The body names the artifact and what happened, with no id or time: deploying a file again sends the same bytes.",
    event_type: Some(text("{j:/domain} {j:/event_type}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://jfrog.com/help/r/jfrog-platform-administration-documentation/webhooks",
    secret: "Any text typed into Secret token; Administration > General > Webhooks. With \"Use secret for payload signing\" it is the HMAC key (UTF-8), otherwise it is sent as it is.",
    notes: "One header serves both ways; switch signing on. Custom webhooks send whatever their owner defines.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "JFrog Event/7.98.0")],
    sample: r#"{"domain":"artifact","event_type":"deployed","data":{"repo_key":"tides-local","path":"harbour/tide-tables/2.14.0/tide-tables.tgz","name":"{id}","sha256":"5f1c0e4d7c7e5e5f7c39ad0cf5e4e5a3f8f2b1015f1c0e4d7c7e5e5f7c39ad0c","size":204812},"subscription_key":"tide-hook","jpd_origin":"https://harbour.jfrog.io","source":"jfrt@01kav1n2y4/users/ines"}"#;

    JIRA: "jira", "Jira Cloud";
    schemes: &[body_hmac(prefixed("{h:X-Hub-Signature}", "sha256=", HEX))],
    event_id: ["{content}"], "The delivery id is an unsigned header; the signed body holds the kind, the resource and the event's time in milliseconds, so two events differ and a retry is the same bytes.",
    event_type: Some(text("{j:/webhookEvent}")),
    sender: Sender { retry_horizon: Some(4_500), retries: Retries::Identical, body_cap: Some(26_214_400), ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Atlassian-Webhook-Identifier")),
    handshake: "",
    evidence: Published, "https://developer.atlassian.com/cloud/jira/platform/webhooks/",
    secret: "Any text or one generated on the page; Settings > System > WebHooks > Secret (or `secret` in the API). Without one nothing is signed.",
    notes: "SHA-256 under the header that elsewhere means SHA-1. Webhooks that Connect apps register come with a JWT instead. Bodies of automation rules (Send web request) are not signed.",
    headers: [("Content-Type", "application/json; charset=UTF-8"), ("User-Agent", "Atlassian Webhook HTTP Client"), ("X-Atlassian-Webhook-Identifier", "{id}"), ("X-Atlassian-Webhook-Flow", "Primary")],
    sample: r#"{"timestamp":{ts_ms},"webhookEvent":"jira:issue_updated","issue_event_type_name":"issue_generic","user":{"accountId":"712020:ines","displayName":"Ines"},"issue":{"id":"10214","key":"TID-214","fields":{"summary":"{id}","status":{"name":"Done"},"updated":"2026-11-03T10:26:10.101+0100"}},"changelog":{"id":"10977","items":[{"field":"status","fromString":"In Progress","toString":"Done"}]}}"#;

    KNOCK: "knock", "Knock";
    schemes: &[Scheme::new(Algorithm::HmacSha256, pairs("{h:x-knock-signature}", [',', '='], "s", BASE64), "{p:t}.{body}").timed("{p:t}", MILLIS, 300)],
    event_id: ["{j:/id}"], "Knock's page makes the event's id in the signed body the key for deduplicating.",
    event_type: Some(text("{j:/type}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.knock.app/developer-tools/outbound-webhooks/overview",
    secret: "A random text per webhook, used as UTF-8; Developers > Webhooks > the webhook > Signing key.",
    notes: "The time is in milliseconds, though the header looks like Stripe's. Up to eight attempts.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"__typename":"Event","id":"{id}","type":"message.delivered","created_at":"{ts_rfc3339}","data":{"__typename":"Message","id":"2KtHarbour01","channel_id":"8a3d2f1e","recipient":"rosa","status":"delivered","engagement_statuses":[],"source":{"key":"high-water","version_id":"7d0c"},"inserted_at":"{ts_rfc3339}"},"event_data":null}"#;

    LAUNCHDARKLY: "launchdarkly", "LaunchDarkly";
    schemes: &[body_hmac(plain("{h:X-LD-Signature}", HEX))],
    event_id: ["{j:/_id}"], "The body is an entry of the audit log, and /_id is that entry's own id.",
    event_type: Some(text("{j:/kind}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://launchdarkly.com/docs/home/infrastructure/webhooks",
    secret: "Any text or one generated when \"Sign this webhook\" is ticked, used as UTF-8; Organization settings > Integrations > Webhooks.",
    notes: "Deliveries may come out of order: /date (milliseconds) orders them.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"_links":{"canonical":{"href":"/api/v2/flags/tides/neap-table","type":"application/json"}},"_id":"{id}","_accountId":"6a1f0cd8e4b2","date":{ts_ms},"accesses":[{"action":"updateOn","resource":"proj/tides:env/production:flag/neap-table"}],"kind":"flag","name":"Neap table","description":"","shortDescription":"","member":{"_id":"5f1c0e4d","email":"ines@example.com","role":"writer"},"titleVerb":"turned on the flag","title":"Ines turned on the flag Neap table in Production"}"#;

    LINEAR: "linear", "Linear";
    schemes: &[body_hmac(plain("{h:Linear-Signature}", HEX)).timed("{n:/webhookTimestamp}", MILLIS, 60)],
    event_id: ["{content}"], "No event id is signed (Linear-Delivery is a header); /webhookTimestamp in milliseconds makes each attempt's bytes its own, so replays are absorbed and retries are not, and no event can be lost.",
    event_type: Some(text("{j:/type} {j:/action}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(25_260), retries: Retries::Resigned, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: Some(text("Linear-Delivery")),
    handshake: "",
    evidence: Sdk, "https://linear.app/developers/webhooks",
    secret: "`lin_wh_` + letters and digits, used as UTF-8 with its prefix; Settings > API > Webhooks > the webhook's page.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "Linear-Webhook"), ("Accept-Charset", "utf-8"), ("Linear-Delivery", "{id}"), ("Linear-Event", "Issue"), ("Linear-Timestamp", "{ts_ms}")],
    sample: r#"{"action":"update","actor":{"id":"7d0c","type":"user","name":"Ines"},"createdAt":"2026-11-03T09:26:10.101Z","data":{"id":"{id}","identifier":"TID-214","title":"Tide table is an hour off","priority":2,"state":{"id":"9a1f","name":"Done","type":"completed"},"updatedAt":"2026-11-03T09:26:10.101Z"},"updatedFrom":{"stateId":"3c7b"},"type":"Issue","organizationId":"org-8812","url":"https://linear.app/harbour/issue/TID-214","webhookTimestamp":{ts_ms},"webhookId":"000042e3-d123-4980-b49f-8e140eef9329"}"#;

    LIVEBLOCKS: "liveblocks", "Liveblocks";
    schemes: STANDARD_WEBHOOKS_SCHEMES,
    event_id: ["{h:webhook-id|svix-id}"], "Delivered by Svix: the id header is signed, names the message and is the same on every attempt.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(15), retry_horizon: Some(99_305), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://liveblocks.io/docs/platform/webhooks",
    secret: "`whsec_` + base64; Dashboard > the project > Webhooks > the endpoint > Signing secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Svix-Webhooks/1.67.0 (sender-9YMgn; +https://www.svix.com/http-sender/)")],
    sample: r#"{"type":"commentCreated","data":{"projectId":"6a1f0cd8e4b2","roomId":"harbour:tides","threadId":"th_7nfq","commentId":"{id}","createdAt":"{ts_rfc3339}","createdBy":"rosa"}}"#;

    LIVEKIT: "livekit", "LiveKit";
    schemes: &[Scheme::new(Algorithm::HmacSha256, SignatureField::new("{h:Authorization}", Syntax::Jws { prefix: text(""), payload: JwsPayload::Attached, leeway: 10 }, Encoding::Base64urlNopad), "").equal("{c:/sha256}={sha256.base64:body}").key_id("{c:/iss}")],
    event_id: ["{j:/id}"], "/id (EV_…) is the event's own id, in the body that the signed claim binds.",
    event_type: Some(text("{j:/event}")),
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://docs.livekit.io/home/server/webhooks/",
    secret: "The API secret of the key that the webhook is set to use, as UTF-8; Cloud: Settings > Keys and Settings > Webhooks, self-hosted: `keys` and `webhook.api_key` in the configuration. The key's id, if given, is the API key.",
    notes: "The header is the bare JWT, without Bearer. The Content-Type is application/webhook+json, which JSON middleware may pass over. The SDK allows 10 seconds of clock difference.",
    headers: [("Content-Type", "application/webhook+json")],
    sample: r#"{"event":"participant_joined","room":{"sid":"RM_tide01","name":"harbour-watch","creationTime":"{ts}","enabledCodecs":[]},"participant":{"sid":"PA_rosa","identity":"rosa","state":"ACTIVE","joinedAt":"{ts}"},"id":"{id}","createdAt":"{ts}"}"#;

    MUX: "mux", "Mux";
    schemes: &[timed_pairs("{h:mux-signature}", "v1", 300)],
    event_id: ["{j:/id}"], "/id names the event and stays on repeated deliveries, while the object is named apart in /object/id and /data/id.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(86_400), retries: Retries::Resigned, retry_changes_body: true, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://www.mux.com/docs/core/verify-webhook-signatures",
    secret: "A random text per webhook, used as UTF-8; Settings > Webhooks > Show signing secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Mux Webhooks"), ("Accept", "*/*")],
    sample: r#"{"type":"video.asset.ready","object":{"type":"asset","id":"0201tideasset"},"id":"{id}","environment":{"name":"Production","id":"j0863n"},"data":{"id":"0201tideasset","status":"ready","duration":23.9,"aspect_ratio":"16:9","created_at":{ts}},"created_at":"2026-11-03T09:26:10.000000Z","request_id":null,"accessor":null,"accessor_source":null,"attempts":[]}"#;

    NEON_AUTH: "neon-auth", "Neon Auth";
    aliases: ["neon"],
    schemes: &[Scheme::new(Algorithm::Ed25519, jws("{h:X-Neon-Signature}", "", JwsPayload::Detached), "{h:X-Neon-Timestamp}.{base64url:body}").timed("{h:X-Neon-Timestamp}", MILLIS, 300).secret(SecretFormat::PUBLIC_KEY).key_id("{h:X-Neon-Signature-Kid}")],
    event_id: ["{j:/event_id}"], "/event_id in the signed body names the event, the same on each of its attempts.",
    event_type: Some(text("{j:/event_type}")),
    sender: Sender { ack_deadline: Some(5), retry_horizon: Some(15), stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Neon-Event-Id")),
    handshake: "",
    evidence: Documented, "https://neon.com/docs/auth/guides/webhooks",
    secret: "No shared secret: the Ed25519 key of <NEON_AUTH_URL>/.well-known/jwks.json that X-Neon-Signature-Kid names.",
    notes: "The middle of the JWS is empty and its payload is encoded twice: base64url of `<timestamp>.<base64url of the body>`. send.otp, send.magic_link and user.before_create hold the sign-in up until they are answered (5 seconds unless set, at most 10), three attempts in 15 seconds; a duplicate must get the same answer.",
    headers: [("Content-Type", "application/json"), ("X-Neon-Event-Type", "user.created"), ("X-Neon-Event-Id", "{id}"), ("X-Neon-Delivery-Attempt", "1")],
    sample: r#"{"event_id":"{id}","event_type":"user.created","timestamp":"{ts_rfc3339}","context":{"endpoint_id":"ep-calm-tide-a1b2c3","project_name":"tides"},"user":{"id":"00000000-0000-4000-8000-000000000001","email":"rosa@example.com","name":"Rosa Ek","email_verified":true},"event_data":{"auth_provider":"credential"}}"#;

    NETLIFY: "netlify", "Netlify";
    schemes: &[Scheme::new(Algorithm::HmacSha256, jws("{h:X-Webhook-Signature}", "", JwsPayload::Attached), "").equal("{c:/iss}=netlify & {c:/sha256}={sha256.hex:body}")],
    event_id: [], "The kind of notification is an unsigned header and the body is only the deploy: two kinds for one deploy (succeeded, and succeeded after a failure) carry the same bytes.",
    event_type: None,
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.netlify.com/site-deploys/notifications/",
    secret: "Any text typed into JWS secret token, used as UTF-8; Project configuration > Notifications > HTTP POST request. Without one nothing is signed.",
    notes: "The JWT holds the issuer and the body's digest and no time. A hook that keeps failing is disabled.",
    headers: [("Content-Type", "application/json"), ("X-Netlify-Event", "deploy_created")],
    sample: r#"{"id":"{id}","site_id":"fa4dd95a-994e-4f89-8a7a-2d9e9fc36a32","build_id":"6a1f0cd8e4b2","state":"ready","name":"tide-tables","url":"https://tides.example.com","deploy_ssl_url":"https://6a1f0cd8--tide-tables.netlify.app","created_at":"2026-11-03T09:24:10.346Z","updated_at":"{ts_rfc3339}","error_message":null,"commit_ref":"5f1c0e4d7c7e","branch":"main","context":"production","locked":null,"deploy_time":59}"#;

    NPM: "npm", "npm hooks";
    schemes: &[body_hmac(prefixed("{h:x-npm-signature}", "sha256=", HEX))],
    event_id: ["{content}"], "The signed body holds the kind, the package, the change and a time in milliseconds, so two events differ and a retry is the same bytes; there is no id.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://github.com/npm/npm-hook-receiver",
    secret: "Any text passed when the hook is made through the registry (npm hook add <package> <url> <secret>), used as UTF-8.",
    notes: "Registries that speak npm's protocol, such as cnpmcore, sign the same way.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event":"package:publish","name":"@harbour/tide-tables","type":"package","version":"1.0.0","hookOwner":{"username":"ines"},"payload":{"name":"@harbour/tide-tables","dist-tags":{"latest":"2.14.0"}},"change":{"version":"2.14.0","dist-tag":"{id}"},"time":{ts_ms}}"#;

    OKTA: "okta", "Okta event hooks";
    schemes: &[token("{h:Authorization}")],
    event_id: ["{j:/eventId}"], "/eventId names the request to this hook; the events in it have uuids of their own. It is not signed: the caller is trusted for all he says.",
    event_type: Some(text("{j:/data/events/0/eventType}")),
    sender: Sender { ack_deadline: Some(3), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "One GET with X-Okta-Verification-Challenge when the hook is verified: answer 200 with {\"verification\": <its value>} as JSON.",
    handshakes: &[Handshake::get("").challenge("{h:X-Okta-Verification-Challenge}").json(r#"{{"verification":"{challenge}"}}"#)],
    evidence: Documented, "https://developer.okta.com/docs/concepts/event-hooks/",
    secret: "The Authentication secret of the hook, sent as it is under the Authentication field's header (Authorization); Workflow > Event Hooks.",
    notes: "Nothing is signed. The header's name is a setting: leave it at Authorization. One retry, on a timeout or a server error.",
    headers: [("Content-Type", "application/json"), ("Accept", "application/json")],
    sample: r#"{"eventType":"com.okta.event_hook","eventTypeVersion":"1.0","cloudEventsVersion":"0.1","source":"https://harbour.okta.com/api/v1/eventHooks/who8tyTIDE","eventId":"{id}","data":{"events":[{"uuid":"f790999f-fe87-467a-9880-6982a583986c","published":"{ts_rfc3339}","eventType":"user.session.start","version":"0","severity":"INFO","actor":{"id":"00uTIDE","type":"User","alternateId":"rosa@example.com"},"outcome":{"result":"SUCCESS"}}]},"eventTime":"{ts_rfc3339}","contentType":"application/json"}"#;

    PAGERDUTY: "pagerduty", "PagerDuty (V3)";
    schemes: &[body_hmac(listed("{h:X-PagerDuty-Signature}", ',', "v1=", HEX))],
    event_id: ["{j:/event/id}"], "/event/id is documented as the unique id of the event and stands in the signed body.",
    event_type: Some(text("{j:/event/event_type}")),
    sender: Sender { ack_deadline: Some(5), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Webhook-Id")),
    handshake: "",
    evidence: Documented, "https://developer.pagerduty.com/docs/verifying-webhook-signatures",
    secret: "64 letters and digits, shown once when the subscription is made (Integrations > Generic Webhooks (v3), or delivery_method.secret in the API answer).",
    headers: [("Content-Type", "application/json"), ("User-Agent", "PagerDuty-Webhook/V3.0"), ("Accept", "application/json"), ("X-Webhook-Id", "{id}"), ("X-Webhook-Subscription", "PFX81TD")],
    sample: r#"{"event":{"id":"{id}","event_type":"incident.triggered","resource_type":"incident","occurred_at":"2026-11-03T09:26:10.344Z","agent":null,"client":null,"data":{"id":"Q1TIDE0PUMP","type":"incident","number":2114,"status":"triggered","title":"Tide gauge 7 is silent","urgency":"high","service":{"id":"PTIDE01","type":"service_reference","summary":"Gauges"}}}}"#;

    QSTASH: "qstash", "Upstash QStash";
    aliases: ["upstash"],
    schemes: &[
        qstash("{c:/iss}=Upstash & {c:/sub}={url} & {c:/body}={sha256.base64url:body}=", "qstash"),
        qstash("{c:/iss}=Upstash & {c:/sub}={url} & {c:/body}={sha256.base64url:body}", "qstash-unpadded"),
    ],
    event_id: ["{content}"], "The message id is an unsigned header; every attempt has a token of its own, so replays are absorbed and retries are not, and equal messages are never lost.",
    event_type: None,
    sender: Sender { retries: Retries::Resigned, stable_id: Some(true), ..Sender::UNKNOWN },
    unsigned_id: Some(text("Upstash-Message-Id")),
    handshake: "",
    evidence: Sdk, "https://upstash.com/docs/qstash/howto/signature",
    secret: "`sig_…`, used whole as UTF-8; Console > QStash > Signing keys. Configure both, the current and the next one: Upstash rolls the next into the current.",
    notes: "The digest in the claim is written with its padding; the SDKs accept it without. `sub` is the destination URL as it was given to QStash, and must be the configured URL to the byte. Method and headers are the publisher's choice. A failing answer is retried as the publisher asked.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Upstash-QStash"), ("Upstash-Message-Id", "{id}"), ("Upstash-Retried", "0"), ("Upstash-Region", "eu-central-1")],
    sample: r#"{"job":"{id}","kind":"forecast","gauge":7,"queued_at":{ts}}"#;

    RECALL_AI: "recall-ai", "Recall.ai";
    aliases: ["recall"],
    schemes: &[standard_webhooks(SHARED_SECRET)],
    event_id: ["{h:webhook-id|svix-id}"], "Standard Webhooks: the id header is signed, names the event and is the same on every attempt.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://docs.recall.ai/docs/authenticating-requests-from-recallai",
    secret: "`whsec_` + base64, one for the workspace; Dashboard > Developers > API Keys & Secrets > Create Workspace Secret. Before one exists nothing is signed.",
    notes: "Accounts made before 15 December 2025 get status webhooks under svix- header names and a secret per endpoint (Webhooks page); configure both secrets. Real-time requests of the Desktop SDK are not signed.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event":"bot.done","data":{"data":{"code":"done","sub_code":null,"updated_at":"{ts_rfc3339}"},"bot":{"id":"{id}","metadata":{"watch":"harbour"}}}}"#;

    RENDER: "render", "Render";
    schemes: &[standard_webhooks(SHARED_SECRET)],
    event_id: ["{h:webhook-id|svix-id}"], "Standard Webhooks: the id header is signed, names the event and is the same on every attempt.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://render.com/docs/webhooks",
    secret: "`whsec_` + base64; Workspace > Integrations > Webhooks > the webhook > Signing secret.",
    notes: "Notifications are thin: fetch /data/id through the API.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"type":"deploy_ended","timestamp":"{ts_rfc3339}","data":{"id":"{id}","serviceId":"srv-tide0qv3k1x8","serviceName":"tide-tables","status":"succeeded"}}"#;

    REPLICATE: "replicate", "Replicate";
    schemes: STANDARD_WEBHOOKS_SCHEMES,
    event_id: ["{h:webhook-id|svix-id}"], "Replicate's page: the id header is unique to the message and the same when it is sent again; it is signed.",
    event_type: Some(text("{j:/status}")),
    sender: Sender { retry_horizon: Some(60), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://replicate.com/docs/topics/webhooks/verify-webhook",
    secret: "`whsec_` + base64, one for the account or organization, from GET https://api.replicate.com/v1/webhooks/default/secret.",
    notes: "The body is the prediction itself. The npm package's validateWebhook takes a request of any age; five minutes are enforced here. Only the end of a prediction is retried.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"id":"{id}","model":"harbour/tide-forecast","version":"5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa","input":{"gauge":7},"output":[412,398],"error":null,"status":"succeeded","created_at":"2026-11-03T09:26:00.101Z","started_at":"2026-11-03T09:26:01.344Z","completed_at":"{ts_rfc3339}","metrics":{"predict_time":4.2}}"#;

    RETELL_AI: "retell-ai", "Retell AI";
    aliases: ["retell"],
    schemes: &[Scheme::new(Algorithm::HmacSha256, pairs("{h:X-Retell-Signature}", [',', '='], "d", HEX), "{body}{p:v}").timed("{p:v}", MILLIS, 300)],
    event_id: ["{content}"], "Event name and call id repeat for transcript and transfer events, so the signed bytes with their time in milliseconds are the key: replays are absorbed, retries are not.",
    event_type: Some(text("{j:/event}")),
    sender: Sender { ack_deadline: Some(10), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://docs.retellai.com/features/secure-webhook",
    secret: "The API key that has the webhook badge, used as UTF-8; Dashboard > API Keys.",
    notes: "The time follows the body, in milliseconds. Older samples of the SDK sign a body serialised again: only the raw bytes hold. For call_started, call_ended and call_analyzed alone, `{j:/event} {j:/call/call_id}` is an event id that absorbs retries too.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"event":"call_ended","call":{"call_type":"phone_call","call_id":"{id}","agent_id":"oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD","call_status":"ended","from_number":"+46401234567","to_number":"+46407654321","direction":"inbound","start_timestamp":{ts_ms},"end_timestamp":{ts_ms},"disconnection_reason":"user_hangup","transcript":"Agent: High water is at noon."}}"#;

    SCRAPFLY: "scrapfly", "Scrapfly";
    schemes: &[
        body_hmac(plain("{h:X-Scrapfly-Webhook-Signature}", HEX)).named("scrapfly"),
        Scheme::new(Algorithm::HmacSha256, plain("{h:X-Scrapfly-Webhook-Signature}", HEX), "{h:X-Scrapfly-Webhook-Timestamp}.{body}")
            .require("{h:X-Scrapfly-Webhook-Resource-Type}=alert")
            .timed("{h:X-Scrapfly-Webhook-Timestamp}", SECONDS, 300)
            .named("scrapfly-alert"),
    ],
    event_id: ["{j:/event_id}", "{j:/context/job/uuid}", "{content}"], "An alert has an id, and a job is reported once under its uuid, both in the signed body. A crawl is reported many times under one uuid: each report says what was done and how far the crawl has come, so that all that is signed is its key.",
    event_type: None,
    sender: Sender { retry_horizon: Some(92_190), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Scrapfly-Webhook-Job-Id")),
    handshake: r#"A POST with the body {"ping":"OK"} when the webhook is made, which nothing signs: answer 200. Later pings are signed."#,
    handshakes: &[Handshake::post("{h:X-Scrapfly-Webhook-Resource-Type}=ping & {j:/ping}=OK").members("ping")],
    evidence: Sdk, "https://scrapfly.io/docs/scrape-api/webhook",
    secret: "A random text per webhook, used as UTF-8; Dashboard > Webhooks.",
    notes: "The digest is written in upper case, and once more in lower case in a header of its own. Where a body comes with Content-Encoding, the inflated bytes are signed (of an alert the bytes as they came): inflate it, within a bound, before it is verified. The body's /context/webhook holds the signing secret: never log or pass on such a body. The product (scrape, crawl, extraction, screenshot, alert) is named in an unsigned header: read it as a hint. An alert that is sent under another name is its time, a point and its body, which is no JSON.",
    headers: [("Content-Type", "application/json"), ("X-Scrapfly-Webhook-Resource-Type", "scrape"), ("X-Scrapfly-Webhook-Job-Id", "{id}"), ("X-Scrapfly-Webhook-Env", "live"), ("X-Scrapfly-Webhook-Project", "default"), ("X-Scrapfly-Webhook-Name", "tide-hook")],
    sample: r#"{"config":{"url":"https://tides.example.com/7","asp":false},"context":{"job":{"uuid":"{id}"},"webhook":{"name":"tide-hook","consecutive_failed_count":0},"env":"LIVE","created_at":"{ts_rfc3339}"},"result":{"status_code":200,"content_type":"text/html; charset=utf-8","content":"<p>412 cm</p>","success":true}}"#;

    SEGMENT: "segment", "Segment";
    schemes: &[Scheme::new(Algorithm::HmacSha1, plain("{h:X-Signature}", HEX), "{body}")],
    event_id: ["{j:/messageId}"], "/messageId names the message, and Segment itself deduplicates by it.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://segment.com/docs/connections/destinations/catalog/webhooks/",
    secret: "Any text typed into Shared Secret, used as UTF-8; Connections > Destinations > Webhooks > Settings. Without one nothing is signed.",
    notes: "This is the classic Webhooks destination. Webhooks (Actions) sends a body of the owner's making, in batches if so set: then choose another event id.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Segment.io/1.0"), ("Accept", "application/json")],
    sample: r#"{"version":1,"type":"track","event":"Table downloaded","messageId":"{id}","userId":"rosa","anonymousId":"23adfd82-aa0f-45a7-a756-24f2a7a4c895","properties":{"gauge":7},"context":{"ip":"192.0.2.7","library":{"name":"analytics.js","version":"4.1.8"}},"timestamp":"{ts_rfc3339}","receivedAt":"{ts_rfc3339}","sentAt":"{ts_rfc3339}","channel":"client"}"#;

    SENTRY: "sentry", "Sentry";
    schemes: &[body_hmac(plain("{h:Sentry-Hook-Signature}", HEX))],
    event_id: [], "The request id, the resource and the time are unsigned headers; resolving an issue, reopening it and resolving it again can send the same bytes.",
    event_type: Some(text("{j:/action}")),
    sender: Sender { ack_deadline: Some(1), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("Request-ID")),
    handshake: "",
    evidence: Documented, "https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
    secret: "The Client Secret of the integration, used as UTF-8; Settings > Developer Settings > the integration > Credentials.",
    notes: "Sentry-Hook-Timestamp is not signed and proves nothing. The documents hash a body serialised again; the raw bytes are what is signed. An answer is expected within a second. The resource (issue, error, comment, installation …) is only in the header Sentry-Hook-Resource.",
    headers: [("Content-Type", "application/json"), ("Request-ID", "{id}"), ("Sentry-Hook-Resource", "issue"), ("Sentry-Hook-Timestamp", "{ts}")],
    sample: r#"{"action":"resolved","installation":{"uuid":"a8e5d37a-696c-4c54-adb5-b3f28d64c7de"},"data":{"resolution_type":"resolved_in_commit","issue":{"id":"1170820242","shortId":"TIDE-7","title":"{id}","culprit":"tables/neap","level":"error","status":"resolved","count":"14","firstSeen":"2026-11-01T08:00:00.000000Z","lastSeen":"{ts_rfc3339}","project":{"id":"15","slug":"tide-tables"}}},"actor":{"type":"user","id":"1","name":"Ines"}}"#;

    SNYK: "snyk", "Snyk";
    schemes: &[body_hmac(prefixed("{h:X-Hub-Signature}", "sha256=", HEX))],
    event_id: ["{content}"], "The delivery id and the event's name are unsigned headers; a snapshot's body holds the time of the test, so two snapshots differ and a retry is the same bytes. Only pings repeat.",
    event_type: None,
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Snyk-Transport-ID")),
    handshake: "A signed ping event on creation; nothing to echo.",
    evidence: Documented, "https://docs.snyk.io/snyk-api/using-specific-snyk-apis/webhooks-apis/validation-and-versioning-of-payloads",
    secret: "The text passed as `secret` when the webhook is made through the API, used as UTF-8.",
    notes: "SHA-256 under the header that elsewhere means SHA-1. The page's sample hashes a body serialised again: use the raw bytes.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Snyk-Webhooks/044aadd"), ("X-Snyk-Event", "project_snapshot/v0"), ("X-Snyk-Transport-ID", "{id}"), ("X-Snyk-Timestamp", "{ts_rfc3339}")],
    sample: r#"{"project":{"id":"af137b96-6966-46c1-826b-2e79ac49bbd9","name":"harbour/tide-tables:package.json","type":"npm","origin":"github","totalDependencies":214,"issueCountsBySeverity":{"low":1,"medium":0,"high":0,"critical":0},"lastTestedDate":"{ts_rfc3339}","browseUrl":"https://app.snyk.io/org/harbour/project/{id}"},"org":{"id":"a060a49f","name":"harbour","slug":"harbour"},"group":{"name":"harbour","id":"b7f1"},"newIssues":[],"removedIssues":[]}"#;

    SONARQUBE: "sonarqube", "SonarQube";
    aliases: ["sonarcloud"],
    schemes: &[body_hmac(plain("{h:X-Sonar-Webhook-HMAC-SHA256}", HEX))],
    event_id: [], "An analysis has a taskId, but a quality gate that changes with the state of issues is reported without one and with the old time of analysis, so it can repeat byte for byte.",
    event_type: Some(text("{j:/status}")),
    sender: Sender { ack_deadline: Some(10), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.sonarsource.com/sonarqube-server/latest/project-administration/webhooks/",
    secret: "A text of 16 to 200 characters, used as UTF-8; Administration (of the server, organization or project) > Webhooks. Without one nothing is signed.",
    notes: "Where only analyses matter, `{j:/taskId}` is an event id that also absorbs retries.",
    headers: [("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "SonarQube/2026.5"), ("X-SonarQube-Project", "tide-tables")],
    sample: r#"{"serverUrl":"https://sonar.example.org","taskId":"{id}","status":"SUCCESS","analysedAt":"2026-11-03T09:26:10+0000","revision":"5f1c0e4d7c7e5e5f7c39ad0cf5e4e5a3f8f2b101","project":{"key":"tide-tables","name":"Tide tables","url":"https://sonar.example.org/dashboard?id=tide-tables"},"branch":{"name":"main","type":"BRANCH","isMain":true},"qualityGate":{"name":"Sonar way","status":"OK","conditions":[]},"properties":{}}"#;

    SONATYPE_NEXUS: "sonatype-nexus", "Sonatype Nexus Repository";
    aliases: ["nexus"],
    schemes: &[Scheme::new(Algorithm::HmacSha1, plain("{h:X-Nexus-Webhook-Signature}", HEX), "{body}")],
    event_id: ["{content}"], "The delivery id is an unsigned header; the signed body holds a time in milliseconds, the action and the component or asset, so two events differ.",
    event_type: Some(text("{j:/action}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: Some(text("X-Nexus-Webhook-Delivery")),
    handshake: "",
    evidence: Documented, "https://help.sonatype.com/en/working-with-hmac-payloads.html",
    secret: "Any text typed into Secret Key, used as UTF-8; Administration > System > Capabilities > the webhook. Without one nothing is signed.",
    notes: "The kind (rm:repository:component, rm:repository:asset …) is only in the header X-Nexus-Webhook-Id.",
    headers: [("Content-Type", "application/json; charset=UTF-8"), ("User-Agent", "Nexus/3.85.0-03 (PRO; Linux; amd64)"), ("X-Nexus-Webhook-ID", "rm:repository:component"), ("X-Nexus-Webhook-Delivery", "{id}")],
    sample: r#"{"timestamp":"2026-11-03T09:26:10.344+00:00","nodeId":"7FFA7361-6ED33978-36997BD4-47095CC4-331356BE","initiator":"ines/192.0.2.7","repositoryName":"tides-hosted","action":"CREATED","component":{"id":"{id}","componentId":"dGlkZXM6MQ","format":"npm","name":"tide-tables","group":"harbour","version":"2.14.0"}}"#;

    STATSIG: "statsig", "Statsig";
    schemes: &[timed_header("{h:X-Statsig-Signature}", "v0=", "v0:{h:X-Statsig-Request-Timestamp}:{body}", "{h:X-Statsig-Request-Timestamp}").timed("{h:X-Statsig-Request-Timestamp}", MILLIS, 300)],
    event_id: ["{content}"], "A request is a batch without an id; the signed time in milliseconds makes its bytes its own, so replays are absorbed and retries are not.",
    event_type: None,
    sender: Sender::UNKNOWN,
    unsigned_id: None,
    handshake: r#"An unsigned POST of {"data":{"event":"url_verification","verification_code":…}} when the URL is saved: answer 200 with the code, else nothing is ever sent."#,
    handshakes: &[Handshake::post("{j:/data/event}=url_verification").members("data").challenge("{j:/data/verification_code}").json(r#"{{"verification_code":"{challenge}"}}"#)],
    evidence: Documented, "https://docs.statsig.com/integrations/event_webhook",
    secret: "The signing secret on the card of the Generic Webhook; Project Settings > Integrations. Used as UTF-8.",
    notes: "Slack's construction with a time in milliseconds; no tolerance is documented. The page does not tell of the question that is asked first; receivers that Statsig sends to do. Exposures come as an array, changes of configuration as {\"data\": […]}.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"data":[{"user":{"name":"Ines","email":"ines@example.com"},"timestamp":{ts_ms},"eventName":"statsig::config_change","metadata":{"projectName":"Tides","projectID":"6a1f0cd8","type":"Gate","name":"neap_table","description":"{id}","environments":"production","action":"updated"}}]}"#;

    SUPABASE_AUTH: "supabase-auth", "Supabase Auth hooks";
    aliases: ["supabase"],
    schemes: &[standard_webhooks(SUPABASE_SECRET)],
    event_id: ["{h:webhook-id|svix-id}"], "Standard Webhooks: the id header is signed and names one call of the hook.",
    event_type: None,
    sender: Sender { ack_deadline: Some(5), retries: Retries::Resigned, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://supabase.com/docs/guides/auth/auth-hooks",
    secret: "`v1,whsec_` + base64 (the key is the decoded bytes); Authentication > Hooks > the hook. Several may be listed, joined by `|`: configure each as a secret of its own.",
    notes: "Supabase waits for the answer (5 seconds) and acts on its JSON, so a duplicate must get the stored answer. Which hook calls is not said in every body: give each hook a URL of its own. Database webhooks are another product: see supabase-database.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"user":{"id":"{id}","aud":"authenticated","role":"authenticated","email":"rosa@example.com","phone":"","app_metadata":{"provider":"email","providers":["email"]},"user_metadata":{},"created_at":"{ts_rfc3339}"},"email_data":{"token":"305805","token_hash":"7d5b7b1964cf5d388340a7f04f1dbb5eeb6c7b52ef8270e1737a58d0","redirect_to":"https://tides.example.com/","email_action_type":"signup","site_url":"https://tides.example.com"}}"#;

    SUPABASE_DATABASE: "supabase-database", "Supabase database webhooks";
    schemes: &[token("{h:X-Webhook-Secret}").named("supabase-database-secret"), BEARER.named("supabase-database-bearer")],
    event_id: [], "A notification is the row as it was and as it is, with no id or time: changing a value there, back and there again sends the same bytes twice.",
    event_type: Some(text("{j:/type} {j:/table}")),
    sender: Sender { retry_horizon: Some(0), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://supabase.com/docs/guides/database/webhooks",
    secret: "A text of your own in an HTTP header of the webhook: X-Webhook-Secret as it is, or Authorization behind `Bearer `; Database > Webhooks > HTTP Headers.",
    notes: "Nothing is signed, and the header is the owner's choice: these two are read. Sent by pg_net after the commit, once, with a timeout set on the webhook; a failure is only in net._http_response.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "pg_net/0.19.5")],
    sample: r#"{"type":"UPDATE","table":"readings","schema":"public","record":{"id":4210,"gauge":7,"level_cm":412,"note":"{id}","taken_at":"{ts_rfc3339}"},"old_record":{"id":4210,"gauge":7,"level_cm":398,"note":null,"taken_at":"{ts_rfc3339}"}}"#;

    TERRAFORM_CLOUD: "terraform-cloud", "HCP Terraform";
    aliases: ["terraform", "hcp-terraform"],
    schemes: &[Scheme::new(Algorithm::HmacSha512, plain("{h:X-TFE-Notification-Signature}", HEX), "{body}")],
    event_id: ["{content}"], "There is no id of the notification; the signed body holds the run, the trigger and the time of the change, so two notifications differ and a retry is the same bytes.",
    event_type: Some(text("{j:/notifications/0/trigger}")),
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A signed notification with the trigger `verification` when the configuration is enabled or verified: answer 2xx.",
    evidence: Documented, "https://developer.hashicorp.com/terraform/cloud-docs/api-docs/notification-configurations",
    secret: "Any text typed into Token, used as UTF-8; Workspace > Settings > Notifications. Without one nothing is signed.",
    notes: "SHA-512. In a verification the fields of the run are null, so a second one within the retention is answered as a duplicate.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"payload_version":1,"notification_configuration_id":"nc-AeUQ2zfKZzW9TiGZ","run_url":"https://app.terraform.io/app/harbour/tides/runs/{id}","run_id":"{id}","run_message":"Move gauge 7","run_created_at":"2026-11-03T09:20:00.000Z","run_created_by":"ines","workspace_id":"ws-XdeUVMWShTesDMME","workspace_name":"tides","organization_name":"harbour","notifications":[{"message":"Run Applied","trigger":"run:completed","run_status":"applied","run_updated_at":"{ts_rfc3339}","run_updated_by":"ines"}]}"#;

    TRAVIS_CI: "travis-ci", "Travis CI";
    aliases: ["travis"],
    schemes: &[Scheme::new(Algorithm::RsaPkcs1Sha1, plain("{h:Signature}", BASE64), "{f:payload}").uncovered("Nothing but the field payload, which holds the event.").secret(SecretFormat::PUBLIC_KEY)],
    event_id: ["{content}"], "The signed payload holds the build's id with its state and times, so two notifications differ; its fields cannot be read one by one inside the form.",
    event_type: None,
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.travis-ci.com/user/notifications/",
    secret: "No shared secret: the RSA public key (PEM) at /config/notifications/webhook/public_key of https://api.travis-ci.com/config.",
    notes: "SHA-1 with RSA over the decoded `payload` field of a form. Anyone with a repository on Travis CI gets such signatures: compare the repository inside the payload.",
    headers: [("Content-Type", "application/x-www-form-urlencoded"), ("User-Agent", "Travis CI Notifications"), ("Travis-Repo-Slug", "harbour-co/tide-tables")],
    sample: "payload=%7B%22id%22%3A{ts}%2C%22number%22%3A%22214%22%2C%22type%22%3A%22push%22%2C%22state%22%3A%22passed%22%2C%22status%22%3A0%2C%22result%22%3A0%2C%22started_at%22%3A%222026-11-03T09%3A20%3A00Z%22%2C%22branch%22%3A%22main%22%2C%22commit%22%3A%22{id}%22%2C%22message%22%3A%22Correct+the+neap+tide%22%2C%22repository%22%3A%7B%22id%22%3A71820443%2C%22name%22%3A%22tide-tables%22%2C%22owner_name%22%3A%22harbour-co%22%7D%7D";

    UPLOADTHING: "uploadthing", "UploadThing";
    schemes: &[body_hmac(prefixed("{h:x-uploadthing-signature}", "hmac-sha256=", HEX))],
    event_id: ["{content}"], "The signed body holds the file's random key, and a file has one callback; a retry is the same bytes.",
    event_type: None,
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Sdk, "https://docs.uploadthing.com/",
    secret: "The API key (`sk_live_…`), used whole as UTF-8: it stands in the base64 JSON of UPLOADTHING_TOKEN; Dashboard > API Keys.",
    notes: "These are the callbacks that the SDK's route handler answers; the kind (callback, error) is only in the header uploadthing-hook. The uploader waits for the answer's JSON.",
    headers: [("Content-Type", "application/json"), ("uploadthing-hook", "callback")],
    sample: r#"{"status":"uploaded","metadata":{"user":"rosa"},"origin":"https://sea1.ingest.uploadthing.com","file":{"key":"{id}","name":"pier.jpg","size":204812,"type":"image/jpeg","customId":null,"url":"https://utfs.io/f/{id}","fileHash":"5f1c0e4d7c7e"}}"#;

    VAPI: "vapi", "Vapi";
    schemes: &[
        body_hmac(plain("{h:x-vapi-signature}", HEX)).named("vapi-hmac"),
        token("{h:X-Vapi-Secret}").named("vapi-secret"),
        BEARER.named("vapi-bearer"),
    ],
    event_id: [], "Messages have no id, and several kinds (status, speech, tool calls) repeat for one call with nothing common to all that parts them.",
    event_type: Some(text("{j:/message/type}")),
    sender: Sender { ack_deadline: Some(20), ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://docs.vapi.ai/server-url/server-authentication",
    secret: "Whatever the Custom Credential holds: an HMAC secret (UTF-8), a bearer token, or the text of the legacy X-Vapi-Secret; Integrations > Server Configuration > Add Custom Credential.",
    notes: "All names are settings. For the HMAC set Algorithm SHA256, Signature Header x-vapi-signature, no Timestamp Header and the body as Payload Format; other settings need a provider of your own. The two tokens leave the body unsigned. assistant-request and tool-calls wait for the answer's JSON.",
    headers: [("Content-Type", "application/json")],
    sample: r#"{"message":{"type":"status-update","timestamp":{ts_ms},"status":"ended","endedReason":"customer-ended-call","call":{"id":"{id}","orgId":"6a1f0cd8","type":"inboundPhoneCall","status":"ended","createdAt":"{ts_rfc3339}","customer":{"number":"+46401234567"}},"assistant":{"id":"7d0c","name":"Harbour"}}}"#;

    VERCEL: "vercel", "Vercel";
    schemes: &[Scheme::new(Algorithm::HmacSha1, plain("{h:x-vercel-signature}", HEX), "{body}")],
    event_id: ["{j:/id}"], "/id is documented as the id of the webhook delivery, unique in the signed body; that it stays over retries of that delivery is likely, and if not, only a retry is handled twice.",
    event_type: Some(text("{j:/type}")),
    sender: Sender { ack_deadline: Some(30), retry_horizon: Some(86_400), retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "",
    evidence: Documented, "https://vercel.com/docs/webhooks/webhooks-api",
    secret: "A random text shown once when the webhook is made (Team settings > Webhooks); for integrations the integration's client secret.",
    headers: [("Content-Type", "application/json"), ("User-Agent", "Vercel Webhooks"), ("Accept", "*/*")],
    sample: r#"{"type":"deployment.succeeded","id":"{id}","createdAt":{ts_ms},"region":"arn1","payload":{"team":{"id":"team_tide"},"user":{"id":"usr_ines"},"deployment":{"id":"dpl_9fTide","meta":{},"name":"tide-tables","url":"tide-tables-9f.vercel.app"},"links":{"deployment":"https://vercel.com/harbour/tide-tables/9f"},"target":"production","project":{"id":"prj_tide"},"plan":"pro","regions":["arn1"]}}"#;

    WEBSUB: "websub", "WebSub";
    aliases: ["pubsubhubbub"],
    schemes: &[
        websub(Algorithm::HmacSha512, "sha512=", "websub-sha512"),
        websub(Algorithm::HmacSha384, "sha384=", "websub-sha384"),
        websub(Algorithm::HmacSha256, "sha256=", "websub-sha256"),
        websub(Algorithm::HmacSha1, "sha1=", "websub-sha1"),
    ],
    event_id: [], "A delivery is the topic's content and nothing else: content that changes there, back and there again is sent twice with the same bytes.",
    event_type: None,
    sender: Sender { retries: Retries::Identical, ..Sender::UNKNOWN },
    unsigned_id: None,
    handshake: "A GET with hub.mode, hub.topic, hub.challenge and, on subscribing, hub.lease_seconds: answer 2xx with hub.challenge as the body if the subscription is wanted, else 404. Leases end and must be renewed.",
    handshakes: &[Handshake::get("").verify("{q:hub.topic}={cfg:topic}").challenge("{q:hub.challenge}").of(512, Charset::Base64).text("{challenge}")],
    evidence: Documented, "https://www.w3.org/TR/websub/",
    secret: "The text of fewer than 200 bytes passed as hub.secret when subscribing, used as UTF-8. Use one for each subscription.",
    notes: "The hub names the method in the header, and each of the four is a scheme of its own: a signature is only checked with the method it names. Older hubs send sha1 only. The specification wants 2xx even for a bad signature, the content being ignored; refusing is safe, the hub may then retry. Answer 410 to end a subscription.",
    headers: [("Content-Type", "application/atom+xml"), ("Link", "<https://hub.example.org/>; rel=\"hub\", <https://tides.example.com/feed>; rel=\"self\"")],
    sample: r#"<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Tides</title><id>https://tides.example.com/feed</id><updated>{ts_rfc3339}</updated><entry><title>Gauge 7</title><id>urn:tide:{id}</id><updated>{ts_rfc3339}</updated><content>412 cm</content></entry></feed>"#;

    WORKOS: "workos", "WorkOS";
    schemes: &[Scheme::new(Algorithm::HmacSha256, pairs("{h:WorkOS-Signature}", [',', '='], "v1", HEX).written("t, v1"), "{p:t}.{body}").timed("{p:t}", MILLIS, 180)],
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
