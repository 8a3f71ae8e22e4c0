"""Bodies to sign: what senders send, and what a careless receiver would change before it verifies."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

# One bit tells the last digit of this amount from that of the next one.
AMOUNT = 4200

RANDOM_BODIES = 12

# Blocks from which random text is drawn: ASCII with controls, Latin, Hebrew and Arabic, CJK, emoji. No surrogates,
# which UTF-8 cannot carry.
BLOCKS = [range(0x00, 0x80), range(0xA0, 0x250), range(0x590, 0x700), range(0x4E00, 0x9FFF), range(0x1F300, 0x1F600)]

PLAIN = "a plain event"
EMPTY = "an empty body"

# Spellings that a parser and a serialiser between the wire and the verifier would not give back.
NUMBERS = b'"spelt":[1.50,1e-7,-0.0,1E+2,12345678901234567890,0.1]'
ODD_TEXT = 'Größe · e\u0301 · 你好 · \u202eעברית · 🦀 · </script> · quote " backslash \\ tab \t nul \0 · \u2028'

Event = dict[str, object]


class Bodies(Enum):
    """What bodies a package takes; each kind takes those before it, too."""

    # JSON as a serialiser writes it: without white space, keys in order. For packages that hash what they parsed.
    CANONICAL = "canonical JSON"
    JSON = "JSON"
    TEXT = "any text"
    BYTES = "any bytes"
    # The scheme's own form, such as a form or a token.
    OWN = "its own form"


@dataclass(frozen=True)
class Content:
    """A body that is made anew for each time of sending, because some providers write the time into it."""

    title: str
    made_at: Callable[[int], bytes]


def contents(kind: Bodies, event: Callable[[str, int], Event], rng: random.Random) -> Iterator[Content]:
    """Every body that a package of this kind is tried with. `event` makes the provider's event of a note and a time."""

    def written(title: str, note: str, layout: Callable[[Event], bytes], ending: bytes = b"") -> Content:
        return Content(title, lambda at: layout(event(note, at)) + ending)

    def fixed(title: str, body: bytes) -> Content:
        return Content(title, lambda _: body)

    yield written(PLAIN, "invoice 17 was paid", canonical)
    yield written("unicode", ODD_TEXT, canonical)
    for number in range(1, RANDOM_BODIES + 1):
        note, layout = random_text(rng), rng.choice(LAYOUTS) if kind is not Bodies.CANONICAL else canonical
        ending = rng.choice([b"", b"\n", b"\r\n"]) if kind is not Bodies.CANONICAL else b""
        yield written(f"random event {number}", note, layout, ending)
    if kind is Bodies.CANONICAL:
        return
    yield written("escaped unicode", ODD_TEXT, escaped)
    yield written("indented, with CRLF", ODD_TEXT, with_crlf, b"\r\n")
    yield written("JSON and a line end", "one line more", canonical, b"\n")
    yield written("numbers in odd spellings", "1.50", with_odd_numbers)
    if kind is Bodies.JSON:
        return
    yield fixed(EMPTY, b"")
    yield fixed("text that is no JSON", "kind=invoice.paid&note=Größe 🦀\n".encode())
    for number in range(1, RANDOM_BODIES + 1):
        # Never empty: some packages take an empty body for a missing one, and that is told of `EMPTY` alone.
        yield fixed(f"random text {number}", b"~" + random_text(rng).encode())
    if kind is Bodies.TEXT:
        return
    for number in range(1, RANDOM_BODIES + 1):
        yield fixed(f"random bytes {number}, no UTF-8", b"\xff\xfe" + rng.randbytes(rng.randrange(1, 2_000)))


def own_contents(make: Callable[[str, int], bytes], rng: random.Random) -> Iterator[Content]:
    """Bodies in a form of the scheme's own; `make` makes one of a note and a time."""

    def written(title: str, note: str) -> Content:
        return Content(title, lambda at: make(note, at))

    yield written(PLAIN, "invoice 17 was paid")
    yield written("unicode", "Größe · e\u0301 · 你好 · עברית · 🦀 & = + % ; \" ' < >")
    for number in range(1, RANDOM_BODIES + 1):
        yield written(f"random event {number}", random_text(rng, controls=False))


def random_text(rng: random.Random, controls: bool = True) -> str:
    drawn = (chr(rng.choice(rng.choice(BLOCKS))) for _ in range(rng.randrange(400)))
    return "".join(letter for letter in drawn if controls or letter.isprintable())


def canonical(event: Event) -> bytes:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode()


def escaped(event: Event) -> bytes:
    return json.dumps(event).encode()


def indented(event: Event) -> bytes:
    return json.dumps(event, indent=2, ensure_ascii=False).encode()


def with_crlf(event: Event) -> bytes:
    return indented(event).replace(b"\n", b"\r\n")


def with_odd_numbers(event: Event) -> bytes:
    return canonical(event).removesuffix(b"}") + b"," + NUMBERS + b"}"


LAYOUTS = [canonical, escaped, indented, with_crlf]
