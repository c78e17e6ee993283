"""What goes back over HTTP, and the refusals that every address shares."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from . import outcome


class Answer(NamedTuple):
    """What goes back.

    file     instead of a body: this file, sent in pieces
    passing  the file was made for this answer alone, and is taken away when it is sent
    """

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    file: Path | None = None
    passing: bool = False


class Refusal(Exception):
    """A request that is answered with an OperationOutcome."""

    def __init__(self, status: int, issue: str, th: str, en: str, *headers: tuple[str, str]) -> None:
        super().__init__(en)
        code = f"SKL-FHIR-{status}"
        self.answer = Answer(status, outcome.outcome(code, issue, th, en), headers)


def not_found() -> Refusal:
    """The one answer for what is not there, not any more, or not for this reader."""
    return Refusal(404, "not-found", "ไม่พบข้อมูลนี้", "there is no such resource")


def no_address() -> Refusal:
    """An address that this server does not have."""
    return Refusal(404, "not-supported", "ไม่มีที่อยู่นี้ ดู /fhir/metadata", "no such address here; see /fhir/metadata")
