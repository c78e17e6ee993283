"""What a consent says, as values: FHIR Consent.provision (IHE PCF 1.1) without who gave it and where it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .permits import Purpose, Rows


@dataclass(frozen=True, slots=True)
class Provision:
    """One rule of a consent: rows that some receivers may, or may not, have for some purposes.

    permit        give, or withhold
    receivers     HOSPCODEs; None: every facility
    purposes      None: every purpose
    rows          a permission opens sensitive classes only where rows.labels names them; a denial closes what bears any
    since, until  when the rule holds; until is over at that moment
    """

    permit: bool
    receivers: frozenset[str] | None
    purposes: frozenset[Purpose] | None
    rows: Rows
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, receiver: str, purpose: Purpose, now: datetime) -> bool:
        """Whether it speaks of this receiver and purpose at this moment."""
        return (
            (self.receivers is None or receiver in self.receivers)
            and (self.purposes is None or purpose in self.purposes)
            and (self.since is None or self.since <= now)
            and (self.until is None or now < self.until)
        )


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """One consent in force: its provisions about one human. Denials go before permissions, of whichever consent.

    persons  the registrations of the human who gave it, or for whom it was given
    name     id of the Consent resource that shows it
    """

    persons: frozenset[int]
    provisions: tuple[Provision, ...]
    name: str = ""
