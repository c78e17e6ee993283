"""Taking rows in, one facility at a time: what is known is read once, and only what changed is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from suksala.foundation import keys
from suksala.standards.thai_codes import NumberClass, citizen_number

from . import practitioner_storage as storage
from .practitioner_storage import Number
from .practitioners import Conflict, Known, Licence, Match, Practitioner, ProviderRow, Role, Source, match

# Numbers that are one human each for life; another purpose than identity's, so that staff cannot be joined to records.
TRUSTED = frozenset({NumberClass.T1, NumberClass.T2})


class Taking:
    """The rows of one source about one facility, on their way into the registry.

    Counts `made` practitioners, `kept` roles and `unchanged` ones; `conflicts` are what contradicts.
    """

    def __init__(self, hospcode: str, source: Source, today: date, rows: Sequence[ProviderRow]) -> None:
        self.hospcode, self.source, self.today = hospcode, source, today
        self.made = self.kept = self.unchanged = 0
        self.conflicts: list[Conflict] = []
        numbers = [found.key for row in rows if (found := number_of(row))]
        self._known = storage.known_by(numbers, {row.licensed for row in rows if row.licensed}, hospcode)
        self._roles = storage.roles_elsewhere(self._known)
        at = storage.roles_at(hospcode)
        self._local = {role.local: role for role in at if role.local}
        self._listed = {role.practitioner: role for role in at if not role.local}
        self._by_number = {who.number: key for key, who in self._known.items() if who.number is not None}
        self._by_licence = {(h.council, h.number): key for key, who in self._known.items() for h in who.licences}

    def take(self, row: ProviderRow) -> None:
        """Keep what one row tells."""
        number = number_of(row)
        before = self._local.get(row.local) if row.local else self._named(row)
        found = match(
            row,
            number.key if number else None,
            self._seen(self._by_number.get(number.key) if number else None, row),
            self._seen(self._by_licence.get(row.licensed) if row.licensed else None, row),
            self._seen(before.practitioner if before else None, row),
        )
        who = self._keep_practitioner(row, found, number)
        if found.clash is not None and found.other is not None:
            self.conflicts.append(Conflict(self.hospcode, row.local, found.clash, who, found.other, self.today))
        self._keep_role(row, who, before or self._standing(who))

    def _named(self, row: ProviderRow) -> Role | None:
        """The role here that a list told of somebody of exactly this name: all there is to know a list's line by that
        has neither number nor licence.
        """
        names = (row.given_th, row.family_th)
        known = ((role, self._known[who]) for who, role in self._listed.items())
        return next((role for role, who in known if (who.given_th, who.family_th) == names), None)

    def _standing(self, who: int) -> Role | None:
        """The role that a row is about when its number of staff is new: one that a list told, or, for a list, any."""
        if self.source is Source.DEPOSIT:
            return self._listed.get(who)
        of_deposits = [role for role in self._local.values() if role.practitioner == who]
        return self._listed.get(who) or next(iter(of_deposits), None)

    def _seen(self, key: int | None, row: ProviderRow) -> Known | None:
        if key is None:
            return None
        own = row.local and (role := self._local.get(row.local)) is not None and role.practitioner == key
        return Known(self._known[key], alone=self._roles.get(key, 0) == (1 if own else 0) == 1)

    def _keep_practitioner(self, row: ProviderRow, found: Match, number: Number | None) -> int:
        key = found.practitioner
        if key is None:
            key = storage.add(row, number)
            self.made += 1
            names = (row.title, row.given_th, row.family_th, row.given_en, row.family_en)
            self._known[key] = Practitioner(key, *names, number=number.key if number else None, named_at=row.named_at)
        who = self._known[key]
        who = self._renamed(who, row)
        if number and found.takes_number and who.number != number.key:
            storage.give_number(key, number)
            who = replace(who, number=number.key)
        if number:
            self._by_number[number.key] = key
        self._known[key] = self._licensed(who, row) if found.takes_licence and row.licensed else who
        return key

    def _renamed(self, who: Practitioner, row: ProviderRow) -> Practitioner:
        """The name told last stands; the same moment tells nothing new."""
        older = who.named_at is not None and (row.named_at is None or row.named_at <= who.named_at)
        told = replace(
            who, title=row.title, given_th=row.given_th, family_th=row.family_th,
            given_en=row.given_en or who.given_en, family_en=row.family_en or who.family_en, named_at=row.named_at,
        )  # fmt: skip
        if older or told == who:
            return who
        storage.rename(who.id, row)
        return told

    def _licensed(self, who: Practitioner, row: ProviderRow) -> Practitioner:
        held = who.licence(row.council)
        told = Licence(row.council, row.licence, row.licence_since, row.licence_until)
        if held is not None and held.number == told.number:
            told = replace(told, since=told.since or held.since, until=told.until or held.until)
        if told == held:
            return who
        storage.give_licence(who.id, told)
        self._by_licence[told.council, told.number] = who.id
        others = tuple(h for h in who.licences if h.council != told.council)
        return replace(who, licences=(*others, told))

    def _keep_role(self, row: ProviderRow, who: int, before: Role | None) -> None:
        told = before.told if before else None
        role = Role(0, who, self.hospcode, row.local, row.codes, row.since, row.until, self.source, told)
        stands = before is not None and before.source is Source.DEPOSIT and self.source is not Source.DEPOSIT
        if stands or (before is not None and replace(before, id=0, ended=None) == role):
            self.unchanged += 1
            return
        if before is not None and row.local and not before.local:
            storage.give_local(before.id, row.local)
            del self._listed[who]
        key = storage.save_role(role, self.today)
        self.kept += 1
        if before is None or before.practitioner != who:
            self._roles[who] = self._roles.get(who, 0) + 1
        if before is not None and before.practitioner != who:
            self._roles[before.practitioner] -= 1
        kept = replace(role, id=key)
        if row.local:
            self._local[row.local] = kept
        else:
            self._listed[who] = kept


def number_of(row: ProviderRow) -> Number | None:
    """The row's national number as it is kept; None for one that cannot be told from a slip or a placeholder."""
    if not row.number:
        return None
    read = citizen_number.classify(row.number)
    if read.cls not in TRUSTED:
        return None
    return Number(keys.keyed_int("registry.number", read.text), keys.seal(read.text))
