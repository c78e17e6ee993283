"""The order in which registrations come changes nearly nobody: ten shuffles of the same, each linked as it comes."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from django.db import transaction

from suksala import identity
from suksala.identity import PersonRow
from tests.labelled import registered

PEOPLE, SHUFFLES = 100, 10
MOST_APART = 0.002  # of F1 over pairs


def f1(truth: dict[tuple[str, str], str]) -> float:
    """F1 over pairs of registrations, as humans stand."""
    found = {(row["hospcode"], row["pid"]): row["human"] for row in identity.memberships().to_pylist()}
    joined, true = _pairs(Counter(found.values())), _pairs(Counter(truth.values()))
    return 2 * _pairs(Counter((truth[key], human) for key, human in found.items())) / (joined + true)


def _pairs(sizes: Counter[object]) -> int:
    return sum(n * (n - 1) // 2 for n in sizes.values())


@pytest.mark.django_db
def test_ten_shuffles_give_nearly_the_same_humans() -> None:
    """A third of each shuffle comes together, the rest one by one."""
    identity.make_model(actor="account:steward", only_shipped=True)
    identity.approve_model(actor="account:steward")
    rows = list(registered(PEOPLE))
    truth = {(row.hospcode, row.pid): row.human for row, _ in rows}
    found = []
    for seed in range(SHUFFLES):
        with transaction.atomic():
            _link([(row.hospcode, sent) for row, sent in rows], Random(seed))
            found.append(f1(truth))
            transaction.set_rollback(True)
    assert min(found) > 0.9
    assert max(found) - min(found) < MOST_APART, found


def _link(rows: list[tuple[str, PersonRow]], rng: Random) -> None:
    rng.shuffle(rows)
    third = len(rows) // 3
    by_facility: dict[str, list[PersonRow]] = {}
    for hospcode, row in rows[:third]:
        by_facility.setdefault(hospcode, []).append(row)
    for hospcode, together in by_facility.items():
        identity.link(hospcode, together)
    for hospcode, row in rows[third:]:
        identity.link(hospcode, [row])
    identity.weigh()
