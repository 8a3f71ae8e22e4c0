"""The schemes that no template tells: forms, tokens, and signatures inside the body."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from html import escape
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from contents import AMOUNT, canonical
from delivery import Delivery
from keys import KEY_ID, Keys, hex_secret, p521_pair, rsa_jwks, rsa_pair, text_secret
from scheme import URL, Covers, Draft, InBody, InHeader, Scheme, base64url, flip_last_of, tokens

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}

# Without a query, for schemes that do not sign it as it stands.
PLAIN_URL = URL.partition("?")[0]

# How long the tokens of this file are valid.
TOKEN_SECONDS = 300


def form(note: str, at: int) -> bytes:
    # Two values under one name, and one that is empty.
    pairs = [("note", note), ("amount", str(AMOUNT)), ("item", "b"), ("item", "a"), ("empty", ""), ("sent", str(at))]
    return urlencode(pairs).encode()


def pairs_of(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode(), keep_blank_values=True)


# Twilio: the URL, then each distinct name and value of the form, sorted.


def twilio_sign(keys: Keys, draft: Draft) -> Delivery:
    message = draft.url + "".join(name + value for name, value in sorted(set(pairs_of(draft.body))))
    signature = base64.b64encode(hmac.digest(keys.private.encode(), message.encode(), "sha1")).decode()
    return Delivery({**FORM, "x-twilio-signature": signature}, draft.body, draft.url)


TWILIO = Scheme(
    provider="twilio",
    sign=twilio_sign,
    signature=InHeader(("x-twilio-signature",)),
    covers=Covers.VALUES,
    own_body=form,
    signs_url=True,
)


def twilio_json_sign(keys: Keys, draft: Draft) -> Delivery:
    signature = base64.b64encode(hmac.digest(keys.private.encode(), draft.url.encode(), "sha1")).decode()
    return Delivery({**JSON, "x-twilio-signature": signature}, draft.body, draft.url)


TWILIO_JSON = Scheme(
    provider="twilio",
    variant="twilio-digest",
    # A body that is no JSON may be a form, which is signed in the other way.
    is_main=False,
    sign=twilio_json_sign,
    signature=InHeader(("x-twilio-signature",)),
    url=lambda body: f"{URL}&bodySHA256={hashlib.sha256(body).hexdigest()}",
    signs_url=True,
)


# Plivo: V2 signs the URL without its query; V3 the URL with a sorted query, and the sorted form.


def plivo_v2_sign(keys: Keys, draft: Draft) -> Delivery:
    base = draft.url.partition("?")[0]
    signature = base64.b64encode(hmac.digest(keys.private.encode(), (base + draft.nonce).encode(), "sha256")).decode()
    named = {"x-plivo-signature-v2": signature, "x-plivo-signature-v2-nonce": draft.nonce}
    return Delivery({**FORM, **named}, draft.body, draft.url)


PLIVO_V2 = Scheme(
    provider="plivo",
    variant="plivo-v2",
    is_main=False,
    sign=plivo_v2_sign,
    signature=InHeader(("x-plivo-signature-v2",)),
    signed_headers=(("x-plivo-signature-v2-nonce",),),
    covers=Covers.NOTHING,
    own_body=form,
    signs_url=True,
)


def plivo_v3_sign(keys: Keys, draft: Draft) -> Delivery:
    base, _, query = draft.url.partition("?")
    sorted_query = "&".join(f"{name}={value}" for name, value in sorted(parse_qsl(query, keep_blank_values=True)))
    sorted_form = "".join(name + value for name, value in sorted(pairs_of(draft.body)))
    message = f"{base}?{sorted_query}" + (f".{sorted_form}" if sorted_form else "") + f".{draft.nonce}"
    signature = base64.b64encode(hmac.digest(keys.private.encode(), message.encode(), "sha256")).decode()
    named = {"x-plivo-signature-v3": signature, "x-plivo-signature-v3-nonce": draft.nonce}
    return Delivery({**FORM, **named}, draft.body, draft.url)


PLIVO_V3 = Scheme(
    provider="plivo",
    variant="plivo-v3",
    sign=plivo_v3_sign,
    signature=InHeader(("x-plivo-signature-v3",)),
    signed_headers=(("x-plivo-signature-v3-nonce",),),
    covers=Covers.VALUES,
    own_body=form,
    signs_url=True,
)


# Contentful: a canonical request, with the list of its signed headers among them.


def contentful_sign(keys: Keys, draft: Draft) -> Delivery:
    known = tokens(keys, draft)
    headers = {
        "content-type": "application/json",
        "x-contentful-signed-headers": "content-type,x-contentful-signed-headers,x-contentful-timestamp",
        "x-contentful-timestamp": known["ms"].decode(),
    }
    listed = ";".join(f"{name}:{value}" for name, value in headers.items())
    message = f"{draft.method}\n{known['path'].decode()}\n{listed}\n".encode() + draft.body
    signature = hmac.digest(keys.private.encode(), message, "sha256").hex()
    return Delivery({**headers, "x-contentful-signature": signature}, draft.body, draft.url, draft.method)


def contentful_secret() -> Keys:
    """The package takes a secret of 64 characters and no other."""
    secret = secrets.token_hex(32)
    return Keys(secret, secret)


CONTENTFUL = Scheme(
    provider="contentful",
    sign=contentful_sign,
    new_keys=contentful_secret,
    signature=InHeader(("x-contentful-signature",)),
    signed_headers=(("x-contentful-timestamp",), ("content-type",)),
    # The package signs another spelling of a query than the wire has: it is escaped as a whole, and then once more.
    url=lambda _: PLAIN_URL,
    signs_url=True,
    signs_time=True,
    tolerance=30,
)


# Signatures inside the body. Countersign writes them into a body that has the place for it, so that bodies come with
# another text there.

UNSIGNED = "unsigned"


def adyen_event(note: str, at: int) -> dict[str, object]:
    item = {
        "additionalData": {"hmacSignature": UNSIGNED},
        "amount": {"currency": "EUR", "value": AMOUNT},
        "eventCode": "AUTHORISATION",
        "eventDate": "2026-01-01T12:00:00+01:00",
        "merchantAccountCode": "TestMerchant",
        "merchantReference": note,
        "originalReference": "",
        "pspReference": secrets.token_hex(8).upper(),
        "success": "true",
    }
    return {"live": "false", "notificationItems": [{"NotificationRequestItem": item}]}


def adyen_sign(keys: Keys, draft: Draft) -> Delivery:
    body = json.loads(draft.body)
    item = body["notificationItems"][0]["NotificationRequestItem"]
    names = ["pspReference", "originalReference", "merchantAccountCode", "merchantReference"]
    amount = [str(item["amount"]["value"]), item["amount"]["currency"]]
    message = ":".join([*(item[name] for name in names), *amount, item["eventCode"], item["success"]])
    signature = hmac.digest(bytes.fromhex(keys.private), message.encode(), "sha256")
    item["additionalData"]["hmacSignature"] = base64.b64encode(signature).decode()
    return Delivery(JSON, canonical(body), draft.url)


ADYEN = Scheme(
    provider="adyen",
    variant="adyen",
    # The scheme of the platform fits every body, this one, too.
    is_main=False,
    sign=adyen_sign,
    new_keys=hex_secret,
    signature=InBody(rb'"hmacSignature":\s*"([^"]*)"'),
    covers=Covers.VALUES,
    own_body=lambda note, at: canonical(adyen_event(note, at)),
)


def dropbox_sign_event(note: str, at: int) -> dict[str, object]:
    event = {
        "event_time": str(at),
        "event_type": "account_confirmed",
        "event_hash": UNSIGNED,
        "event_metadata": {"note": note},
    }
    return {"account_guid": "63522885f9261e2b04eea043933ee7313eb674fd", "event": event}


def dropbox_sign_sign(keys: Keys, draft: Draft) -> Delivery:
    body = json.loads(draft.body)
    message = body["event"]["event_time"] + body["event"]["event_type"]
    body["event"]["event_hash"] = hmac.digest(keys.private.encode(), message.encode(), "sha256").hex()
    return Delivery(JSON, canonical(body), draft.url)


DROPBOX_SIGN = Scheme(
    provider="dropbox-sign",
    sign=dropbox_sign_sign,
    signature=InBody(rb'"event_hash":\s*"([^"]*)"'),
    covers=Covers.VALUES,
    own_body=lambda note, at: canonical(dropbox_sign_event(note, at)),
    # The time and the type alone are signed.
    flip=flip_last_of(b'"event_time":"1'),
    signs_time=True,
)

BRAINTREE_PUBLIC_KEY = "integration_public_key"


def braintree_body(note: str, at: int) -> bytes:
    subject = f"<check type='boolean'>true</check><note>{escape(note)}</note><amount>{AMOUNT}</amount>"
    xml = f"<notification><kind>check</kind><timestamp>{at}</timestamp><subject>{subject}</subject></notification>"
    # Each signature stands behind the public key of its pair.
    place = f"bt_signature={BRAINTREE_PUBLIC_KEY}%7C{UNSIGNED}"
    return f"{place}&bt_payload={quote_plus(base64.encodebytes(xml.encode()))}".encode()


def braintree_sign(keys: Keys, draft: Draft) -> Delivery:
    payload = dict(pairs_of(draft.body))["bt_payload"]
    key = hashlib.sha1(keys.private.encode()).digest()
    signature = f"{BRAINTREE_PUBLIC_KEY}|{hmac.digest(key, payload.encode(), 'sha1').hex()}"
    return Delivery(FORM, urlencode({"bt_signature": signature, "bt_payload": payload}).encode(), draft.url)


BRAINTREE = Scheme(
    provider="braintree",
    sign=braintree_sign,
    signature=InBody(rb"bt_signature=[^&]*(?:%7C|\|)([^&]*)"),
    covers=Covers.VALUES,
    own_body=braintree_body,
    # The payload is base64 of XML; its first letter stays one of base64's.
    flip=flip_last_of(b"bt_payload=P"),
)

SNS_CERTIFICATE = "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-0000000000000001.pem"


def sns_message(version: str) -> Callable[[str, int], bytes]:
    def body(note: str, at: int) -> bytes:
        message = {
            "Type": "Notification",
            "MessageId": secrets.token_hex(16),
            "TopicArn": "arn:aws:sns:us-west-2:123456789012:MyTopic",
            "Subject": "My First Message",
            "Message": json.dumps({"note": note, "amount": AMOUNT}, separators=(",", ":"), ensure_ascii=False),
            "Timestamp": tokens(Keys("", ""), Draft(b"", at))["rfc3339"].decode().replace("Z", ".000Z"),
            "SignatureVersion": version,
            "SigningCertURL": SNS_CERTIFICATE,
            "Signature": UNSIGNED,
        }
        return canonical(message)

    return body


def sns_sign(keys: Keys, draft: Draft) -> Delivery:
    body = json.loads(draft.body)
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    message = "".join(f"{name}\n{body[name]}\n" for name in names).encode()
    digest = {"1": hashes.SHA1, "2": hashes.SHA256}[body["SignatureVersion"]]
    body["Signature"] = base64.b64encode(keys.pair.sign(message, padding.PKCS1v15(), digest())).decode()
    headers = {"content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "Notification"}
    return Delivery(headers, canonical(body), draft.url)


def sns(version: str) -> Scheme:
    return Scheme(
        provider="aws-sns",
        variant=f"aws-sns-v{version}",
        sign=sns_sign,
        new_keys=rsa_pair,
        signature=InBody(rb'"Signature":\s*"([^"]*)"'),
        covers=Covers.VALUES,
        own_body=sns_message(version),
        signs_time=True,
    )


SNS_V1, SNS_V2 = sns("1"), sns("2")


# Tokens.


def token(algorithm: str, claims: bytes, sign: Callable[[bytes], bytes]) -> str:
    head = base64url(canonical({"alg": algorithm, "typ": "JWT"})) + b"." + base64url(claims)
    return (head + b"." + base64url(sign(head))).decode()


def hs256(keys: Keys, claims: dict[str, object]) -> str:
    return token("HS256", canonical(claims), lambda head: hmac.digest(keys.private.encode(), head, "sha256"))


def in_token(
    provider: str,
    header: str,
    claims: Callable[[Draft], dict[str, object]],
    scheme: str = "",
    tolerance: int | None = TOKEN_SECONDS,
    **more: object,
) -> Scheme:
    """A token in a header, whose claims hold a hash of the body. `scheme` stands before it, as in `Bearer`."""

    def sign(keys: Keys, draft: Draft) -> Delivery:
        return Delivery({**JSON, header: scheme + hs256(keys, claims(draft))}, draft.body, draft.url, draft.method)

    place = InHeader((header,))
    return Scheme(provider=provider, sign=sign, signature=place, signs_time=True, tolerance=tolerance, **more)


def valid_from(draft: Draft) -> dict[str, object]:
    return {"nbf": draft.at, "exp": draft.at + TOKEN_SECONDS}


def livekit_claims(draft: Draft) -> dict[str, object]:
    digest = base64.b64encode(hashlib.sha256(draft.body).digest()).decode()
    return {"iss": "APIcrosscheck", "sha256": digest, **valid_from(draft)}


def qstash_claims(draft: Draft, padding: str = "=") -> dict[str, object]:
    digest = base64url(hashlib.sha256(draft.body).digest()).decode() + padding
    return {"iss": "Upstash", "sub": draft.url, "jti": f"jwt_{draft.id}", "body": digest, **valid_from(draft)}


def messagebird_claims(draft: Draft) -> dict[str, object]:
    hashes_of = {"url_hash": hashlib.sha256(draft.url.encode()).hexdigest()}
    if draft.body:
        hashes_of["payload_hash"] = hashlib.sha256(draft.body).hexdigest()
    return {"iss": "MessageBird", "jti": draft.id, **hashes_of, **valid_from(draft)}


def vonage_claims(draft: Draft) -> dict[str, object]:
    # The package never looks at the hash, so it confirms none of an empty body.
    payload = {"payload_hash": hashlib.sha256(draft.body).hexdigest()} if draft.body else {}
    return {"iss": "Vonage", "iat": draft.at, "jti": draft.id, **payload}


LIVEKIT = in_token("livekit", "authorization", livekit_claims)
QSTASH = in_token("qstash", "upstash-signature", qstash_claims, new_keys=text_secret("sig_"), signs_url=True)
QSTASH_UNPADDED = in_token(
    "qstash",
    "upstash-signature",
    lambda draft: qstash_claims(draft, padding=""),
    variant="qstash-unpadded",
    is_main=False,
    new_keys=text_secret("sig_"),
    signs_url=True,
)
MESSAGEBIRD = in_token("messagebird", "messagebird-signature-jwt", messagebird_claims, signs_url=True)
VONAGE = in_token("vonage", "authorization", vonage_claims, "Bearer ", tolerance=None)


def wix_claims(note: str, at: int) -> bytes:
    payload = json.dumps({"note": note, "amount": AMOUNT}, ensure_ascii=False)
    data = {"eventType": "OrderCreated", "instanceId": "1", "data": payload}
    return canonical({"data": json.dumps(data, ensure_ascii=False), "iat": at, "exp": at + TOKEN_SECONDS})


def wix_sign(keys: Keys, draft: Draft) -> Delivery:
    def rs256(head: bytes) -> bytes:
        return keys.pair.sign(head, padding.PKCS1v15(), hashes.SHA256())

    return Delivery({"content-type": "text/plain"}, token("RS256", draft.body, rs256).encode(), draft.url)


def flip_in_claims(body: bytes) -> bytes:
    """Another letter in the middle of the token's claims."""
    head, claims, signature = body.split(b".")
    at = len(claims) // 2
    other = b"A" if claims[at : at + 1] != b"A" else b"B"
    return b".".join([head, claims[:at] + other + claims[at + 1 :], signature])


WIX = Scheme(
    provider="wix",
    sign=wix_sign,
    new_keys=rsa_pair,
    signature=InBody(rb"^[^.]*\.[^.]*\.(.*)$"),
    own_body=wix_claims,
    flip=flip_in_claims,
    signs_time=True,
    tolerance=TOKEN_SECONDS,
    bounds_the_future=False,
)


def saleor_sign(keys: Keys, draft: Draft) -> Delivery:
    """A detached signature over the bytes themselves (`b64` is false)."""
    head = base64url(canonical({"alg": "RS256", "b64": False, "crit": ["b64"], "kid": KEY_ID, "typ": "JWT"}))
    signature = keys.pair.sign(head + b"." + draft.body, padding.PKCS1v15(), hashes.SHA256())
    detached = (head + b".." + base64url(signature)).decode()
    return Delivery({**JSON, "saleor-signature": detached}, draft.body, draft.url)


SALEOR = Scheme(
    provider="saleor", sign=saleor_sign, new_keys=rsa_jwks, signature=InHeader(("saleor-signature",))
)


def truelayer_sign(keys: Keys, draft: Draft) -> Delivery:
    """A detached signature over method, path, the listed headers, and the body."""
    known = tokens(keys, draft)
    stamp = {"x-tl-webhook-timestamp": known["rfc3339"].decode()}
    fields = {"alg": "ES512", "kid": KEY_ID, "tl_version": "2", "tl_headers": "X-Tl-Webhook-Timestamp"}
    head = base64url(canonical(fields))
    path = urlsplit(draft.url).path
    listed = f"{draft.method} {path}\nX-Tl-Webhook-Timestamp: {stamp['x-tl-webhook-timestamp']}\n".encode()
    der = keys.pair.sign(head + b"." + base64url(listed + draft.body), ec.ECDSA(hashes.SHA512()))
    raw = b"".join(number.to_bytes(66, "big") for number in decode_dss_signature(der))
    detached = (head + b".." + base64url(raw)).decode()
    return Delivery({**JSON, **stamp, "tl-signature": detached}, draft.body, draft.url, draft.method)


TRUELAYER = Scheme(
    provider="truelayer",
    sign=truelayer_sign,
    new_keys=p521_pair,
    signature=InHeader(("tl-signature",)),
    signed_headers=(("x-tl-webhook-timestamp",),),
    signs_url=True,
    url=lambda _: PLAIN_URL,
    signs_time=True,
)
