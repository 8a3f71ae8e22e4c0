"""One signed HTTP request. Knows nothing of who signs it and how."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Delivery:
    """One signed HTTP attempt; header names are lower case. Its text form shows neither body nor signature."""

    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str = ""
    method: str = "POST"

    def header(self, name: str) -> str:
        """The header's value, or nothing where it is missing, as most receivers hand it to a package."""
        return self.headers.get(name, "")

    @property
    def text(self) -> str:
        """The body for a package that takes text; a receiver that decodes it fails on other bytes than UTF-8."""
        return self.body.decode("utf-8")

    @property
    def path(self) -> str:
        """The request target: path and query."""
        after_scheme = self.url.split("://", 1)[-1]
        return "/" + after_scheme.partition("/")[2]

    def with_header(self, name: str, value: str) -> Delivery:
        return replace(self, headers={**self.headers, name: value})

    def without_header(self, name: str) -> Delivery:
        return replace(self, headers={key: value for key, value in self.headers.items() if key != name})

    def with_body(self, body: bytes) -> Delivery:
        return replace(self, body=body)

    def with_replaced_text(self, old: str, new: str) -> Delivery:
        """The same headers over a body in which `old` reads `new`; an absent `old` would spoil nothing."""
        if old.encode() not in self.body:
            raise ValueError("the text to replace does not stand in the body")
        return replace(self, body=self.body.replace(old.encode(), new.encode()))
