"""How a provider signs, written a second time: nothing here is countersign's, and a package confirms each scheme before
countersign is asked. Which provider signs how is in `schemes.py` and `own_schemes.py`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from contents import AMOUNT, Event
from delivery import Delivery
from keys import Keys, NewKeys, text_secret

URL = "https://hooks.example.com/webhooks/orders?tenant=7&mode=live"


@dataclass(frozen=True)
class Draft:
    """What is to be signed, and when."""

    body: bytes = field(repr=False)
    at: int
    url: str = URL
    method: str = "POST"
    id: str = field(default_factory=lambda: "msg_" + secrets.token_hex(12))
    nonce: str = field(default_factory=lambda: str(secrets.randbelow(10**19) + 10**19))


class Covers(Enum):
    """How much of a body is signed."""

    BYTES = "every byte"
    # A parser stands before the verifier, so that white space between values may change.
    VALUES = "values"
    NOTHING = "nothing"


class Place(Protocol):
    """Where the signature stands in a delivery."""

    def read(self, delivery: Delivery) -> str: ...

    def write(self, delivery: Delivery, value: str) -> Delivery: ...

    def remove(self, delivery: Delivery) -> Delivery: ...


@dataclass(frozen=True)
class InHeader:
    names: tuple[str, ...]

    def read(self, delivery: Delivery) -> str:
        return delivery.header(self._name(delivery))

    def write(self, delivery: Delivery, value: str) -> Delivery:
        return delivery.with_header(self._name(delivery), value)

    def remove(self, delivery: Delivery) -> Delivery:
        return delivery.without_header(self._name(delivery))

    def _name(self, delivery: Delivery) -> str:
        """Of several names that mean the same, the one that this sender uses."""
        return next(name for name in self.names if name in delivery.headers)


@dataclass(frozen=True)
class InBody:
    """The first group of a pattern that finds the signature in the body."""

    pattern: bytes

    def read(self, delivery: Delivery) -> str:
        return self._found(delivery).group(1).decode()

    def write(self, delivery: Delivery, value: str) -> Delivery:
        start, end = self._found(delivery).span(1)
        return delivery.with_body(delivery.body[:start] + value.encode() + delivery.body[end:])

    def remove(self, delivery: Delivery) -> Delivery:
        return self.write(delivery, "")

    def _found(self, delivery: Delivery) -> re.Match[bytes]:
        found = re.search(self.pattern, delivery.body, re.DOTALL)
        if found is None:
            raise ValueError("there is no signature in the body")
        return found


def plain_event(note: str, at: int) -> Event:
    return {
        "id": "evt_" + secrets.token_hex(12),
        "object": "event",
        "type": "invoice.paid",
        "created": at,
        "amount": AMOUNT,
        "note": note,
    }


def event_with(**more: Callable[[int], object] | object) -> Callable[[str, int], Event]:
    """The plain event with fields that a package insists on; a function is asked for its value at a time."""

    def event(note: str, at: int) -> Event:
        return {**plain_event(note, at), **{name: made(at) if callable(made) else made for name, made in more.items()}}

    return event


def flip_amount(body: bytes) -> bytes:
    """One bit of the amount's last digit; what is signed stays valid JSON, so that no parser refuses it first."""
    return flip_last_of(str(AMOUNT).encode())(body)


def flip_last_of(text: bytes) -> Callable[[bytes], bytes]:
    def flip(body: bytes) -> bytes:
        at = body.index(text) + len(text) - 1
        return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]

    return flip


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """One provider's way of signing."""

    provider: str
    # The scheme's name in vectors and for `sign`, where the provider has several.
    variant: str | None = None
    sign: Callable[[Keys, Draft], Delivery]
    new_keys: NewKeys = field(default_factory=text_secret)
    signature: Place
    # Whether countersign has to sign so without being told, where the provider has several ways.
    is_main: bool = True
    # Whether a time is signed, and the seconds that it may lie off the clock by the provider's word or its package.
    signs_time: bool = False
    tolerance: int | None = None
    # Whether a time ahead of the clock is seen at all; a token that only expires says nothing of its beginning.
    bounds_the_future: bool = True
    # Headers whose values are signed beside the body, each with the groups of names that mean the same.
    signed_headers: tuple[tuple[str, ...], ...] = ()
    url: Callable[[bytes], str] = lambda _: URL
    signs_url: bool = False
    covers: Covers = Covers.BYTES
    event: Callable[[str, int], Event] = plain_event
    own_body: Callable[[str, int], bytes] | None = None
    flip: Callable[[bytes], bytes] = flip_amount

    @property
    def name(self) -> str:
        return self.variant or self.provider

    def draft(self, body: bytes, at: int) -> Draft:
        return Draft(body, at, self.url(body))


def templated(
    provider: str,
    signs: str,
    *headers: str,
    algorithm: str = "hmac-sha256",
    encoding: str = "hex",
    key: Callable[[Keys], bytes] | None = None,
    also_named: dict[str, str] | None = None,
    **more: object,
) -> Scheme:
    """A scheme that is told by templates: what is signed, and the headers as `name: value`. `{sig}` is the signature;
    the other tokens are those of `tokens`. `also_named` has second names of headers, which senders may use instead."""
    named = [header.split(": ", 1) for header in headers]
    key = key or utf8
    second = also_named or {}

    def names(name: str) -> tuple[str, ...]:
        return (name, second[name]) if name in second else (name,)

    def sign(keys: Keys, draft: Draft) -> Delivery:
        known = tokens(keys, draft)
        raw = signed(algorithm, keys, key(keys), filled(signs, known))
        known["sig"] = ENCODINGS[encoding](raw)
        values = {name: filled(value, known).decode() for name, value in named}
        return Delivery({"content-type": "application/json", **values}, draft.body, draft.url, draft.method)

    holds_signature = next(name for name, value in named if "{sig}" in value)
    of_draft = {"t", "ms", "rfc3339", "id", "nonce"} & token_names(signs)
    return Scheme(
        provider=provider,
        sign=sign,
        signature=InHeader(names(holds_signature)),
        signed_headers=tuple(names(name) for name, value in named if of_draft & token_names(value)),
        signs_url=bool({"url", "path"} & token_names(signs)),
        signs_time=bool({"t", "ms", "rfc3339"} & token_names(signs)),
        **more,
    )


def tokens(keys: Keys, draft: Draft) -> dict[str, bytes]:
    moment = datetime.fromtimestamp(draft.at, tz=timezone.utc)
    texts = {
        "t": str(draft.at),
        "ms": str(draft.at * 1000),
        "rfc3339": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "id": draft.id,
        "nonce": draft.nonce,
        "url": draft.url,
        "method": draft.method,
        "path": Delivery({}, b"", draft.url).path,
        "secret": keys.private,
    }
    return {"body": draft.body, **{name: text.encode() for name, text in texts.items()}}


def token_names(template: str) -> set[str]:
    return set(re.findall(r"\{(?:json:)?(\w+)\}", template))


def filled(template: str, known: dict[str, bytes]) -> bytes:
    # A token that is JSON text, for schemes that sign an object around the body.
    def value(found: re.Match[bytes]) -> bytes:
        is_json, name = found.group(1), found.group(2).decode()
        return json.dumps(known[name].decode(), ensure_ascii=False).encode() if is_json else known[name]

    return re.sub(rb"\{(json:)?(\w+)\}", value, template.encode())


def signed(algorithm: str, keys: Keys, key: bytes, message: bytes) -> bytes:
    family, _, digest = algorithm.partition("-")
    if family == "hmac":
        return hmac.new(key, message, digest).digest()
    if family == "hash":
        return hashlib.new(digest, message).digest()
    if algorithm == "ed25519":
        return keys.pair.sign(message)
    if algorithm == "ecdsa-sha256":
        return keys.pair.sign(message, ec.ECDSA(hashes.SHA256()))
    raise ValueError(f"unknown algorithm {algorithm}")


def base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "hex": lambda raw: raw.hex().encode(),
    "base64": base64.b64encode,
    "base64url": base64url,
}


def utf8(keys: Keys) -> bytes:
    return keys.private.encode()


def base64_after(prefix: str) -> Callable[[Keys], bytes]:
    return lambda keys: base64.b64decode(keys.private.split(prefix)[-1] if prefix else keys.private)


def hexadecimal(keys: Keys) -> bytes:
    return bytes.fromhex(keys.private)
