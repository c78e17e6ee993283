"""Numbers as people read them; an en dash stands for "not known", never a zero."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

UNKNOWN = "–"


def number(value: float | None) -> str:
    """A count with thousands apart: 12,345."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def decimal(value: float | Decimal | None, places: int = 1) -> str:
    """A measured value rounded half up, without trailing zeros: 7.5, 120."""
    if value is None:
        return UNKNOWN
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(value: float | Decimal | None, places: int = 2) -> str:
    """A score in percent to two decimals, half up, as the ministry prints it: 0.80."""
    if value is None:
        return UNKNOWN
    return f"{Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}"
