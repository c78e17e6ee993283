"""Who comes to the own record, whatever sign-in keeps of them."""

from __future__ import annotations

from typing import Protocol


class Citizen(Protocol):
    """An account that may be connected to a citizen's registration."""

    @property
    def actor(self) -> str:
        """Name in the audit log."""

    @property
    def role(self) -> str:
        """What they come to do."""

    @property
    def person(self) -> int | None:
        """One registration of the citizen, proven at sign-in."""
