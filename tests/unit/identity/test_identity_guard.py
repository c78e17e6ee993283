"""When two registrations with one trusted number are one human, and when a reviewer is asked."""

from __future__ import annotations

from datetime import date

import pytest

from suksala.identity.domain import Evidence, guard, sound_keys, sounds_alike

BORN = date(1970, 5, 5)


def seen(birth: date | None = BORN, given: str = "มาลี", family: str = "ใจดี", newborn: bool = False) -> Evidence:
    """What one registration shows."""
    return Evidence(birth, given, family, newborn)


@pytest.mark.parametrize(
    ("a", "b", "rule", "why"),
    [
        (seen(), seen(given="สมศรี", family="รักไทย"), "birth", "a new name after marriage, the same birthday"),
        (seen(), seen(birth=date(1970, 5, 6)), "given-spelling", "a mistyped day, the name is equal"),
        (seen(given="สมชาย"), seen(date(1990, 1, 1), "สมชัย"), "given-spelling", "Jaro-Winkler .893 is at least .85"),
        (seen(given="วิไล"), seen(date(1990, 1, 1), "วิลัย"), "given-sound", "the same sound, Jaro-Winkler below .85"),
        (seen(given="ณัฐ"), seen(date(1990, 1, 1), "นัด", "ดี"), "given-sound", "the same sound, not one letter in place"),
        (seen(given="อารี"), seen(date(1971, 1, 1), "ก้อย"), "year-family", "one year apart, the family name is equal"),
        (seen(given="อารี"), seen(date(1972, 1, 1), "ก้อย"), None, "two years apart"),
        (seen(given="อารี"), seen(date(1971, 1, 1), "ก้อย", "ดี"), None, "another family name"),
        (seen(given="อารี", family=""), seen(date(1971, 1, 1), "ก้อย", ""), None, "no family name is not an equal one"),
        (seen(None), seen(None), "given-spelling", "no birth date; the name is equal"),
        (seen(None, ""), seen(None, ""), None, "nothing is known of either: nothing speaks for one human"),
        (seen(None, "อารี"), seen(date(1970, 1, 1), "ก้อย"), None, "an unknown birth date is near to none"),
        (seen(newborn=True), seen(given="สมหญิง"), "birth", "a newborn's placeholder and the child, one birthday"),
        (seen(newborn=True), seen(birth=date(1970, 5, 6)), None, "a newborn needs the date, however equal the name"),
        (seen(), seen(birth=date(1970, 5, 6), newborn=True), None, "on either side"),
    ],
)
def test_each_way_in_or_out(a: Evidence, b: Evidence, rule: str | None, why: str) -> None:
    """Each row is one way to be one human, or not; the guard is the same from both sides."""
    assert (guard(a, b), guard(b, a)) == (rule, rule), why


def test_no_name_sounds_like_no_name() -> None:
    """A sound key of '' would join everybody without one."""
    assert sound_keys("") == sound_keys("123") == sound_keys("အောင်") == (None, None)
    assert not sounds_alike("", "")


def test_names_that_sound_alike_share_a_key() -> None:
    """lk82 or udom83 of Thai names, whichever sees it; double metaphone of Latin ones."""
    assert sounds_alike("ศักดิ์", "สัก")
    assert not sounds_alike("มาลี", "สมชาย")
    assert sound_keys("AUNG") == ("ANK", None)
    assert sounds_alike("AUNG", "ONG")
    assert not sounds_alike("AUNG", "อ่อง")  # never across scripts
