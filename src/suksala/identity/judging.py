"""What a reviewer may answer, how many must agree, and how well reviewers and weights do. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import inf, sqrt
from typing import NamedTuple

from suksala.foundation import keys

SHORTEST = 5  # letters of a reason
LARGE = 5  # registrations: a human of more wants a second reviewer
IN_SAMPLE = 20  # one question in so many goes to two reviewers whatever they answer: 5 %
DISPUTED = "disputed"  # kind of a question that a citizen asked
UNCONFIRMED = "unconfirmed"  # of one that a clinician asked: is what probability joined this patient's?
ASKED_BY_PEOPLE = frozenset({DISPUTED, UNCONFIRMED})  # which no evaluation asks or settles
DISPUTED_FIRST = 9  # its danger: before all others
BANDS = (2.0, 4.0, 6.0, 8.0, 10.0, 14.0, inf)  # bits
Z95 = 1.96


class Answer(StrEnum):
    """What a reviewer says of two registrations."""

    SAME = "same"
    DIFFERENT = "different"
    CANNOT_TELL = "cannot-tell"
    WRONG_NUMBER = "wrong-number"


class Signs(NamedTuple):
    """What makes a wrong answer about a registration dangerous, as the record tells: never what it is.

    allergy, drug  an allergy that stands; a medicine given of late
    visit          somebody is expected, or here, today
    """

    allergy: bool = False
    drug: bool = False
    visit: bool = False


class Said(NamedTuple):
    """One answer that counts for a question.

    reviewer  the account in the audit log
    wrong     the registration whose number is wrong, or None
    """

    reviewer: str
    answer: Answer
    wrong: int | None = None


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who answers, as the layers above know them.

    actor    the account in the audit log
    humans   who they are among the patients: nobody answers about themselves
    is_also  whether another account is the same human's
    """

    actor: str
    humans: frozenset[int] = frozenset()
    is_also: Callable[[str], bool] = field(default=lambda _actor: False, repr=False)

    def is_one_with(self, actor: str) -> bool:
        """Whether an account is this human's."""
        return actor == self.actor or self.is_also(actor)


@dataclass(frozen=True, slots=True)
class Question:
    """Whether two registrations are one human.

    kind    why it is asked: possible, twin, disputed ...; `person` is the older of the two
    danger  what a wrong answer may do; gain: pairs of registrations that are expected to be joined
    weight  bits of the pair as they stand, None where nothing was weighed
    asked   answers so far since it was asked: where two must agree, one may wait for the other
    """

    kind: str
    person: int
    other: int
    at: datetime
    danger: int = 0
    gain: float = 0.0
    weight: float | None = None
    asked: tuple[Said, ...] = field(default=(), repr=False)


def danger(one: Iterable[Signs], other: Iterable[Signs], kind: str) -> int:
    """How dangerous a wrong answer is: 2 for an allergy or a medicine that only one side knows, 1 for a visit today.

    >>> danger([Signs(allergy=True)], [Signs(visit=True)], "possible")
    3
    """
    if kind == DISPUTED:
        return DISPUTED_FIRST
    first, second = _any(one), _any(other)
    one_sided = first.allergy != second.allergy or first.drug != second.drug
    return 2 * one_sided + (first.visit or second.visit)


def _any(signs: Iterable[Signs]) -> Signs:
    return Signs(*map(any, zip(Signs(), *signs, strict=True)))


def expected_gain(sizes: tuple[int, int], weight: float | None) -> float:
    """Pairs of registrations that the answer "same" would join, times the probability of it; 1/2 where nothing was
    weighed.

    >>> expected_gain((2, 3), 0.0)
    3.0
    """
    probability = 0.5 if weight is None else 1 / (1 + 2 ** -max(min(weight, 60.0), -60.0))
    return sizes[0] * sizes[1] * probability


def is_in_sample(person: int, other: int) -> bool:
    """Whether a pair goes to two reviewers: the same for good, and nobody can tell which without our key."""
    return keys.keyed_int("identity.sample", f"{person} {other}") % IN_SAMPLE == 0


def needed(answer: Answer, registrations: int, *, both_verified: bool, in_sample: bool) -> int:
    """How many humans must give this answer before it holds.

    registrations  of the human that "same" would make; both_verified: each of the two is known by a trusted number
    """
    is_grave = answer is Answer.SAME and (registrations > LARGE or both_verified)
    return 2 if is_grave or in_sample else 1


def holds(said: Sequence[Said], count: int) -> bool:
    """Whether the newest answer was given by as many reviewers as are needed; a third settles what two differ about."""
    newest = said[-1]
    return sum((one.answer, one.wrong) == (newest.answer, newest.wrong) for one in said) >= count


def doubled(said: Sequence[Said]) -> Iterator[tuple[str, str]]:
    """The first two answers of each round in which two reviewers answered a question of the sample. A round ends when
    two gave one answer; who answers a second time answers a question that was asked anew.

    >>> ann, boon = Said("account:ann", Answer.SAME), Said("account:boon", Answer.DIFFERENT)
    >>> list(doubled([ann, boon])), list(doubled([ann, ann]))
    ([('same', 'different')], [])
    """
    answered: list[Said] = []
    for one in said:
        if any(one.reviewer == before.reviewer for before in answered):
            answered = []
        answered.append(one)
        if len(answered) == 2:
            yield answered[0].answer, answered[1].answer
        if holds(answered, 2):
            answered = []


# ---- how well it goes -----------------------------------------------------------------------------------------------


class Precision(NamedTuple):
    """Of the pairs of a weight band that somebody judged, how many were one human; the interval is Wilson's, 95 %.

    low, high    bits, low <= weight < high
    same, judged counts
    """

    low: float
    high: float
    same: int
    judged: int
    at_least: float
    at_most: float

    @property
    def share(self) -> float:
        """Judged to be one human, of all judged."""
        return self.same / self.judged


def precisions(labels: Collection[tuple[float, bool]]) -> list[Precision]:
    """Precision of each weight band in which something was judged; a label is bits and whether it was one human."""
    found = []
    for low, high in zip((-inf, *BANDS), BANDS, strict=False):
        judged = [same for weight, same in labels if low <= weight < high]
        if judged:
            found.append(Precision(low, high, sum(judged), len(judged), *wilson(sum(judged), len(judged))))
    return found


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The interval of a share, 95 % (Wilson 1927); (0, 1) of nothing.

    >>> [round(end, 3) for end in wilson(9, 10)]
    [0.596, 0.982]
    """
    if not count:
        return 0.0, 1.0
    share, square = hits / count, Z95 * Z95
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = Z95 * sqrt(share * (1 - share) / count + square / (4 * count * count)) / (1 + square / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def kappa(pairs: Collection[tuple[str, str]]) -> float | None:
    """Agreement of two reviewers beyond chance (Cohen 1960); None without a pair, or where chance alone agrees.

    >>> kappa([("same", "same"), ("same", "same"), ("different", "different"), ("same", "different")])
    0.5
    """
    count = len(pairs)
    if not count:
        return None
    seen = sum(a == b for a, b in pairs) / count
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(first[answer] * second[answer] for answer in first) / (count * count)
    return None if chance == 1 else (seen - chance) / (1 - chance)
