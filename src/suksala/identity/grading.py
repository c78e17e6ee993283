"""Which humans a described person may be, and what to do about it: a pure function of what the pairs say.

The record is held against humans, not registrations: of each human the registration that says most, and the vetoes of
all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from .matching.scoring import Part
from .matching.vetoes import Cluster, of_clusters

RUNNER_UP = 5.0  # bits by which the second human must be lighter, or somebody is asked which it is
PROBABLE = 2.0  # bits; from 0 on it is possible
BY_RULE = 0.9999  # share of the pairs with one number that the guard lets through which are one human (1 M made-up)

Grade = Literal["certain", "probable", "possible"]
Verdict = Literal["link", "review", "new"]
_BEST: tuple[Grade, ...] = ("certain", "probable", "possible")


class Waterfall(NamedTuple):
    """Where a weight comes from: the bits before anything is compared, then what each comparison adds.

    model, population  which model weighed
    """

    model: int
    population: str
    prior: float
    parts: tuple[Part, ...]

    @property
    def weight(self) -> float:
        """All bits together."""
        return self.prior + sum(part.bits for part in self.parts)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A human that the record may be.

    person     its registration that says most
    persons    all its registrations that count for who asks
    grade      certain: would be joined; probable: somebody must look; possible: hardly
    rule       what would join it: a rule of the guard (one trusted number), weight or newborn; "" for none
    veto       why it is not joined all the same, or "": whose-card, twin, sex-and-birth, two-numbers, two-cards,
               generation, newborn, dead, runner-up (another human is nearly as likely), not-approved (its model joins
               nobody yet)
    waterfall  None where no model was trained
    """

    human: int
    person: int
    persons: frozenset[int]
    grade: Grade = "possible"
    rule: str = ""
    veto: str = ""
    waterfall: Waterfall | None = field(default=None, repr=False)

    @property
    def weight(self) -> float | None:
        """Bits, the prior included; None where no model was trained."""
        return self.waterfall.weight if self.waterfall else None

    @property
    def probability(self) -> float:
        """That the record is this human: by its bits, and not below what the number and the guard give; 0.5 for a
        number whose guard fails, where nothing was weighed.
        """
        by_weight = 0.0 if self.weight is None else 1 / (1 + 2.0**-self.weight)
        if self.by_number:
            return max(BY_RULE, by_weight)
        return 0.5 if self.weight is None else by_weight

    @property
    def by_number(self) -> bool:
        """Whether a trusted number and the guard join it."""
        return self.rule not in ("", "weight", "newborn")


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a record, and why.

    verdict  link: it is this one human; review: somebody must look; new: nobody here is it
    reason   of link: the rule that joins; of review: the veto of the best candidate, `possible`, or `several`;
             of new: `weak` or `none`
    """

    verdict: Verdict
    reason: str
    candidates: tuple[Candidate, ...] = ()


class Compared(NamedTuple):
    """What one registration says about the record.

    guard     the rule that holds where both bear one trusted number; "" where it fails; None without such a number
    enough    the weight reaches the threshold of an approved model; approved: that model may join pairs
    veto      why the weight of this pair does not decide, or ""
    newborn   the rule for newborns may join the pair
    """

    person: int
    human: int
    guard: str | None = None
    waterfall: Waterfall | None = None
    enough: bool = False
    approved: bool = True
    veto: str = ""
    newborn: bool = False


def decide(record: Cluster, compared: Iterable[Compared], humans: Mapping[int, Mapping[int, Cluster]]) -> Decision:
    """Grade the humans that were compared, the best first, and say what to do.

    humans  human -> person -> what of it stands against joining
    """
    found: dict[int, Candidate] = {}
    for pair in compared:
        one = _candidate(record, pair, humans[pair.human])
        if one and (pair.human not in found or _order(one) < _order(found[pair.human])):
            found[pair.human] = one
    ranked = sorted(_among_others(found.values()), key=_order)
    return Decision(*_verdict(ranked), tuple(ranked))


def _candidate(record: Cluster, pair: Compared, persons: Mapping[int, Cluster]) -> Candidate | None:
    """The human of a pair as this pair shows it; None where it says too little."""
    one = Candidate(pair.human, pair.person, frozenset(persons), waterfall=pair.waterfall)
    if pair.guard is not None:
        return replace(one, grade="certain" if pair.guard else "probable", rule=pair.guard, veto=_card(pair.guard))
    if pair.veto == "newborn":
        return _may_join(record, replace(one, rule="newborn"), persons) if pair.newborn else None
    if pair.waterfall is None or pair.waterfall.weight < 0:
        return None
    veto = pair.veto or ("" if pair.approved else "not-approved")
    if veto:
        return replace(one, grade=_by_bits(pair), veto=veto)
    return (
        _may_join(record, replace(one, rule="weight"), persons) if pair.enough else replace(one, grade=_by_bits(pair))
    )


def _card(guard: str) -> str:
    return "" if guard else "whose-card"


def _by_bits(pair: Compared) -> Grade:
    return "probable" if pair.waterfall and pair.waterfall.weight >= PROBABLE else "possible"


def _may_join(record: Cluster, one: Candidate, persons: Mapping[int, Cluster]) -> Candidate:
    """Certain, unless its registrations together stand against it."""
    whole = Cluster()
    for cluster in persons.values():
        whole = whole.with_(cluster)
    veto = of_clusters(record, whole)
    if one.rule == "newborn":
        has_child = record.births and whole.births  # that placeholder has found its child already
        is_of_twins = record.orders or persons[one.person].orders  # the child may be the other one
        veto = veto or ("newborn" if has_child or is_of_twins else None)
    return replace(one, grade="probable", rule="", veto=veto) if veto else replace(one, grade="certain")


def _among_others(found: Collection[Candidate]) -> list[Candidate]:
    return [_beside(one, [other for other in found if other.human != one.human]) for one in found]


def _beside(one: Candidate, others: Collection[Candidate]) -> Candidate:
    """What a weight or the rule for newborns says counts only where no other human is nearly as likely."""
    if one.grade != "certain" or one.by_number:
        return one
    if one.rule == "newborn":
        rivals = [other for other in others if other.grade == "certain" or other.veto == "newborn"]
        return replace(one, grade="probable", rule="", veto="newborn") if rivals else one
    least = (one.weight or 0.0) - RUNNER_UP
    close = [other for other in others if other.by_number or (other.weight is not None and other.weight > least)]
    return replace(one, grade="probable", rule="", veto="runner-up") if close else one


def _order(one: Candidate) -> tuple[int, bool, float, int]:
    return _BEST.index(one.grade), not one.by_number, -one.probability, one.human


def _verdict(ranked: list[Candidate]) -> tuple[Verdict, str]:
    certain = [one for one in ranked if one.grade == "certain"]
    if len(certain) > 1:
        return "review", "several"
    if certain:
        return "link", certain[0].rule
    if ranked and ranked[0].grade == "probable":
        return "review", ranked[0].veto or "possible"
    return "new", "weak" if ranked else "none"
