"""What a threshold would do to registrations whose humans are known: tried before it is set."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from suksala.foundation import clock

from . import reading, telephones
from .components import Member, Outcome, Weighed, evaluate
from .domain import Evidence, PersonRow
from .errors import NotKnown
from .matching import comparing, comparisons, demographics, training
from .matching.comparing import Compared, Models
from .matching.demographics import Demographics
from .matching.model import load
from .matching.vetoes import cluster_of

USUAL_THRESHOLDS = (4.0, 6.0, 8.0, 10.0, 12.0, 14.0)
NEEDED = ("human", "hospcode", "pid", "given", "family", "birth", "sex")
MORE = ("number", "title", "phone", "house", "village", "tambon", "mother_number", "passport", "nation", "day")


class Known(NamedTuple):
    """A registration whose human is known: an id of the truth, where it was registered, and the day it was sent."""

    human: str
    hospcode: str
    row: PersonRow
    sent_on: date


class ThresholdEffect(NamedTuple):
    """What a threshold does.

    threshold  bits from which a pair of Thai people joins by itself; foreigners need 2 more (decision 0152)
    joined     pairs of registrations that become one human; wrong: those of two humans among them
    missed     pairs of one human that stay apart
    questions  pairs that a reviewer would be asked about
    """

    threshold: float
    joined: int
    wrong: int
    missed: int
    questions: int

    @property
    def precision(self) -> float:
        """Share of the joined pairs that are one human; 1.0 where none is joined."""
        return 1 - self.wrong / self.joined if self.joined else 1.0

    @property
    def recall(self) -> float:
        """Share of the pairs of one human that are joined; 1.0 where there are none."""
        right = self.joined - self.wrong
        return right / (right + self.missed) if right + self.missed else 1.0


def simulate_thresholds(file: Path, thresholds: Iterable[float]) -> list[ThresholdEffect]:
    """Train on the registrations of a file, link them at each threshold, and compare with whom they truly are.

    file  CSV in UTF-8 with a header: human, hospcode, pid, given, family, birth (YYYYMMDD), sex, and as far as known
          number, title, phone, house, village, tambon, mother_number, passport, nation, day (when sent, YYYY-MM-DD)

    The truth is used for counting only. Nothing is stored. Raises NotKnown, ModelRefused.
    """
    known, today = read_known(file), clock.today()
    models = {kind: load(kind, told) for kind, told in train(known, today).items()}
    return simulate(known, models, thresholds, today)


def read_known(file: Path) -> list[Known]:
    """The registrations of a file as `simulate_thresholds` describes it. Raises NotKnown."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
            if missing:
                names = ", ".join(missing)
                raise NotKnown(f"ไม่มีคอลัมน์ {names}", f"the columns {names} are missing")
            known = [_known(row) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotKnown("เปิดไม่ได้ หรือไม่ใช่ CSV แบบ UTF-8", "it cannot be opened or is not CSV in UTF-8") from error
    if not known:
        raise NotKnown("ไม่มีแถวข้อมูล", "it holds no row")
    return known


def _known(row: Mapping[str, str | None]) -> Known:
    cells = {name: (row.get(name) or "").strip() for name in (*NEEDED, *MORE)}
    house = f"{cells['house']}/{cells['village']}" if cells["house"] else None
    person = PersonRow(
        cells["pid"], cells["number"] or None, cells["given"], cells["family"], _day(cells["birth"]),
        cells["sex"], cells["title"], phone=cells["phone"], mother=cells["mother_number"], passport=cells["passport"],
        nation=cells["nation"] or None, area=cells["tambon"], house=house,
    )  # fmt: skip
    return Known(cells["human"], cells["hospcode"], person, _day(cells["day"]) or clock.today())


def _day(text: str) -> date | None:
    """A day as it is written, YYYYMMDD or YYYY-MM-DD, of whatever era; None for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def train(known: Sequence[Known], today: date, seed: int = 1) -> dict[str, dict[str, Any]]:
    """The model file of each population, from registrations; nothing of who is whom is used. Raises ModelRefused."""
    of: dict[str, list[tuple[int, Demographics]]] = {kind: [] for kind in comparing.AUTOMATIC}
    for place, read in enumerate(compared_of(known)):
        of[comparisons.population(read, read, today)].append((place, read))
    return {kind: training.train(kind, training.table(people), seed) for kind, people in of.items()}


def simulate(known: Sequence[Known], models: Models, thresholds: Iterable[float], today: date) -> list[ThresholdEffect]:
    """What each threshold would do to these registrations, with everything else as it is when they are linked."""
    people = compared_of(known)
    compared = list(comparing.compare(people, sorted(comparing.candidates(people)), models, today))
    pool = [member(place, one, people[place]) for place, one in enumerate(known)]
    return [effect(threshold, known, outcome(threshold, pool, people, compared)) for threshold in thresholds]


def compared_of(known: Sequence[Known]) -> list[Demographics]:
    """What the comparisons see of each registration: no telephone that more bear than one household (decision 0196)."""
    kept = [
        demographics.keep(one.row, reading.read_name(one.row.given or "", one.row.family or "", one.row.title or ""))
        for one in known
    ]
    shared = telephones.shared_by(telephones.Bearer(one.phone, one.birth, one.given) for one in kept if one.phone)
    return [
        demographics.of_kept(one._replace(phone=None) if one.phone in shared else one, each.sent_on)
        for one, each in zip(kept, known, strict=True)
    ]


def member(place: int, one: Known, read: Demographics) -> Member:
    name = reading.read_name(one.row.given or "", one.row.family or "", one.row.title or "")
    evidence = Evidence(one.row.birth, name.given or "", name.family or "", read.newborn)
    cluster = cluster_of(read, one.hospcode)
    return Member(place, (one.hospcode, one.row.pid), reading.linking_key(one.row), evidence, place, cluster)


def outcome(
    threshold: float, pool: Sequence[Member], people: Sequence[Demographics], compared: Sequence[Compared]
) -> Outcome:
    shift = threshold - comparing.AUTOMATIC["adult"]
    weighed = [
        Weighed(c.a, c.b, c.score.weight, c.score.weight >= comparing.AUTOMATIC[c.population] + shift, c.veto)
        for c in compared
        if c.score.weight >= comparing.REVIEW and not (people[c.a].newborn or people[c.b].newborn)
    ]
    newborns = [(c.a, c.b) for c in compared if c.may_be_newborn]
    return evaluate(pool, weighed=weighed, newborns=newborns)


def effect(threshold: float, known: Sequence[Known], outcome: Outcome) -> ThresholdEffect:
    """What an evaluation did to registrations whose humans are known."""
    of_truth = _pairs(Counter(one.human for one in known))
    joined = _pairs(Counter(outcome.human_of.values()))
    right = _pairs(Counter((one.human, outcome.human_of[place]) for place, one in enumerate(known)))
    return ThresholdEffect(threshold, joined, joined - right, of_truth - right, len(outcome.doubts))


def _pairs(sizes: Mapping[object, int]) -> int:
    return sum(n * (n - 1) // 2 for n in sizes.values())
