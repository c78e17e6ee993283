"""Every statement that is really asked puts the permit on every alias of the record, whatever the surface: a second
wall, on which a forgotten predicate is found even where no hidden row shows it (T06 to T08; decision 0197).
"""

from __future__ import annotations

from typing import Any
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from suksala.exchange import searching
from suksala.exchange.at import At
from suksala.exchange.predicate import Clause
from tests.property.record_worlds import TYPES
from tests.property.test_non_interference import AT_ONCE, IDS, QUESTIONS, Asked, Question, Record, asked, law, of
from tests.record_watch import Watch, marked

EXAMPLES = 25
ENOUGH = 100  # statements that differ, of so many questions

OBSERVATION = f"/fhir/Observation/{IDS['Observation'][0]}"
EXPORT = Question("GET", "/fhir/$export", b"", (("HTTP_PREFER", "respond-async"),))
# what forgets the permit, what it makes in its place, what is asked, the alias that is found
FORGOTTEN = [
    ("reads.permitted", "NOT r.deleted", of(OBSERVATION), "r"),
    ("searching.open_rows", "NOT r.deleted", of("/fhir/Observation?status=final"), "r"),
    ("conditions.open_rows", "true", of("/fhir/Observation?encounter.status=planned"), "rr"),
    ("conditions.open_rows", "true", of("/fhir/Patient?_has:Observation:patient:status=final"), "rr"),
    ("searching.open_among", "true", of("/fhir/DiagnosticReport?_include=DiagnosticReport:result"), "t"),
    ("versions.opened_former", "true", of("/fhir/Condition/_history"), "v"),
    ("exporting.permitted", "true", st.just(EXPORT), "r"),
]


class EveryAlias(Record):
    """The wall, and that it is one."""

    def watched(self, examples: int, questions: st.SearchStrategy[Question] = QUESTIONS, many: int = AT_ONCE) -> Watch:
        """What some examples of these questions lead to."""
        watch = Watch()

        @law(examples * AT_ONCE)
        @given(asked(questions, TYPES, many))
        def ask(one: Asked) -> None:
            with marked(), watch.looking():
                self.answers(one, 0)

        ask()
        return watch

    def test_no_alias_is_without_a_permit(self) -> None:
        """Over every surface that the law of hidden rows asks."""
        watch = self.watched(EXAMPLES)
        assert watch.bare == set()
        assert len(watch.under) > ENOUGH

    def test_what_is_forgotten_is_found(self) -> None:
        """In one place each: a read, a search, a chain, `_has`, what is brought along, versions, an export."""
        found = []
        for name, made, questions, alias in FORGOTTEN:
            with mock.patch(f"suksala.exchange.{name}", lambda *_, made=made, **__: Clause(made)):
                found.append(f"reads.audited: {alias}" in self.watched(2, questions, 1).bare)
        assert found == [True] * len(FORGOTTEN)

    def test_a_permit_that_decides_nothing_is_none(self) -> None:
        """Medplum #2840: a test takes the search out of its bounds; the permit stands there, in one part of an OR."""
        condition = searching.condition

        def slipping(at: At, test: Any) -> Clause:
            found = condition(at, test)
            return Clause(f"{found.sql} OR NOT r.deleted", found.values)

        with mock.patch("suksala.exchange.searching.condition", slipping):
            assert "reads.audited: r" in self.watched(2, of("/fhir/Observation?status=final"), 1).bare
