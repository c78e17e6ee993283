"""Formulas of KPI sheets: what they may hold and what they are worth (S1.9-S1.11; decision 0042)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from suksala.warehouse.errors import BadFormula
from suksala.warehouse.formula import evaluate, operands, parse, shown

VALUES = {"A": 220, "B": 450, "C": 0, "D": Decimal("0.1"), "E": None}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("A", "220"),
        ("(A/B)x100", "48.888888888888888888888888888888888888888888888889"),  # 50 digits
        ("(A / B) × 100", "48.888888888888888888888888888888888888888888888889"),
        ("A + B x 2", "1120"),  # multiplication binds
        ("(A + B) x 2", "1340"),
        ("A - B - 1", "-231"),  # from the left
        ("A / 2 / 2", "55"),
        ("A ÷ 4 * 3", "165"),
        ("D + D + D", "0.3"),  # decimals, not binary fractions
        ("1.25x4", "5.00"),
        ("(((A)))", "220"),
    ],
)
def test_arithmetic(formula: str, value: str) -> None:
    """Exact decimal arithmetic, as on the sheet."""
    assert evaluate(parse(formula), VALUES) == Decimal(value)


@pytest.mark.parametrize("formula", ["A/C", "A/(B-B)", "C/C", "E", "A+E", "F", "1/0"])
def test_nothing_to_divide_by_or_nothing_known_is_none(formula: str) -> None:
    """A divisor of 0, an operand without a value: no score, never 0."""
    assert evaluate(parse(formula), VALUES) is None


@pytest.mark.parametrize(
    ("formula", "character"),
    [
        ("", 1),
        ("   ", 1),
        ("(A/B", 5),
        ("A/B)", 4),
        ("A B", 3),
        ("A//B", 3),
        ("A**B", 3),
        ("-A", 1),
        ("G/B", 1),
        ("a/b", 1),
        ("A/B%", 4),
        ("1e9", 2),
        ("__import__('os').system('id')", 1),
        ("A.__class__", 2),
        ("A if B else C", 3),
        ("๑๐", 1),
        ("1." + "0" * 3 + ".5", 6),
    ],
)
def test_anything_else_is_refused(formula: str, character: int) -> None:
    """No name, no call, no power: there is nothing to run. The sentence tells the place."""
    with pytest.raises(BadFormula) as refusal:
        parse(formula)
    assert f"character {character}:" in refusal.value.en
    assert f"ลำดับที่ {character}:" in refusal.value.th


def test_a_formula_cannot_exhaust_the_machine() -> None:
    """Too long a formula is refused before it is read."""
    with pytest.raises(BadFormula):
        parse("(" * 5_000 + "A" + ")" * 5_000)


def test_operands_of_a_formula() -> None:
    """The names that a definition must count."""
    assert operands(parse("(A+C)/(B-D)x100")) == {"A", "B", "C", "D"}


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("48.888", "48.89"),
        ("0.005", "0.01"),
        ("0.0049", "0.00"),
        ("2.675", "2.68"),
        ("100", "100.00"),
        ("39.995", "40.00"),
    ],
)
def test_shown_with_two_decimals_half_up(value: str, printed: str) -> None:
    """As people round by hand; the verdict uses the exact value."""
    assert str(shown(Decimal(value))) == printed
    assert shown(None) is None
