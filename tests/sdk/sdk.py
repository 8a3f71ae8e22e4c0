"""An official package behind one face, whatever its language and whatever it calls things."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from contents import Bodies
from delivery import Delivery
from keys import Keys
from scheme import Draft, Scheme


@dataclass(frozen=True, kw_only=True)
class Sdk:
    """One package for one way of signing."""

    registry: str
    package: str
    version: str
    scheme: Scheme
    bodies: Bodies
    # Whether the package takes the delivery. An exception is a refusal: that is what a receiver makes of it, and that
    # the package takes the honest delivery shows that the exception is not this program's.
    verify: Callable[[Keys, Delivery], bool]
    # The package's own signature, where it makes one; elsewhere the scheme's, which the package then has to take.
    sign: Callable[[Keys, Draft], Delivery] | None = None
    # Spoilt deliveries that the package takes, and why. One that is not named here is a failed check.
    lax: Mapping[str, str] = field(default_factory=dict)
    # Honest deliveries that the package refuses, and why.
    strict: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.package} ({self.registry}) {self.version}"

    @property
    def title(self) -> str:
        """The name, with what it is tried for."""
        return f"{self.name} as {self.scheme.name}"

    def signs(self, keys: Keys, draft: Draft) -> Delivery:
        return (self.sign or self.scheme.sign)(keys, draft)

    def accepts(self, keys: Keys, delivery: Delivery) -> bool:
        try:
            return self.verify(keys, delivery)
        except Exception:
            return False
