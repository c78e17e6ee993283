"""NCDSCREEN, CHRONICFU, NUTRITION, ANC, SPECIALPP -> Observations; EPI -> Immunization; PROCEDURE_OPD -> Procedure.

A row of these files is one meeting with many answers; each answer that was given is one Observation. "Not examined"
and "unknown" are
not findings and give no resource; the row itself stays in the lake.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..domain import Draft
from . import vitals
from .base import EXAM, LABORATORY, SOCIAL_HISTORY, SURVEY, Body, FileMapping, Row, observation, place, row_identifier
from .concepts import Concept, concept, field, loinc, quantity
from .vitals import HEAD, HEIGHT, WAIST, WEIGHT, blood_pressure, measured


class Answer(NamedTuple):
    """A column that holds one code of a table, and the Observation it becomes."""

    column: str
    suffix: str
    table: str
    code: Concept
    category: list[Concept]
    silent: frozenset[str]  # codes that say nothing was found out


def _silent(*codes: str) -> frozenset[str]:
    return frozenset(codes)


UNKNOWN = _silent("9")
FOLLOW_UP = (
    Answer("foot", "-foot", "foot", field("CHRONICFU.FOOT"), EXAM, _silent("2", "9")),
    Answer("retina", "-eye", "retina", field("CHRONICFU.RETINA"), EXAM, _silent("8", "9")),
)
RISKS = (
    Answer("smoke", "-smoke", "smoke", loinc("72166-2"), SOCIAL_HISTORY, UNKNOWN),
    Answer("alcohol", "-alc", "alcohol", loinc("11331-6"), SOCIAL_HISTORY, UNKNOWN),
    Answer("dmfamily", "-fdm", "dmfamily", loinc("97063-2"), SOCIAL_HISTORY, UNKNOWN),
    Answer("htfamily", "-fht", "htfamily", field("NCDSCREEN.HTFAMILY"), SOCIAL_HISTORY, UNKNOWN),
)
CHILD = (
    Answer("childdevelop", "-dev", "childdevelop", field("NUTRITION.CHILDDEVELOP"), EXAM, _silent()),
    Answer("food", "-food", "nutrition_food", field("NUTRITION.FOOD"), SURVEY, _silent()),
    Answer("bottle", "-bottle", "bottle", field("NUTRITION.BOTTLE"), SURVEY, _silent()),
)
PREGNANCY = (
    Answer("ancno", "-ancno", "ancno", field("ANC.ANCNO"), SURVEY, _silent()),
    Answer("ancresult", "-result", "ancresult", field("ANC.ANCRESULT"), EXAM, UNKNOWN),
)
# NCDSCREEN.BSTEST -> the LOINC code of BSLEVEL; without a method only "in blood" is sure.
GLUCOSE = {"1": "1558-6", "2": "2345-7", "3": "1556-0", "4": "32016-8"}
GLUCOSE_UNSPECIFIED = "2339-0"

_ncd_id = row_identifier("nc", "hospcode", "pid", "date_serv")
_follow_up_id = row_identifier("cf", "hospcode", "pid", "date_serv")
_nutrition_id = row_identifier("nu", "hospcode", "pid", "date_serv")
_anc_id = row_identifier("an", "hospcode", "pid", "date_serv")
_special_id = row_identifier("sp", "hospcode", "pid", "date_serv", "ppspecial")


def _outputs(answers: tuple[Answer, ...]) -> tuple[tuple[str, str], ...]:
    return tuple(("Observation", answer.suffix) for answer in answers)


def answered(row: Row, rid: str, answers: tuple[Answer, ...], performer: str) -> Iterator[Draft]:
    """One Observation per answer that says something."""
    for column, suffix, table, code, category, silent in answers:
        given = row.get(column)
        if given and given not in silent:
            value: Body = {"valueCodeableConcept": concept(table, given)}
            yield observation(row, rid + suffix, code, category, value=value, performer=performer)


def ncd_screen(row: Row) -> Iterator[Draft]:
    """A screening for diabetes and hypertension: sizes, both blood pressures, glucose by its method, risks."""
    rid, where = _ncd_id(row), place(row, "screenplace")
    yield from measured(row, rid, (WEIGHT, HEIGHT, WAIST), where)
    yield from blood_pressure(row, rid + "-bp1", "sbp_1", "dbp_1", where)
    yield from blood_pressure(row, rid + "-bp2", "sbp_2", "dbp_2", where)
    level, method = row.get("bslevel"), row.get("bstest")
    if level:
        value: Body = {"valueQuantity": quantity(level, "mg/dL")}
        if method and method != "9":
            value["method"] = concept("bstest", method)
        code = loinc(GLUCOSE.get(method or "", GLUCOSE_UNSPECIFIED))
        yield observation(row, rid + "-glu", code, LABORATORY, value=value, performer=where)
    yield from answered(row, rid, RISKS, where)


def chronic_follow_up(row: Row) -> Iterator[Draft]:
    """A follow-up of a chronic disease: sizes, blood pressure, foot and retina examinations."""
    rid, where = _follow_up_id(row), place(row, "chronicfuplace")
    yield from measured(row, rid, (WEIGHT, HEIGHT, WAIST), where)
    yield from blood_pressure(row, rid + "-bp", "sbp", "dbp", where)
    yield from answered(row, rid, FOLLOW_UP, where)


def nutrition(row: Row) -> Iterator[Draft]:
    """A child's growth and feeding."""
    rid, where = _nutrition_id(row), place(row, "nutritionplace")
    yield from measured(row, rid, (WEIGHT, HEIGHT, HEAD), where)
    yield from answered(row, rid, CHILD, where)


def antenatal(row: Row) -> Iterator[Draft]:
    """An antenatal visit. SIL-TH's table names an Encounter and Observations; the Encounter is the visit's own
    (SERVICE).
    """
    rid, where = _anc_id(row), place(row, "ancplace")
    yield from measured(row, rid, (WEIGHT,), where)
    gravida, weeks = row.get("gravida"), row.get("ga")
    if gravida and gravida.isdigit():
        yield observation(
            row, rid + "-gravida", loinc("11996-6"), SURVEY, value={"valueInteger": int(gravida)}, performer=where
        )
    if weeks and weeks.isdigit():
        value: Body = {"valueQuantity": quantity(int(weeks), "wk")}
        yield observation(row, rid + "-ga", loinc("57714-8"), EXAM, value=value, performer=where)
    yield from answered(row, rid, PREGNANCY, where)


def special(row: Row) -> Iterator[Draft]:
    """A health-promotion service: SIL-TH's table makes it an Observation whose code says both what was done and what
    was found.
    """
    code = concept("ppspecial", row["ppspecial"])
    yield observation(row, _special_id(row), code, SURVEY, value={}, performer=place(row, "ppsplace"))


NCDSCREEN = FileMapping(
    "NCDSCREEN",
    "nc",
    (
        *(
            "hospcode",
            "pid",
            "seq",
            "date_serv",
            "smoke",
            "alcohol",
            "dmfamily",
            "htfamily",
            "weight",
            "height",
            "waist_cm",
        ),
        *("sbp_1", "dbp_1", "sbp_2", "dbp_2", "bslevel", "bstest", "screenplace"),
    ),
    (
        *vitals.outputs(WEIGHT, HEIGHT, WAIST),
        *(("Observation", suffix) for suffix in ("-bp1", "-bp2", "-glu")),
        *_outputs(RISKS),
    ),
    ncd_screen,
    _ncd_id,
)
CHRONICFU = FileMapping(
    "CHRONICFU",
    "cf",
    (
        "hospcode",
        "pid",
        "seq",
        "date_serv",
        "weight",
        "height",
        "waist_cm",
        "sbp",
        "dbp",
        "foot",
        "retina",
        "chronicfuplace",
    ),
    (*vitals.outputs(WEIGHT, HEIGHT, WAIST), ("Observation", "-bp"), *_outputs(FOLLOW_UP)),
    chronic_follow_up,
    _follow_up_id,
)
NUTRITION = FileMapping(
    "NUTRITION",
    "nu",
    (
        "hospcode",
        "pid",
        "seq",
        "date_serv",
        "weight",
        "height",
        "headcircum",
        "childdevelop",
        "food",
        "bottle",
        "nutritionplace",
    ),
    (*vitals.outputs(WEIGHT, HEIGHT, HEAD), *_outputs(CHILD)),
    nutrition,
    _nutrition_id,
)
ANC = FileMapping(
    "ANC",
    "an",
    ("hospcode", "pid", "seq", "date_serv", "gravida", "ancno", "ga", "ancresult", "ancplace", "weight"),
    (*vitals.outputs(WEIGHT), ("Observation", "-gravida"), ("Observation", "-ga"), *_outputs(PREGNANCY)),
    antenatal,
    _anc_id,
)
SPECIALPP = FileMapping(
    "SPECIALPP",
    "sp",
    ("hospcode", "pid", "seq", "date_serv", "ppspecial", "ppsplace"),
    (("Observation", ""),),
    special,
    _special_id,
)
