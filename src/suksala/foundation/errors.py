"""The root of every error that a person may see: a stable code and one sentence in Thai and in English."""

from __future__ import annotations


class SuksalaError(Exception):
    """Something the reader of the message can put right.

    A subclass names the problem and fixes `code` (stable, documented), `http_status` and `exit_code`.
    `th` and `en` say where, what was found, what was expected and what to do. They may name a file, a line
    or a column, never a value from the data: `str()` of an error goes to logs.
    """

    code = "SKL-000"
    http_status = 400
    exit_code = 2

    def __init__(self, th: str, en: str, *, code: str | None = None) -> None:
        super().__init__(en)
        self.th = th
        self.en = en
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.code}: {self.en}"
