"""The small parts: spans of dates, tokens, walkers, COPY bytes, sources."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest

from suksala.exchange import copying, dates, query, tokens, walkers
from suksala.exchange.definitions import parameters, resource_types
from suksala.exchange.domain import NAME, NUMBER, STATUSES, Source, split_source
from suksala.exchange.indexing import indexer
from suksala.exchange.parameters import STORED, answered

SPANS = [
    ("2026", "2026-01-01T00:00:00+07:00", "2027-01-01T00:00:00+07:00"),
    ("2026-12", "2026-12-01T00:00:00+07:00", "2027-01-01T00:00:00+07:00"),
    ("2024-02", "2024-02-01T00:00:00+07:00", "2024-03-01T00:00:00+07:00"),
    ("2026-01-05", "2026-01-05T00:00:00+07:00", "2026-01-06T00:00:00+07:00"),
    ("2026-01-05T10:00", "2026-01-05T10:00:00+07:00", "2026-01-05T10:01:00+07:00"),
    ("2026-01-05T10:00:00Z", "2026-01-05T10:00:00+00:00", "2026-01-05T10:00:01+00:00"),
    ("2026-01-05T10:00:00-05:30", "2026-01-05T10:00:00-05:30", "2026-01-05T10:00:01-05:30"),
    ("2026-01-05T10:00:00.5+07:00", "2026-01-05T10:00:00.500000+07:00", "2026-01-05T10:00:00.600000+07:00"),
    ("2026-01-05T10:00:00.123Z", "2026-01-05T10:00:00.123000+00:00", "2026-01-05T10:00:00.124000+00:00"),
]


@pytest.mark.parametrize(("text", "low", "high"), SPANS)
def test_spans(text: str, low: str, high: str) -> None:
    """A precision is a range; a day without a zone is in Bangkok."""
    assert dates.span(text) == (datetime.fromisoformat(low), datetime.fromisoformat(high))


@pytest.mark.parametrize(
    "text", ["", "26", "2026-1", "2026-00", "2026-02-30", "2026-01-05T", "2026-01-05T24:00", "05/01/2026", "๒๕๖๙"]
)
def test_what_is_no_date(text: str) -> None:
    """Refused, Thai digits too: the API speaks ISO 8601."""
    with pytest.raises(ValueError):  # noqa: PT011 - the caller words the refusal
        dates.span(text)


def test_tokens_keep_their_parts_apart() -> None:
    """A parameter, a system and a code cannot be mistaken for others that read the same when joined."""
    told = {
        tokens.token(*parts)
        for parts in (("code", "a", "bc"), ("code", "ab", "c"), ("codea", "", "bc"), ("code", "", "abc"))
    }
    assert len(told) == 4
    assert all(-(2**63) <= number < 2**63 for number in told)


BP = {
    "status": "final",
    "category": [{"coding": [{"system": "c", "code": "vital-signs"}]}],
    "code": {"coding": [{"system": "l", "code": "85354-9"}]},
    "effectiveDateTime": "2026-01-05",
    "encounter": {"reference": "Encounter/sv-1"},
    "component": [{"code": {"coding": [{"system": "l", "code": "8480-6"}]}, "valueQuantity": {"value": 130}}],
    "telecom": [{"system": "phone", "value": "1"}, {"system": "email", "value": "2"}],
    "subject": {"reference": "Patient/pt-1"},
}
WALKS = [
    ("Observation.status", ["final"]),
    ("Observation.effective", ["2026-01-05"]),
    ("Observation.component.code.coding.code", ["8480-6"]),
    ("Observation.component.value.ofType(Quantity).value", [130]),
    ("(Observation.component.value as Quantity).value", [130]),
    ("Observation.code.coding.code | Observation.component.code.coding.code", ["85354-9", "8480-6"]),
    ("Observation.telecom.where(system='phone').value", ["1"]),
    ("Observation.subject.where(resolve() is Patient)", [{"reference": "Patient/pt-1"}]),
    ("Observation.subject.where(resolve() is Group)", []),
    ("Observation.missing.deeper", []),
]


@pytest.mark.parametrize(("expression", "values"), WALKS)
def test_walkers(expression: str, values: list[object]) -> None:
    """The subset of FHIRPath that search parameters use."""
    assert walkers.compile_expression(expression)(BP) == values


@pytest.mark.parametrize("expression", ["Observation.where(a > b)", "Observation.code.first()", "Observation.x + 1"])
def test_what_walkers_do_not_know(expression: str) -> None:
    """Said when the table is read, not when a search misses."""
    with pytest.raises(walkers.Unsupported):
        walkers.compile_expression(expression)


def test_every_searched_path_has_its_form_in_sql() -> None:
    """Modifiers that look into bodies know every token and string parameter."""
    for rtype, stored in STORED.items():
        for name in (*stored.tokens, *stored.strings, *(n for n in (stored.code,) if n)):
            assert walkers.json_paths(answered(rtype)[name].expression)


PATHS = [
    ("Observation.component.code", ("$.component.code",)),
    ("(MedicationDispense.medication.ofType(CodeableConcept))", ("$.medicationCodeableConcept",)),
    ("Organization.name | Organization.alias", ("$.name", "$.alias")),
    ("Patient.deceased.exists() and Patient.deceased != false", ("$",)),
]


@pytest.mark.parametrize(("expression", "paths"), PATHS)
def test_paths_of_sql(expression: str, paths: tuple[str, ...]) -> None:
    """One per alternative."""
    assert walkers.json_paths(expression) == paths


def test_every_answered_parameter_compiles() -> None:
    """And every name is one of the standard's."""
    for rtype in STORED:
        assert set(answered(rtype)) <= set(parameters(rtype))
        indexer(rtype)


def test_the_index_of_a_blood_pressure() -> None:
    """One row of columns: code, day, visit, status, and the rest as tokens."""
    index = indexer("Observation")("lb-1", BP)
    assert index.code == tokens.token("code", "l", "85354-9")
    assert (index.date, index.date_hi) == dates.span("2026-01-05")
    assert index.enc == tokens.reference("Encounter/sv-1")
    assert STATUSES[index.status or 0] == "final"
    assert set(index.toks) == {
        tokens.token("code", "*", "85354-9"),
        *tokens.coding("category", "c", "vital-signs"),
        *tokens.coding("component-code", "l", "8480-6"),
        tokens.beside("performer"),  # nobody is named, so the column of the sender is no performer
    }


def test_an_encounter_is_found_by_its_own_visit() -> None:
    """What refers to it and itself share the number."""
    assert indexer("Encounter")("sv-1", {"status": "finished"}).enc == tokens.reference("Encounter/sv-1")


def test_an_open_period_reaches_for_ever() -> None:
    """A stay without an end."""
    index = indexer("Encounter")("ad-1", {"status": "in-progress", "period": {"start": "2026-01-05"}})
    assert (index.date, index.date_hi) == (dates.span("2026-01-05")[0], dates.FAR_AHEAD)


def test_type_numbers_are_places_in_the_alphabet() -> None:
    """They are stored: a change would make every row another type."""
    assert resource_types() == tuple(sorted(resource_types()))
    assert (NUMBER["Account"], NUMBER["Patient"], NUMBER["VisionPrescription"], len(NAME)) == (0, 102, 145, 146)


def test_status_numbers_do_not_move() -> None:
    """They are stored too."""
    assert [STATUSES.index(code) for code in ("active", "final", "planned", "completed", "proposed")] == [
        0,
        6,
        14,
        20,
        27,
    ]
    assert len(set(STATUSES)) == len(STATUSES)


def test_copy_bytes() -> None:
    """As the PostgreSQL manual writes them."""
    assert copying.int8(None) == b"\xff\xff\xff\xff"
    assert copying.int8(-1) == struct.pack("!iq", 8, -1)
    assert copying.text("ก") == b"\x00\x00\x00\x03" + "ก".encode()
    assert copying.moment(datetime(2000, 1, 1, 0, 0, 1, tzinfo=UTC)) == struct.pack("!iq", 8, 1_000_000)
    assert copying.int8_array([]) == struct.pack("!iiii", 12, 0, 0, 20)
    assert copying.int8_array([5]) == struct.pack("!iiiiiiiq", 32, 1, 0, 20, 1, 1, 8, 5)
    assert copying.row([copying.int2(1)]) == struct.pack("!hih", 1, 2, 1)


SOURCES = [
    ("urn:suksala:deposit:0123456789abcdef#SERVICE/42", Source("0123456789abcdef", "SERVICE", 42)),
    ("urn:suksala:registry", None),
    ("urn:suksala:deposit:0123456789abcdef#SERVICE", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "source"), SOURCES)
def test_sources(text: str, source: Source | None) -> None:
    """Where a line came from."""
    assert split_source(text) == source


@pytest.mark.parametrize("made_up", ["", "x", "W10", "WzEsMl0", "bnVsbA", "ไทย", "WyIyMDI2LTAxLTAxIiwxXQ"])
def test_cursors_that_are_not_ours(made_up: str) -> None:
    """Refused, whatever they decode to."""
    with pytest.raises(query.SearchProblem):
        query.read_cursor(made_up)


def test_a_cursor_is_read_as_it_was_written() -> None:
    """Print and parse."""
    at = datetime(2026, 1, 5, 1, 2, 3, 4, tzinfo=UTC)
    assert query.read_cursor(query.write_cursor(at, 7)) == (at, 7)
