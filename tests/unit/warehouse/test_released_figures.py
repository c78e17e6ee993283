"""What leaves towards readers who may not see the people: an attacker with the register of the district finds nobody.

The register is made up: everybody with facility, village, age and sex, as a neighbour or village volunteer knows them.
"""

from __future__ import annotations

import csv
import io
import json
import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from suksala import registry, warehouse
from suksala.commands import measuring
from suksala.foundation import clock
from suksala.standards.thai_codes import dates
from suksala.warehouse import disclosure, releasing, storage
from suksala.warehouse.definitions import definition
from suksala.warehouse.domain import FacilityCount, Run
from suksala.warehouse.portable import compile_sql
from suksala.warehouse.releasing import minimum_of
from suksala.warehouse.silver import MEASURE_TABLES
from tests.unit.warehouse.attacking import Attacker

pytestmark = pytest.mark.django_db
CODE, PERIOD = "dm-controlled", dates.period("2568Q4")
JULY, AUGUST = datetime(2026, 7, 10, tzinfo=UTC), datetime(2026, 8, 10, tzinfo=UTC)
DISTRICTS = ("1901", "1902", "1903", "1904", "1401", "1402", "1403", "1301")
_snapshots = count()


class Resident(NamedTuple):
    """One line of the register, and what only the figures know: counted in B, in A."""

    name: str
    hospcode: str
    village: int
    age: int
    sex: str
    in_b: bool
    in_a: bool


def people(seed: int) -> list[Resident]:
    """Three provinces, eight districts, a facility to four in each; some have 3 residents and some 60."""
    rnd, found = Random(seed), []
    for number in range(20):
        hospcode = f"{number + 1:05d}"
        for person in range(rnd.choice((3, 8, 15, 30, 60))):
            in_b = rnd.random() < 0.6
            told = (rnd.randint(1, 9), rnd.randint(1, 95), rnd.choice("12"), in_b, in_b and rnd.random() < 0.5)
            found.append(Resident(f"สมมติ{number}-{person}", hospcode, *told))
    return found


def register_facilities(folder: Path, moved: Mapping[str, str] | None = None) -> dict[str, str]:
    """The made-up facilities become known; each area's next wider one is returned."""
    home = {f"{n + 1:05d}": DISTRICTS[n % len(DISTRICTS)] for n in range(20)} | dict(moved or {})
    lines = [f"{h},หน่วยสมมติ {h},Made-up unit {h},subdistrict-unit,{d[:2]},{d}" for h, d in home.items()]
    path = folder / "facilities.csv"
    path.write_text("\n".join(["hospcode,name_th,name_en,kind,province,district", *lines]), encoding="utf-8")
    registry.import_facilities(path)
    return home | {d: d[:2] for d in home.values()} | dict.fromkeys((d[:2] for d in home.values()), "TH")


def compute(residents: list[Resident], at: datetime) -> None:
    """The figures of these residents are published as of a moment."""
    in_a, in_b = Counter(r.hospcode for r in residents if r.in_a), Counter(r.hospcode for r in residents if r.in_b)
    run = Run(CODE, "2564", "2568Q4", "0" * 32, f"state-{next(_snapshots)}", at)
    homes = sorted({r.hospcode for r in residents})
    storage.add(run, [FacilityCount(h, {"A": in_a[h], "B": in_b[h]}, {}, 0) for h in homes])


def set_clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)


# ---- the attacker ---------------------------------------------------------------------------------------------------

Published = Mapping[str, tuple[int, int] | None]  # area to A and B as they are shown, or None


def published() -> dict[str, tuple[int, int] | None]:
    """Every figure that anybody can get, from the country down to each facility."""
    found = warehouse.released(CODE, PERIOD)
    return {area: None if f.a is None or f.b is None else (f.a, f.b) for area, f in found.items()}


def meant(shown: int) -> list[int]:
    """What a number that is shown may stand for: 0 for nobody, else 5 or more people, to the nearest 5."""
    return [n for n in range(shown - 2, shown + 3) if n >= 5] if shown else [0]


def exactly(shown: int) -> list[int]:
    """What a number stands for that was neither rounded nor hidden."""
    return [shown]


def small_groups(
    above: Mapping[str, str], figures: Published, residents: list[Resident], means: Any = meant
) -> list[str]:
    """Areas of which the attacker can say that 1 to 4 people are in A, in B, or in B and not in A.

    Everything that follows from the figures together, area by area, is taken in; a group is in the area's register, so
    no count is larger than that.
    """
    found = []
    for name, of in (("A", lambda f: means(f[0])), ("B", lambda f: means(f[1])), ("rest", lambda f: _rest(f, means))):
        solved = Attacker(above, {area: of(f) for area, f in figures.items() if f}, len(residents))
        for area in figures:
            possible = solved.possible(area)
            if possible and possible[0] >= 1 and possible[-1] < 5:
                found.append(f"{area} {name} {possible}")
    return found


def named(above: Mapping[str, str], figures: Published, residents: list[Resident], means: Any = meant) -> list[str]:
    """People of the register of whom the attacker can say for sure that they are in B: where everybody must be, in a
    village, age and sex that they share with fewer than four others.
    """
    solved = Attacker(above, {area: means(f[1]) for area, f in figures.items() if f}, len(residents))
    homes = Counter(r.hospcode for r in residents)
    sure = [h for h, everybody in homes.items() if (solved.possible(h) or [0])[0] >= everybody]
    alike = Counter((r.hospcode, r.village, r.age // 5, r.sex) for r in residents)
    return [r.name for r in residents if r.hospcode in sure and alike[r.hospcode, r.village, r.age // 5, r.sex] < 5]


def _rest(figure: tuple[int, int], means: Any) -> list[int]:
    return sorted({b - a for a in means(figure[0]) for b in means(figure[1]) if b >= a})


# ---- what is released -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_the_register_beside_the_figures_names_nobody(data_dir: Path, seed: int) -> None:
    """T20: 0 unique hits, whatever is joined; the same attack on the counts as they are finds plenty."""
    residents = people(seed)
    above = register_facilities(data_dir)
    compute(residents, JULY)
    figures = published()
    assert set(figures) == {*above, "TH"}
    assert any(figures.values())
    assert small_groups(above, figures, residents) == []
    assert named(above, figures, residents) == []
    bare = {area: (f.a, f.b) for area in figures for f in [warehouse.measure(CODE, PERIOD, area=area)]}
    assert small_groups(above, bare, residents, exactly) != []
    small_ones_left_out = {
        area: f if all(n == 0 or n > 4 for n in (f[0], f[1], f[1] - f[0])) else None for area, f in bare.items()
    }
    assert small_groups(above, small_ones_left_out, residents, exactly) != []


def test_everybody_of_a_small_place_is_not_told(data_dir: Path) -> None:
    """All three residents of a unit have diabetes: as they are, the figures name them."""
    residents = [r._replace(in_b=True) if r.hospcode == "00003" else r for r in people(1)]
    residents = [r for r in residents if r.hospcode != "00003"] + [r for r in residents if r.hospcode == "00003"][:3]
    above = register_facilities(data_dir)
    compute(residents, JULY)
    bare = {area: (f.a, f.b) for area in published() for f in [warehouse.measure(CODE, PERIOD, area=area)]}
    assert {r.name for r in residents if r.hospcode == "00003"} <= set(named(above, bare, residents, exactly))
    assert named(above, published(), residents) == []


@pytest.mark.parametrize("seed", range(4))
def test_two_dates_differ_by_nobody_or_by_five(data_dir: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """T20: somebody was diagnosed, somebody got better: no figure moves by 1 to 4, and what is hidden now cannot be
    told from what was shown a month before.
    """
    rnd, before = Random(seed), people(seed)
    after = [r._replace(in_b=True, in_a=not r.in_a) if rnd.random() < 0.05 else r for r in before]
    above = register_facilities(data_dir)
    compute(before, JULY)
    compute(after, datetime(2026, 7, 20, tzinfo=UTC))
    set_clock(monkeypatch, JULY)
    first = published()
    set_clock(monkeypatch, AUGUST)
    second = published()
    assert first != second
    moved = [abs(x - y) for area in first for x, y in zip(first[area] or (), second[area] or (), strict=False)]
    assert {change for change in moved if change} <= set(range(5, 1000, 5))
    for newer, older in ((first, second), (second, first)):
        both = {area: newer[area] or older[area] for area in newer}
        assert small_groups(above, both, before) == []


def test_figures_change_once_a_month(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One day beside the next tells nothing: both show one state, until the month in Bangkok ends."""
    register_facilities(data_dir)
    states = [people(seed) for seed in (1, 2, 3)]
    for day, residents in zip((10, 11, 31), states, strict=True):
        compute(residents, datetime(2026, 7, day, 12, tzinfo=UTC))
    shown = {}
    for now in ("2026-07-10T13:00", "2026-07-11T13:00", "2026-07-31T16:59", "2026-07-31T17:00", "2026-08-31T16:59"):
        set_clock(monkeypatch, datetime.fromisoformat(now + "+00:00"))
        shown[now[5:]] = warehouse.released(CODE, PERIOD)["TH"].as_of.day
    assert shown == {"07-10T13:00": 10, "07-11T13:00": 10, "07-31T16:59": 10, "07-31T17:00": 31, "08-31T16:59": 31}


@pytest.mark.parametrize("seed", range(4))
def test_a_unit_that_changes_its_district_is_not_told_by_the_difference(data_dir: Path, seed: int) -> None:
    """The same people, two ways to cut the country: what is known of the unit from one holds in the other."""
    residents = people(seed)
    above = register_facilities(data_dir)
    compute(residents, JULY)
    before = published()
    moved = register_facilities(data_dir, {"00002": "1904"})
    after = published()
    assert above["00002"] != moved["00002"]
    both = {area: before[area] or after[area] for area in before if len(area) == 5}
    for tree, figures in ((above, before | both), (moved, after | both)):
        assert small_groups(tree, figures, residents) == []


def test_a_figure_as_it_is_shown(data_dir: Path) -> None:
    """Both edges of the minimum and of the percentage; the totals are those of everybody, hidden people included."""
    register_facilities(data_dir)
    told = {
        "00001": (9, 17),
        "00002": (4, 40),
        "00003": (48, 97),
        "00004": (0, 12),
        "00005": (49, 98),
        "00006": (110, 110),
    }
    run = Run(CODE, "2564", "2568Q4", "0" * 32, "state", JULY)
    told |= {f"{n:05d}": (30, 60) for n in range(7, 21)}
    storage.add(run, [FacilityCount(h, {"A": a, "B": b}, {}, 0) for h, (a, b) in told.items()])
    shown = {area: (f.a, f.b, f.score) for area, f in warehouse.released(CODE, PERIOD).items()}
    assert shown["00001"] == (10, 15, None)
    assert shown["00002"] == (None, None, None)  # 4 in A
    assert shown["00003"] == (50, 95, None)  # fewer than 100: no percentage
    assert shown["00004"] == (0, 10, None)  # none is told
    assert shown["00005"] == (50, 100, Decimal("50.00"))
    assert shown["00006"] == (110, 110, Decimal("100.00"))
    assert shown["TH"] == (640, 1215, Decimal("52.67"))  # 640 of 1,214, those of 00002 included
    assert warehouse.released(CODE, PERIOD)["00002"].is_hidden


def test_a_unit_that_no_list_names_counts_in_the_country_and_is_not_told_by_it(data_dir: Path) -> None:
    """Country less provinces is that unit: with 3 people in A the country is hidden, with 30 it is not."""
    above = register_facilities(data_dir)
    known = [FacilityCount(h, {"A": 30, "B": 60}, {}, 0) for h in above if len(h) == 5]
    for people_in_a, hidden in ((3, True), (30, False)):
        run = Run(CODE, "2564", "2568Q4", "0" * 32, f"state-{people_in_a}", JULY.replace(day=11 - people_in_a % 10))
        storage.add(run, [*known, FacilityCount("99999", {"A": people_in_a, "B": 60}, {}, 0)])
        found = warehouse.released(CODE, PERIOD)
        assert "99999" not in found
        assert (found["TH"].is_hidden or any(found[p].is_hidden for p in ("13", "14", "19"))) is hidden


def test_before_any_facility_is_known_the_country_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "facilities", list)
    storage.add(Run(CODE, "2564", "2568Q4", "0" * 32, "state", JULY), [])
    found = warehouse.released(CODE, PERIOD)
    assert {area: (f.a, f.b, f.score) for area, f in found.items()} == {"TH": (0, 0, None)}


# ---- made once ------------------------------------------------------------------------------------------------------


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many areas were looked at each time that somebody worked out what to hide."""
    found: list[int] = []
    hidden = disclosure.hidden

    def counted(areas: disclosure.AreaCounts, *rest: Any, **named: Any) -> frozenset[str]:
        found.append(len(areas.counts))
        return hidden(areas, *rest, **named)

    monkeypatch.setattr(disclosure, "hidden", counted)
    return found


def test_a_release_is_made_once_for_all_readers(data_dir: Path, made: list[int]) -> None:
    """20 facilities, 8 districts, 3 provinces and the country; nobody can change what the next one reads."""
    register_facilities(data_dir)
    compute(people(1), JULY)
    first = warehouse.released(CODE, PERIOD)
    assert warehouse.released(CODE, PERIOD) == first
    assert made == [32]
    with pytest.raises(TypeError):
        first["TH"] = first["19"]  # type: ignore[index]  # what is proved


def test_readers_at_the_same_moment_wait_for_one(data_dir: Path, made: list[int]) -> None:
    register_facilities(data_dir)
    compute(people(1), JULY)
    run = releasing._released_run(CODE, PERIOD)
    counts = storage.counts([run.id])
    ready = threading.Barrier(4)

    def read() -> releasing.Release:
        ready.wait(30)
        return warehouse.released(CODE, PERIOD)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(4) as readers:
        patch.setattr(releasing, "_released_run", lambda *_: run)  # threads do not see what the test did not commit
        patch.setattr(storage, "counts", lambda _: counts)
        facilities = registry.facilities()
        patch.setattr(registry, "facilities", lambda: facilities)
        found = [one.result(60) for one in [readers.submit(read) for _ in range(4)]]
    assert made == [32]
    assert all(one is found[0] for one in found)


def test_a_release_is_made_anew_when_what_it_stands_on_changes(
    data_dir: Path, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A facility moves, another state is shown, the definition changes; and what was known before is known again."""
    set_clock(monkeypatch, JULY)
    register_facilities(data_dir)
    compute(people(1), JULY)
    first = warehouse.released(CODE, PERIOD)
    register_facilities(data_dir, {"00002": "1401"})  # out of 1902
    moved = warehouse.released(CODE, PERIOD)
    assert len(made) == 2
    assert moved != first
    register_facilities(data_dir)
    assert warehouse.released(CODE, PERIOD) is first
    compute(people(2), datetime(2026, 7, 20, tzinfo=UTC))
    assert warehouse.released(CODE, PERIOD) is first  # not before the month ends
    set_clock(monkeypatch, AUGUST)
    later = warehouse.released(CODE, PERIOD)
    assert len(made) == 3
    assert (first["TH"].as_of.day, later["TH"].as_of.day) == (10, 20)
    monkeypatch.setattr(releasing.silver, "digest", lambda: "another")
    assert warehouse.released(CODE, PERIOD) == later
    assert len(made) == 4


def test_only_so_many_releases_are_kept(data_dir: Path, made: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes first, and is made again when somebody asks."""
    monkeypatch.setattr(releasing, "RELEASES_KEPT", 2)
    monkeypatch.setattr(releasing, "_kept", {})
    register_facilities(data_dir)
    compute(people(1), JULY)
    for digest in ("one", "two", "two", "one", "three", "two", "one"):
        monkeypatch.setattr(releasing.silver, "digest", lambda digest=digest: digest)
        warehouse.released(CODE, PERIOD)
        assert len(releasing._kept) <= 2
    assert len(made) == 4


# ---- how many are enough --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "minimum"),
    [("('E10', 'I15', 'B25')", 5), ("('B24')", 10), ("('F32')", 10), ("('T742')", 10), ("('Z00', 'F102')", 10)],
)
def test_a_sensitive_topic_needs_ten(codes: str, minimum: int) -> None:
    """By the code tables of standards.fhir: HIV, mental health, sexual violence, addiction."""
    version = definition(CODE).version(2568)
    sql = f"SELECT r.human FROM resident AS r JOIN disease AS d ON d.human = r.human WHERE d.disease IN {codes}"
    assert minimum_of(replace(version, sql=compile_sql(sql, tables=MEASURE_TABLES))) == minimum


@pytest.mark.parametrize("code", [m.code for m in warehouse.definitions()])
def test_no_indicator_is_of_a_sensitive_topic_yet(code: str) -> None:
    """Teams see their own district's figures exactly and list the people, sensitive classes left out (records of
    processing). An indicator of such a class needs pages that show its released figures only, and no list.
    """
    assert {minimum_of(version) for version in definition(code).versions} == {5}


def test_of_a_sensitive_topic_none_and_all_say_it_of_everybody() -> None:
    areas = disclosure.AreaCounts(
        dict.fromkeys("abcd", "TH"), {"a": (0, 40), "b": (20, 20), "c": (30, 30), "d": (0, 0)}
    )
    assert disclosure.hidden(areas) == frozenset()
    assert disclosure.hidden(areas, 10, everybody=True) == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("people", "minimum", "shown"),
    [(0, 5, 0), (1, 5, None), (4, 5, None), (5, 5, 5), (8, 5, 10), (9, 10, None), (15, 10, 20)],
)
def test_a_count_that_stands_alone(people: int, minimum: int, shown: int | None) -> None:
    assert warehouse.shown(people, minimum) == shown


# ---- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> None:
    """The command uses the database of the test."""
    register_facilities(data_dir)
    compute(people(1), JULY)
    monkeypatch.setattr(measuring, "quiet_database", lambda _: nullcontext())


@pytest.mark.usefixtures("in_process")
def test_the_command_prints_an_area_and_those_below(capsys: pytest.CaptureFixture[str]) -> None:
    """`suksala measure CODE --period 2568Q4 --area 19 --public --csv`: the file to hand on holds what is released."""
    measuring.release(CODE, period="2568Q4", area="19", data=None, as_json=False, as_csv=True)
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    found = warehouse.released(CODE, PERIOD)
    assert [r["area"] for r in rows] == ["19", *warehouse.areas_below("19")]
    told = [(r["a"], r["b"], r["hidden"]) for r in rows]
    assert told == [
        ("" if f.a is None else str(f.a), "" if f.b is None else str(f.b), str(f.is_hidden))
        for f in (found[r["area"]] for r in rows)
    ]
    assert {r["minimum"] for r in rows} == {"5"}
    measuring.release(CODE, period="2568Q4", area="19", data=None, as_json=True, as_csv=False)
    document = json.loads(capsys.readouterr().out)
    assert [(f["area"], f["a"], f["b"]) for f in document["figures"]] == [
        (r["area"], found[r["area"]].a, found[r["area"]].b) for r in rows
    ]


@pytest.mark.usefixtures("in_process")
def test_the_command_says_what_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    district = next(a for a, f in warehouse.released(CODE, PERIOD).items() if len(a) == 5 and f.is_hidden)
    measuring.release(CODE, period="2568Q4", area=district, data=None, as_json=False, as_csv=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{CODE} 2568Q4 {district}: -  (ไม่แสดง · not shown)"
    assert "100 people or more" in lines[-3]
    assert "ไม่แสดง: น้อยกว่า 5 คน" in lines[-2]
    with pytest.raises(warehouse.UnknownArea):
        measuring.release(CODE, period="2568Q4", area="77", data=None, as_json=True, as_csv=False)
