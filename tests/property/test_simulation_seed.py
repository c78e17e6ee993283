"""Laws of the simulator: the seed decides every byte, and a chunk does not care who makes it or when."""

from __future__ import annotations

import hashlib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from suksala import simulation
from suksala.simulation import calendar
from suksala.simulation.chunks import Chunk, make


def digests(folder: Path) -> dict[str, str]:
    """Every file of a run and its hash."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Zips included: names, times and order inside are fixed."""
    for name in ("a", "b"):
        simulation.simulate(people=250, districts=2, seed=5, out=tmp_path / name)
    first, second = digests(tmp_path / "a"), digests(tmp_path / "b")
    assert first == second
    assert len(first) == 24 + 6 + 1


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    """Same facilities, other people."""
    for name, seed in (("a", 5), ("b", 6)):
        simulation.simulate(people=150, districts=1, seed=seed, out=tmp_path / name)
    first, second = digests(tmp_path / "a"), digests(tmp_path / "b")
    assert first["facilities.csv"] == second["facilities.csv"]
    assert first["truth/people.csv"] != second["truth/people.csv"]


def test_many_processes_make_the_same_as_one(tmp_path: Path, monkeypatch) -> None:
    """The pool of processes changes nothing but the time."""
    monkeypatch.setattr("suksala.simulation.service._LEAST_CHUNK", 60)
    monkeypatch.setattr("suksala.simulation.service._FEW_CHUNKS", 99)
    simulation.simulate(people=360, districts=1, seed=8, out=tmp_path / "one")
    monkeypatch.setattr("suksala.simulation.service._FEW_CHUNKS", 1)
    simulation.simulate(people=360, districts=1, seed=8, out=tmp_path / "many")
    assert digests(tmp_path / "one") == digests(tmp_path / "many")


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 40))
def test_a_chunk_stands_alone(seed: int, number: int) -> None:
    """A chunk made twice, or after another, is the same; its running numbers stay in its own block."""
    chunk = Chunk(seed, number, 0, 2, 20, first=False)
    first = make(chunk)
    make(Chunk(seed, number + 1, 1, 2, 10, first=False))
    second = make(chunk)
    assert first.files == second.files
    pids = [int(line[2]) for line in first.registrations]
    assert all(number * 4000 < pid <= (number + 1) * 4000 for pid in pids)
    assert len(first.people) == 20


@given(st.integers(calendar.ordinal(1900, 1, 1), calendar.ordinal(2033, 12, 31)))
def test_days_print_and_parse(day: int) -> None:
    """Parsing what was printed gives the day back."""
    assert calendar.day_of(calendar.ymd(day)) == day


@given(st.integers(calendar.ordinal(1910, 1, 1), calendar.END), st.integers(0, 95))
def test_born_on_the_edge_is_old_enough(birth: int, years: int) -> None:
    """`years_before` agrees with completed years on every quarter's end, 29 February included."""
    for quarter in (1, 2, 3, 4):
        end = calendar.quarter_end(2569, quarter)
        assert (birth <= calendar.years_before(end, years)) == (calendar.age_on(birth, end) >= years)
