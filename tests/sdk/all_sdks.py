"""Holds the `countersign` binary against many providers' official packages, in both directions.

A package signs, or takes what is signed by its provider's scheme: countersign has to take it, too, and to refuse it
once it is spoilt. Countersign signs: the package has to take that, and to refuse it once it is spoilt. Where a package
and countersign disagree although both do as they are known to, the table at the end says so."""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import secrets
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pypi
from binary import BinaryError, VectorVerdict, tolerances, verify_vectors
from controls import Controls, Vectors
from npm import Packages
from report import Report
from sdk import Sdk
from sdk_checks import Disagreement, SdkChecks


def check_all(report: Report, sdks: list[Sdk], binary: Path, seed: int, keep: Path | None) -> None:
    known = tolerances(binary)
    runs: list[SdkChecks] = []
    for sdk in sdks:
        # Each package has random bodies of its own, so that they are the same whichever packages run.
        run = SdkChecks(report, sdk, random.Random(f"{seed} {sdk.title}"), known.get(sdk.scheme.provider))
        guarded(report, sdk.title, run.package_judges_its_own)
        guarded(report, sdk.title, lambda run=run: run.package_judges_countersign(binary))
        runs.append(run)
    vectors = {f"{number:03}": run.vectors() for number, run in enumerate(runs, 1) if run.vectors()}
    verdicts = verdicts_of(binary, vectors, keep)
    for run, sdk in zip(runs, sdks):
        guarded(report, sdk.title, lambda run=run: run.countersign_judged(verdicts))
    print_disagreements([found for run in runs for found in run.disagreements(verdicts)])


def check_controls(report: Report, controlled: list[Sdk], binary: Path, seed: int) -> None:
    controls = Controls(report, random.Random(seed))
    for sdk in controlled:
        controls.notice_a_package_that_takes_everything(sdk)
        controls.notice_a_package_that_refuses_everything(sdk)
    controls.notice_wrong_verdicts(lambda vectors: verdicts_of(binary, vectors, None))


def verdicts_of(binary: Path, vectors: Vectors, keep: Path | None) -> dict[str, VectorVerdict]:
    """Runs vector files, one a package, through one call of countersign."""
    cases = [case["id"] for of_package in vectors.values() for case in of_package]
    if len(cases) != len(set(cases)):
        raise BinaryError("two cases have one id, so that the verdict on one would stand for both")
    with tempfile.TemporaryDirectory() as folder:
        place = keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        files = []
        for name, of_package in vectors.items():
            file = place / f"{name}.json"
            text = json.dumps({"provider": of_package[0]["provider"], "cases": of_package}, indent=1)
            file.write_text(text, encoding="utf-8")
            files.append(file)
        return verify_vectors(binary, files)


def print_disagreements(found: list[Disagreement]) -> None:
    print("\nWhere a package judges otherwise than countersign:\n")
    rows = [(row.sdk.title, row.verb, row.title, row.why) for row in found]
    print_table([("package", "", "what", "why"), *rows])
    print(f"\n{len(found)} disagreements", flush=True)


def print_list(sdks: list[Sdk]) -> None:
    heads = ("package", "provider", "scheme", "signs", "bodies", "takes although spoilt", "refuses although honest")
    rows = [
        (
            sdk.name,
            sdk.scheme.provider,
            sdk.scheme.name,
            "the package" if sdk.sign else "the scheme",
            sdk.bodies.value,
            ", ".join(sdk.lax) or "-",
            ", ".join(sdk.strict) or "-",
        )
        for sdk in sdks
    ]
    print_table([heads, *rows])


def print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(f"{text:<{width}}" for text, width in zip(row, widths)).rstrip())


def guarded(report: Report, title: str, checks: Callable[[], None]) -> None:
    """Checks that cannot go on, for whatever reason, are one failed check; the others still run."""
    try:
        checks()
    except Exception as error:
        report.check(f"{title}: runs to its end", False, f"{type(error).__name__}: {error}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, help="the countersign binary to check")
    parser.add_argument("--list", action="store_true", help="prints the packages, and checks nothing")
    npm = parser.add_mutually_exclusive_group(required=True)
    npm.add_argument("--npm", type=Path, metavar="FOLDER", help="where `npm ci` put node_modules")
    npm.add_argument("--without-npm", action="store_true", help="leaves the npm packages out")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="a package or provider; repeatable")
    parser.add_argument("--seed", type=int, help="repeats the random bodies of an earlier run")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leaves the vector files there")
    arguments = parser.parse_args()
    if not (arguments.binary or arguments.list):
        parser.error("give --binary, or --list")
    return arguments


def main() -> int:
    arguments = parse_arguments()
    with contextlib.ExitStack() as stack:
        of_npm = stack.enter_context(Packages(arguments.npm)).sdks() if arguments.npm else []
        wanted = set(arguments.only)
        every = [*pypi.SDKS, *of_npm]
        sdks = [sdk for sdk in every if not wanted or {sdk.package, sdk.scheme.provider} & wanted]
        if arguments.list:
            print_list(sdks)
            return 0
        seed = secrets.randbits(32) if arguments.seed is None else arguments.seed
        print(f"random bodies from --seed {seed}")
        report, binary = Report(), arguments.binary.resolve()
        controlled = [pypi.SDKS[0], *of_npm[:1]]
        guarded(report, "control", lambda: check_controls(report, controlled, binary, seed))
        guarded(report, "countersign", lambda: check_all(report, sdks, binary, seed, arguments.keep))
    packages = {(sdk.registry, sdk.package) for sdk in sdks}
    providers = {sdk.scheme.provider for sdk in sdks}
    print(f"{len(packages)} packages, {len(sdks)} ways of signing, {len(providers)} providers")
    print(report.last_line())
    return 0 if report.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
