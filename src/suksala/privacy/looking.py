"""The nightly look: gathers what is known of a day's openings, has it weighed, and keeps the alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from suksala import audit, consent, exchange, identity, registry, signin
from suksala.consent import Permit
from suksala.foundation import clock, database

from . import officers, snooping, storage
from .domain import Alert
from .snooping import Known, Opening, Traits

ACTOR = "system:privacy"
MOST_DAYS = 7  # a machine that was off looks back so far


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at one day found."""

    on: date
    openings: int
    alerts: int


def look(on: date) -> Look:
    """Look at the openings of one day in Bangkok; safe to repeat: an alert that is there stays as it is."""
    start = _midnight(on)
    opened = list(audit.openings(start, start + timedelta(days=1)))
    named = list(audit.listings(start, start + timedelta(days=1)))
    before = list(audit.openings(start - snooping.AGAIN_WITHIN, start))
    name_of = _names_of({one.reader for one in (*opened, *named, *before)})
    here, on_lists = _openings(opened, name_of), _openings(named, name_of)
    told = _Told(here.openings, on_lists.person_of | here.person_of, on_lists.account_of | here.account_of)
    readers = {one.reader for one in told.openings}
    earlier = _openings([one for one in before if name_of[one.reader] in readers], name_of).openings
    permit = consent.permit_for_system("privacy", clock.now())
    known = _known(told.openings, earlier, on_lists.openings, permit)
    found = [_alert(one, told, on) for one in snooping.suspicions(told.openings, known)]
    with database.transaction():
        made = storage.insert_alerts(found)
        storage.save_look(on, clock.now(), len(told.openings), made)
        detail = {"day": on.isoformat(), "openings": len(told.openings), "alerts": made}
        audit.record("privacy.looked", actor=ACTOR, detail=detail)
    return Look(on, len(told.openings), made)


def _alert(one: snooping.Suspicion, told: _Told, on: date) -> Alert:
    """The alert of a suspicion: it names a registration of who was read, and the account that read."""
    opening = one.opening
    person, account = told.person_of[opening.human], told.account_of[opening.reader, opening.human, opening.facility]
    number, now = storage.new_number(), clock.now()
    return Alert(number, person, account, opening.facility, on, tuple(one.reasons), one.strangers, now)


def look_at_what_is_over() -> list[Look]:
    """Look at every day that is over and was not looked at, a week back at most."""
    yesterday = clock.today() - timedelta(days=1)
    first = max((storage.newest_look() or date.min), yesterday - timedelta(days=MOST_DAYS))
    return [look(date.fromordinal(n)) for n in range(first.toordinal() + 1, yesterday.toordinal() + 1)]


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), clock.BANGKOK)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the log tells of some days.

    openings    one for each human who read, human who was read, facility and day, over all accounts and registrations
    person_of   a registration of each human who was read
    account_of  by the name of who read, the human who was read and the facility, the account with which they did:
                another facility's is not its officer's to know
    """

    openings: list[Opening]
    person_of: dict[int, int]
    account_of: dict[tuple[str, int, str], str]


def _names_of(readers: Collection[str]) -> dict[str, str]:
    """By each reader one name for the human: a practitioner's several accounts go by the first of them (decision 0190),
    so that nobody halves their count by using two.
    """
    accounts = signin.accounts_named({reader.removeprefix("account:") for reader in readers})
    first: dict[int, str] = {}
    for login in sorted(accounts):
        practitioner = accounts[login].practitioner
        if practitioner is not None:
            first.setdefault(practitioner, f"account:{login}")
    tied = {f"account:{login}": first.get(one.practitioner or 0) for login, one in accounts.items()}
    return {reader: tied.get(reader) or reader for reader in readers}


def _openings(told: list[audit.Opening], name_of: dict[str, str]) -> _Told:
    human_of = identity.humans_of({one.person for one in told})
    person_of: dict[int, int] = {}
    account_of: dict[tuple[str, int, str], str] = {}
    found: dict[tuple[str, int, str, date], list[audit.Opening]] = defaultdict(list)
    for one in sorted(told, key=lambda one: one.reader):
        human = human_of.get(one.person)
        if human is not None:
            reader = name_of[one.reader]
            person_of.setdefault(human, one.person)
            account_of.setdefault((reader, human, one.facility), one.reader)
            found[reader, human, one.facility, one.on].append(one)
    return _Told([_one_of(key, each) for key, each in found.items()], person_of, account_of)


def _one_of(key: tuple[str, int, str, date], found: list[audit.Opening]) -> Opening:
    """What somebody saw of one human by several registrations."""
    hours = frozenset().union(*(one.hours for one in found))
    return Opening(*key, hours, sum(one.times for one in found), any(one.chosen for one in found))


def _known(today: list[Opening], earlier: list[Opening], listed: list[Opening], permit: Permit) -> Known:
    chosen = [one for one in earlier if one.chosen]  # whom lists showed on other days is asked nothing of
    humans = {one.human for one in (*today, *chosen, *listed)}
    registrations = {human: identity.persons_of(human) for human in humans}
    readers = _readers({one.reader for one in today}, permit)
    protected = identity.protected_among({p for persons in registrations.values() for p in persons})
    return Known(
        readers=readers,
        people=_people(registrations, permit),
        care=_care(today + chosen + listed, registrations, permit),
        protected=frozenset(human for human, persons in registrations.items() if persons & protected),
        earlier=earlier,
        listed=listed,
    )


def _care(
    openings: list[Opening], registrations: dict[int, frozenset[int]], permit: Permit
) -> dict[tuple[int, str], list[date]]:
    if not openings:
        return {}
    first, last = min(one.on for one in openings), max(one.on for one in openings)
    days = exchange.days_of_care(
        permit,
        {person for persons in registrations.values() for person in persons},
        _midnight(first) - snooping.CARE_WITHIN,
        _midnight(last) + snooping.CARE_WITHIN + timedelta(days=1),
    )
    organizations = {facility: registry.org_number(facility) for facility in {one.facility for one in openings}}
    found: dict[tuple[int, str], list[date]] = defaultdict(list)
    for human, persons in registrations.items():
        for facility, organization in organizations.items():
            for person in persons:
                found[human, facility] += days.get((person, organization), [])
    return dict(found)


def _people(registrations: dict[int, frozenset[int]], permit: Permit) -> dict[int, Traits]:
    persons = {person for found in registrations.values() for person in found}
    surnames, households = identity.surname_keys(persons), exchange.household_keys(permit, persons)
    return {human: _traits(human, found, surnames, households) for human, found in registrations.items()}


def _traits(
    human: int | None,
    persons: Collection[int],
    surnames: dict[int, int],
    households: dict[int, tuple[frozenset[int], frozenset[int]]],
) -> Traits:
    homes = [households[person] for person in sorted(persons) if person in households]
    return Traits(
        human,
        next((surnames[person] for person in sorted(persons) if person in surnames), None),
        frozenset().union(*(addresses for addresses, _ in homes)),
        frozenset().union(*(phones for _, phones in homes)),
    )


def _readers(readers: Collection[str], permit: Permit) -> dict[str, Traits]:
    """What is known of those who read: by their entry in the register of practitioners, and as patients themselves."""
    accounts = signin.accounts_named({reader.removeprefix("account:") for reader in readers})
    practising = registry.practitioners({a.practitioner for a in accounts.values() if a.practitioner})
    found = {}
    for login, account in accounts.items():
        practitioner = practising.get(account.practitioner or 0)
        own = officers.registrations_of(account)
        traits = _traits(None, own, identity.surname_keys(own), exchange.household_keys(permit, own))
        humans = set(identity.humans_of(own).values())
        family = practitioner.family_th if practitioner else _family(account.display_th)
        surname = identity.surname_key(family) if family else traits.surname
        human = humans.pop() if len(humans) == 1 else None
        found[f"account:{login}"] = Traits(human, surname, traits.addresses, traits.phones)
    return found


def _family(shown: str) -> str:
    """The surname of an account that no practitioner stands behind: the last word of its name, where there are two."""
    words = shown.partition(" · ")[0].split()
    return words[-1] if len(words) > 1 else ""
