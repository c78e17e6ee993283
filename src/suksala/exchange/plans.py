"""One write while it is decided: what was asked, what was found out about it so far, and whose problem a problem is."""

from __future__ import annotations

from dataclasses import dataclass, field

from suksala.foundation import SuksalaError

from .domain import NUMBER, PUBLIC_PERSON
from .outcome import Issue
from .standing import Key
from .storage import Batch
from .writes import Resource, Standing, Write, WriteProblem


@dataclass(eq=False)
class Plan:
    """One write while it is decided.

    matched  its criteria found its target
    found    for a conditional create: the resource that is there already; nothing is written then
    apart    its problem is its own and the others go on; else its problem is that of all
    problem  why it is not done, where it stands apart
    """

    write: Write
    rid: str = ""
    matched: bool = False
    found: str | None = None
    body: Resource | None = None
    person: int = PUBLIC_PERSON
    standing: Standing | None = None
    warnings: list[Issue] = field(default_factory=list)
    batch: Batch | None = None
    apart: bool = False
    problem: SuksalaError | None = None

    @property
    def vid(self) -> int:
        """The version that was written; 0 where nothing changed."""
        return self.batch.versions.get((NUMBER[self.write.rtype], self.rid), 0) if self.batch else 0

    @property
    def key(self) -> Key:
        """Type and id."""
        return self.write.rtype, self.found or self.rid

    @property
    def is_new(self) -> bool:
        """The server gave the id just now, so nothing can stand there."""
        return self.write.method == "POST" and not self.found

    @property
    def has_lost_target(self) -> bool:
        """What its criteria found was deleted or closed before it was locked."""
        before = self.standing
        return self.matched and (before is None or before.deleted or not before.open)

    @property
    def is_living(self) -> bool:
        """A resource stands there afterwards that this write brings."""
        return self.body is not None and not self.found

    @property
    def is_answered(self) -> bool:
        """Its answer is what stands there already."""
        return self.standing is not None and not self.vid and (self.body is not None or self.found is not None)

    @property
    def creates(self) -> bool:
        """Nothing living stands there."""
        return self.standing is None or self.standing.deleted


class Entry:
    """A problem inside is about this write. A class, for it stands around every step of every line of a bulk import."""

    __slots__ = ("number", "plan")

    def __init__(self, number: int, plan: Plan) -> None:
        self.number = number
        self.plan = plan

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, problem: BaseException | None, __: object) -> bool:
        if isinstance(problem, WriteProblem) and not self.plan.apart:
            problem.entry = self.number
        if not isinstance(problem, SuksalaError) or not self.plan.apart:
            return False
        self.plan.problem = problem.with_traceback(None)  # which would keep every frame alive
        return True
