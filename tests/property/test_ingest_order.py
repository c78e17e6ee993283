"""Order does not count: a merge is commutative, associative and idempotent (reliability R3, F12, F13)."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suksala import lake
from tests.unit.lake.staged import FACILITY, FILE, at, held, staged

ROW = st.tuples(st.sampled_from("12"), st.sampled_from("ab"), st.integers(1, 3).map(at), st.sampled_from("xyz"))
DEPOSIT = st.tuples(st.lists(ROW, max_size=4), st.sampled_from([None, at(10), at(11)]))
DEPOSITS = st.lists(DEPOSIT, min_size=1, max_size=4)


def best(deposits: list[tuple[list[tuple[object, ...]], object]]) -> dict[tuple[object, object], tuple[object, object]]:
    """In plain Python: for each key the greatest (D_UPDATE, export time), ties left open."""
    found: dict[tuple[object, object], tuple[object, object]] = {}
    for rows, exported in deposits:
        for pid, seq, update, _ in rows:
            mark = (update, (exported is not None, exported or at(1)))
            found[pid, seq] = max(found.get((pid, seq), mark), mark)
    return found


@pytest.mark.usefixtures("data_dir")
@settings(max_examples=25, deadline=None)
@given(DEPOSITS, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_give_the_same_lake(deposits: list, rnd: object) -> None:  # type: ignore[type-arg]
    """Every order, with some sent twice, ends in the same rows with the same export times."""
    ends = []
    with tempfile.TemporaryDirectory() as folder:
        paths = [staged(Path(folder) / f"{n}.parquet", rows) for n, (rows, _) in enumerate(deposits)]
        for _ in range(2):
            lake.rebuild(FILE, FACILITY, [])
            order = list(range(len(deposits))) + rnd.choices(range(len(deposits)), k=2)  # type: ignore[attr-defined]
            rnd.shuffle(order)  # type: ignore[attr-defined]
            for n in order:
                lake.merge(FILE, FACILITY, paths[n], n + 1, deposits[n][1])
            ends.append(held())
        lake.rebuild(FILE, FACILITY, [lake.Staged(p, n + 1, deposits[n][1]) for n, p in enumerate(paths)])
        ends.append(held())
    assert ends[0] == ends[1] == ends[2]
    assert {(pid, seq): update for pid, seq, update, *_ in ends[0]} == {k: m[0] for k, m in best(deposits).items()}
