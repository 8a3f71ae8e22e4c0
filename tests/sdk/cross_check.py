"""Holds the `countersign` binary against the official `standardwebhooks` and `stripe` packages, in both directions."""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Callable

from binary import REFUSED, REPEATED, TAKEN, Answer, Exchange, Receiver, key_text, sign
from delivery import Delivery
from packages import Event, OfficialPackage, StandardWebhooks, Stripe
from report import Report

# Seconds. Both packages refuse what is older than five minutes; countersign's window ahead may be narrower than that.
TOO_OLD = 301
TOO_FAR_AHEAD = 301
STILL_FRESH = 290
STILL_NEAR = 30
EARLIER_ATTEMPT = 5
STOPS_WITHIN = 10

MISMATCH = {"signature_mismatch"}
STALE = {"stale"}
FROM_THE_FUTURE = {"from_the_future"}
INCOMPLETE = {"signature_missing", "signature_malformed", "signed_header_missing", "timestamp_missing"}


class ReceiverChecks:
    """What `countersign listen` does with the deliveries that the official package signs."""

    def __init__(self, report: Report, package: OfficialPackage, receiver: Receiver, rng: random.Random) -> None:
        self._report = report
        self._package = package
        self._receiver = receiver
        self._rng = rng
        self._sent = 0
        self._handled = 0

    def run(self) -> None:
        self.the_count_notices_every_event()
        self.takes_what_the_package_signs()
        self.refuses_hostile_deliveries_alike()
        self.handles_an_event_once()
        self.searches_the_whole_signature_list()
        self.ends_on_sigterm()
        self.printed_one_line_a_delivery()
        self.never_printed_the_secret()

    def the_count_notices_every_event(self) -> None:
        self._expect_taken("control: a first event is counted as handled", self._new_delivery())
        self._expect_taken("control: a second, different event is counted too", self._new_delivery())
        self._check("control: two handled deliveries were counted", self._receiver.count(TAKEN) == 2)

    def takes_what_the_package_signs(self) -> None:
        for title, event in self._package.honest_events():
            self._expect_taken(f"takes {title}", self._package.sign(event, unix_now()))
        events = list(self._package.random_events(self._rng))
        taken = sum(was_taken(self._deliver(self._package.sign(event, unix_now()))) for event in events)
        self._handled += len(events)
        self._check(f"takes {len(events)} random bodies", taken == len(events), f"took {taken}")

    def refuses_hostile_deliveries_alike(self) -> None:
        self._expect_taken(f"control: takes an event {STILL_FRESH} s old", self._new_delivery(age=STILL_FRESH))
        self._expect_taken(f"control: takes an event {STILL_NEAR} s ahead", self._new_delivery(age=-STILL_NEAR))

        event = self._package.plain_event()
        answers = [
            self._expect_refused(f"refuses: {title}", delivery, reasons)
            for title, delivery, reasons in self._hostile_deliveries(event)
        ]
        alike = len(set(answers)) == 1
        self._check(f"the {len(answers)} refusals are the same, byte for byte", alike, f"{len(set(answers))} differ")
        honest = self._package.sign(event, unix_now())
        taken = self._expect_taken("takes the honest delivery of the attacked event", honest)
        self._check("control: the comparison tells an acceptance from a refusal", taken not in answers)

    def handles_an_event_once(self) -> None:
        event = self._package.plain_event()
        earlier = self._package.sign(event, unix_now() - EARLIER_ATTEMPT)
        first = self._expect_taken("control: takes the first attempt", earlier)
        self._expect_repeated("answers the same bytes sent again as at first", earlier, first)
        retry = self._package.sign(event, unix_now())
        self._check("control: the retry has a new signature", retry.headers != earlier.headers)
        self._expect_repeated("answers a retry with a new time and signature as at first", retry, first)
        self._expect_repeated("answers that retry sent again as at first", retry, first)
        self._expect_taken("control: another event is handled after the repeats", self._new_delivery())

    def searches_the_whole_signature_list(self) -> None:
        for title, first_is_ours in (("first", True), ("second", False)):
            ours, foreign = self._signed_by_both(self._package.plain_event())
            pair = (ours, foreign) if first_is_ours else (foreign, ours)
            delivery = self._package.with_both_signatures(*pair)
            listed = f"a list whose {title} signature is right"
            self._check(f"{self._package.name} takes {listed}", self._package.accepts(delivery))
            self._expect_taken(f"takes {listed}", delivery)
        _, foreign = self._signed_by_both(self._package.plain_event())
        none_right = self._package.with_both_signatures(foreign, foreign)
        self._expect_refused("control: refuses a list without a right signature", none_right, MISMATCH)

    def ends_on_sigterm(self) -> None:
        self._check("control: runs until it is told to stop", self._receiver.is_running())
        started = time.monotonic()
        status = self._receiver.terminate(STOPS_WITHIN)
        took = time.monotonic() - started
        found = f"status {status} after {took:.1f} s" if status is not None else "still running"
        self._check(f"ends with status 0 within {STOPS_WITHIN} s of SIGTERM", status == 0, found)

    def printed_one_line_a_delivery(self) -> None:
        """Judged once the output has ended, so that a line printed late cannot be missed."""
        handled = self._receiver.count(TAKEN)
        lines = sum(self._receiver.count(outcome) for outcome in (TAKEN, REFUSED, REPEATED))
        self._check(f"handled {self._handled} deliveries in all", handled == self._handled, f"{handled} lines")
        self._check(f"printed a line for each of {self._sent} deliveries", lines == self._sent, f"{lines} lines")

    def never_printed_the_secret(self) -> None:
        self._check("control: the search finds what was printed", self._receiver.has_printed("listening"))
        self._check("never printed the secret", not self._receiver.has_printed(key_text(self._package.secret)))

    def _hostile_deliveries(self, event: Event) -> Iterator[tuple[str, Delivery, set[str]]]:
        """Spoilt deliveries of one event, each held against the package's verdict before it is sent."""
        ours, foreign = self._signed_by_both(event)
        for title, delivery in self._package.tampered(event, ours):
            yield self._refused_by_package(title, delivery, MISMATCH)
        yield self._refused_by_package("signature by another secret", foreign, MISMATCH)
        for title, delivery in self._package.incomplete(ours):
            yield self._refused_by_package(title, delivery, INCOMPLETE)
        stale = self._package.sign(event, unix_now() - TOO_OLD)
        yield self._refused_by_package(f"{TOO_OLD} s old", stale, STALE)

        ahead = self._package.sign(event, early_in_a_second() + TOO_FAR_AHEAD)
        title = f"{TOO_FAR_AHEAD} s ahead"
        if self._package.bounds_the_future:
            yield self._refused_by_package(title, ahead, FROM_THE_FUTURE)
        else:
            yield title, ahead, FROM_THE_FUTURE

    def _refused_by_package(self, title: str, delivery: Delivery, reasons: set[str]) -> tuple[str, Delivery, set[str]]:
        self._check(f"{self._package.name} refuses: {title}", not self._package.accepts(delivery))
        return title, delivery, reasons

    def _expect_taken(self, title: str, delivery: Delivery) -> Answer:
        self._handled += 1
        exchange = self._deliver(delivery)
        self._check(title, was_taken(exchange), described(exchange))
        return exchange.answer

    def _expect_refused(self, title: str, delivery: Delivery, reasons: set[str]) -> Answer:
        exchange = self._deliver(delivery)
        refused = exchange.answer.status == 401 and exchange.outcome == REFUSED and exchange.reason in reasons
        self._check(title, refused, described(exchange))
        return exchange.answer

    def _expect_repeated(self, title: str, delivery: Delivery, first: Answer) -> None:
        exchange = self._deliver(delivery)
        same = (exchange.answer.status, exchange.answer.body) == (first.status, first.body)
        self._check(title, same and exchange.outcome == REPEATED, described(exchange))

    def _deliver(self, delivery: Delivery) -> Exchange:
        self._sent += 1
        return self._receiver.deliver(delivery)

    def _new_delivery(self, age: int = 0) -> Delivery:
        """A delivery of an event that the receiver has not seen, stamped `age` seconds ago."""
        return self._package.sign(self._package.plain_event(), unix_now() - age)

    def _signed_by_both(self, event: Event) -> tuple[Delivery, Delivery]:
        """One delivery signed with the receiver's secret, and the same one signed with a secret unknown to it."""
        sent_at = unix_now()
        return self._package.sign(event, sent_at), self._package.stranger().sign(event, sent_at)

    def _check(self, title: str, holds: bool, otherwise: str = "") -> None:
        self._report.check(f"listen, {self._package.provider}: {title}", holds, otherwise)


class SignerChecks:
    """What the official package says of the deliveries that `countersign sign` makes."""

    def __init__(self, report: Report, package: OfficialPackage, binary: Path, rng: random.Random) -> None:
        self._report = report
        self._package = package
        self._binary = binary
        self._rng = rng

    def run(self) -> None:
        for title, event in self._package.honest_events():
            self._expect_accepted(title, self._sign(event), event)
        self.random_bodies_are_accepted()
        self.tampering_is_refused()
        self.age_is_refused()

    def random_bodies_are_accepted(self) -> None:
        events = list(self._package.random_events(self._rng))
        accepted = sum(self._package.accepts(self._sign(event)) for event in events)
        title = f"{self._package.name} accepts {len(events)} random bodies"
        self._check(title, accepted == len(events), f"accepted {accepted}")

    def tampering_is_refused(self) -> None:
        event = self._package.plain_event()
        delivery = self._sign(event)
        self._expect_accepted("control: the delivery before it is spoilt", delivery, event)
        for title, spoilt in [*self._package.tampered(event, delivery), *self._package.incomplete(delivery)]:
            self._check(f"{self._package.name} refuses: {title}", not self._package.accepts(spoilt))
        self._check(f"{self._package.name} refuses: another secret", not self._package.stranger().accepts(delivery))

    def age_is_refused(self) -> None:
        event = self._package.plain_event()
        fresh = self._sign(event, "--at", str(unix_now() - STILL_FRESH))
        self._expect_accepted(f"control: `--at` {STILL_FRESH} s ago", fresh, event)
        stale = self._sign(event, "--at", str(unix_now() - TOO_OLD))
        self._check(f"{self._package.name} refuses: `--at` {TOO_OLD} s ago", not self._package.accepts(stale))

    def _expect_accepted(self, title: str, delivery: Delivery, event: Event) -> None:
        self._check(f"{title}: id and body as given", self._package.carries(event, delivery))
        self._check(f"{title}: {self._package.name} accepts", self._package.accepts(delivery))

    def _sign(self, event: Event, *options: str) -> Delivery:
        package = self._package
        options = (*package.id_options(event), *options)
        return sign(self._binary, package.provider, package.secret, event.body.encode(), *options)

    def _check(self, title: str, holds: bool, otherwise: str = "") -> None:
        self._report.check(f"sign, {self._package.provider}: {title}", holds, otherwise)


def was_taken(exchange: Exchange) -> bool:
    return exchange.answer.is_success and exchange.outcome == TAKEN


def described(exchange: Exchange) -> str:
    reason = f" ({exchange.reason})" if exchange.reason else ""
    return f"answered {exchange.answer.status}, printed `{exchange.outcome}`{reason}"


def unix_now() -> int:
    return int(time.time())


def early_in_a_second() -> int:
    """The Unix time, read while half of its second is still to come: a delivery one second too far ahead would
    otherwise come into the window while it travels."""
    while time.time() % 1 > 0.5:
        time.sleep(0.02)
    return unix_now()


def check_receiver(report: Report, package: OfficialPackage, binary: Path, rng: random.Random) -> None:
    with Receiver(binary, package.provider, package.secret) as receiver:
        ReceiverChecks(report, package, receiver, rng).run()


def check_signer(report: Report, package: OfficialPackage, binary: Path, rng: random.Random) -> None:
    SignerChecks(report, package, binary, rng).run()


def run_family(title: str, report: Report, checks: Callable[[], None]) -> None:
    """One family that cannot go on, for whatever reason, is one failed check; the others still run."""
    try:
        checks()
    except Exception as error:
        report.check(f"{title}: runs to its end", False, f"{type(error).__name__}: {error}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, required=True, help="the countersign binary to check")
    parser.add_argument("--seed", type=int, help="repeats the random bodies of an earlier run")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    seed = secrets.randbits(32) if arguments.seed is None else arguments.seed
    binary = arguments.binary.resolve()
    print(f"random bodies from --seed {seed}")

    report = Report()
    rng = random.Random(seed)
    for package in (StandardWebhooks(), Stripe()):
        for verb, check in (("listen", check_receiver), ("sign", check_signer)):
            run_family(f"{verb}, {package.provider}", report, partial(check, report, package, binary, rng))
    print(report.last_line())
    return 0 if report.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
