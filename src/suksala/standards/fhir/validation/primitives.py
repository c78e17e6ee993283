"""The primitive types of FHIR R4 as they stand in JSON.

A check takes a JSON value (and as a handler of `nodes` two things that it has no use for) and answers None, or what is
wrong. Decimals come as int, float, Decimal or as a number that keeps its digits (`str` prints them).
Source: FHIR R4 datatypes.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from decimal import Decimal
from math import isfinite

from .issues import Problem, Problems
from .narrative import xhtml

Check = Callable[..., Problems]  # (value), or as a handler of nodes (value, scope, the object it stands in)

MOST_TEXT = 1024 * 1024  # characters of a string (R4: 1 MB)
_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff"
_YEAR = r"(?!0000)[0-9]{4}"
_DAY = r"(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]{1,9})?"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_date = re.compile(rf"{_YEAR}(?:-(?:0[1-9]|1[0-2])|-{_DAY})?").fullmatch
_datetime = re.compile(rf"{_YEAR}(?:-(?:0[1-9]|1[0-2])|-{_DAY}(?:T{_TIME}{_ZONE})?)?").fullmatch
_instant = re.compile(rf"{_YEAR}-{_DAY}T{_TIME}{_ZONE}").fullmatch
_time = re.compile(_TIME).fullmatch
_text = re.compile(f"[^{_CONTROL}]+").fullmatch
_uri = re.compile(rf"[^\s{_CONTROL}]+").fullmatch
_code = re.compile(rf"[^\s{_CONTROL}]+(?: [^\s{_CONTROL}]+)*").fullmatch
_id = re.compile(r"[A-Za-z0-9.-]{1,64}").fullmatch
_oid = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+").fullmatch
_uuid = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_base64 = re.compile(r"[A-Za-z0-9+/]+={0,2}").fullmatch
_digits = re.compile(r"-?[0-9]{1,19}").fullmatch
_number = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?").fullmatch


def bad(rule: str, th: str, en: str, code: str = "value") -> list[Problem]:
    """One problem with a value."""
    return [Problem(rule, code, th, en)]


def _not_text(value: object, kind: str) -> Problems:
    """What a value is when it should be text and is none, or is empty."""
    if value == "":
        return bad("empty", "ห้ามเป็นข้อความว่าง ถ้าไม่มีค่าให้ตัดออก", "must not be empty; leave it out when there is no value")
    return bad("type", f"ต้องเป็นข้อความ JSON ({kind})", f"must be a JSON string ({kind})", "structure")


def string(value: object, _scope: object = None, _owner: object = None) -> Problems:
    """Text; line breaks and tabs are allowed, other control characters are not."""
    if type(value) is str and value and len(value) <= MOST_TEXT and (value.isprintable() or _text(value)):
        return None
    if type(value) is not str or not value:
        return _not_text(value, "string")
    if len(value) > MOST_TEXT:
        return bad("string", "ยาวเกิน 1 MB", "is longer than 1 MB; shorten it", "too-long")
    return bad("string", "มีอักขระควบคุมที่ FHIR ห้าม ให้ลบออก", "holds control characters, which FHIR forbids; remove them")


def _pattern(match: Callable[[str], object], kind: str, th: str, en: str) -> Check:
    def check(value: object, _scope: object = None, _owner: object = None) -> Problems:
        if type(value) is str and match(value):
            return None
        if type(value) is not str or not value:
            return _not_text(value, kind)
        return bad(kind, th, en)

    return check


def _real(value: str) -> bool:
    """Whether a full date is a day of the calendar."""
    return value[8:10] < "29" or int(value[8:10]) <= monthrange(int(value[:4]), int(value[5:7]))[1]


def _calendar(match: Callable[[str], object], kind: str, form: str) -> Check:
    def check(value: object, _scope: object = None, _owner: object = None) -> Problems:
        if type(value) is str and match(value) and (len(value) < 10 or _real(value)):
            if "2400" <= value < "2700":
                th = "ปีนี้น่าจะเป็น พ.ศ. FHIR ใช้ ค.ศ. ให้ตรวจแล้วลบ 543"
                en = "this year looks like a Buddhist one; FHIR uses the Gregorian: check, and subtract 543"
                return [Problem("buddhist-year", "value", th, en, "warning")]
            return None
        if type(value) is not str or not value:
            return _not_text(value, kind)
        return bad(kind, f"ต้องเป็นวันที่มีจริงตามปฏิทิน ค.ศ. รูปแบบ {form}", f"must be a real Gregorian day, written {form}")

    return check


def boolean(value: object, _scope: object = None, _owner: object = None) -> Problems:
    """True or false, not a text."""
    if type(value) is bool:
        return None
    return bad(
        "boolean", "ต้องเป็น true หรือ false ไม่ใส่เครื่องหมายคำพูด", "must be true or false, without quotes", "structure"
    )


def _whole(least: int, kind: str) -> Check:
    most = 2**31 - 1

    def check(value: object, _scope: object = None, _owner: object = None) -> Problems:
        kept = type(value).__name__ == "LosslessFloat" and _digits(str(value))
        number = int(str(value)) if kept else value
        if type(number) is int and least <= number <= most:
            return None
        th, en = f"ต้องเป็นจำนวนเต็มตั้งแต่ {least} ถึง {most}", f"must be a whole number from {least} to {most}"
        return bad(kind, th, en, "value" if type(number) is int else "structure")

    return check


def decimal(value: object, _scope: object = None, _owner: object = None) -> Problems:
    """A JSON number of finite size; a text with digits is refused."""
    kind = type(value)
    if kind is float:
        if isfinite(value):  # type: ignore[arg-type]
            return None
    elif kind is int:
        return None
    elif kind is Decimal:
        if value.is_finite():  # type: ignore[attr-defined]
            return None
    elif kind.__name__ == "LosslessFloat" and _number(str(value)) and isfinite(float(str(value))):
        return None
    th = "ต้องเป็นตัวเลข JSON ที่มีขนาดจำกัด ไม่ใส่เครื่องหมายคำพูด"
    return bad("decimal", th, "must be a JSON number of finite size, without quotes", "structure")


def base64_binary(value: object, _scope: object = None, _owner: object = None) -> Problems:
    """Base64 with its padding; blanks between the characters are allowed."""
    if type(value) is not str or not value:
        return _not_text(value, "base64Binary")
    dense = "".join(value.split())
    if dense and len(dense) % 4 == 0 and _base64(dense):
        return None
    return bad("base64Binary", "ต้องเป็น base64 ที่มีเครื่องหมาย = ครบ", "must be base64 with its padding")


_BLANKS = ("ห้ามมีช่องว่าง", "must not hold blanks")
CHECKS: dict[str, Check] = {
    "base64Binary": base64_binary,
    "boolean": boolean,
    "canonical": _pattern(_uri, "canonical", *_BLANKS),
    "code": _pattern(
        _code, "code", "ห้ามขึ้นต้น ลงท้าย หรือมีช่องว่างติดกัน", "must not begin or end with a blank, nor hold two in a row"
    ),
    "date": _calendar(_date, "date", "YYYY, YYYY-MM, YYYY-MM-DD"),
    "dateTime": _calendar(_datetime, "dateTime", "YYYY, YYYY-MM, YYYY-MM-DD, YYYY-MM-DDThh:mm:ss+07:00"),
    "decimal": decimal,
    "id": _pattern(_id, "id", "ใช้ได้เฉพาะ A-Z a-z 0-9 - . ไม่เกิน 64 ตัว", "takes A-Z a-z 0-9 - . only, 64 at most"),
    "instant": _calendar(_instant, "instant", "YYYY-MM-DDThh:mm:ss+07:00"),
    "integer": _whole(-(2**31), "integer"),
    "markdown": string,
    "oid": _pattern(_oid, "oid", "ต้องเป็น urn:oid: ตามด้วยเลขคั่นด้วยจุด", "must be urn:oid: and numbers with dots"),
    "positiveInt": _whole(1, "positiveInt"),
    "string": string,
    "time": _pattern(_time, "time", "ต้องเป็นเวลา hh:mm:ss", "must be a time, hh:mm:ss"),
    "unsignedInt": _whole(0, "unsignedInt"),
    "uri": _pattern(_uri, "uri", *_BLANKS),
    "url": _pattern(_uri, "url", *_BLANKS),
    "uuid": _pattern(_uuid, "uuid", "ต้องเป็น urn:uuid: ตัวพิมพ์เล็ก", "must be urn:uuid: in lower case"),
    "xhtml": xhtml,
}
