"""One official package and countersign, each judging what the other signs."""

from __future__ import annotations

import base64
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from binary import BinaryError, Tolerance, VectorVerdict, sign
from contents import PLAIN, Bodies, Content, contents, own_contents
from delivery import Delivery
from keys import Keys
from report import Report
from scheme import InHeader
from sdk import Sdk
from spoil import OTHER_SECRET, TOO_FAR_AHEAD, TOO_OLD, spoilt

# Seconds. Beyond what both sides allow, so that either has to refuse; a clock that runs on must not mend an early one.
PAST_MARGIN = 600
FUTURE_MARGIN = 3600

HALF_AS_OLD = "half as old as allowed"

# How many deliveries a failed check names of those that failed alike.
NAMED = 4

# The titles of what went wrong, each with what became of it.
Wrong = list[tuple[str, str]]


@dataclass(frozen=True)
class Case:
    """One delivery, what countersign should make of it, and what the package made of it."""

    id: str
    title: str
    delivery: Delivery
    secret: str
    now: int
    honest: bool
    taken_by_package: bool

    def as_vector(self, sdk: Sdk) -> dict[str, object]:
        agrees = "sdk_confirmed" if self.honest == self.taken_by_package else "sdk_disagrees"
        variant = {"scheme": sdk.scheme.variant} if sdk.scheme.variant else {}
        return {
            "id": self.id,
            "name": self.title,
            "provider": sdk.scheme.provider,
            **variant,
            "origin": "generated",
            "source": f"signed by {sdk.name}" if sdk.sign else f"signed by its scheme, and held against {sdk.name}",
            agrees: [sdk.name],
            "method": self.delivery.method,
            "url": self.delivery.url,
            "headers": list(self.delivery.headers.items()),
            "body_base64": base64.b64encode(self.delivery.body).decode(),
            "secret": self.secret,
            "now_unix": self.now,
            "expect": "accept" if self.honest else "reject",
        }


@dataclass(frozen=True)
class Disagreement:
    """A delivery that the package and countersign judge differently, although both do as they are known to."""

    sdk: Sdk
    verb: str
    title: str
    why: str


class SdkChecks:
    """The checks of one package for one scheme. The package is asked at once, because it reads the real clock;
    countersign is asked about all packages together, with the clock that each case names."""

    def __init__(self, report: Report, sdk: Sdk, rng: random.Random, tolerance: Tolerance | None) -> None:
        self._report = report
        self._sdk = sdk
        self._scheme = sdk.scheme
        self._too_old, self._too_early, self._half = self._window(tolerance)
        self._keys = self._scheme.new_keys()
        self._stranger = self._scheme.new_keys()
        self._contents = list(self._all_contents(rng))
        self._cases: list[Case] = []

    # The package signs.

    def package_judges_its_own(self) -> None:
        """Makes the cases for countersign, and holds the package against what is known of it."""
        for content in self._contents:
            now = unix_now()
            self._add(content.title, self._signed(content, now), now, honest=True)
        if self._half is not None:
            now = unix_now()
            self._add(HALF_AS_OLD, self._signed(self._plain(), now - self._half), now, honest=True)
        for title, delivery, now in self._spoilt(self._signed):
            self._add(title, delivery, now, honest=False)

        self._check_package("that it signs", [(case.title, case.taken_by_package) for case in self._of(honest=True)])
        self._check_laxity("of those", [(case.title, case.taken_by_package) for case in self._of(honest=False)])

    def vectors(self) -> list[dict[str, object]]:
        return [case.as_vector(self._sdk) for case in self._cases]

    def countersign_judged(self, verdicts: dict[str, VectorVerdict]) -> None:
        for honest, title in ((True, "takes {} deliveries that it signs"), (False, "refuses {} spoilt ones of them")):
            judged = [(case.title, verdicts[case.id]) for case in self._of(honest)]
            wrong = [(title, verdict.told) for title, verdict in judged if not verdict.is_right]
            self._check("countersign " + title.format(len(judged)), wrong)

    def disagreements(self, verdicts: dict[str, VectorVerdict]) -> Iterator[Disagreement]:
        for case in self._cases:
            if verdicts[case.id].is_right and case.honest != case.taken_by_package:
                verb, known = ("refuses", self._sdk.strict) if case.honest else ("takes", self._sdk.lax)
                yield Disagreement(self._sdk, verb, case.title, known.get(case.title, "UNKNOWN"))

    # Countersign signs.

    def package_judges_countersign(self, binary: Path) -> None:
        def signed(content: Content, at: int, keys: Keys = self._keys) -> Delivery:
            body = content.made_at(at)
            url = self._scheme.url(body)
            options = ["--at", str(at), "--url", url, "--method", "POST"]
            if not self._scheme.is_main:
                options += ["--scheme", self._scheme.variant]
            delivery = sign(binary, self._scheme.provider, keys.private, body, *options)
            if isinstance(self._scheme.signature, InHeader) and delivery.body != body:
                raise BinaryError("`sign` changed the body")
            return replace(delivery, url=url)

        try:
            signed(self._plain(), unix_now())
        except BinaryError as error:
            self._check("takes what countersign signs", [(PLAIN, str(error).splitlines()[0])])
            return
        verdicts = [
            (content.title, self._sdk.accepts(self._keys, signed(content, unix_now()))) for content in self._contents
        ]
        if self._half is not None:
            half_as_old = signed(self._plain(), unix_now() - self._half)
            verdicts.append((HALF_AS_OLD, self._sdk.accepts(self._keys, half_as_old)))
        self._check_package("that countersign signs", verdicts)
        spoilt_ones = self._spoilt(signed)
        verdicts = [(title, self._sdk.accepts(self._keys, delivery)) for title, delivery, _ in spoilt_ones]
        self._check_laxity("that countersign signs", verdicts)

    # Deliveries.

    def _all_contents(self, rng: random.Random) -> Iterator[Content]:
        if self._sdk.bodies is Bodies.OWN:
            return own_contents(self._scheme.own_body, rng)
        return contents(self._sdk.bodies, self._scheme.event, rng)

    def _plain(self) -> Content:
        return next(content for content in self._contents if content.title == PLAIN)

    def _signed(self, content: Content, at: int, keys: Keys | None = None) -> Delivery:
        draft = self._scheme.draft(content.made_at(at), at)
        # What a package would not sign, it can still be shown.
        signs = self._scheme.sign if content.title in self._sdk.strict else self._sdk.signs
        return signs(keys or self._keys, draft)

    def _spoilt(self, signed: Callable[..., Delivery]) -> Iterator[tuple[str, Delivery, int]]:
        """Every spoilt delivery, with the clock of its receiver."""
        now = unix_now()
        for title, delivery in spoilt(self._scheme, signed(self._plain(), now)):
            yield title, delivery, now
        yield OTHER_SECRET, signed(self._plain(), now, self._stranger), now
        if self._too_old is not None:
            yield TOO_OLD, signed(self._plain(), now - self._too_old), now
        if self._too_early is not None:
            yield TOO_FAR_AHEAD, signed(self._plain(), now + self._too_early), now

    def _window(self, known: Tolerance | None) -> tuple[int | None, int | None, int | None]:
        """How many seconds old, and how many ahead, is too much for both sides, and how old is right for both."""
        if not self._scheme.signs_time:
            return None, None, None
        known = known or Tolerance(None, None)
        of_scheme = self._scheme.tolerance
        past = [bound for bound in (known.past, of_scheme) if bound is not None]
        ahead = [known.future, of_scheme if self._scheme.bounds_the_future else None]
        future = [bound for bound in ahead if bound is not None]
        return (
            max(past) + PAST_MARGIN if past else None,
            max(future) + FUTURE_MARGIN if future else None,
            min(past) // 2 if past else None,
        )

    # Judging.

    def _of(self, honest: bool) -> list[Case]:
        return [case for case in self._cases if case.honest == honest]

    def _add(self, title: str, delivery: Delivery, now: int, honest: bool) -> None:
        taken = self._sdk.accepts(self._keys, delivery)
        number = len(self._cases) + 1
        case_id = re.sub(r"[^a-z0-9]+", "-", f"{self._sdk.title.lower()}-{number:03}").strip("-")
        self._cases.append(Case(case_id, title, delivery, self._keys.public, now, honest, taken))

    def _check_package(self, which: str, verdicts: list[tuple[str, bool]]) -> None:
        """An honest delivery is taken, or its refusal is known and has a reason."""
        wrong = [
            (title, "taken, although it is known to be refused" if taken else "refused")
            for title, taken in verdicts
            if taken == (title in self._sdk.strict)
        ]
        self._check(f"takes {len(verdicts)} deliveries {which}", wrong)

    def _check_laxity(self, which: str, verdicts: list[tuple[str, bool]]) -> None:
        """A spoilt delivery is refused, or its acceptance is known and has a reason."""
        wrong = [
            (title, "taken" if taken else "refused, although it is known to be taken")
            for title, taken in verdicts
            if taken != (title in self._sdk.lax)
        ]
        self._check(f"refuses {len(verdicts)} spoilt ones {which}, but for what it is known to take", wrong)

    def _check(self, title: str, wrong: Wrong) -> None:
        self._report.check(f"{self._sdk.title}: {title}", not wrong, summed_up(wrong))


def summed_up(wrong: Wrong) -> str:
    """What went wrong, and how often, with the first few that it happened to."""
    alike: dict[str, list[str]] = {}
    for title, why in wrong:
        alike.setdefault(why, []).append(title)
    return "; ".join(
        f"{why} ({', '.join(titles[:NAMED])}{f' and {len(titles) - NAMED} more' if len(titles) > NAMED else ''})"
        for why, titles in alike.items()
    )


def unix_now() -> int:
    return int(time.time())
