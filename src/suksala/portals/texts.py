"""The one mechanism for words on pages: a text is a Thai and English pair, written where it is used (decision 0050)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import translation

THAI, ENGLISH = "th", "en"
LANGUAGES = (THAI, ENGLISH)


def language() -> str:
    """The language of the page being drawn: "th" unless the reader switched to English."""
    return ENGLISH if translation.get_language() == ENGLISH else THAI


def t(th: str, en: str, **values: object) -> str:
    """The text in the reader's language; `{name}` places are filled from `values`.

    A space before ๆ becomes U+00A0: browsers otherwise break "ทุก ๆ" and leave the mark alone on the next line.
    """
    text = en if language() == ENGLISH else th
    if values:
        text = text.format(**values)
    return text.replace(" ๆ", "\u00a0ๆ")


@dataclass(frozen=True)
class Text:
    """A text in both languages that travels in data (a facility's name, an indicator's title)."""

    th: str
    en: str

    def __str__(self) -> str:
        return t(self.th, self.en)
