"""The schemes that a template tells: header, what is signed, algorithm, key. One row a provider."""

from __future__ import annotations

import base64
import unicodedata

from keys import base64_secret, ed25519_pair, hex_secret, p256_pair, text_secret
from scheme import Covers, Scheme, base64_after, event_with, hexadecimal, templated


def body_mac(provider: str, header: str, **more: object) -> Scheme:
    """An HMAC over the body alone, in one header."""
    return templated(provider, "{body}", header, **more)


def standard_webhooks(provider: str, prefix: str = "webhook", **more: object) -> Scheme:
    names = [f"{prefix}-id", f"{prefix}-timestamp", f"{prefix}-signature"]
    other = "webhook" if prefix == "svix" else "svix"
    values = {"new_keys": base64_secret("whsec_"), "key": base64_after("whsec_"), **more}
    return templated(
        provider,
        "{id}.{t}.{body}",
        f"{names[0]}: {{id}}",
        f"{names[1]}: {{t}}",
        f"{names[2]}: v1,{{sig}}",
        encoding="base64",
        tolerance=300,
        also_named={name: name.replace(prefix, other) for name in names},
        **values,
    )


STANDARD_WEBHOOKS = standard_webhooks("standard-webhooks")
SVIX = standard_webhooks("svix", "svix")
ANTHROPIC = standard_webhooks("anthropic")
CLERK = standard_webhooks("clerk", "svix")
DODOPAYMENTS = standard_webhooks("dodopayments")
LITHIC = standard_webhooks("lithic")
LIVEBLOCKS = standard_webhooks("liveblocks", event=event_with(type="roomCreated", data={"roomId": "r1"}))
OPENAI = standard_webhooks("openai")
REPLICATE = standard_webhooks("replicate")
RESEND = standard_webhooks("resend", "svix")
# Polar takes the secret as it is shown.
POLAR = standard_webhooks(
    "polar",
    new_keys=text_secret("polar_whs_"),
    key=lambda keys: keys.private.encode(),
)

BOX = templated(
    "box",
    "{body}{rfc3339}",
    "box-delivery-id: {id}",
    "box-delivery-timestamp: {rfc3339}",
    "box-signature-version: 1",
    "box-signature-algorithm: HmacSHA256",
    "box-signature-primary: {sig}",
    encoding="base64",
    tolerance=600,
)


def cloudinary(digest: str, **more: object) -> Scheme:
    return templated(
        "cloudinary",
        "{body}{t}{secret}",
        "x-cld-timestamp: {t}",
        "x-cld-signature: {sig}",
        algorithm=f"hash-{digest}",
        tolerance=7200,
        **more,
    )


CLOUDINARY = cloudinary("sha1", variant="cloudinary")
CLOUDINARY_SHA256 = cloudinary("sha256", variant="cloudinary-sha256", is_main=False)
COINBASE_COMMERCE = body_mac(
    "coinbase-commerce",
    "x-cc-webhook-signature: {sig}",
    event=event_with(event={"id": "24934862", "type": "charge:confirmed"}),
)
DISCORD = templated(
    "discord",
    "{t}{body}",
    "x-signature-timestamp: {t}",
    "x-signature-ed25519: {sig}",
    algorithm="ed25519",
    new_keys=ed25519_pair(bytes.hex),
)
EASYPOST = body_mac(
    "easypost",
    "x-hmac-signature: hmac-sha256-hex={sig}",
    # The packages bring the secret into a normal form; this one has letters that it changes.
    new_keys=text_secret("Größe-"),
    key=lambda keys: unicodedata.normalize("NFKD", keys.private).encode(),
)
ELEVENLABS = templated(
    "elevenlabs",
    "{t}.{body}",
    "elevenlabs-signature: t={t},v0={sig}",
    new_keys=text_secret("wsec_"),
    tolerance=1800,
)
FINGERPRINT = body_mac("fingerprint", "fpjs-event-signature: v1={sig}")
GITHUB = body_mac("github", "x-hub-signature-256: sha256={sig}")
GOCARDLESS = body_mac("gocardless", "webhook-signature: {sig}", event=event_with(events=[{"id": "EV123"}]))
HUBSPOT_V1 = templated(
    "hubspot",
    "{secret}{body}",
    "x-hubspot-signature-version: v1",
    "x-hubspot-signature: {sig}",
    algorithm="hash-sha256",
    variant="hubspot-v1",
    is_main=False,
)
HUBSPOT_V2 = templated(
    "hubspot",
    "{secret}{method}{url}{body}",
    "x-hubspot-signature-version: v2",
    "x-hubspot-signature: {sig}",
    algorithm="hash-sha256",
    variant="hubspot-v2",
    is_main=False,
)
HUBSPOT_V3 = templated(
    "hubspot",
    "{method}{url}{body}{ms}",
    "x-hubspot-request-timestamp: {ms}",
    "x-hubspot-signature-v3: {sig}",
    encoding="base64",
    variant="hubspot-v3",
    tolerance=300,
)
HYGRAPH = templated(
    "hygraph",
    '{"Body":{json:body},"EnvironmentName":"master","TimeStamp":{ms}}',
    "gcms-signature: sign={sig}, env=master, t={ms}",
    encoding="base64",
)
INNGEST = templated(
    "inngest",
    "{body}{t}",
    "x-inngest-signature: t={t}&s={sig}",
    new_keys=text_secret("signkey-test-"),
    key=lambda keys: keys.private.removeprefix("signkey-test-").encode(),
    covers=Covers.VALUES,
    tolerance=300,
)
KONTENT_AI = body_mac("kontent-ai", "x-kontent-ai-signature: {sig}", encoding="base64", new_keys=base64_secret())
LARK = templated(
    "lark",
    "{t}{nonce}{secret}{body}",
    "x-lark-request-timestamp: {t}",
    "x-lark-request-nonce: {nonce}",
    "x-lark-signature: {sig}",
    algorithm="hash-sha256",
)
LINE = body_mac("line", "x-line-signature: {sig}", encoding="base64")
LINEAR = body_mac(
    "linear",
    "linear-signature: {sig}",
    new_keys=text_secret("lin_wh_"),
    event=event_with(webhookTimestamp=lambda at: at * 1000),
    tolerance=60,
)
MAILERSEND = body_mac("mailersend", "signature: {sig}")
MODERN_TREASURY = body_mac("modern-treasury", "x-signature: {sig}")
MOLLIE = body_mac("mollie", "x-mollie-signature: sha256={sig}")
MUX = templated("mux", "{t}.{body}", "mux-signature: t={t},v1={sig}", tolerance=300)
ONFIDO = body_mac(
    "onfido",
    "x-sha2-signature: {sig}",
    event=event_with(
        payload={
            "resource_type": "check",
            "action": "check.completed",
            "object": {
                "id": "12345",
                "status": "complete",
                "completed_at_iso8601": "2026-01-01T12:00:00Z",
                "href": "https://api.eu.onfido.com/v3.6/checks/12345",
            },
        }
    ),
)
PADDLE = templated(
    "paddle", "{t}:{body}", "paddle-signature: ts={t};h1={sig}", new_keys=text_secret("pdl_ntfset_"), tolerance=5
)
PUSHER = body_mac(
    "pusher",
    "x-pusher-signature: {sig}",
    event=event_with(time_ms=lambda at: at * 1000, events=[{"name": "channel_occupied", "channel": "c"}]),
    tolerance=300,
)
RAZORPAY = body_mac("razorpay", "x-razorpay-signature: {sig}")
RETELL = templated("retell-ai", "{body}{ms}", "x-retell-signature: v={ms},d={sig}", tolerance=300)
SANITY = templated("sanity", "{ms}.{body}", "sanity-webhook-signature: t={ms},v1={sig}", encoding="base64url")
SENDGRID = templated(
    "sendgrid",
    "{t}{body}",
    "x-twilio-email-event-webhook-timestamp: {t}",
    "x-twilio-email-event-webhook-signature: {sig}",
    algorithm="ecdsa-sha256",
    encoding="base64",
    new_keys=p256_pair,
)
SHOPIFY = templated(
    "shopify",
    "{body}",
    "x-shopify-hmac-sha256: {sig}",
    "x-shopify-topic: orders/create",
    "x-shopify-shop-domain: example.myshopify.com",
    "x-shopify-api-version: 2026-10",
    "x-shopify-webhook-id: {id}",
    encoding="base64",
    new_keys=text_secret("shpss_"),
)
SINCH = templated(
    "sinch",
    "{body}.{nonce}.{t}",
    "x-sinch-webhook-signature-nonce: {nonce}",
    "x-sinch-webhook-signature-timestamp: {t}",
    "x-sinch-webhook-signature-algorithm: HmacSHA256",
    "x-sinch-webhook-signature: {sig}",
    encoding="base64",
)
SLACK = templated(
    "slack",
    "v0:{t}:{body}",
    "x-slack-request-timestamp: {t}",
    "x-slack-signature: v0={sig}",
    tolerance=300,
)
SMARTCAR = body_mac("smartcar", "sc-signature: {sig}")
SQUARE = templated("square", "{url}{body}", "x-square-hmacsha256-signature: {sig}", encoding="base64")
STREAM = body_mac("stream", "x-signature: {sig}")
STRIPE = templated(
    "stripe", "{t}.{body}", "stripe-signature: t={t},v1={sig}", new_keys=text_secret("whsec_"), tolerance=300
)
TELNYX = templated(
    "telnyx",
    "{t}|{body}",
    "telnyx-timestamp: {t}",
    "telnyx-signature-ed25519: {sig}",
    algorithm="ed25519",
    encoding="base64",
    new_keys=ed25519_pair(lambda raw: base64.b64encode(raw).decode()),
    tolerance=300,
)
UPLOADTHING = body_mac("uploadthing", "x-uploadthing-signature: hmac-sha256={sig}", new_keys=text_secret("sk_live_"))
WEBFLOW = templated(
    "webflow", "{ms}:{body}", "x-webflow-timestamp: {ms}", "x-webflow-signature: {sig}", tolerance=300
)
WORKOS = templated("workos", "{ms}.{body}", "workos-signature: t={ms}, v1={sig}", tolerance=180)

ADYEN_PLATFORM = body_mac(
    "adyen",
    "hmacsignature: {sig}",
    encoding="base64",
    new_keys=hex_secret,
    key=hexadecimal,
    variant="adyen-platform",
    is_main=False,
)
