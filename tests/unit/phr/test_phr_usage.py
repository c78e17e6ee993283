"""The own record: its permit, and the usage log of an approved application (KPI 068.1, 068.2: S1.40-S1.60)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from suksala import audit, consent, identity, phr
from tests.people import HOSPITAL, UNIT, mali

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
HEADER = "hospcode,pid,kind,at,demonstration"


@dataclass(frozen=True)
class Citizen:
    """An account."""

    person: int | None
    role: str = "citizen"
    actor: str = "account:mali"


def log(tmp_path: Path, *lines: str) -> Path:
    """A usage log."""
    path = tmp_path / "usage.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_log_becomes_facts_of_persons(tmp_path: Path) -> None:
    """Registration, guided first login and own login (S1.57-S1.59), of a registered and of a not yet seen citizen."""
    identity.link(HOSPITAL, [mali("1")])
    sent = log(
        tmp_path,
        HEADER,
        f"{HOSPITAL},1,register,2024-03-30T23:30:00+07:00,0",
        f"{HOSPITAL},1,login,2024-03-30T23:31:00+07:00,1",
        f"{UNIT},A7,login,2024-04-02T08:00:00,",
    )
    assert phr.import_usage(sent) == 3
    mali_there, other = identity.persons(HOSPITAL, ["1"])["1"], identity.persons(UNIT, ["A7"])["A7"]
    [registered] = audit.facts("phr.register")
    assert (registered.person, registered.facility, registered.purpose) == (mali_there, HOSPITAL, "PATRQT")
    assert registered.at == datetime(2024, 3, 30, 16, 30, tzinfo=UTC)
    assert registered.detail == {"demonstration": False, "channel": "moph-app"}
    guided, own = audit.facts("phr.login")
    assert (guided.person, guided.detail["demonstration"]) == (mali_there, True)
    assert (own.person, own.detail["demonstration"], own.at) == (other, False, datetime(2024, 4, 2, 1, 0, tzinfo=UTC))
    assert own.actor == "client:moph-app"


def test_a_log_sent_again_counts_once(tmp_path: Path) -> None:
    """More than one login is the numerator of 068.2 (S1.58): a repeat must not make two of one."""
    first = log(tmp_path, HEADER, f"{HOSPITAL},1,login,2024-04-02T08:00:00,0")
    assert (phr.import_usage(first), phr.import_usage(first)) == (1, 0)
    longer = log(tmp_path, HEADER, *[f"{HOSPITAL},1,login,2024-04-02T0{h}:00:00,0" for h in (8, 9)])
    assert phr.import_usage(longer) == 1
    assert len(list(audit.facts("phr.login"))) == 2


def test_the_channel_is_told_for_the_log_or_line_by_line(tmp_path: Path) -> None:
    """The approved application (S1.40, S1.41); the same moment through two applications is two uses."""
    line = f"{HOSPITAL},1,login,2024-04-02T08:00:00,0"
    assert phr.import_usage(log(tmp_path, HEADER, line), channel="suksala") == 1
    assert phr.import_usage(log(tmp_path, HEADER + ",channel", line + ",moph-app")) == 1
    assert [f.detail["channel"] for f in audit.facts("phr.login")] == ["suksala", "moph-app"]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("9980,1,login,2024-04-02T08:00:00,0", "hospcode"),
        ("99801,,login,2024-04-02T08:00:00,0", "pid"),
        ("99801,1,Login!,2024-04-02T08:00:00,0", "kind"),
        ("99801,1,login,02/04/2567,0", "at"),
        ("99801,1,login,,0", "at"),
        ("99801,1,login,2024-04-02T08:00:00,maybe", "demonstration"),
        ("99801,1,login,2024-04-02T08:00:00,0,game-app", "channel"),
        ("99801,1", "kind"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_kept(tmp_path: Path, line: str, column: str) -> None:
    """Line and column in both languages, never the value; the good line before it is not kept either."""
    header = HEADER + (",channel" if line.endswith("app") else "")
    good = "99801,1,register,2024-04-01T08:00:00,0" + (",suksala" if "channel" in header else "")
    with pytest.raises(phr.UsageLogProblem) as refused:
        phr.import_usage(log(tmp_path, header, good, line))
    assert f"line 3, column {column}:" in refused.value.en
    assert f"บรรทัด 3 คอลัมน์ {column}:" in refused.value.th
    assert "game" not in str(refused.value)
    assert "2567" not in str(refused.value)
    assert list(audit.facts("phr.register")) == []
    assert identity.memberships().num_rows == 0


@pytest.mark.parametrize("content", [b"", b"hospcode,pid\n99801,1", "ทะเบียน".encode("cp874")])
def test_something_else_is_not_a_usage_log(tmp_path: Path, content: bytes) -> None:
    """Empty, columns missing, another encoding, no file."""
    path = tmp_path / "usage.csv"
    path.write_bytes(content)
    for wrong in (path, tmp_path / "absent.csv"):
        with pytest.raises(phr.UsageLogProblem):
            phr.import_usage(wrong)


def test_the_own_record_opens_for_the_citizen_alone() -> None:
    """All registrations of the same human; another role, or nobody proven, is refused."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("A7")])
    person = identity.persons(UNIT, ["A7"])["A7"]
    permit = phr.permit(Citizen(person), NOW)
    assert permit.persons == identity.persons_of(identity.human_of(person))
    assert (permit.purpose, permit.organizations) == (consent.Purpose.PATRQT, None)
    for refused in (Citizen(None), Citizen(person, role="clinician")):
        with pytest.raises(consent.NoPermit):
            phr.permit(refused, NOW)


def test_registration_and_login_here_are_facts_too() -> None:
    """Of the own application, with the unit that helped and whether it was a demonstration (S1.56, S1.59)."""
    person = identity.persons(HOSPITAL, ["1"])["1"]
    phr.told_registration(Citizen(person), hospcode=HOSPITAL)
    phr.told_login(Citizen(person), hospcode=HOSPITAL, demonstration=True)
    phr.told_login(Citizen(person))
    [registered] = audit.facts("phr.register")
    guided, own = audit.facts("phr.login")
    assert (registered.person, registered.facility, registered.actor) == (person, HOSPITAL, "account:mali")
    assert guided.detail == {"demonstration": True, "channel": "suksala"}
    assert (own.facility, own.detail["demonstration"]) == (None, False)
