"""The nightly look: gathers what is known of a day's openings, has it weighed, and keeps the alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
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
    today, humans = _openings(audit.openings(start, start + timedelta(days=1)))
    listed, named = _openings(audit.listings(start, start + timedelta(days=1)))
    humans = named | humans
    earlier, _ = _openings(audit.openings(start - snooping.AGAIN_WITHIN, start))
    readers = {one.reader for one in today}
    permit = consent.permit_for_system("privacy", clock.now())
    known = _known(today, [one for one in earlier if one.reader in readers], listed, permit)
    found = [
        Alert(
            storage.new_number(), humans[one.opening.human], one.opening.reader, one.opening.facility, on,
            tuple(one.reasons), one.strangers, clock.now(),
        )
        for one in snooping.suspicions(today, known)
    ]  # fmt: skip
    with database.transaction():
        made = storage.insert_alerts(found)
        storage.save_look(on, clock.now(), len(today), made)
        detail = {"day": on.isoformat(), "openings": len(today), "alerts": made}
        audit.record("privacy.looked", actor=ACTOR, detail=detail)
    return Look(on, len(today), made)


def look_at_what_is_over() -> list[Look]:
    """Look at every day that is over and was not looked at, a week back at most."""
    yesterday = clock.today() - timedelta(days=1)
    first = max((storage.newest_look() or date.min), yesterday - timedelta(days=MOST_DAYS))
    return [look(date.fromordinal(n)) for n in range(first.toordinal() + 1, yesterday.toordinal() + 1)]


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), clock.BANGKOK)


def _openings(rows: Iterable[audit.Opening]) -> tuple[list[Opening], dict[int, int]]:
    """One opening for each reader, human and day, over all registrations; and a registration of each human."""
    told = list(rows)
    human_of = identity.humans_of({one.person for one in told})
    person_of: dict[int, int] = {}
    found: dict[tuple[str, int, str, date], list[audit.Opening]] = defaultdict(list)
    for one in told:
        human = human_of.get(one.person)
        if human is not None:
            person_of.setdefault(human, one.person)
            found[one.reader, human, one.facility, one.on].append(one)
    return [_one_of(key, each) for key, each in found.items()], person_of


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
