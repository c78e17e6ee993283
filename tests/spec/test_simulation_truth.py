"""truth/ is true: a slow receiver that knows only the zips arrives at the same humans and the same figures."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

from suksala import simulation
from suksala.standards.thai_codes import citizen_number
from tests.spec.simulation_receiver import Received, receive, truth

Row = dict[str, str]
Registration = tuple[str, str]  # hospcode, pid


@pytest.fixture(scope="module", params=[3, 11], ids=["seed 3", "seed 11"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """900 people in two districts."""
    out = tmp_path_factory.mktemp("districts")
    simulation.simulate(people=900, districts=2, seed=request.param, out=out)
    return out


class Population:
    """Humans by trusted number, and the rows of each."""

    def __init__(self, received: Received) -> None:
        self.owner: dict[Registration, str] = {}
        self.people: dict[str, list[Row]] = defaultdict(list)
        for row in received.standing("PERSON"):
            human = _human(row)
            self.owner[row["HOSPCODE"], row["PID"]] = human
            self.people[human].append(row)
        self.received = received
        self._rows: dict[str, dict[str, list[Row]]] = {}

    def rows(self, file: str) -> dict[str, list[Row]]:
        """Rows of a file by human; rows of nobody are left out."""
        if file not in self._rows:
            self._rows[file] = self._read(file)
        return self._rows[file]

    def _read(self, file: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.received.standing(file):
            human = self.owner.get((row["HOSPCODE"], row["PID"]))
            if human:
                found[human].append(row)
        return found

    def responsible(self, human: str, end: str, deaths: dict[str, list[Row]]) -> Row | None:
        """The row that answers for a resident on a day (YYYYMMDD), None for others."""
        rows = self.people[human]
        if not human.isdigit() or any(row["DDEATH"] and row["DDEATH"] <= end for row in deaths.get(human, [])):
            return None
        if any(row["DISCHARGE"] == "1" and row["DDISCHARGE"] <= end for row in rows):
            return None
        here = [row for row in rows if _lives_here(row, end)]
        here.sort(key=lambda row: (row["HOSPCODE"], row["PID"]))
        here.sort(key=lambda row: row["D_UPDATE"], reverse=True)
        return min(here, key=lambda row: row["TYPEAREA"], default=None)


@pytest.fixture(scope="module")
def population(run: Path) -> Population:
    """What a receiver of the zips alone knows."""
    return Population(receive(run / "zips"))


def _human(row: Row) -> str:
    born = row["BIRTH"]
    birth = date(int(born[:4]), int(born[4:6]), int(born[6:])) if born else None
    read = citizen_number.classify(row["CID"], birth)
    if read.trusted and read.cls.value in {"T1", "T2"} and not _child_of_card(row):
        return read.text
    return f"{row['HOSPCODE']}/{row['PID']}"


def _child_of_card(row: Row) -> bool:
    """A child with its mother's number is nobody the number speaks for; all of them are younger than the number."""
    return row["CID"] == row["MOTHER"] and bool(row["CID"])


def _lives_here(row: Row, end: str) -> bool:
    stays = row["DISCHARGE"] == "9" or (row["DISCHARGE"] in {"1", "2", "3"} and row["DDISCHARGE"] > end)
    return row["TYPEAREA"] in {"1", "3"} and stays and row["MOVEIN"] <= end and row["BIRTH"] <= end


def _first_days(population: Population, low: str, high: str) -> dict[str, str]:
    first: dict[str, str] = {}
    sources = (("CHRONIC", "CHRONIC", "DATE_DIAG"), ("DIAGNOSIS_OPD", "DIAGCODE", "DATE_SERV"),
               ("DIAGNOSIS_IPD", "DIAGCODE", "DATETIME_ADMIT"))  # fmt: skip
    for file, code, day in sources:
        for human, rows in population.rows(file).items():
            for row in rows:
                if low <= row[code][:3] <= high and row[day]:
                    first[human] = min(row[day][:8], first.get(human, "9"))
    return first


def _window(year: int) -> tuple[str, str]:
    return f"{year - 544}1001", f"{year - 543}0930"


def _counted(run: Path, code: str, period: str) -> dict[str, tuple[int, int]]:
    rows = truth(run, "indicators.csv")
    chosen = [r for r in rows if (r["code"], r["period"]) == (code, period) and int(r["b"])]
    return {r["hospcode"]: (int(r["a"]), int(r["b"])) for r in chosen}


def _tally(found: dict[str, tuple[str, bool]]) -> dict[str, tuple[int, int]]:
    total, yes = Counter(place for place, _ in found.values()), Counter(place for place, good in found.values() if good)
    return {place: (yes[place], n) for place, n in total.items()}


@pytest.mark.parametrize("year", [2567, 2569])
def test_diabetes_as_sent(run: Path, population: Population, year: int) -> None:
    """S1: HbA1c tested, and last HbA1c below 7, of residents with diabetes, facility by facility."""
    start, end = _window(year)
    deaths, labs = population.rows("DEATH"), population.rows("LABFU")
    tested, controlled = {}, {}
    for human, first in _first_days(population, "E10", "E14").items():
        home = population.responsible(human, end, deaths)
        if home is None or first > end:
            continue
        readings = sorted(
            (row["DATE_SERV"], float(row["LABRESULT"])) for row in labs.get(human, [])
            if row["LABTEST"] == "0531601" and start <= row["DATE_SERV"] <= end and row["LABRESULT"]
        )  # fmt: skip
        tested[human] = (home["HOSPCODE"], bool(readings))
        controlled[human] = (home["HOSPCODE"], bool(readings) and readings[-1][1] < 7)
    assert _tally(tested) == _counted(run, "hba1c-tested", f"{year}Q4")
    assert _tally(controlled) == _counted(run, "dm-controlled", f"{year}Q4")


@pytest.mark.parametrize("year", [2568, 2569])
def test_hypertension_as_sent(run: Path, population: Population, year: int) -> None:
    """S1: last pressure below 140/90 of residents with hypertension, from any facility and file."""
    start, end = _window(year)
    deaths, pressures = population.rows("DEATH"), _pressures(population)
    controlled = {}
    for human, first in _first_days(population, "I10", "I15").items():
        home = population.responsible(human, end, deaths)
        if home is not None and first <= end:
            last = max((p for p in pressures[human] if start <= p[0] <= end), default=("", "", 999, 999))
            controlled[human] = (home["HOSPCODE"], last[2] < 140 and last[3] < 90)
    assert _tally(controlled) == _counted(run, "ht-controlled", f"{year}Q4")


def _pressures(population: Population) -> dict[str, list[tuple[str, str, int, int]]]:
    found: dict[str, list[tuple[str, str, int, int]]] = defaultdict(list)
    columns = (("CHRONICFU", "SBP", "DBP"), ("SERVICE", "SBP", "DBP"), ("NCDSCREEN", "SBP_1", "DBP_1"),
               ("NCDSCREEN", "SBP_2", "DBP_2"))  # fmt: skip
    for file, high, low in columns:
        for human, rows in population.rows(file).items():
            for row in rows:
                systolic, diastolic = int(row[high] or 0), int(row[low] or 0)
                if 60 <= systolic <= 300 and 30 <= diastolic <= 200 and systolic > diastolic:
                    found[human].append((row["DATE_SERV"], row.get("TIME_SERV", ""), systolic, diastolic))
    return found


@pytest.mark.parametrize(("code", "low", "high"), [("dm-screened", "E10", "E14"), ("ht-screened", "I10", "I15")])
def test_screening_as_sent(run: Path, population: Population, code: str, low: str, high: str) -> None:
    """S1: Thai residents of 35 and over without the disease, and who of them was screened in fiscal 2568."""
    start, end = _window(2568)
    deaths, screens, known = population.rows("DEATH"), population.rows("NCDSCREEN"), _first_days(population, low, high)
    found = {}
    for human in population.people:
        home = population.responsible(human, end, deaths)
        if home and home["NATION"] == "099" and "" < home["BIRTH"] <= "19891001" and known.get(human, "9") >= start:
            done = [row for row in screens.get(human, []) if start <= row["DATE_SERV"] <= end]
            found[human] = (home["HOSPCODE"], any(map(_glucose if code == "dm-screened" else _cuff, done)))
    assert _tally(found) == _counted(run, code, "2568Q4")


def _glucose(row: Row) -> bool:
    return row["BSTEST"] in {"1", "2", "3", "4"} and 20 <= float(row["BSLEVEL"] or 0) <= 1000


def _cuff(row: Row) -> bool:
    high, low = int(row["SBP_1"] or 0), int(row["DBP_1"] or 0)
    return 60 <= high <= 300 and 30 <= low <= 200 and high > low


def test_linkable_registrations_are_those_a_number_joins(run: Path, population: Population) -> None:
    """registrations.csv says of each registration whether its number leads to its human, and why not."""
    for row in truth(run, "registrations.csv"):
        human = population.owner.get((row["hospcode"], row["pid"]))
        assert (human == row["true_number"] and row["true_number"] != "") == (row["linkable"] == "1"), row["reason"]
        assert (human is None) == (row["reason"] == "person-row-refused")


def test_members_explain_every_figure(run: Path) -> None:
    """indicator_members.csv.gz has one line for each human of each yearly figure, as sent and in truth."""
    with gzip.open(run / "truth" / "indicator_members.csv.gz", "rt", encoding="utf-8", newline="") as stream:
        members = list(csv.DictReader(stream))
    for basis, a, b in (("sent", "a", "b"), ("true", "true_a", "true_b")):
        lines = Counter((m["code"], m["period"], m["hospcode"]) for m in members if m["basis"] == basis)
        good = Counter(
            (m["code"], m["period"], m["hospcode"]) for m in members if m["basis"] == basis and m["in_a"] == "1"
        )
        figures = [r for r in truth(run, "indicators.csv") if r["period"].endswith("Q4")]
        assert {(r["code"], r["period"], r["hospcode"]): int(r[b]) for r in figures if int(r[b])} == dict(lines)
        assert {(r["code"], r["period"], r["hospcode"]): int(r[a]) for r in figures if int(r[a])} == dict(good)


def test_errors_cost_people_not_shape(run: Path) -> None:
    """Missing and mistyped numbers hide at most one in seven of the registered sick."""
    for code in ("dm-controlled", "ht-controlled", "hba1c-tested"):
        rows = [r for r in truth(run, "indicators.csv") if (r["code"], r["period"]) == (code, "2569Q4")]
        b, true_b = (sum(int(r[k]) for r in rows) for k in ("b", "true_b"))
        assert 6 / 7 < b / true_b < 1
