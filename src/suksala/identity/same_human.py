"""One human as the set of their registrations, by any one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from . import storage

EVER_TOGETHER = (
    "SELECT one.person, other.person AS other, one.closed_by IS NULL AND other.closed_by IS NULL AS now "
    "FROM identity_membership one JOIN identity_membership other "
    "ON other.human = one.human AND other.person <> one.person"
)
"""Each two registrations that are one human (`now`), or once were counted to the same one: SQL of a table for a
statement of the layers above, who find by it only what their permit opens."""


class SameHuman(Set[int]):
    """All registrations of the human that one of them is; none where there is no such registration.

    person  one registration of the human

    Whoever looks into it asks the database, once. A statement that reads one row need not be told the registrations
    first: it finds them itself, in its own snapshot, for less than half of what asking costs (`among`, decision 0153).
    """

    __slots__ = ("_found", "person")

    def __init__(self, person: int) -> None:
        self.person = person
        self._found: frozenset[int] | None = None

    def among(self, column: str) -> tuple[str, tuple[int]]:
        """The test that a column names one of the registrations, as SQL and the values of its placeholders. The
        registrations are found once in the statement, and an index on the column serves it.
        """
        return f"{column} = ANY(ARRAY({storage.PERSONS_LIKE}))", (self.person,)

    def __contains__(self, person: object) -> bool:
        return person in self._persons()

    def __iter__(self) -> Iterator[int]:
        return iter(self._persons())

    def __hash__(self) -> int:
        return hash(self._persons())

    def __len__(self) -> int:
        return len(self._persons())

    def __repr__(self) -> str:
        return f"SameHuman({self.person})"

    @classmethod
    def _from_iterable(cls, it: Iterable[int]) -> frozenset[int]:  # type: ignore[override]
        """What set operations make of it is a plain set."""
        return frozenset(it)

    def _persons(self) -> frozenset[int]:
        if self._found is None:
            self._found = frozenset(storage.persons_like(self.person))
        return self._found
