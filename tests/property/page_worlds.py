"""Made-up worlds for the law that hidden rows change no byte of a page: roles, and who of them may see which thing.

Who may see a thing is said here in words, one rule for each kind and role, not by the code that is under test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st

from suksala import registry
from suksala.consent import (
    SENSITIVE,
    Permit,
    Purpose,
    Rows,
    Scope,
)
from tests.property.page_things import (
    Persons,
    Told,
    district_of,
    number_from,
    publish,
    runs,
    tell,
    things,
)
from tests.property.record_worlds import NOW, WORDS, Pair, Row, differing, rows, store
from tests.record import HOSPITAL

ROW_TYPES = (
    *("Patient", "Encounter", "Condition", "Observation", "MedicationDispense", "DiagnosticReport", "Task"),
    "Coverage",
)


# ---- who may see what -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Role:
    """Somebody who opens pages.

    login    the account
    scopes   the rows of the record that they see, in the words of a permit
    kinds    the things that stand in their worlds
    sees     which of those they see
    types    of the rows in their worlds
    fixed    what always stands there, seen
    drawn    whether such a row may stand in their worlds
    """

    login: str
    scopes: Callable[[Persons], tuple[Scope, ...]]
    kinds: tuple[str, ...]
    sees: Callable[[Told], bool]
    types: tuple[str, ...] = ROW_TYPES
    fixed: tuple[Told, ...] = ()
    drawn: Callable[[Row], bool] = lambda _row: True

    def permit(self, persons: Persons) -> Permit:
        """The words as a permit, for the evaluator of rows; a row's first three persons alone have any."""
        return Permit("test", Purpose.SYSTEM, self.scopes(persons), NOW + timedelta(minutes=5), "system", HOSPITAL)


_HERE = frozenset({registry.org_number(HOSPITAL)})
_UNNAMED = (Rows(labels=SENSITIVE),)
_MINE = {1, 2}
_OF_PEOPLE = (
    "looked",
    "consent",
    "opening",
    "delayed",
    "case",
    "alert",
    "request",
    "protected",
    "proxy",
    "question",
    "app",
)


def _human(persons: Persons) -> frozenset[int]:
    return frozenset({persons[0], persons[1]})


def _any_of_three(persons: Persons) -> frozenset[int]:
    return frozenset(persons[:3])


def _citizen_sees(one: Told) -> bool:
    """What is about their own registrations and is told to them; whom they act for; the apps that they allowed."""
    if one.kind == "app":
        return one.which == 0
    if one.kind == "proxy" and one.which == 2:
        return True
    return one.person in _MINE and one.kind in {"looked", "consent", "opening", "case", "request", "proxy"}


def _delegate_sees(one: Told) -> bool:
    """Of whom they act for: who looked, openings, cases, decisions that name no sensitive class; their own apps. What
    is about themselves too (their registration is the fourth): where they give the representation up they stand in
    their own record.
    """
    if one.kind == "app":
        return one.which != 0
    if one.kind == "proxy":  # of the first human, of their own registration, and those by which they act themselves
        return one.person in {*_MINE, 4} or (one.n == 4 and one.which != 2)
    if one.person == 4:
        return one.kind in {"looked", "consent", "opening", "case", "request"}
    if one.kind == "consent" and one.which == 1:
        return False
    return one.person in _MINE and one.kind in {"looked", "consent", "opening", "case"}


def _hospital_sees(one: Told) -> bool:
    """Whom the hospital registered, and who lets it look."""
    if one.kind == "registered":
        return one.here and one.which < 2
    return one.kind == "cosign" and one.here


def _officer_sees(one: Told) -> bool:
    """The matters of the own facility."""
    if one.kind == "protected":
        return one.here and one.which < 2
    return one.here and one.kind in {"opening", "delayed", "case", "alert", "request", "breach", "looked"}


def _steward_sees(one: Told) -> bool:
    """What the own facility sent, and questions of which both registrations are its own."""
    if one.kind in {"question", "decided"}:
        return one.which == 0
    if one.kind == "registered":
        return one.here and one.which < 2
    return one.here and one.kind in {"deposit", "colleague"}


def _team_sees(one: Told) -> bool:
    """Lines of the own district and of nobody knows where; figures and people of its own facilities."""
    if one.kind == "line":
        return district_of(one) != "1401"
    if one.kind == "figure":
        return one.n < 3
    return one.kind == "member" and one.which < 2


def _agency_sees(one: Told) -> bool:
    """Its own rows."""
    return one.kind == "line" and one.which == 0


def _not_of_the_third_here(row: Row) -> bool:
    """Of the third registration, which may be the first human's unseen, the hospital recorded nothing."""
    return not (row.person == 3 and row.here)


LET = Told("consent", 4, 1, True, 0)  # the patient lets the hospital see everything
LET_FAR = Told("consent", 4, 1, False, 2)
ROLES: dict[str, Role] = {
    "citizen": Role("citizen-1", lambda p: (Scope(Rows(_human(p))),), _OF_PEOPLE, _citizen_sees),
    "delegate": Role(
        "citizen-2",
        lambda p: (Scope(Rows(_human(p)), _UNNAMED),),
        _OF_PEOPLE,
        _delegate_sees,
        fixed=(Told("proxy", 4, 1, True, 0),),
    ),
    "treating": Role(
        "clinician",
        lambda p: (Scope(Rows(_any_of_three(p), _HERE)),),
        ("looked", "opening", "delayed", "cosign", "case", "alert", "protected", "registered", "joined", "question"),
        _hospital_sees,
        drawn=_not_of_the_third_here,
    ),
    "registered": Role(
        "clinician",
        lambda p: (Scope(Rows(_any_of_three(p), _HERE), _UNNAMED),),
        ("looked", "opening", "alert", "registered", "joined"),
        _hospital_sees,
        types=tuple(rtype for rtype in ROW_TYPES if rtype != "Encounter"),
        drawn=_not_of_the_third_here,
    ),
    "let": Role(
        "clinician",
        lambda p: (
            Scope(Rows(_any_of_three(p), _HERE), _UNNAMED),
            Scope(Rows(_human(p)), _UNNAMED),
        ),
        ("looked", "opening", "case", "registered"),
        _hospital_sees,
        types=tuple(rtype for rtype in ROW_TYPES if rtype != "Encounter"),
        fixed=(LET,),
    ),
    "emergency": Role(
        "doctor",
        lambda p: (Scope(Rows(_human(p)), _UNNAMED),),
        ("looked", "opening", "delayed", "cosign", "case", "alert", "protected", "consent"),
        lambda _: False,
        fixed=(Told("own", 1, 1, False, 0),),
    ),
    "clerk": Role(
        "clerk",
        lambda p: (Scope(Rows(_any_of_three(p), _HERE, frozenset({"Patient", "Coverage"})), _UNNAMED),),
        ("looked", "opening", "consent", "registered", "joined", "question"),
        _hospital_sees,
        drawn=_not_of_the_third_here,
    ),
    "officer": Role(
        "privacy",
        lambda _: (),
        ("opening", "delayed", "case", "alert", "request", "breach", "protected", "looked", "consent"),
        _officer_sees,
    ),
    "steward": Role(
        "steward",
        lambda p: (Scope(Rows(frozenset({p[0]}), _HERE, frozenset({"Encounter"}))),),
        ("question", "decided", "deposit", "registered", "colleague"),
        _steward_sees,
        types=("Encounter", "Condition"),
        fixed=(Told("question", 1, 1, True, 0),),
    ),
    "team": Role("team", lambda _: (), ("line", "figure", "member"), _team_sees),
    "agency": Role("nhso", lambda _: (), ("line", "called"), _agency_sees),
}


@dataclass(frozen=True)
class Worlds:
    """Two worlds that differ only in what a role does not see: rows of the record, and things beside it."""

    role: str
    record: Pair
    told: tuple[Told, ...]
    untold: tuple[tuple[Told, ...], tuple[Told, ...]]


VISIT = Row("Encounter", 1, 1, True, "I10", "2026-06-15", True, 1, 5, ("Observation", 1), WORDS[0], False, False)


@st.composite
def worlds(draw: st.DrawFn, names: Sequence[str] = tuple(ROLES)) -> Worlds:
    """Two worlds of a role: rows and things, of which the second world has others where the role sees none."""
    name = draw(st.sampled_from(names))
    role = ROLES[name]
    some = rows(role.types).filter(role.drawn)
    known = [1, 2, 3]
    visit = [VISIT] if name == "treating" else []
    pair = differing(
        name,
        role.permit(known),
        [*visit, *draw(st.lists(some, min_size=3, max_size=8))],
        draw(st.lists(some, max_size=5)),
        known,
    )
    first = _by_key([*role.fixed, *draw(st.lists(things(role.kinds), min_size=2, max_size=8))])
    told = {key: one for key, one in first.items() if one in role.fixed or role.sees(one)}
    before = {key: one for key, one in first.items() if key not in told}
    after = {key: one for key, one in before.items() if one.n % 2}  # the others are taken away
    others = _by_key(draw(st.lists(things(role.kinds), max_size=6)))
    after |= {key: one for key, one in others.items() if key not in told and not role.sees(one)}
    return Worlds(name, pair, tuple(told.values()), (tuple(before.values()), tuple(after.values())))


def _by_key(some: Iterable[Told]) -> dict[tuple[str, int], Told]:
    found: dict[tuple[str, int], Told] = {}
    for one in some:
        found.setdefault((one.kind, one.n), one)
    return found


def build(made: Worlds, which: int, persons: Persons) -> None:
    """Store one of two worlds: half of what is hidden before what is seen, half after it."""
    hidden = made.untold[which]
    if made.role == "team":
        runs()
        publish([*made.told, *hidden], persons)
    tell([one for one in hidden if one.n < 3], persons)
    tell(made.told, persons)
    tell([one for one in hidden if one.n >= 3], persons)
    store(made.record, which, persons)
    number_from(90_000_000)
