"""Deliveries that nobody should take: an honest one with one thing changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from delivery import Delivery
from scheme import Covers, Scheme

BIT_FLIPPED = "one bit of the body flipped"
SPACE_ADDED = "a space added to the body"
CUT_SHORT = "the signature cut short"
CHANGED = "one letter of the signature changed"
TRAILING = "rubbish after the signature"
MISSING = "no signature"
OTHER_LABEL = "the signature under an unknown version"
OTHER_HEADER = "another value of a signed header"
OTHER_URL = "another URL"
OTHER_SECRET = "signed with another secret"
TOO_OLD = "too old"
TOO_FAR_AHEAD = "too far ahead"

# The signature proper, within a header's value: the last long run of letters that hex and base64 are written with.
RUN = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}(?!.*[A-Za-z0-9+/_-]{16})", re.DOTALL)
UNIX_TIME = re.compile(r"(?<![A-Za-z0-9])\d{10,13}(?![A-Za-z0-9])")
RFC_3339_SECONDS = re.compile(r"(?<=:)\d\d(?=Z|[.+-])")


def spoilt(scheme: Scheme, honest: Delivery) -> Iterator[tuple[str, Delivery]]:
    """Every way to spoil `honest` that this scheme has to notice, but those that need a new signature."""
    if scheme.covers is not Covers.NOTHING:
        yield BIT_FLIPPED, honest.with_body(scheme.flip(honest.body))
    if scheme.covers is Covers.BYTES:
        yield SPACE_ADDED, honest.with_body(honest.body + b" ")

    place = scheme.signature
    value = place.read(honest)
    yield CUT_SHORT, place.write(honest, on_run(value, lambda run: run.rstrip("=")[:-4]))
    yield CHANGED, place.write(honest, on_run(value, with_other_letter))
    yield TRAILING, place.write(honest, on_run(value, lambda run: run + "!"))
    yield MISSING, place.remove(honest)
    if value.startswith("v1,"):
        yield OTHER_LABEL, place.write(honest, "v9," + value.removeprefix("v1,"))

    for names in scheme.signed_headers:
        name = next((name for name in names if name in honest.headers), None)
        if name is not None:
            yield OTHER_HEADER, honest.with_header(name, later(honest.header(name)))
    if scheme.signs_url:
        yield OTHER_URL, Delivery(honest.headers, honest.body, honest.url.replace("orders", "refunds"), honest.method)


def on_run(value: str, change: Callable[[str], str]) -> str:
    run = RUN.search(value)
    if run is None:
        raise ValueError("there is no signature where the scheme says that it stands")
    return value[: run.start()] + change(run.group()) + value[run.end() :]


def with_other_letter(run: str) -> str:
    """Another letter in the middle, of an alphabet that hex and base64 share."""
    at = len(run) // 2
    return run[:at] + ("0" if run[at] != "0" else "1") + run[at + 1 :]


def later(value: str) -> str:
    """The value with a time one second, or one unit, later; without a time in it, another value."""
    if UNIX_TIME.search(value):
        return UNIX_TIME.sub(lambda found: str(int(found.group()) + 1), value, count=1)
    if RFC_3339_SECONDS.search(value):
        return RFC_3339_SECONDS.sub(lambda found: f"{(int(found.group()) + 1) % 60:02}", value, count=1)
    return value + "0"
