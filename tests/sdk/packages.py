"""The official packages behind one face: make an event, sign it, verify it, spoil it. Runs nothing of countersign."""

from __future__ import annotations

import base64
import json
import random
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

import standardwebhooks
import stripe

from contents import random_text
from delivery import Delivery

RANDOM_EVENTS = 24

AMOUNT = '"amount":4200'
RAISED_AMOUNT = '"amount":9900'

CONTENTS = {
    "plain text": "invoice 17 was paid",
    "unicode": "Größe · e\u0301 · 你好 · \u202eעברית · 🦀",
    "characters that JSON escapes": 'quote " backslash \\ tab \t nul \0',
    "a long text": "0123456789abcdef" * 3_000,
}
LAYOUTS = {
    "compact": {"separators": (",", ":"), "ensure_ascii": False},
    "escaped": {"ensure_ascii": True},
    "indented": {"indent": 2, "ensure_ascii": False},
}


@dataclass(frozen=True)
class Event:
    """What happened: the same over every attempt to deliver it."""

    id: str
    body: str


class OfficialPackage(ABC):
    """One provider's package with one signing secret."""

    provider: str
    name: str
    refusal: type[Exception]
    bounds_the_future: bool

    def __init__(self) -> None:
        self.secret = self.new_secret()

    def accepts(self, delivery: Delivery) -> bool:
        """The package's own verdict. Any error but its refusal is a fault of this program and is let through."""
        try:
            self.verify(delivery)
        except self.refusal:
            return False
        return True

    def stranger(self) -> OfficialPackage:
        """The same package with another secret."""
        return type(self)()

    def plain_event(self) -> Event:
        return self.json_event(CONTENTS["plain text"], "compact")

    def honest_events(self) -> Iterator[tuple[str, Event]]:
        for title, content in CONTENTS.items():
            for layout in LAYOUTS:
                yield f"{title}, {layout} JSON", self.json_event(content, layout)
        yield "JSON and a line end", self.json_event("one line more", "compact", ending="\r\n")

    def random_events(self, rng: random.Random) -> Iterator[Event]:
        for _ in range(RANDOM_EVENTS):
            yield self.json_event(random_text(rng), rng.choice(list(LAYOUTS)), ending=rng.choice(["", "\n", "\r\n"]))

    def json_event(self, content: str, layout: str, ending: str = "") -> Event:
        event_id = self.new_id()
        body = {
            "id": event_id,
            "object": "event",
            "type": "invoice.paid",
            "created": 1_700_000_000,
            "livemode": False,
            "data": {"object": {"amount": 4200, "note": content}},
        }
        return Event(event_id, json.dumps(body, **LAYOUTS[layout]) + ending)

    def tampered(self, event: Event, delivery: Delivery) -> Iterator[tuple[str, Delivery]]:
        """`delivery` of a plain `event` with one signed part changed at a time."""
        yield "changed value in the body", delivery.with_replaced_text(AMOUNT, RAISED_AMOUNT)
        yield "space added to the body", delivery.with_body(delivery.body + b" ")
        yield "changed event id", self.with_other_id(event, delivery)
        yield "changed timestamp", self.with_later_timestamp(delivery)

    @staticmethod
    @abstractmethod
    def new_secret() -> str:
        """A random signing secret in the provider's format, `whsec_` first."""

    @staticmethod
    @abstractmethod
    def new_id() -> str:
        """A random event id in the provider's format."""

    @abstractmethod
    def sign(self, event: Event, sent_at: int) -> Delivery:
        """The delivery as the package signs it for a sender at Unix time `sent_at`."""

    @abstractmethod
    def verify(self, delivery: Delivery) -> None:
        """Returns if the package takes the delivery, raises its `refusal` otherwise."""

    @staticmethod
    @abstractmethod
    def id_options(event: Event) -> list[str]:
        """How `countersign sign` is told the event's id, where the id is no part of the body."""

    @staticmethod
    @abstractmethod
    def carries(event: Event, delivery: Delivery) -> bool:
        """Whether the delivery has the event's id and exactly its body."""

    @abstractmethod
    def with_both_signatures(self, first: Delivery, second: Delivery) -> Delivery:
        """`first` with the signatures of both, as a sender signs during a rotation."""

    @abstractmethod
    def with_other_id(self, event: Event, delivery: Delivery) -> Delivery:
        """The delivery with another event id under the old signature."""

    @abstractmethod
    def with_later_timestamp(self, delivery: Delivery) -> Delivery:
        """The delivery with a timestamp one second later under the old signature."""

    @abstractmethod
    def incomplete(self, delivery: Delivery) -> Iterator[tuple[str, Delivery]]:
        """The delivery with one required part of its headers left out at a time."""


class StandardWebhooks(OfficialPackage):
    provider = "standard-webhooks"
    name = "standardwebhooks"
    refusal = standardwebhooks.WebhookVerificationError
    bounds_the_future = True

    def honest_events(self) -> Iterator[tuple[str, Event]]:
        yield from super().honest_events()
        yield "empty body", Event(self.new_id(), "")
        yield "text that is no JSON", Event(self.new_id(), "kind=invoice.paid&note=Größe 🦀\n")

    def random_events(self, rng: random.Random) -> Iterator[Event]:
        yield from super().random_events(rng)
        for _ in range(RANDOM_EVENTS):
            yield Event(self.new_id(), random_text(rng))

    @staticmethod
    def new_secret() -> str:
        return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()

    @staticmethod
    def new_id() -> str:
        return "msg_" + secrets.token_hex(12)

    def sign(self, event: Event, sent_at: int) -> Delivery:
        time = datetime.fromtimestamp(sent_at, tz=timezone.utc)
        signature = standardwebhooks.Webhook(self.secret).sign(event.id, time, event.body)
        headers = {"webhook-id": event.id, "webhook-timestamp": str(sent_at), "webhook-signature": signature}
        return Delivery(headers, event.body.encode())

    def verify(self, delivery: Delivery) -> None:
        standardwebhooks.Webhook(self.secret).verify(delivery.body, delivery.headers, json_parse=False)

    @staticmethod
    def id_options(event: Event) -> list[str]:
        return ["--id", event.id]

    @staticmethod
    def carries(event: Event, delivery: Delivery) -> bool:
        return delivery.headers.get("webhook-id") == event.id and delivery.body == event.body.encode()

    def with_both_signatures(self, first: Delivery, second: Delivery) -> Delivery:
        name = "webhook-signature"
        return first.with_header(name, f"{first.headers[name]} {second.headers[name]}")

    def with_other_id(self, event: Event, delivery: Delivery) -> Delivery:
        return delivery.with_header("webhook-id", self.new_id())

    def with_later_timestamp(self, delivery: Delivery) -> Delivery:
        return delivery.with_header("webhook-timestamp", str(int(delivery.headers["webhook-timestamp"]) + 1))

    def incomplete(self, delivery: Delivery) -> Iterator[tuple[str, Delivery]]:
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
            yield f"no {name} header", delivery.without_header(name)


class Stripe(OfficialPackage):
    provider = "stripe"
    name = "stripe"
    refusal = stripe.SignatureVerificationError
    # `construct_event` refuses what is too old, and takes any time ahead.
    bounds_the_future = False

    HEADER = "stripe-signature"

    @staticmethod
    def new_secret() -> str:
        return "whsec_" + secrets.token_hex(16)

    @staticmethod
    def new_id() -> str:
        return "evt_" + secrets.token_hex(12)

    def sign(self, event: Event, sent_at: int) -> Delivery:
        header = stripe.WebhookSignature.generate_signature_header(event.body, self.secret, sent_at)
        return Delivery({self.HEADER: header}, event.body.encode())

    def verify(self, delivery: Delivery) -> None:
        stripe.Webhook.construct_event(delivery.body, delivery.headers.get(self.HEADER), self.secret)

    @staticmethod
    def id_options(event: Event) -> list[str]:
        return []

    @staticmethod
    def carries(event: Event, delivery: Delivery) -> bool:
        return delivery.body == event.body.encode()

    def with_both_signatures(self, first: Delivery, second: Delivery) -> Delivery:
        _, second_signature = self._parts(second)
        return first.with_header(self.HEADER, f"{first.headers[self.HEADER]},{second_signature}")

    def with_other_id(self, event: Event, delivery: Delivery) -> Delivery:
        return delivery.with_replaced_text(event.id, self.new_id())

    def with_later_timestamp(self, delivery: Delivery) -> Delivery:
        timestamp, signature = self._parts(delivery)
        later = int(timestamp.removeprefix("t=")) + 1
        return delivery.with_header(self.HEADER, f"t={later},{signature}")

    def incomplete(self, delivery: Delivery) -> Iterator[tuple[str, Delivery]]:
        timestamp, signature = self._parts(delivery)
        yield f"no {self.HEADER} header", delivery.without_header(self.HEADER)
        yield "no t in the header", delivery.with_header(self.HEADER, signature)
        yield "no v1 in the header", delivery.with_header(self.HEADER, timestamp)

    def _parts(self, delivery: Delivery) -> tuple[str, str]:
        timestamp, signature = delivery.headers[self.HEADER].split(",")
        return timestamp, signature
