"""Whether every row that is stored bears its sensitive classes; until then nothing is opened by them.

A row from before the classes were read bears none, so "all but sensitive classes" would open it. The table says since
which layout of the index all rows were labelled (`reindexing`). A process looks again every few seconds and before it
first opens anything, so what it knows is old in one direction only: closed a little longer than it must be
(decision 0130).
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import NamedTuple

from suksala.consent import Permit, Scope
from suksala.foundation import SuksalaError, database

LAYOUT = 6  # of the index (reindexing.LAYOUT), since which labels are read as they are now; raised with their rules
LOOK_SECONDS = 5.0


class NotLabelled(SuksalaError):
    """Nothing is opened by sensitive classes while stored rows are being given theirs, after an upgrade."""

    code = "SKL-FHIR-LABELS"
    http_status = 503

    def __init__(self) -> None:
        super().__init__(
            "หลังปรับรุ่น ระบบกำลังติดป้ายข้อมูลอ่อนไหวให้ข้อมูลเดิม ข้อมูลส่วนนี้จะเปิดได้เมื่อติดป้ายครบ ลองใหม่ภายหลัง",
            "after an upgrade, stored records are being labelled with their sensitive classes; this opens again when "
            "all are, try later",
        )


class _Looked(NamedTuple):
    moment: float = 0.0
    made: bool = False


_looked = _Looked()


def is_made() -> bool:
    """Whether every row bears its labels, as seen within the last few seconds."""
    global _looked  # noqa: PLW0603 - one answer for a process
    now = time.monotonic()
    if not _looked.moment or now - _looked.moment > LOOK_SECONDS:
        _looked = _Looked(now, all(layout >= LAYOUT for (layout,) in database.rows("SELECT labelled FROM reindex")))
    return _looked.made


def forget() -> None:
    """Look again before anything else is opened: rows are about to be made anew, or all were."""
    global _looked  # noqa: PLW0603 - one answer for a process
    _looked = _Looked()


def labelled(permit: Permit) -> Permit:
    """What of a permit holds now: all of it, or only what goes by no label. Raises NotLabelled when none is left."""
    if is_made() or not any(_goes_by_labels(scope) for scope in permit.scopes):
        return permit
    plain = tuple(scope for scope in permit.scopes if not _goes_by_labels(scope))
    if not plain:
        raise NotLabelled
    return replace(permit, scopes=plain)


def _goes_by_labels(scope: Scope) -> bool:
    return any(rows.labels is not None for rows in (scope.rows, *scope.without))
