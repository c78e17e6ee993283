"""Telephone numbers made comparable. A number that many may share says little: identity counts who bears one."""

from __future__ import annotations

import re

_COUNTRY = "66"
_FIRST = re.compile(r"[0-9\s()+.\-]*")  # up to an extension, or another number in the same field
_NOT_DIGITS = re.compile(r"[^0-9]")
_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_NATIONAL = re.compile(r"0[0-9]{8,9}", re.ASCII)  # nine digits of a house, ten of a mobile; made-up ones begin 000
_RUN = "01234567890123456789"


def normalise(text: str) -> str:
    """Nine or ten digits from 0 on, the country code taken off; blank for what is no Thai number or a placeholder.

    Placeholders repeat one digit or run up: 0999999999, 0812345678.

    >>> normalise("+66 81-234 5670"), normalise("๐๒ ๒๘๐ ๓๔๓๒"), normalise("0999999999")
    ('0812345670', '022803432', '')
    """
    digits = national(text)
    return "" if _is_placeholder(digits) else digits


def national(text: str) -> str:
    """Nine or ten digits from 0 on, the country code taken off, whatever they are; blank for what is no Thai number.

    >>> national("+66 89-999 9999"), national("1-800-555-0100")
    ('0899999999', '')
    """
    first = _FIRST.match(text.strip().translate(_ARABIC))
    digits = _NOT_DIGITS.sub("", first[0]) if first else ""
    digits = digits.removeprefix("00") if digits.startswith(f"00{_COUNTRY}") else digits
    if digits.startswith(_COUNTRY) and len(digits) in (10, 11):
        digits = f"0{digits.removeprefix(_COUNTRY)}"
    elif len(digits) == 9 and digits[0] in "689":
        digits = f"0{digits}"  # spreadsheets drop the first nought of a mobile number
    return digits if _NATIONAL.fullmatch(digits) else ""


def _is_placeholder(digits: str) -> bool:
    return len(set(digits[3:])) == 1 or digits[2:] in _RUN
