"""What weight alone may not decide: pairs that agree in all that a household shares, and humans that hold two numbers.

A veto sends a pair to a reviewer. The independence that weights assume is false inside a house: twins share birth date,
family name, telephone and address (61 % of the wrong pairs of a million made-up records).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from rapidfuzz.distance import JaroWinkler

from .comparisons import ALIKE, LATIN
from .demographics import Demographics
from .scoring import Score

_ONE_EACH = "123458"  # first digits of class T1
TWO_CARDS = "two-cards"  # why two humans do not become one: each bears a number that may be replaced
_REPLACEABLE = "067"  # of class T2: a card that is issued again may bear another number
GENERATION = 13  # years between a parent and a child, at the least
_HOUSEHOLD = {"family": {"equal", "near", "sounds"}, "birth": {"equal"}}
_APART = {"differs", "alike", "sounds"}  # of a given name: twins' names begin alike, and sound keys hear little more
_OTHERS_NAME = {"differs", "alike"}  # what the guard of one number does not take for a spelling (domain.guard)


class Registered(NamedTuple):
    """What one registration of a facility says there: a facility gives one human one number of its own (PID of the
    43-file standard), so two that were born on one day and are called differently are two.

    names  the given name in every reading, alone and with the family name, in either order
    latin  in Latin letters: a foreigner's name in two scripts is no difference
    given  the given name by itself
    """

    hospcode: str
    birth: date
    names: frozenset[str]
    latin: bool
    given: str

    def is_beside(self, other: Registered) -> bool:
        """Whether the other is somebody else by the word of the facility that registered both."""
        mine, theirs = ((one.hospcode, one.birth, one.latin) for one in (self, other))
        return mine == theirs and self.names.isdisjoint(other.names)

    def is_called_like(self, other: Registered) -> bool:
        """Whether the given name is a spelling of the other's, or stands in another of its fields."""
        alike = JaroWinkler.similarity(self.given, other.given) >= ALIKE
        return alike or not self.names.isdisjoint(other.names)


def registered(
    hospcode: str, birth: date | None, given: str | None, family: str | None, readings: Iterable[str]
) -> frozenset[Registered]:
    """A registration as `Cluster.registered` holds it; one without facility, birth date or name says nothing there."""
    if not (hospcode and birth and given):
        return frozenset()
    last = family or ""
    said = (given, *readings, given + last, last + given)  # both fields in one, or each in the other's place
    names = frozenset(name.replace(" ", "") for name in said)
    return frozenset([Registered(hospcode, birth, names, LATIN.search(given) is not None, given)])


class Cluster(NamedTuple):
    """What of a human's registrations stands against joining another.

    numbers       national numbers of class T1 that its registrations bear: more than one is two people
    births        birth years of those that have a name
    placeholders  birth years of newborns' placeholders
    orders        orders among twins that placeholders tell: more than one is two children
    dead          a register told of the death
    registered    what its registrations say at their facilities
    judged        people decided that some of its registrations are one human
    replaceable   numbers of class T2: two humans that bear different ones are asked about, unless a T1 is the same, and
                  so is one human that bears two
    """

    numbers: frozenset[str | int] = frozenset()
    births: frozenset[int] = frozenset()
    placeholders: frozenset[int] = frozenset()
    orders: frozenset[int] = frozenset()
    dead: bool = False
    registered: frozenset[Registered] = frozenset()
    judged: bool = False
    replaceable: frozenset[str | int] = frozenset()

    def with_(self, other: Cluster) -> Cluster:
        """Both together."""
        return Cluster(
            self.numbers | other.numbers,
            self.births | other.births,
            self.placeholders | other.placeholders,
            self.orders | other.orders,
            self.dead or other.dead,
            self.registered | other.registered,
            self.judged or other.judged,
            self.replaceable | other.replaceable,
        )


def cluster_of(read: Demographics, hospcode: str = "") -> Cluster:
    """A registration as a human of its own; `hospcode` is the facility that registered it, if one did."""
    first = read.number[0] if read.number is not None else ""
    own = read.number if first and first in _ONE_EACH else None
    replaceable = read.number if first and first in _REPLACEABLE else None
    year = read.birth.year if read.birth else None
    found = one(own, year, replaceable=replaceable, newborn=read.newborn, order=read.order, dead=False)
    return found._replace(registered=registered(hospcode, read.birth, read.given, read.family, read.readings))


def one(
    number: str | int | None,
    year: int | None,
    *,
    newborn: bool,
    order: int | None,
    dead: bool,
    replaceable: str | int | None = None,
) -> Cluster:
    """A human of one registration: its number of class T1 (or what stands for it), its year of birth; `replaceable` is
    its number of class T2.
    """
    years = frozenset(() if year is None else (year,))
    return Cluster(
        frozenset(() if number is None else (number,)),
        frozenset() if newborn else years,
        years if newborn else frozenset(),
        frozenset(() if order is None else (order,)),
        dead,
        replaceable=frozenset(() if replaceable is None else (replaceable,)),
    )


def of_pair(a: Demographics, b: Demographics, score: Score) -> str | None:
    """Why the weight does not decide about this pair, or None.

    newborn        one is a newborn's placeholder: only the rule for newborns joins it (`newborn_rule`)
    twin           all that a house shares agrees, the given name does not, and no number is the same
    whose-card     the number is the same, given name and birth date are somebody else's: the mother's card shown for
                   the child, whom house and family name tie to her as well
    sex-and-birth  both are against it
    """
    return of_levels({part.comparison: part.level for part in score.parts}, newborn=a.newborn or b.newborn)


def of_levels(levels: Mapping[str, str], *, newborn: bool) -> str | None:
    """The same of the level of each comparison, and whether one of the two is a newborn's placeholder."""
    if newborn:
        return "newborn"
    shares_house = all(levels[name] in said for name, said in _HOUSEHOLD.items())
    if shares_house and levels["given"] in _APART and levels["number"] != "equal":
        return "twin"
    if levels["number"] == "equal" and levels["given"] in _OTHERS_NAME and levels["birth"] == "differs":
        return "whose-card"
    return "sex-and-birth" if levels["sex"] == levels["birth"] == "differs" else None


def newborn_rule(a: Demographics, b: Demographics) -> bool:
    """Whether a newborn's placeholder and another registration may be one child: born on one day, of one sex, and of
    one mother, family name, telephone or house. Joins only where one human alone does (99.8 % right of 13,205).
    """
    if not (a.newborn or b.newborn) or a.birth is None or (a.birth, a.sex) != (b.birth, b.sex):
        return False
    house = a.area is not None and a.house is not None and (a.area, a.house) == (b.area, b.house)
    return house or any(one is not None and one == other for one, other in _of_one_mother(a, b))


# The same of two rows l and r with the columns of Demographics, in DuckDB's words.
NEWBORN_RULE = (
    "coalesce((l.newborn OR r.newborn) AND l.birth = r.birth AND l.sex IS NOT DISTINCT FROM r.sex AND ("
    "coalesce(l.area = r.area AND l.house = r.house, false) OR coalesce(l.mother = r.mother, false) "
    "OR coalesce(l.phone = r.phone, false) OR coalesce(l.family = r.family, false)), false)"
)


def _of_one_mother(a: Demographics, b: Demographics) -> Iterator[tuple[str | None, str | None]]:
    for field in ("mother", "phone", "family"):
        yield getattr(a, field), getattr(b, field)


def of_clusters(a: Cluster, b: Cluster) -> str | None:
    """Why two humans may not become one by weight, or None: `two-numbers`, `twin`, `two-pids`, `generation`,
    `newborn`; and what parts nobody who is one already: `two-cards`, `dead`, `decided` (people made both what they
    are: only people join them).
    """
    if len(a.numbers | b.numbers) > 1:
        return "two-numbers"
    if len(a.orders | b.orders) > 1:
        return "twin"
    if a.numbers.isdisjoint(b.numbers) and any(x.is_beside(y) for x in a.registered for y in b.registered):
        return "two-pids"
    if a.numbers.isdisjoint(b.numbers) and _are_a_generation_apart(a, b):
        return "generation"
    births, placeholders = a.births | b.births, a.placeholders | b.placeholders
    if not placeholders <= births if births else len(placeholders) > 1:
        return "newborn"
    return _that_parts_nobody(a, b)


def _that_parts_nobody(a: Cluster, b: Cluster) -> str | None:
    if _differ_in_cards(a, b):
        return TWO_CARDS
    if a.dead != b.dead:
        return "dead"
    return "decided" if a.judged and b.judged else None


def _are_a_generation_apart(a: Cluster, b: Cluster) -> bool:
    """Whether every year of birth of the one is a generation from every one of the other, and of the given names that
    facilities registered none is a spelling of another: parent and child share a house, a family name, a passport, and
    sometimes a card that may be replaced. One name with two such years is one mistyped year more often than a son
    called like his father.
    """
    apart = [abs(one - other) for one in a.births for other in b.births]
    if not apart or min(apart) < GENERATION:
        return False
    pairs = [(one, other) for one in a.registered for other in b.registered if one.latin == other.latin]
    return bool(pairs) and not any(one.is_called_like(other) for one, other in pairs)


def _differ_in_cards(a: Cluster, b: Cluster) -> bool:
    """Whether both bear numbers that may be replaced, none in common, and no number of their own says they are one."""
    both = bool(a.replaceable and b.replaceable)
    return both and a.replaceable.isdisjoint(b.replaceable) and a.numbers.isdisjoint(b.numbers)
