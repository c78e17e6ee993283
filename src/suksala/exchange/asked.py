"""Parameters of an operation, from the address and from a posted Parameters resource, each of its declared kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

import orjson

from .domain import SearchProblem
from .formats import is_format

Kind = Literal["text", "language", "whole", "yes", "coding", "concept"]
Asked: TypeAlias = Mapping[str, Kind]
MOST_TEXT = 1000
MOST_CODINGS = 100

_TEXTS = ("valueString", "valueCode", "valueUri", "valueUrl", "valueCanonical", "valueId")
_KEYS: dict[Kind, tuple[str, ...]] = {
    "text": _TEXTS,
    "language": _TEXTS,
    "whole": ("valueInteger", "valueUnsignedInt", "valuePositiveInt"),
    "yes": ("valueBoolean",),
    "coding": ("valueCoding",),
    "concept": ("valueCodeableConcept",),
}
_ECHO: dict[Kind, str] = {
    "text": "valueString",
    "language": "valueCode",
    "whole": "valueInteger",
    "yes": "valueBoolean",
}


class Coding(NamedTuple):
    """A code of a system, with the name that somebody gave it."""

    system: str
    code: str
    display: str | None = None


@dataclass
class Values:
    """The parameters of one call, read and checked."""

    takes: Asked
    given: dict[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """A text, None when it is not given."""
        found: str | None = self.given.get(name)
        return found

    def required(self, name: str) -> str:
        """A text that must be given."""
        found = self.text(name)
        if found is None:
            raise _problem(f"ต้องระบุ {name}", f"{name} is required", "required")
        return found

    def whole(self, name: str) -> int | None:
        """A whole number from 0."""
        found: int | None = self.given.get(name)
        return found

    def yes(self, name: str) -> bool:
        """A boolean, false when it is not given."""
        return bool(self.given.get(name))

    @property
    def language(self) -> str | None:
        """th or en, None when none is asked for."""
        return self.text("displayLanguage")

    def codings(self, holder: str = "system") -> list[Coding]:
        """What code, coding or codeableConcept gives: exactly one of them.

        holder  the parameter that holds the system of a plain code
        """
        forms = [name for name in ("code", "coding", "codeableConcept") if name in self.given]
        if len(forms) != 1:
            able = " / ".join(name for name in ("code", "coding", "codeableConcept") if name in self.takes)
            raise _problem(f"ต้องระบุอย่างใดอย่างหนึ่ง: {able}", f"give one of {able}", "required")
        if forms == ["code"]:
            return [Coding(self.required(holder), self.given["code"], self.text("display"))]
        found: list[Coding] = self.given[forms[0]]
        return found

    def one_coding(self) -> Coding:
        """What code with system, or coding, gives."""
        return self.codings()[0]

    def pair(self, system: str | None) -> tuple[Coding, Coding]:
        """What codeA and codeB with system, or codingA and codingB, give."""
        if {"codeA", "codeB"} <= self.given.keys() and not {"codingA", "codingB"} & self.given.keys():
            named = self.required("system")
            return Coding(named, self.given["codeA"]), Coding(named, self.given["codeB"])
        if {"codingA", "codingB"} <= self.given.keys() and not {"codeA", "codeB"} & self.given.keys():
            first, second = self.given["codingA"][0], self.given["codingB"][0]
            if system in (None, first.system):
                return first, second
        raise _problem(
            "ต้องระบุ codeA กับ codeB และ system หรือ codingA กับ codingB",
            "give codeA and codeB with system, or codingA and codingB",
            "required",
        )

    def echo(self) -> list[dict[str, Any]]:
        """The parameters as an expansion repeats them."""
        return [{"name": name, _ECHO[self.takes[name]]: value} for name, value in self.given.items() if name != "url"]


def read_values(takes: Asked, pairs: Iterable[tuple[str, str]], posted: bytes) -> Values:
    """Read the parameters of an operation that takes these. Raises SearchProblem."""
    values = Values(takes)
    plain = ((name, "", value) for name, value in pairs if not is_format(name, value))
    for name, key, value in (*plain, *_posted(posted)):
        kind = takes.get(name)
        if kind is None:
            able = ", ".join(takes) or "_format, _pretty"
            raise _problem(f"ใช้ได้เฉพาะ {able}", f"this operation takes {able}", "not-supported")
        if name in values.given:
            raise _problem(f"{name} มีมากกว่าหนึ่งครั้ง", f"{name} is given more than once")
        if key and key not in _KEYS[kind]:
            raise _wrong(name, _KEYS[kind][0])
        values.given[name] = _READ[kind](name, value)
    return values


def texts(raw: bytes) -> Iterator[tuple[str, str]]:
    """Name and value of each parameter of a posted Parameters resource that takes texts alone. Raises SearchProblem."""
    for name, key, value in _posted(raw):
        if key not in _TEXTS:
            raise _wrong(name, _TEXTS[0])
        yield name, _text(name, value)


def _posted(raw: bytes) -> Iterator[tuple[str, str, Any]]:
    """Name, value[x] and value of each parameter of a Parameters resource."""
    if not raw:
        return
    try:
        body = orjson.loads(raw)
        listed: Any = body.get("parameter", []) if body["resourceType"] == "Parameters" else None
        for one in listed:
            [key] = [name for name in one if name != "name"]
            yield str(one["name"]), str(key), one[key]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _problem(
            "เนื้อหาต้องเป็น Parameters ที่แต่ละตัวมีชื่อกับค่าหนึ่งค่า",
            "the body is a Parameters resource; each parameter has a name and one value",
        ) from error


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MOST_TEXT or "\x00" in value:
        raise _wrong(name, "valueString")
    return value


def _language(name: str, value: object) -> str:
    language = _text(name, value).partition("-")[0].lower()
    if language not in {"th", "en"}:
        raise _problem("displayLanguage ต้องเป็น th หรือ en", "displayLanguage is th or en", "not-supported")
    return language


def _whole(name: str, value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if type(value) is int and 0 <= value < 10**9:
        return value
    raise _problem(f"{name} ต้องเป็นจำนวนเต็มไม่ติดลบ", f"{name} is a whole number from 0")


def _yes(name: str, value: object) -> bool:
    if value is True or value == "true":
        return True
    if value is False or value == "false":
        return False
    raise _problem(f"{name} ต้องเป็น true หรือ false", f"{name} is true or false")


def _coding(name: str, value: object) -> list[Coding]:
    if not isinstance(value, dict):
        raise _wrong(name, "valueCoding", "POST")
    display = value.get("display")
    return [
        Coding(
            _text(f"{name}.system", value.get("system")),
            _text(f"{name}.code", value.get("code")),
            None if display is None else _text(f"{name}.display", display),
        )
    ]


def _concept(name: str, value: object) -> list[Coding]:
    codings = value.get("coding") if isinstance(value, dict) else None
    if not isinstance(codings, list) or not 0 < len(codings) <= MOST_CODINGS:
        raise _wrong(name, "valueCodeableConcept", "POST")
    return [found for coding in codings for found in _coding(f"{name}.coding", coding)]


_READ: dict[Kind, Callable[[str, object], Any]] = {
    "text": _text,
    "language": _language,
    "whole": _whole,
    "yes": _yes,
    "coding": _coding,
    "concept": _concept,
}


def _wrong(name: str, key: str, method: str = "") -> SearchProblem:
    by = f" ส่งด้วย {method}" if method else ""
    return _problem(f"{name} ต้องเป็น {key}{by}", f"{name} is a {key}" + (f", sent by {method}" if method else ""))


def _problem(th: str, en: str, issue: str = "invalid") -> SearchProblem:
    return SearchProblem(th, en, issue=issue)
