"""Measurements of the body: one table of columns, their LOINC codes and units, used by every file that has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..domain import Draft
from .base import VITAL_SIGNS, Body, Row, observation
from .concepts import loinc, quantity


class Measure(NamedTuple):
    """A column that is one quantity."""

    column: str
    suffix: str
    code: str
    unit: str


TEMPERATURE = Measure("btemp", "-temp", "8310-5", "Cel")
PULSE = Measure("pr", "-hr", "8867-4", "/min")
RESPIRATION = Measure("rr", "-rr", "9279-1", "/min")
WEIGHT = Measure("weight", "-wt", "29463-7", "kg")
HEIGHT = Measure("height", "-ht", "8302-2", "cm")
WAIST = Measure("waist_cm", "-waist", "8280-0", "cm")
HEAD = Measure("headcircum", "-head", "9843-4", "cm")


def outputs(*measures: Measure) -> tuple[tuple[str, str], ...]:
    """The outputs that `measured` may give."""
    return tuple(("Observation", measure.suffix) for measure in measures)


def measured(row: Row, rid: str, measures: tuple[Measure, ...], performer: str | None = None) -> Iterator[Draft]:
    """One Observation per column that has a value; a value of 0 is "not measured" in the 43 files."""
    for column, suffix, code, unit in measures:
        value = row.get(column)
        if value:
            body: Body = {"valueQuantity": quantity(value, unit)}
            yield observation(row, rid + suffix, loinc(code), VITAL_SIGNS, value=body, performer=performer)


def blood_pressure(row: Row, rid: str, systolic: str, diastolic: str, performer: str | None = None) -> Iterator[Draft]:
    """The panel 85354-9 with the readings that are there as components; the HL7 vital-signs profile has the same
    shape.
    """
    readings = [("8480-6", row.get(systolic)), ("8462-4", row.get(diastolic))]
    components = [
        {"code": loinc(code), "valueQuantity": quantity(value, "mm[Hg]")} for code, value in readings if value
    ]
    if components:
        yield observation(row, rid, loinc("85354-9"), VITAL_SIGNS, value={"component": components}, performer=performer)
