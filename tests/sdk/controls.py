"""Shows that each kind of check can fail, on packages and expectations that are wrong on purpose."""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Callable
from dataclasses import replace

import pypi
from binary import VectorVerdict
from report import Report
from sdk import Sdk
from sdk_checks import Case, SdkChecks, unix_now
from spoil import BIT_FLIPPED, spoilt

Vectors = dict[str, list[dict[str, object]]]


class Controls:
    def __init__(self, report: Report, rng: random.Random) -> None:
        self._report = report
        self._rng = rng

    def notice_a_package_that_takes_everything(self, sdk: Sdk) -> None:
        self._expect_failure("takes everything", replace(sdk, verify=lambda *_: True, lax={}, strict={}))

    def notice_a_package_that_refuses_everything(self, sdk: Sdk) -> None:
        self._expect_failure("refuses everything", replace(sdk, verify=lambda *_: False, lax={}, strict={}))

    def notice_wrong_verdicts(self, verdicts_of: Callable[[Vectors], dict[str, VectorVerdict]]) -> None:
        """An honest delivery that is to be refused, a spoilt one that is to be taken, and two of a provider that does
        not exist: for the one that is to be refused, to know nobody is no verdict."""
        sdk = next(sdk for sdk in pypi.SDKS if sdk.scheme.provider == "standard-webhooks")
        keys, now = sdk.scheme.new_keys(), unix_now()
        honest = sdk.signs(keys, sdk.scheme.draft(b'{"amount":4200}', now))
        flipped = next(delivery for title, delivery in spoilt(sdk.scheme, honest) if title == BIT_FLIPPED)
        cases = [
            Case("right", "honest", honest, keys.public, now, honest=True, taken_by_package=True),
            Case("misjudged", "honest", honest, keys.public, now, honest=False, taken_by_package=True),
            Case("credulous", "spoilt", flipped, keys.public, now, honest=True, taken_by_package=False),
        ]
        vectors = [case.as_vector(sdk) for case in cases]
        nobody = "nobody-in-particular"
        vectors.append({**vectors[0], "id": "nobody's, taken", "provider": nobody})
        vectors.append({**vectors[1], "id": "nobody's, refused", "provider": nobody})
        verdicts = verdicts_of({"control": vectors})
        self._report.check("control: a right verdict counts as right", verdicts["right"].is_right)
        for name in ("misjudged", "credulous", "nobody's, taken", "nobody's, refused"):
            self._report.check(f"control: a wrong verdict is noticed: {name}", not verdicts[name].is_right)

    def _expect_failure(self, doing: str, sdk: Sdk) -> None:
        """One of the two checks fails: that on spoilt deliveries, or that on honest ones."""
        scratch = Report()
        with contextlib.redirect_stdout(io.StringIO()):
            SdkChecks(scratch, sdk, self._rng, None).package_judges_its_own()
        found = f"{scratch.failed} checks failed"
        self._report.check(f"control: {sdk.package} is noticed where it {doing}", scratch.failed == 1, found)
