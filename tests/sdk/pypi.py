"""The official Python packages: one function that verifies, and one that signs where the package has such."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from importlib import metadata
from types import SimpleNamespace
from urllib.parse import parse_qs

import braintree
import cloudinary
import cloudinary.utils
import easypost.util
import inngest._internal.net
import inngest._internal.server_lib
import jwt
import plivo.utils
import polar.v2026_04.webhooks
import pusher
import qstash
import razorpay
import retell.lib.webhook_auth
import smartcar
import standardwebhooks
import stream_chat
import stripe
import svix.webhooks
from Adyen import util as adyen_util
from box_sdk_gen.managers.webhooks import WebhooksManager
from coinbase_commerce.webhook import Webhook as CoinbaseWebhook
from dropbox_sign import EventCallbackHelper, EventCallbackRequest
from elevenlabs.webhooks_custom import WebhooksClient as ElevenLabsWebhooks
from gocardless_pro import webhooks as gocardless_webhooks
from hubspot.utils.signature import Signature as HubSpotSignature
from linebot.v3.webhook import SignatureValidator as LineSignatureValidator
from livekit.api import AccessToken, TokenVerifier, WebhookReceiver
from messagebird.request_validator import RequestValidator as MessageBirdValidator
from mollie.utils.webhooks.signature_validator import SignatureValidator as MollieSignatureValidator
from onfido import WebhookEventVerifier
from paddle_billing.Notifications import Secret as PaddleSecret
from paddle_billing.Notifications import Verifier as PaddleVerifier
from plivo.utils.signature_v3 import construct_post_url, get_signature_v3
from sendgrid.helpers.eventwebhook import EventWebhook
from sinch.domains.conversation.sinch_events.v1 import ConversationSinchEvent
from slack_sdk.signature import SignatureVerifier as SlackVerifier
from square.utils.webhooks_helper import verify_signature as square_verify
from twilio.request_validator import RequestValidator as TwilioValidator
from workos.webhooks._verification import verify_header as workos_verify

import own_schemes as own
import schemes
from contents import EMPTY, Bodies, canonical
from delivery import Delivery
from keys import Keys
from own_schemes import FORM, JSON, TOKEN_SECONDS
from scheme import Draft, Scheme
from sdk import Sdk
from spoil import TOO_FAR_AHEAD, TOO_OLD, TRAILING


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, tz=timezone.utc)


def passed(_: object) -> bool:
    """For packages that raise what they refuse, and answer nothing of use."""
    return True


def lower_to(delivery: Delivery, *names: str) -> dict[str, str]:
    """The headers under the spelling that the package looks for."""
    return {name: delivery.header(name.lower()) for name in names if name.lower() in delivery.headers}


def form_of(delivery: Delivery) -> dict[str, list[str]]:
    return parse_qs(delivery.text, keep_blank_values=True)


# Standard Webhooks.


def standard_sign(keys: Keys, draft: Draft) -> Delivery:
    signature = standardwebhooks.Webhook(keys.private).sign(draft.id, moment(draft.at), draft.body.decode())
    names = {"webhook-id": draft.id, "webhook-timestamp": str(draft.at), "webhook-signature": signature}
    return Delivery({**JSON, **names}, draft.body, draft.url)


def standard_verify(keys: Keys, delivery: Delivery) -> bool:
    verifier = standardwebhooks.Webhook(keys.public)
    return passed(verifier.verify(delivery.body, delivery.headers, json_parse=False))


def svix_sign(keys: Keys, draft: Draft) -> Delivery:
    signature = svix.webhooks.Webhook(keys.private).sign(draft.id, moment(draft.at), draft.body.decode())
    names = {"svix-id": draft.id, "svix-timestamp": str(draft.at), "svix-signature": signature}
    return Delivery({**JSON, **names}, draft.body, draft.url)


def svix_verify(keys: Keys, delivery: Delivery) -> bool:
    return passed(svix.webhooks.Webhook(keys.public).verify(delivery.body, delivery.headers))


def polar_verify(keys: Keys, delivery: Delivery) -> bool:
    """The event is of no type that the package knows, which it says once the signature has passed."""
    try:
        polar.v2026_04.webhooks.validate_event(delivery.body, delivery.headers, keys.public)
    except polar.v2026_04.webhooks.PolarWebhookUnknownTypeError:
        return True
    return True


# HMAC over the body, and over a time and the body.


def adyen_sign(keys: Keys, draft: Draft) -> Delivery:
    body = json.loads(draft.body)
    item = body["notificationItems"][0]["NotificationRequestItem"]
    item["additionalData"]["hmacSignature"] = adyen_util.generate_notification_sig(item, keys.private).decode()
    return Delivery(JSON, canonical(body), draft.url)


def adyen_verify(keys: Keys, delivery: Delivery) -> bool:
    return adyen_util.is_valid_hmac_notification(json.loads(delivery.body), keys.public)


def adyen_platform_sign(keys: Keys, draft: Draft) -> Delivery:
    signature = adyen_util.generate_payload_sig(draft.body, keys.private).decode()
    return Delivery({**JSON, "hmacsignature": signature}, draft.body, draft.url)


def adyen_platform_verify(keys: Keys, delivery: Delivery) -> bool:
    return adyen_util.is_valid_hmac_payload(delivery.header("hmacsignature"), keys.public, delivery.body)


def box_verify(keys: Keys, delivery: Delivery) -> bool:
    return WebhooksManager.validate_message(delivery.text, delivery.headers, keys.public)


def cloudinary_verify(algorithm: str) -> Callable[[Keys, Delivery], bool]:
    """The account has one algorithm, and the package's configuration says which."""

    def verify(keys: Keys, delivery: Delivery) -> bool:
        cloudinary.config(api_secret=keys.public, signature_algorithm=algorithm)
        stamp, signature = delivery.header("x-cld-timestamp"), delivery.header("x-cld-signature")
        return cloudinary.utils.verify_notification_signature(delivery.text, stamp, signature)

    return verify


def coinbase_verify(keys: Keys, delivery: Delivery) -> bool:
    signature = delivery.header("x-cc-webhook-signature")
    return passed(CoinbaseWebhook.construct_event(delivery.text, signature, keys.public))


def easypost_verify(keys: Keys, delivery: Delivery) -> bool:
    headers = lower_to(delivery, "X-Hmac-Signature")
    return passed(easypost.util.validate_webhook(delivery.body, headers, keys.public))


def elevenlabs_verify(keys: Keys, delivery: Delivery) -> bool:
    client = ElevenLabsWebhooks(client_wrapper=None)
    return passed(client.construct_event(delivery.text, delivery.header("elevenlabs-signature"), keys.public))


def gocardless_verify(keys: Keys, delivery: Delivery) -> bool:
    signature = delivery.header("webhook-signature")
    return passed(gocardless_webhooks.parse(delivery.body, keys.public, signature))


def hubspot_verify(keys: Keys, delivery: Delivery) -> bool:
    """Each version has its own headers, and the receiver tells the package which it saw."""
    request = (keys.public, delivery.text, delivery.url, delivery.method)
    if "x-hubspot-signature-v3" in delivery.headers:
        stamp = delivery.header("x-hubspot-request-timestamp")
        return HubSpotSignature.is_valid(delivery.header("x-hubspot-signature-v3"), *request, "v3", stamp)
    version = delivery.header("x-hubspot-signature-version")
    return HubSpotSignature.is_valid(delivery.header("x-hubspot-signature"), *request, version)


def hubspot_sign(keys: Keys, draft: Draft) -> Delivery:
    stamp = str(draft.at * 1000)
    body = draft.body.decode()
    signature = HubSpotSignature.get_signature(keys.private, body, "v3", draft.url, draft.method, stamp)
    headers = {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": stamp}
    return Delivery({**JSON, **headers}, draft.body, draft.url, draft.method)


def inngest_sign(keys: Keys, draft: Draft) -> Delivery:
    signature = inngest._internal.net.sign_request(draft.body, keys.private, draft.at)
    return Delivery({**JSON, "x-inngest-signature": signature}, draft.body, draft.url)


def inngest_verify(keys: Keys, delivery: Delivery) -> bool:
    """What the package's handlers call; it answers an error instead of raising it."""
    verdict = inngest._internal.net.validate_request_sig(
        body=delivery.body,
        headers=lower_to(delivery, inngest._internal.server_lib.HeaderKey.SIGNATURE.value),
        mode=inngest._internal.server_lib.ServerKind.CLOUD,
        signing_key=keys.public,
        signing_key_fallback=None,
    )
    return not isinstance(verdict, Exception)


def line_verify(keys: Keys, delivery: Delivery) -> bool:
    return LineSignatureValidator(keys.public).validate(delivery.text, delivery.header("x-line-signature"))


def mollie_sign(keys: Keys, draft: Draft) -> Delivery:
    signature = MollieSignatureValidator.create_signature(draft.body.decode(), keys.private)
    return Delivery({**JSON, "x-mollie-signature": f"sha256={signature}"}, draft.body, draft.url)


def mollie_verify(keys: Keys, delivery: Delivery) -> bool:
    return MollieSignatureValidator.validate(delivery.text, keys.public, delivery.header("x-mollie-signature"))


def onfido_verify(keys: Keys, delivery: Delivery) -> bool:
    verifier = WebhookEventVerifier(keys.public)
    return passed(verifier.read_payload(delivery.text, delivery.header("x-sha2-signature")))


def paddle_verify(keys: Keys, delivery: Delivery) -> bool:
    request = SimpleNamespace(headers=lower_to(delivery, "Paddle-Signature"), body=delivery.body)
    return PaddleVerifier().verify(request, PaddleSecret(keys.public))


def pusher_verify(keys: Keys, delivery: Delivery) -> bool:
    client = pusher.Pusher(app_id="1", key="key", secret=keys.public)
    return client.validate_webhook("key", delivery.header("x-pusher-signature"), delivery.text) is not None


def razorpay_verify(keys: Keys, delivery: Delivery) -> bool:
    signature = delivery.header("x-razorpay-signature")
    return razorpay.Utility().verify_webhook_signature(delivery.text, signature, keys.public)


def retell_sign(keys: Keys, draft: Draft) -> Delivery:
    sign = retell.lib.webhook_auth.symmetric["sign"]
    signature = sign(draft.body.decode(), keys.private, draft.at * 1000)
    return Delivery({**JSON, "x-retell-signature": signature}, draft.body, draft.url)


def retell_verify(keys: Keys, delivery: Delivery) -> bool:
    return retell.lib.webhook_auth.verify(delivery.text, keys.public, delivery.header("x-retell-signature"))


def sinch_verify(keys: Keys, delivery: Delivery) -> bool:
    return ConversationSinchEvent(keys.public).validate_authentication_header(delivery.headers, delivery.text)


def slack_sign(keys: Keys, draft: Draft) -> Delivery:
    stamp = str(draft.at)
    signature = SlackVerifier(keys.private).generate_signature(timestamp=stamp, body=draft.body)
    return Delivery(
        {**JSON, "x-slack-request-timestamp": stamp, "x-slack-signature": signature}, draft.body, draft.url
    )


def slack_verify(keys: Keys, delivery: Delivery) -> bool:
    return SlackVerifier(keys.public).is_valid_request(delivery.body, delivery.headers)


def smartcar_sign(keys: Keys, draft: Draft) -> Delivery:
    signature = smartcar.hash_challenge(keys.private, draft.body.decode())
    return Delivery({**JSON, "sc-signature": signature}, draft.body, draft.url)


def smartcar_verify(keys: Keys, delivery: Delivery) -> bool:
    return smartcar.verify_payload(keys.public, delivery.header("sc-signature"), delivery.text)


def stream_verify(keys: Keys, delivery: Delivery) -> bool:
    client = stream_chat.StreamChat(api_key="key", api_secret=keys.public)
    return client.verify_webhook(delivery.body, delivery.header("x-signature"))


def stripe_sign(keys: Keys, draft: Draft) -> Delivery:
    header = stripe.WebhookSignature.generate_signature_header(draft.body.decode(), keys.private, draft.at)
    return Delivery({**JSON, "stripe-signature": header}, draft.body, draft.url)


def stripe_verify(keys: Keys, delivery: Delivery) -> bool:
    header = delivery.header("stripe-signature")
    return passed(stripe.Webhook.construct_event(delivery.body, header, keys.public))


def workos_accepts(keys: Keys, delivery: Delivery) -> bool:
    signature = delivery.header("workos-signature")
    return passed(workos_verify(event_body=delivery.body, event_signature=signature, secret=keys.public))


# The request's URL and form.


def plivo_v2_verify(keys: Keys, delivery: Delivery) -> bool:
    nonce, signature = delivery.header("x-plivo-signature-v2-nonce"), delivery.header("x-plivo-signature-v2")
    return plivo.utils.validate_signature(delivery.url, nonce, signature, keys.public)


def plivo_v3_sign(keys: Keys, draft: Draft) -> Delivery:
    form = parse_qs(draft.body.decode(), keep_blank_values=True)
    signature = get_signature_v3(keys.private, construct_post_url(draft.url, form).decode(), draft.nonce).decode()
    headers = {"x-plivo-signature-v3": signature, "x-plivo-signature-v3-nonce": draft.nonce}
    return Delivery({**FORM, **headers}, draft.body, draft.url)


def plivo_v3_verify(keys: Keys, delivery: Delivery) -> bool:
    nonce, signature = delivery.header("x-plivo-signature-v3-nonce"), delivery.header("x-plivo-signature-v3")
    verify = plivo.utils.validate_v3_signature
    return verify("POST", delivery.url, nonce, keys.public, signature, form_of(delivery)) is True


def square_accepts(keys: Keys, delivery: Delivery) -> bool:
    return square_verify(
        request_body=delivery.text,
        signature_header=delivery.header("x-square-hmacsha256-signature"),
        signature_key=keys.public,
        notification_url=delivery.url,
    )


class ManyValues(dict):
    """A form as web frameworks hand it over, with all values of a name."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def twilio_form(text: str) -> ManyValues:
    return ManyValues(parse_qs(text, keep_blank_values=True))


def twilio_sign(keys: Keys, draft: Draft) -> Delivery:
    signature = TwilioValidator(keys.private).compute_signature(draft.url, twilio_form(draft.body.decode()))
    return Delivery({**FORM, "x-twilio-signature": signature}, draft.body, draft.url)


def twilio_verify(keys: Keys, delivery: Delivery) -> bool:
    signature = delivery.header("x-twilio-signature")
    return TwilioValidator(keys.public).validate(delivery.url, twilio_form(delivery.text), signature)


def twilio_json_sign(keys: Keys, draft: Draft) -> Delivery:
    signature = TwilioValidator(keys.private).compute_signature(draft.url, {})
    return Delivery({**JSON, "x-twilio-signature": signature}, draft.body, draft.url)


def twilio_json_verify(keys: Keys, delivery: Delivery) -> bool:
    signature = delivery.header("x-twilio-signature")
    return TwilioValidator(keys.public).validate(delivery.url, delivery.text, signature)


# Inside the body.


def braintree_gateway(keys: Keys) -> braintree.BraintreeGateway:
    account = {"merchant_id": "merchant", "public_key": own.BRAINTREE_PUBLIC_KEY, "private_key": keys.public}
    return braintree.BraintreeGateway(braintree.Configuration(braintree.Environment.Sandbox, **account))


def braintree_verify(keys: Keys, delivery: Delivery) -> bool:
    fields = {name: values[0] for name, values in form_of(delivery).items()}
    signature, payload = fields.get("bt_signature"), fields.get("bt_payload")
    return passed(braintree_gateway(keys).webhook_notification.parse(signature, payload))


def dropbox_sign_verify(keys: Keys, delivery: Delivery) -> bool:
    return EventCallbackHelper.is_valid(keys.public, EventCallbackRequest.init(json.loads(delivery.body)))


# Public keys and tokens.


def sendgrid_verify(keys: Keys, delivery: Delivery) -> bool:
    signature = delivery.header("x-twilio-email-event-webhook-signature")
    stamp = delivery.header("x-twilio-email-event-webhook-timestamp")
    return EventWebhook(keys.public).verify_signature(delivery.text, signature, stamp)


def livekit_sign(keys: Keys, draft: Draft) -> Delivery:
    digest = base64.b64encode(hashlib.sha256(draft.body).digest()).decode()
    access = AccessToken("APIcrosscheck", keys.private).with_sha256(digest)
    # The package reads the clock itself; another time is written by the scheme.
    if abs(draft.at - time.time()) > 2:
        return own.LIVEKIT.sign(keys, draft)
    token = access.with_ttl(timedelta(seconds=TOKEN_SECONDS)).to_jwt()
    return Delivery({**JSON, "authorization": token}, draft.body, draft.url)


def livekit_verify(keys: Keys, delivery: Delivery) -> bool:
    """The package wants to know the key's public name, which the token says itself."""
    token = delivery.header("authorization")
    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
    return passed(WebhookReceiver(TokenVerifier(issuer, keys.public)).receive(delivery.text, token))


def messagebird_verify(keys: Keys, delivery: Delivery) -> bool:
    token = delivery.header("messagebird-signature-jwt")
    return passed(MessageBirdValidator(keys.public).validate_signature(token, delivery.url, delivery.body))


def qstash_verify(keys: Keys, delivery: Delivery) -> bool:
    receiver = qstash.Receiver(current_signing_key=keys.public, next_signing_key="sig_of_nobody_in_particular_00000")
    token = delivery.header("upstash-signature")
    return passed(receiver.verify(signature=token, body=delivery.text, url=delivery.url))


NO_AGE = "never looks at the time"
PAST_ONLY = "bounds the past alone"
TIMELESS = {TOO_OLD: NO_AGE, TOO_FAR_AHEAD: NO_AGE}
LENIENT_BASE64 = "decodes base64 leniently"
NO_EMPTY = "takes an empty body for a missing one"


def sdk(
    package: str,
    scheme: Scheme,
    bodies: Bodies,
    verify: Callable[[Keys, Delivery], bool],
    sign: Callable[[Keys, Draft], Delivery] | None = None,
    **differs: dict[str, str],
) -> Sdk:
    return Sdk(
        registry="PyPI",
        package=package,
        version=metadata.version(package),
        scheme=scheme,
        bodies=bodies,
        verify=verify,
        sign=sign,
        **differs,
    )


SDKS = [
    sdk("Adyen", own.ADYEN, Bodies.OWN, adyen_verify, adyen_sign),
    sdk("Adyen", schemes.ADYEN_PLATFORM, Bodies.BYTES, adyen_platform_verify, adyen_platform_sign),
    sdk("box-sdk-gen", schemes.BOX, Bodies.TEXT, box_verify),
    sdk("braintree", own.BRAINTREE, Bodies.OWN, braintree_verify),
    sdk("cloudinary", schemes.CLOUDINARY, Bodies.TEXT, cloudinary_verify("sha1"), lax={TOO_FAR_AHEAD: PAST_ONLY}),
    sdk(
        "cloudinary",
        schemes.CLOUDINARY_SHA256,
        Bodies.TEXT,
        cloudinary_verify("sha256"),
        lax={TOO_FAR_AHEAD: PAST_ONLY},
    ),
    sdk("coinbase-commerce", schemes.COINBASE_COMMERCE, Bodies.JSON, coinbase_verify),
    sdk("dropbox-sign", own.DROPBOX_SIGN, Bodies.OWN, dropbox_sign_verify, lax=TIMELESS),
    sdk("easypost", schemes.EASYPOST, Bodies.JSON, easypost_verify),
    sdk("elevenlabs", schemes.ELEVENLABS, Bodies.JSON, elevenlabs_verify, lax={TOO_FAR_AHEAD: PAST_ONLY}),
    sdk("gocardless-pro", schemes.GOCARDLESS, Bodies.JSON, gocardless_verify),
    sdk("hubspot-api-client", schemes.HUBSPOT_V1, Bodies.TEXT, hubspot_verify),
    sdk("hubspot-api-client", schemes.HUBSPOT_V2, Bodies.TEXT, hubspot_verify),
    sdk(
        "hubspot-api-client",
        schemes.HUBSPOT_V3,
        Bodies.TEXT,
        hubspot_verify,
        hubspot_sign,
        lax={TOO_FAR_AHEAD: PAST_ONLY},
    ),
    sdk(
        "inngest",
        schemes.INNGEST,
        Bodies.CANONICAL,
        inngest_verify,
        inngest_sign,
        lax=TIMELESS,
    ),
    sdk("line-bot-sdk", schemes.LINE, Bodies.TEXT, line_verify),
    sdk("livekit-api", own.LIVEKIT, Bodies.JSON, livekit_verify, livekit_sign),
    sdk("messagebird", own.MESSAGEBIRD, Bodies.BYTES, messagebird_verify),
    sdk("mollie-api-py", schemes.MOLLIE, Bodies.TEXT, mollie_verify, mollie_sign),
    sdk("onfido-python", schemes.ONFIDO, Bodies.JSON, onfido_verify),
    sdk("paddle-python-sdk", schemes.PADDLE, Bodies.TEXT, paddle_verify),
    sdk("plivo", own.PLIVO_V2, Bodies.OWN, plivo_v2_verify),
    sdk("plivo", own.PLIVO_V3, Bodies.OWN, plivo_v3_verify, plivo_v3_sign),
    sdk("polar-sdk", schemes.POLAR, Bodies.JSON, polar_verify),
    sdk("pusher", schemes.PUSHER, Bodies.JSON, pusher_verify),
    sdk("qstash", own.QSTASH, Bodies.TEXT, qstash_verify),
    sdk("qstash", own.QSTASH_UNPADDED, Bodies.TEXT, qstash_verify),
    sdk("razorpay", schemes.RAZORPAY, Bodies.TEXT, razorpay_verify),
    sdk("retell-sdk", schemes.RETELL, Bodies.TEXT, retell_verify, retell_sign),
    sdk("sendgrid", schemes.SENDGRID, Bodies.TEXT, sendgrid_verify, lax={**TIMELESS, TRAILING: LENIENT_BASE64}),
    sdk("sinch", schemes.SINCH, Bodies.TEXT, sinch_verify, lax=TIMELESS),
    sdk("slack_sdk", schemes.SLACK, Bodies.TEXT, slack_verify, slack_sign),
    sdk("smartcar", schemes.SMARTCAR, Bodies.TEXT, smartcar_verify, smartcar_sign),
    sdk("squareup", schemes.SQUARE, Bodies.TEXT, square_accepts, strict={EMPTY: NO_EMPTY}),
    sdk(
        "standardwebhooks",
        schemes.STANDARD_WEBHOOKS,
        Bodies.TEXT,
        standard_verify,
        standard_sign,
        lax={TRAILING: LENIENT_BASE64},
    ),
    sdk("stream-chat", schemes.STREAM, Bodies.BYTES, stream_verify),
    sdk("stripe", schemes.STRIPE, Bodies.JSON, stripe_verify, stripe_sign, lax={TOO_FAR_AHEAD: PAST_ONLY}),
    sdk("svix", schemes.SVIX, Bodies.TEXT, svix_verify, svix_sign, lax={TRAILING: LENIENT_BASE64}),
    sdk("twilio", own.TWILIO, Bodies.OWN, twilio_verify, twilio_sign),
    sdk("twilio", own.TWILIO_JSON, Bodies.TEXT, twilio_json_verify, twilio_json_sign),
    sdk("workos", schemes.WORKOS, Bodies.TEXT, workos_accepts),
]
