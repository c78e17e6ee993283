"""What a client wants written, what became of it, and every way in which it is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias

from suksala.consent import Permit
from suksala.foundation import SuksalaError

from .answers import Refusal
from .outcome import Issue

Method = Literal["POST", "PUT", "PATCH", "DELETE"]
Resource: TypeAlias = dict[str, Any]
Patch: TypeAlias = Callable[[Resource], Resource]

OURS = "urn:suksala:"  # meta.source that only the server gives
DEPOSITED = OURS + "deposit:"


@dataclass(frozen=True)
class Writer:
    """Who writes: under which permit, for which facility, and what is checked.

    hospcode  the facility in whose name it is written; None: a system of the exchange itself
    require   called with a type and a SMART right (c, u, d); raises where the token does not have it
    lenient   faults of validation and unknown patients are told as warnings and the resource is taken
    base      what the server's addresses begin with; references under it are references to here
    own       the server itself writes what it knows of a subscription
    """

    permit: Permit
    hospcode: str | None
    require: Callable[[str, str], None]
    base: str
    lenient: bool = False
    own: bool = False

    def may_read(self, rtype: str) -> bool:
        """Whether the token gives the right to read this type."""
        try:
            self.require(rtype, "r")
        except Refusal:
            return False
        return True


@dataclass
class Write:
    """One write as it was asked for.

    rid       the id in the address; for POST given by the server
    body      the resource; None for PATCH and DELETE
    patch     for PATCH: from the present resource to the new one
    criteria  a conditional write: the search that names its target (POST: that must find nothing)
    if_match  the version that must be the present one
    absent    If-None-Match: * - nothing may be there yet
    full_url  in a transaction: how other entries refer to it
    """

    method: Method
    rtype: str
    rid: str | None = None
    body: Resource | None = None
    patch: Patch | None = None
    criteria: Sequence[tuple[str, str]] | None = None
    if_match: int | None = None
    absent: bool = False
    full_url: str | None = None


@dataclass
class Written:
    """What became of one write.

    status    200, 201 or 204
    body      the resource as it is served now; empty after a deletion
    warnings  what was taken although it was not right
    """

    rtype: str
    rid: str
    vid: int
    changed: datetime
    status: int
    body: bytes = b""
    warnings: list[Issue] = field(default_factory=list)


class Standing(NamedTuple):
    """What stands under an id, locked for this transaction.

    open  whether the writer may see it
    """

    person: int
    vid: int
    changed: datetime
    org: int | None
    deleted: bool
    body: bytes
    open: bool


class WriteProblem(SuksalaError):
    """A write that is refused; nothing of it, and nothing of its transaction, was kept.

    entry  in a transaction: the place of the entry, from 0
    """

    code = "SKL-FHIR-422"

    def __init__(self, status: int, issues: Sequence[Issue]) -> None:
        super().__init__(issues[0].th, issues[0].en)
        self.http_status = status
        self.issues = list(issues)
        self.entry: int | None = None


def refused(
    status: int, kind: str, th: str, en: str, expression: str | None = None, *, code: str | None = None
) -> WriteProblem:
    """A refusal with one issue; its code is the status's where it has none of its own."""
    return WriteProblem(status, [Issue(code or f"SKL-FHIR-{status}", kind, th, en, "error", expression)])


def gone() -> WriteProblem:
    """The one answer for what is not there or not for this writer."""
    return refused(404, "not-found", "ไม่พบข้อมูลนี้", "there is no such resource")


def version_conflict() -> WriteProblem:
    """If-Match named another version than the present one."""
    return refused(
        412,
        "conflict",
        "มีผู้แก้ข้อมูลนี้ไปแล้ว อ่านรุ่นล่าสุดแล้วแก้ใหม่",
        "somebody changed this meanwhile; read it again, then write",
    )


def taken() -> WriteProblem:
    """The id stands for something that this writer may not see: nothing more is told."""
    return refused(409, "conflict", "ใช้เลขนี้ไม่ได้ ใช้ POST แทน", "this id cannot be used here; POST instead")


def deposited() -> WriteProblem:
    """The resource is made of a deposit's row; a write here would be undone by the next deposit."""
    return refused(
        422,
        "business-rule",
        "ข้อมูลนี้มาจากแฟ้มที่นำส่ง แก้ที่ต้นทางแล้วส่งแฟ้มใหม่",
        "this comes from a deposited file; correct its row and send the file again",
    )
