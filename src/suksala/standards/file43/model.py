"""The words of the standard: a file, a field, a code table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

FieldType = Literal["char", "num", "decimal", "date", "datetime"]
Vocabulary = Literal["hcode5", "hcode9", "icd10tm", "procedure", "drug"]


@dataclass(frozen=True)
class Field:
    """One column of one file, as version 2.4.1 describes it.

    type        char; num (whole number); decimal; date (YYYYMMDD); datetime (YYYYMMDDHHMMSS); years are Gregorian
    width       most characters, the decimal point included; None for JSON
    scale       digits after the point of a decimal
    required    the standard says NOT NULL; nine-character facility codes are not counted as such (R-08)
    is_key      part of the key this platform goes by (`FileSpec.key`)
    code_table  name for `code_table()`, or None
    vocabulary  a list kept elsewhere: hcode5 and hcode9 facilities, icd10tm, procedure, drug
    since       first version that has the column; "2.2-2.3" means that it came in one of the two
    aliases     other spellings met in real headers
    """

    file: str
    name: str
    type: FieldType
    width: int | None
    scale: int | None
    required: bool
    is_key: bool
    code_table: str | None
    vocabulary: Vocabulary | None
    since_version: str
    aliases: tuple[str, ...]
    label_en: str

    @property
    def column(self) -> str:
        """The name in the lake: lower case."""
        return self.name.lower()


@dataclass(frozen=True)
class FileSpec:
    """One of the 52 files.

    key           field names that tell two rows of one sender apart, HOSPCODE first; decided in docs/readings.md
    service_date  the field that places a row in a fiscal year; None for registers of a last state
    kind          accumulate, service, semi-survey, correction or policy (docs/reference)
    """

    name: str
    number: int
    kind: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    service_date: str | None
    since_version: str
    aliases: tuple[str, ...]
    description_en: str

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Field names in the order of the standard."""
        return tuple(f.name for f in self.fields)

    @cached_property
    def _by_spelling(self) -> Mapping[str, Field]:
        spelt = {alias: f for f in self.fields for alias in f.aliases}
        return spelt | {f.name: f for f in self.fields}

    def field(self, name: str) -> Field | None:
        """The field of this name, in any case, or under a known misspelling; None when there is none."""
        return self._by_spelling.get(name.strip().upper())

    def position(self, name: str) -> int:
        """0-based place of a field in the standard's order. Raises KeyError."""
        found = self.field(name)
        if found is None:
            raise KeyError(f"{self.name} has no field {name}")
        return self.fields.index(found)


@dataclass(frozen=True)
class CodeTable:
    """The values a field may take.

    labels     code -> Thai label (the English one where no Thai is known)
    labels_en  code -> English label (the Thai one where no English is known)
    closed     every value is known, so another value is a fault; an open list only names what it knows
    extra      column -> code -> value, for the few tables that say more (prename: full_th, sex)
    """

    name: str
    title_en: str
    closed: bool
    labels: Mapping[str, str]
    labels_en: Mapping[str, str]
    extra: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __contains__(self, code: object) -> bool:
        return code in self.labels

    def label(self, code: str, language: str = "th") -> str:
        """The label of a code, or the code itself when the list does not know it."""
        labels = self.labels_en if language == "en" else self.labels
        return labels.get(code, code)
