"""Use cases of accounts: joined, given a code to make a passkey, closed. Each is a fact in the log."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from suksala import audit, identity, registry
from suksala.foundation import clock, database

from . import enrolment_rules as rules
from . import enrolment_storage, proofing_rules, sessions, smart, smart_storage, tying
from .enrolment_rules import AccountProblem, NoAccount
from .enrolment_storage import AccountState
from .proofing_rules import Proofing
from .session_rules import Ending

if TYPE_CHECKING:
    from .models import Account


def add_account(
    login: str,
    *,
    role: str,
    display_th: str,
    display_en: str,
    facility: str = "",
    district: str = "",
    practitioner: int | None = None,
    actor: str,
) -> str:
    """Make an account of staff (joiner) and return the code with which its holder makes a passkey, shown this once.

    practitioner  who of the registry gives care under it
    Raises AccountProblem: a name that is taken or cannot be, a role without its place, a facility or a practitioner
    that is not in the registry. Nothing was made.
    """
    tying.require_practitioner(practitioner)
    rules.require_login(login)
    rules.require_place(role, facility, district)
    if facility and registry.facility(facility) is None:
        raise AccountProblem(
            "ไม่มีหน่วยบริการรหัสนี้ในทะเบียน: นำเข้าด้วย suksala registry import",
            "no facility of this code is in the registry: see suksala registry import",
        )
    fields = {"role": role, "display_th": display_th, "display_en": display_en}
    with database.transaction():
        made = enrolment_storage.make_account(login, {**fields, "hospcode": facility, "district": district})
        if made is None:
            raise AccountProblem("ชื่อเข้าใช้นี้มีแล้ว", "this login is taken")
        _tell("signin.account-added", made, actor, {"role": role})
        if practitioner is not None:
            tying.tie(made, practitioner, actor=actor)
        return enrol(made, actor=actor)


def enrol_citizen(person: int, *, by: Account) -> str:
    """Enrol a citizen at the desk of a facility whose staff saw them with their card (IAL 2.1); returns the code.

    person  one registration of the citizen at the facility of `by`; who has an account already keeps it
    Raises AccountProblem: whoever asks acts for no facility, or not for the one of this registration. Nothing was made.
    """
    seen = identity.registration(person)
    if not by.hospcode or seen.hospcode != by.hospcode:
        raise AccountProblem(
            "ลงทะเบียนได้เฉพาะผู้รับบริการของหน่วยบริการท่าน", "only a patient of your own facility can be enrolled here"
        )
    with database.transaction():
        account = citizen_of(person) or new_citizen(person, seen.name)
        prove_identity(account, "face-to-face", by=by.actor)
        audit.record(
            "signin.citizen-enrolled",
            actor=by.actor,
            purpose="PATRQT",
            person=person,
            facility=by.hospcode,
            detail={"account": account.pk},
        )
        return enrol(account, actor=by.actor)


def citizen_of(person: int) -> Account | None:
    """The account of the human who is this person, however it was made; None when there is none."""
    return enrolment_storage.citizen_of(sorted(identity.persons_like(person)))


def prove_identity(account: Account, how: str, *, by: str, level: str = "") -> None:
    """Keep how it was proven whose account this is; a lower level never replaces a higher one.

    level  as a provider told it; without it what this way of proofing gives
    """
    level = level or proofing_rules.GIVES[how]
    if not proofing_rules.is_better(level, account.ial):
        return
    enrolment_storage.save_proofing(account, level, how, clock.now(), by)
    audit.record("signin.identity-proven", actor=by, person=account.person, detail={"level": level, "how": how})


def proofing_of(account: Account) -> Proofing:
    """How it was proven whose account this is."""
    return Proofing(account.ial, account.proofed_how, account.proofed_at, account.proofed_by)


def may_open_record(account: Account) -> bool:
    """Whether a citizen's account is proven well enough to open a record, and connected to a person."""
    return account.person is not None and proofing_rules.opens_record(account.ial)


def new_citizen(person: int | None, name: str) -> Account:
    """An account of a citizen without any way in; its login says nothing of whose it is."""
    login = f"c-{secrets.token_hex(8)}"
    made = enrolment_storage.make_account(
        login, {"role": "citizen", "display_th": name, "display_en": name, "person": person}
    )
    assert made is not None  # noqa: S101 - drawn from 2^64
    return made


def enrol(account: Account, *, actor: str) -> str:
    """A code with which the account's holder makes a passkey, once; shown to who proved themselves face to face.

    Good for an hour for a citizen, who stands at the desk, and for a day for staff. Earlier codes end.
    """
    code, now = rules.new_code(), clock.now()
    until = now + rules.LIVES[account.role == "citizen"]
    digest = rules.digest(code)
    assert digest is not None  # noqa: S101 - our own code
    with database.transaction():
        enrolment_storage.save_code(digest, account.pk, now, until)
        _tell("signin.enrolment", account, actor, {"until": until.isoformat()})
    return code


def enrol_again(login: str, *, actor: str) -> str:
    """A new code for who lost their passkeys. Raises NoAccount; AccountProblem for a closed account."""
    account = _staff(login)
    if not account.is_active:
        raise AccountProblem("บัญชีนี้ปิดแล้ว", "this account is closed")
    return enrol(account, actor=actor)


def use_enrolment(code: str) -> Account | None:
    """The account that a code was made for; the code is used up. None for anything else."""
    digest = rules.digest(code)
    if digest is None:
        return None
    with database.transaction():
        number = enrolment_storage.use_code(digest, clock.now())
        account = enrolment_storage.active_account(number) if number is not None else None
        if account is not None:
            _tell("signin.enrolment-used", account, account.actor, {})
    return account


def account_states() -> list[AccountState]:
    """Every account of staff by name, and how it can be entered."""
    return enrolment_storage.states()


def untied_clinicians() -> list[str]:
    """Accounts of clinicians who can be named to nobody and cannot break the glass, until they are tied to a
    practitioner.
    """
    return enrolment_storage.untied_clinicians()


def disable_account(login: str, *, actor: str) -> int:
    """Close an account (leaver): no way in; its sessions, its codes and the apps that it allows end. Returns how many
    sessions were open.

    Raises NoAccount. Who is in is out with the next request, and so are their apps; opened again, it allows none.
    """
    account = _staff(login)
    with database.transaction():
        enrolment_storage.set_active(account, active=False)
        enrolment_storage.end_codes(account.pk, clock.now())
        ended = sessions.end_all_sessions(account, Ending.DISABLED, actor=actor)
        for number in smart_storage.standing_of(account=account.pk):
            smart.end_authorization(number, "account-closed", actor=actor)
        _tell("signin.account-disabled", account, actor, {"sessions": ended})
    return ended


def _staff(login: str) -> Account:
    account = enrolment_storage.account_of(login)
    if account is None:
        raise NoAccount
    return account


def _tell(kind: str, account: Account, actor: str, detail: dict[str, Any]) -> None:
    audit.record(kind, actor=actor, facility=account.hospcode or None, detail={"account": account.login, **detail})
