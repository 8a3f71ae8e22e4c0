"""Counts checks and prints a line for each."""

from __future__ import annotations


class Report:
    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    def check(self, title: str, holds: bool, otherwise: str = "") -> None:
        if holds:
            self.passed += 1
            print(f"ok    {title}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL  {title}" + (f": {otherwise}" if otherwise else ""), flush=True)

    def last_line(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"
