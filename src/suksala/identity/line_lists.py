"""Rows of line lists as a population of their own: which of them are one human, by weight, never by a telephone alone.

Pure: the rows, their keys and their links lie where the lists lie. A list knows neither birth date nor address, so its
rows have comparisons of their own (`matching.comparisons`, population line-list) and a model of their own.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from .components import Member, Weighed, evaluate
from .domain import Evidence, PersonRow
from .matching import blocking, demographics, model, training
from .matching.comparisons import LINE_LIST
from .matching.demographics import Demographics
from .matching.model import Model as LineModel
from .matching.scoring import Part, score
from .matching.vetoes import cluster_of

LINE_JOINS = (
    9.0  # bits from which on two rows are one human: a false match hides a sick person, a missed one costs a call
)
LINE_ASKS = 2.0  # bits from which on a caller may ask about two rows
_NOBODY = Evidence(None, "", "", newborn=False)  # no rule looks at it: rows of lists join by weight alone


class LineRow(NamedTuple):
    """What a row of a line list says about whom it is about, as written; None where it says nothing.

    birth_year  Gregorian, as told or as the age of that year means
    district    4-digit code
    """

    given: str | None = None
    family: str | None = None
    number: str | None = None
    passport: str | None = None
    phone: str | None = None
    birth_year: int | None = None
    district: str | None = None


class LineLink(NamedTuple):
    """Two rows and the bits for their being one human; `veto` says why weight does not decide, or is None."""

    a: int
    b: int
    weight: float
    veto: str | None = None

    @property
    def joins(self) -> bool:
        """Whether the two become one human unless a person or a number says otherwise."""
        return self.weight >= LINE_JOINS and self.veto is None


def read_line(row: LineRow) -> Demographics:
    """A row made comparable: name normalised and sounded, number by what it can prove, telephone national."""
    person = PersonRow(
        "", row.number, row.given, row.family, phone=row.phone, passport=row.passport, nation=demographics.THAI
    )
    found = demographics.read(person, date.max)
    # A foreigner's name stands whole in one list and in two fields in another.
    whole = ((found.given or "") + (found.family or "")).replace(" ", "")
    readings = tuple(dict.fromkeys((*found.readings, whole))) if whole else ()
    return found._replace(birth_year=row.birth_year, district=row.district, readings=readings)


def line_keys(one: Demographics) -> list[int]:
    """The keyed hashes by which rows of lists find each other; rows that share none are never compared."""
    return blocking.block_keys(one, blocking.LINE_RULES)


def line_phone_keys(one: Demographics) -> tuple[int, int | None] | None:
    """Keyed hashes of a row's telephone, and of its given name where it tells one; None without a telephone.

    By these it is counted who gives a telephone: one that more give than one household says nothing, and is taken out
    of a row before it is weighed (decision 0196).
    """
    if one.phone is None:
        return None
    return blocking.key_of("phone", one.phone), None if one.given is None else blocking.key_of("given", one.given)


def weigh_lines(by: LineModel, a: Demographics, b: Demographics) -> tuple[float, str | None, tuple[Part, ...]]:
    """Bits for two rows being one human, why weight does not decide (or None), and what each comparison said."""
    found = score(by, a, b)
    levels = {part.comparison: part.level for part in found.parts}
    is_proven = levels["number"] in {"equal", "mistyped"} or levels["passport"] == "equal"
    is_named = levels["given"] not in {"differs", "unknown"}
    return found.weight, None if is_proven or is_named else "household", found.parts


def join_lines(
    rows: Mapping[int, Demographics],
    links: Iterable[LineLink],
    must: Collection[tuple[int, int]] = (),
    cannot: Collection[tuple[int, int]] = (),
) -> dict[int, int]:
    """The human of each row, named by its oldest row: the heaviest links first, one valid number a human.

    rows          all that any of these links, or decisions, tie together
    must, cannot  what people said about two rows, (older, younger); it goes before every weight
    """
    pool = [Member(row, ("", f"{row:020d}"), None, _NOBODY, row, cluster_of(one)) for row, one in rows.items()]
    weighed = [Weighed(link.a, link.b, link.weight, link.joins, link.veto) for link in links]
    return evaluate(pool, must, cannot, weighed).human_of


def train_lines(rows: Iterable[Demographics], seed: int = 1) -> dict[str, Any]:
    """A model's file from the rows of lists themselves; nothing of who is whom is used. Raises ModelRefused."""
    return training.train(LINE_LIST, training.table(enumerate(rows)), seed)


def line_model(told: Mapping[str, Any] | None = None) -> LineModel:
    """The model of a file that `train_lines` made; without one, the model of made-up lists that is shipped, for lists
    too small to learn from. It knows no frequencies of names: a list of forty rows knows none either.

    Raises ModelRefused.
    """
    return model.load(LINE_LIST, told) if told is not None else _shipped()


@cache
def _shipped() -> LineModel:
    text = resources.files(__package__).joinpath("matching/line_list.json").read_text(encoding="utf-8")
    return model.load(LINE_LIST, json.loads(text))
