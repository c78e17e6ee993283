"""Numbers and quantities as search compares them: the range a number stands for, and units of one kind.

A quantity is kept in the unit it came in; a search asks for every unit of the same kind with the number converted
exactly, so a factor that is added here needs no row to be written again.
Source: FHIR R4 search, number and quantity; UCUM 2.1 (factors are exact by definition).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from .domain import SearchProblem

UCUM = "http://unitsofmeasure.org"
_TENTH = Fraction(1, 10)  # "approximately" is 10 % of the number (FHIR R4, prefixes)
_NUMBER = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?([+-]?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,2})?)", re.ASCII)
_LARGEST = 1.7e308  # of a double: what is beyond is the same for a search


class Asked(NamedTuple):
    """A number with its prefix: what it says exactly, and the range that its digits stand for."""

    operator: str
    value: Fraction
    low: Fraction
    high: Fraction

    def times(self, ratio: Fraction) -> Asked:
        """The same in another unit."""
        return Asked(self.operator, self.value * ratio, self.low * ratio, self.high * ratio)


class Measured(NamedTuple):
    """A number or a range as it is stored, and its unit."""

    low: float
    high: float
    system: str
    code: str
    text: str


def read_number(name: str, text: str) -> Asked:
    """Read `[prefix]number`. Equal means rounded to the digits given: 5.4 is from 5.35 to below 5.45, 5.40 from 5.395.

    Raises SearchProblem.
    """
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise SearchProblem(f"{name} ไม่ใช่ตัวเลข เช่น gt5.4", f"{name} is not a number; write for example gt5.4")
    operator, digits = found[1] or "eq", Decimal(found[2])
    value = Fraction(digits)
    _, _, exponent = digits.as_tuple()
    half = Fraction(10) ** int(exponent) / 2
    if operator == "ap":
        half = abs(value) * _TENTH
    return Asked(operator, value, value - half, value + half)


def measured(value: Any) -> Measured | None:
    """What a number, Quantity, Money or Range in a resource says; None for what has no number."""
    if isinstance(value, bool):
        return None
    if not isinstance(value, dict):
        number = _double(value)
        return None if number is None else Measured(number, number, "", "", "")
    if "low" in value or "high" in value:
        low, high = value.get("low", {}), value.get("high", {})
        ends = (_double(low.get("value")), _double(high.get("value")))
        if ends == (None, None):
            return None
        unit = low or high
        below, above = (-_LARGEST if ends[0] is None else ends[0]), (_LARGEST if ends[1] is None else ends[1])
        return Measured(below, above, unit.get("system", ""), unit.get("code", ""), unit.get("unit", ""))
    number = _double(value.get("value"))
    if number is None:
        return None
    code = value.get("code") or value.get("currency", "")
    return Measured(number, number, value.get("system", ""), code, value.get("unit", ""))


def _double(value: Any) -> float | None:
    if value is None or isinstance(value, str):
        return None
    number = value if type(value) is float else float(Decimal(str(value)))
    return max(-_LARGEST, min(_LARGEST, number))


def double(value: Fraction) -> float:
    """The nearest number that the database compares."""
    try:
        return float(value)
    except OverflowError:
        return _LARGEST if value > 0 else -_LARGEST


def same_kind(code: str) -> Iterator[tuple[str, Fraction]]:
    """Every unit that measures the same as a UCUM code, with how many of it one of `code` is; itself first."""
    yield code, Fraction(1)
    own = _units().get(code)
    if own is None:
        return
    kind, factor = own
    for other, (other_kind, other_factor) in _units().items():
        if other_kind == kind and other != code:
            yield other, factor / other_factor


# One line per kind (+: it goes on): codes with how many of the first unit one of them is. Fahrenheit has another
# zero and are compared only with themselves; so are units of substance and of mass, whose ratio is the analyte's.
_KINDS = """
g=1 kg=1000 mg=1/1000 ug=1/1000000 ng=1/1000000000 pg=1/1000000000000 [lb_av]=45359237/100000 +
    [oz_av]=45359237/1600000 t=1000000
m=1 cm=1/100 mm=1/1000 um=1/1000000 nm=1/1000000000 km=1000 [in_i]=254/10000 [ft_i]=3048/10000
L=1 l=1 dL=1/10 dl=1/10 cL=1/100 mL=1/1000 ml=1/1000 uL=1/1000000 ul=1/1000000 fL=1/1000000000000000 +
    fl=1/1000000000000000 cm3=1/1000 m3=1000
s=1 ms=1/1000 us=1/1000000 min=60 h=3600 d=86400 wk=604800
a=1 a_j=1 mo=1/12 mo_j=1/12
g/L=1 mg/dL=1/100 g/dL=10 mg/L=1/1000 ug/L=1/1000000 ug/mL=1/1000 ug/dL=1/100000 ng/mL=1/1000000 +
    ng/dL=1/100000000 ng/L=1/1000000000 pg/mL=1/1000000000 mg/mL=1 g/mL=1000 kg/L=1000 pg/dL=1/100000000000
mol/L=1 mmol/L=1/1000 umol/L=1/1000000 nmol/L=1/1000000000 pmol/L=1/1000000000000 mmol/dL=1/100 umol/dL=1/100000 +
    nmol/mL=1/1000000 nmol/dL=1/100000000
mol=1 mmol=1/1000 umol=1/1000000 nmol=1/1000000000 pmol=1/1000000000000
U/L=1 u/L=1 mU/L=1/1000 U/mL=1000 mU/mL=1 kU/L=1000
[iU]/L=1 [IU]/L=1 m[iU]/L=1/1000 m[IU]/L=1/1000 u[iU]/mL=1/1000 u[IU]/mL=1/1000 [iU]/mL=1000 [IU]/mL=1000 +
    k[iU]/L=1000 m[iU]/mL=1
[iU]=1 [IU]=1 k[iU]=1000 m[iU]=1/1000
eq/L=1 meq/L=1/1000
/L=1 10*9/L=1000000000 10*12/L=1000000000000 10*6/L=1000000 /uL=1000000 10*3/uL=1000000000 10*6/uL=1000000000000 +
    /mL=1000 10*3/mL=1000000 10*6/mL=1000000000 /mm3=1000000 10*3/mm3=1000000000 10*6/mm3=1000000000000
/min=1 {beats}/min=1 {breaths}/min=1 /s=60 Hz=60 /h=1/60
mm[Hg]=133322387415/1000000000 Pa=1 kPa=1000 hPa=100 bar=100000 mbar=100 cm[H2O]=980665/10000
J=1 kJ=1000 cal=4184/1000 kcal=4184 [Cal]=4184
kg/m2=1 g/m2=1/1000 g/cm2=10
mL/min=1 L/min=1000 mL/h=1/60 L/h=1000/60 mL/s=60
g/mol=1 mg/mmol=1 ug/umol=1 kg/mol=1000 ug/mmol=1/1000
1=1 %=1/100 [ppth]=1/1000 [ppm]=1/1000000
mg/g=1 g/kg=1 ug/mg=1 mg/kg=1/1000 ug/g=1/1000 g/g=1000
"""


def factors() -> dict[str, Fraction]:
    """Every UCUM code of which a kind is known, with how many of the first unit of its kind one of it is."""
    return {code: factor for code, (_, factor) in _units().items()}


@lru_cache(maxsize=1)
def _units() -> dict[str, tuple[int, Fraction]]:
    table = {}
    for kind, line in enumerate(_KINDS.strip().replace(" +\n", " ").splitlines()):
        for pair in line.split():
            code, _, factor = pair.rpartition("=")
            over, _, under = factor.partition("/")
            table[code] = (kind, Fraction(int(over), int(under or 1)))
    return table
