"""Which openings of a record look like curiosity: pure features over facts, weighed, told in words.

An opening is one reader and one human on one day. Care explains it: whoever was seen at the reader's facility within 30
days, before or after, is a patient there. Without care an opening alone is no alarm, for people call, send letters and
lose their way in a list; what makes it one is a second thing that a curious reader and the one looked at share. Names,
addresses and telephone numbers come as keyed values: equal for equal ones, meaningless otherwise.

Source: threat T01 (../shared/trust/security.md section 6); Estonia 2016, staff dismissed for curiosity.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import median

CARE_WITHIN = timedelta(days=30)
AGAIN_WITHIN = timedelta(days=30)
AGAIN_DAYS = 3  # on so many days the same stranger
ALARM = 3  # points
MANY_LEAST = 10  # strangers a day, below which nobody is an outlier
MANY_SPREADS = 6  # spreads (median absolute deviations) above the median of the peers
COMMON_SHARE = 0.003  # a surname that more of the people bear is no family's
COMMON_LEAST = 4
LISTED_LEAST = 60  # strangers whom searches named in a day and nobody opened
LISTED_TIMES = 5  # as many as all that were opened: a search names five at most, so who opens one of each stays below
NIGHT = frozenset({22, 23, 0, 1, 2, 3, 4})
USUAL_SHARE = 0.05  # of a reader's openings lie in the night: a night worker
KNOWN_LEAST = 20  # openings, before a reader's hours are known


class Reason(StrEnum):
    """What an alert says."""

    NO_CARE = "no-care"
    SURNAME = "surname"
    ADDRESS = "address"
    PHONE = "phone"
    OWN = "own"
    PROTECTED = "protected"
    AGAIN = "again"
    MANY = "many"
    NIGHT = "night"
    LISTED = "listed"


# Points: no care is where it begins; what ties reader and patient together makes it an alarm.
POINTS = {
    Reason.NO_CARE: 1,
    Reason.SURNAME: 2,
    Reason.ADDRESS: 2,
    Reason.PHONE: 2,
    Reason.PROTECTED: 2,
    Reason.AGAIN: 2,
    Reason.MANY: 2,
    Reason.NIGHT: 1,
    Reason.LISTED: 2,
    Reason.OWN: 3,
}


@dataclass(frozen=True, slots=True)
class Opening:
    """That a reader opened the record of one human on one day.

    facility  on whose behalf
    hours     hours of the day in Bangkok at which it was open
    times     how often
    chosen    whether the reader chose whom they saw; else a list, a queue or an open copy put them before the reader,
              so that number, repetition and missing visits say nothing, and only what ties the two together does
    """

    reader: str
    human: int
    facility: str
    on: date
    hours: frozenset[int] = frozenset()
    times: int = 1
    chosen: bool = True


@dataclass(frozen=True, slots=True)
class Traits:
    """What ties people together, keyed; empty where it is not known.

    human  who it is, where that is known of a reader
    """

    human: int | None = None
    surname: int | None = None
    addresses: frozenset[int] = frozenset()
    phones: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Known:
    """What is known beside the openings of the day.

    readers, people  traits of readers by name, of humans by number
    care             days on which a human was seen, or is expected, at a facility
    protected        humans on the list of protected persons
    earlier          openings of the days before, of the same readers
    listed           whom searches of the day named, opened or not
    """

    readers: Mapping[str, Traits]
    people: Mapping[int, Traits]
    care: Mapping[tuple[int, str], Sequence[date]]
    protected: frozenset[int] = frozenset()
    earlier: Sequence[Opening] = ()
    listed: Sequence[Opening] = ()


@dataclass(frozen=True, slots=True)
class Suspicion:
    """An opening that somebody should look at, and why.

    strangers  how many humans without care this reader opened that day
    """

    opening: Opening
    reasons: tuple[Reason, ...]
    strangers: int = 0

    @property
    def is_of_the_day(self) -> bool:
        """Whether it is the number of strangers alone: one alarm tells of the reader's whole day."""
        return set(self.reasons) <= {Reason.NO_CARE, Reason.MANY, Reason.NIGHT, Reason.LISTED}

    @property
    def points(self) -> int:
        """How much speaks for curiosity."""
        return sum(POINTS[reason] for reason in self.reasons)


def suspicions(openings: Sequence[Opening], known: Known) -> list[Suspicion]:
    """The openings of one day that reach the alarm, those with most points first."""
    strangers, common = _strangers(openings, known), _common_surnames(known.people)
    many = _outliers(strangers)
    days = _stranger_days([*known.earlier, *openings], known)
    nights, before = _night_workers(known.earlier), {(one.reader, one.human) for one in known.earlier}
    found = []
    for one in openings:
        if not one.chosen and (one.reader, one.human) in before:
            continue  # a list shows the same people each day: told once in 30 days
        reasons = set(_ties(one, known, common))
        if not is_explained(one, known.care):
            reasons |= {Reason.NIGHT} if one.hours & NIGHT and one.reader not in nights else set()
            if one.chosen:
                reasons.add(Reason.NO_CARE)
                reasons |= {Reason.MANY} if (one.facility, one.reader) in many else set()
                reasons |= {Reason.AGAIN} if days[one.reader, one.human] >= AGAIN_DAYS else set()
        elif Reason.OWN not in reasons:
            continue  # care explains it, kin and protected included
        count = len(strangers.get((one.facility, one.reader), ()))
        found.append(Suspicion(one, tuple(sorted(reasons, key=list(Reason).index)), count))
    found += _leafed(openings, known)
    return _once_a_day(
        sorted((s for s in found if s.points >= ALARM), key=lambda s: (-s.points, s.opening.reader, s.opening.human))
    )


def _leafed(openings: Iterable[Opening], known: Known) -> list[Suspicion]:
    """Readers whose searches named far more strangers than they opened people: one suspicion for the whole day, told of
    the first of those named.
    """
    opened: dict[tuple[str, str], set[int]] = defaultdict(set)
    for one in openings:
        if one.chosen:
            opened[one.facility, one.reader].add(one.human)
    named: dict[tuple[str, str], dict[int, Opening]] = defaultdict(dict)
    for one in known.listed:
        if one.human not in opened[one.facility, one.reader] and not is_explained(one, known.care):
            named[one.facility, one.reader][one.human] = one
    return [
        Suspicion(humans[min(humans)], (Reason.NO_CARE, Reason.LISTED), len(humans))
        for key, humans in named.items()
        if len(humans) >= max(LISTED_LEAST, LISTED_TIMES * len(opened[key]))
    ]


def _once_a_day(found: Iterable[Suspicion]) -> list[Suspicion]:
    """Of a reader who leafed through strangers one alarm for each facility on whose behalf they did, for its officer
    sees no other's; beside those with a reason of their own.
    """
    kept, told = [], set()
    for one in found:
        day = one.opening.facility, one.opening.reader
        if not one.is_of_the_day or day not in told:
            kept.append(one)
        if one.is_of_the_day:
            told.add(day)
    return kept


def is_explained(one: Opening, care: Mapping[tuple[int, str], Sequence[date]]) -> bool:
    """Whether the human was or will be seen at the reader's facility within 30 days; the 30th day counts."""
    return any(abs(day - one.on) <= CARE_WITHIN for day in care.get((one.human, one.facility), ()))


def _ties(one: Opening, known: Known, common: Collection[int]) -> Iterable[Reason]:
    reader, person = known.readers.get(one.reader, Traits()), known.people.get(one.human, Traits())
    if reader.human == one.human:
        yield Reason.OWN
        return  # of oneself name and address are one's own
    if reader.surname is not None and reader.surname == person.surname and reader.surname not in common:
        yield Reason.SURNAME
    if reader.addresses & person.addresses:
        yield Reason.ADDRESS
    if reader.phones & person.phones:
        yield Reason.PHONE
    if one.human in known.protected:
        yield Reason.PROTECTED


def _common_surnames(people: Mapping[int, Traits]) -> set[int]:
    """Surnames that too many bear to tie two people together."""
    borne = Counter(traits.surname for traits in people.values() if traits.surname is not None)
    bound = max(COMMON_LEAST, COMMON_SHARE * len(people))
    return {surname for surname, count in borne.items() if count > bound}


def _strangers(openings: Iterable[Opening], known: Known) -> dict[tuple[str, str], set[int]]:
    """By facility and reader, the humans that no care explains; a reader without any has an empty set."""
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for one in openings:
        if one.chosen:
            found[one.facility, one.reader] |= set() if is_explained(one, known.care) else {one.human}
    return found


def _outliers(strangers: Mapping[tuple[str, str], set[int]]) -> set[tuple[str, str]]:
    """By facility and reader, those with far more strangers than their peers at the same facility."""
    peers: dict[str, list[int]] = defaultdict(list)
    for (facility, _), humans in strangers.items():
        peers[facility].append(len(humans))
    found = set()
    for (facility, reader), humans in strangers.items():
        middle = median(peers[facility])
        spread = median(abs(count - middle) for count in peers[facility]) or 1
        if len(humans) >= max(MANY_LEAST, middle + MANY_SPREADS * spread):
            found.add((facility, reader))
    return found


def _stranger_days(openings: Iterable[Opening], known: Known) -> dict[tuple[str, int], int]:
    """On how many days a reader opened the same stranger."""
    days: dict[tuple[str, int], set[date]] = defaultdict(set)
    for one in openings:
        if one.chosen and not is_explained(one, known.care):
            days[one.reader, one.human].add(one.on)
    return defaultdict(int, {pair: len(found) for pair, found in days.items()})


def _night_workers(earlier: Iterable[Opening]) -> set[str]:
    """Readers who are known to work at night, and those of whom too little is known to tell."""
    all_: Counter[str] = Counter()
    night: Counter[str] = Counter()
    for one in earlier:
        all_[one.reader] += 1
        night[one.reader] += bool(one.hours & NIGHT)
    return {reader for reader, count in all_.items() if count < KNOWN_LEAST or night[reader] >= USUAL_SHARE * count}
