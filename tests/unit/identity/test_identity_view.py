"""The best that is known of a human, field by field with its source; and who was whom at an earlier moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from suksala import identity
from suksala.foundation import clock
from suksala.identity import NoSuchHuman, Source
from tests.people import CLINIC, HOSPITAL, UNIT, events, mali, number

pytestmark = pytest.mark.django_db

OLD, NEW = datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)


def person(hospcode: str, pid: str) -> int:
    return identity.person_of(hospcode, pid)


def test_each_field_is_the_newest_that_anybody_says() -> None:
    """The clinic knows the new name but no telephone and only the year of birth; the hospital the rest."""
    identity.link(HOSPITAL, [mali("1", title="น.ส.", phone="0890012457", passport="AB1234567", d_update=OLD)])
    married = mali("c", title="นาง", family="รักไทย", birth=date(1970, 1, 1), sex=None, d_update=NEW)
    identity.link(CLINIC, [married])
    seen = identity.view(person(HOSPITAL, "1"))
    hospital, clinic = Source(HOSPITAL, "1", OLD), Source(CLINIC, "c", NEW)
    assert (seen.family, seen.given, seen.title) == (
        identity.Said("รักไทย", clinic),
        identity.Said("มาลี", clinic),
        identity.Said("นาง", clinic),
    )
    assert seen.birth == identity.Said(date(1970, 5, 5), hospital)
    assert seen.sex == identity.Said("2", hospital)
    assert [said.value for said in seen.families] == ["รักไทย", "ใจดี"]
    assert seen.phones == (identity.Said("0890012457", hospital),)
    assert seen.passports == (identity.Said("AB1234567", hospital),)
    assert [(said.value.text, said.value.cls, said.value.trusted) for said in seen.numbers] == [(number(1), "T1", True)]
    assert seen.dead is None


def test_a_former_family_name_is_kept_with_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    identity.link(HOSPITAL, [mali("1")])
    monkeypatch.setattr(clock, "now", lambda: NEW)
    identity.link(HOSPITAL, [mali("1", family="รักไทย")])
    seen = identity.view(person(HOSPITAL, "1"))
    assert [said.value for said in seen.families] == ["รักไทย", "ใจดี"]
    assert seen.families[1].source == Source(HOSPITAL, "1", None, NEW)
    identity.link(HOSPITAL, [mali("1")])
    assert [said.value for said in identity.view(person(HOSPITAL, "1")).families] == ["ใจดี", "รักไทย"]


def test_what_was_withdrawn_leaves_no_name_behind() -> None:
    identity.link(HOSPITAL, [mali("1")])
    identity.link(HOSPITAL, [mali("1", family="รักไทย")])
    identity.link(HOSPITAL, [], gone=["1"])
    seen = identity.view(person(HOSPITAL, "1"))
    assert (seen.given, seen.families, seen.numbers) == (None, (), ())


def test_a_name_goes_before_a_placeholder_however_new() -> None:
    born = {"birth": date(2025, 3, 3), "number": number(4, 1)}
    identity.link(HOSPITAL, [mali("1", **born, d_update=OLD)])
    identity.link(UNIT, [mali("A7", given="บุตร น.ส.มาลี", **born, d_update=NEW)])
    seen = identity.view(person(HOSPITAL, "1"))
    assert (seen.given, seen.birth) == (
        identity.Said("มาลี", Source(HOSPITAL, "1", OLD)),
        identity.Said(date(2025, 3, 3), Source(UNIT, "A7", NEW)),
    )


def test_who_tells_of_the_death_is_named() -> None:
    identity.link(HOSPITAL, [mali("1", dead=True, d_update=OLD)])
    assert identity.view(person(HOSPITAL, "1")).dead == Source(HOSPITAL, "1", OLD)


def test_nobody_has_no_view() -> None:
    with pytest.raises(NoSuchHuman):
        identity.view(1 << 40)


def test_no_value_is_printed_by_accident() -> None:
    identity.link(HOSPITAL, [mali("1", phone="0890012457", passport="AB1234567")])
    told = repr(identity.view(person(HOSPITAL, "1")))
    assert [v for v in ("มาลี", "ใจดี", number(1), "0890012457", "AB1234567", "1970") if v in told] == []


def test_whom_we_took_them_for_at_an_earlier_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apart before the link, one after it, apart again after the undoing: each can still be asked for."""
    for days, act in enumerate(
        (
            lambda: identity.link(HOSPITAL, [mali("1")]),
            lambda: identity.persons(UNIT, ["A7"]),
            lambda: identity.link(UNIT, [mali("A7")]),
            lambda: identity.undo(events()[-1], actor="account:steward"),
        )
    ):
        monkeypatch.setattr(clock, "now", lambda days=days: OLD + timedelta(days=days))
        act()
    a, b = person(HOSPITAL, "1"), person(UNIT, "A7")
    told = [identity.humans_as_of([a, b], identity.event_at(OLD + timedelta(days=n, hours=1))) for n in range(-1, 4)]
    assert told == [{}, {a: a}, {a: a, b: b}, {a: a, b: a}, {a: a, b: b}]
    linked = identity.event_at(OLD + timedelta(days=2, hours=1))
    assert identity.persons_as_of(a, linked) == {a, b}
    assert identity.persons_as_of(b, linked) == frozenset()
    assert identity.persons_as_of(b, identity.last_event()) == {b}
