"""A stable code stands for one kind of error, and says what it is (docs/reference/errors.md, printed from the same)."""

from __future__ import annotations

from tools import error_codes
from tools.error_codes import OF_STATUS, of_source, shared, uses


def test_every_code_stands_for_one_kind_of_error() -> None:
    """An integrator counts and answers by the code: two errors under one are told apart by nobody."""
    found = uses()
    assert len({use.code for use in found}) > 200
    assert shared(found) == {}


def test_every_code_says_what_it_is() -> None:
    """By the first line of its class, or by the sentence that is given with it."""
    silent = [use.place for use in uses() if not use.says and not OF_STATUS.fullmatch(use.code)]
    assert silent == []


def test_every_code_is_documented() -> None:
    """Those of an HTTP status are told by their form."""
    page = error_codes.page()
    missing = {use.code for use in uses() if f"| {use.code} |" not in page}
    assert {code for code in missing if not OF_STATUS.fullmatch(code)} == set()
    assert (
        "| SKL-BAK-006 | `AlreadyCopying` | A copy is being made already. Nothing was made, and that one goes on. |"
        in page
    )


SOURCE = '''
PEOPLE = "SKL-ONE-002"

class First(SuksalaError):
    """The first."""

    code = "SKL-ONE-001"

raise Second("สอง", f"the second of {n}", code="SKL-ONE-001")
raise Third(PEOPLE, "สาม", "the third")
told = Issue("SKL-FHIR-422", "สี่", "the fourth")
told = answer("SKL-ONE-003", problem.th, problem.en, 401)
'''


def test_the_look_bites() -> None:
    """A code of a class that another one is given, by its text or by a name."""
    found = list(of_source(SOURCE, "a.py"))
    assert {(use.code, use.by, use.own, use.says) for use in found} == {
        ("SKL-ONE-001", "First", True, "The first."),
        ("SKL-ONE-001", "Second", False, "the second of …"),
        ("SKL-ONE-002", "Third", False, "the third"),
        ("SKL-FHIR-422", "Issue", False, "the fourth"),
        ("SKL-ONE-003", "answer", False, "What the error behind it says."),
    }
    assert shared(found) == {"SKL-ONE-001": {"First", "Second"}}
    assert shared([*found, *of_source(SOURCE.replace("Third", "Fourth"), "b.py")])["SKL-ONE-002"] == {"Third", "Fourth"}
