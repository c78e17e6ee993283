"""SQL of accounts and their enrolment codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from suksala.foundation import database

from .storage import accounts

if TYPE_CHECKING:
    from .models import Account


@dataclass(frozen=True, slots=True)
class AccountState:
    """How an account stands, for its operator.

    passkeys  how many it has
    password  whether it can be entered by password and code
    active    may sign in
    practitioner  who of the registry gives care under it
    name_th, name_en  as it is shown
    """

    login: str
    role: str
    facility: str
    district: str
    active: bool
    passkeys: int
    password: bool
    last_login: datetime | None
    practitioner: int | None = None
    id: int = 0
    name_th: str = ""
    name_en: str = ""


def account_of(login: str) -> Account | None:
    """The account of this name, closed or not."""
    return cast("Account | None", accounts().objects.filter(login=login).first())


def active_account(number: int) -> Account | None:
    """The account of this number, if it may sign in."""
    return cast("Account | None", accounts().objects.filter(pk=number, is_active=True).first())


def facility_of(number: int) -> str | None:
    """The facility of the account of this number, "" for none; None where there is no such account."""
    found = database.rows("SELECT hospcode FROM signin_account WHERE id = %s", [number])
    return str(found[0][0]) if found else None


def locked(number: int) -> Account | None:
    """The account of this number, closed or not, locked until the transaction ends."""
    return cast("Account | None", accounts().objects.select_for_update().filter(pk=number).first())


def lock(account: Account) -> None:
    """Let who changes this account at the same time wait for the end of this transaction."""
    database.rows("SELECT 1 FROM signin_account WHERE id = %s FOR UPDATE", [account.pk])


def make_account(login: str, fields: dict[str, Any]) -> Account | None:
    """A new account without any way in; None when the name is taken."""
    if accounts().objects.filter(login=login).exists():
        return None
    return cast("Account", accounts().objects.create_account(login, **fields))


def citizen_of(persons: list[int]) -> Account | None:
    """The active account of a citizen that is connected to one of these persons; made-up ones are left out."""
    found = accounts().objects.filter(role="citizen", person__in=persons, is_active=True, demo=False)
    return cast("Account | None", found.order_by("pk").first())


def save_proofing(account: Account, level: str, how: str, now: datetime, by: str) -> None:
    """Keep how it was proven whose account this is."""
    account.ial, account.proofed_how, account.proofed_at, account.proofed_by = level, how, now, by
    account.save(update_fields=["ial", "proofed_how", "proofed_at", "proofed_by"])


def set_active(account: Account, *, active: bool) -> None:
    """Close an account, or open it again."""
    account.is_active = active
    account.save(update_fields=["is_active"])


def set_practitioner(account: Account, practitioner: int | None) -> None:
    """Say who gives care under an account."""
    account.practitioner = practitioner
    account.save(update_fields=["practitioner"])


def untied_clinicians() -> list[str]:
    """Open accounts of clinicians that nobody said who of the registry uses, by name; made-up ones are left out."""
    found = database.rows(
        "SELECT login FROM signin_account WHERE role = 'clinician' AND practitioner IS NULL AND is_active AND NOT demo "
        "ORDER BY login"
    )
    return [login for (login,) in found]


def states(facility: str | None = None, *, demo: bool = False) -> list[AccountState]:
    """Every account by name, or those of one facility; citizens, who are many, are left out, and unless they are asked
    for made-up ones.
    """
    found = database.rows(
        "SELECT a.login, a.role, a.hospcode, a.district, a.is_active, count(m.id) FILTER (WHERE m.type = 'webauthn'), "
        "left(a.password, 1) <> '!' AND bool_or(m.type = 'totp') IS TRUE, a.last_login, a.practitioner, a.id, "
        "a.display_th, a.display_en FROM signin_account a "
        "LEFT JOIN mfa_authenticator m ON m.user_id = a.id WHERE (%s OR NOT a.demo) AND a.role <> 'citizen' "
        "AND (%s::text IS NULL OR a.hospcode = %s) GROUP BY a.id ORDER BY a.login",
        [demo, facility, facility],
    )
    return [AccountState(*row) for row in found]


def save_code(digest: bytes, account: int, now: datetime, until: datetime) -> None:
    """Keep a code; the account's earlier ones end."""
    end_codes(account, now)
    database.execute(
        "INSERT INTO signin_enrolment (digest, account_id, issued_at, expires_at) VALUES (%s, %s, %s, %s)",
        [digest, account, now, until],
    )


def end_codes(account: int, now: datetime) -> None:
    """No code of this account counts any more."""
    database.execute(
        "UPDATE signin_enrolment SET ended_at = %s WHERE account_id = %s AND ended_at IS NULL", [now, account]
    )


def use_code(digest: bytes, now: datetime) -> int | None:
    """Use a code up; returns the account's number, None when no such code counts. Of two that come at once one wins."""
    found = database.rows(
        "UPDATE signin_enrolment SET ended_at = %s WHERE digest = %s AND ended_at IS NULL AND expires_at > %s "
        "RETURNING account_id",
        [now, digest, now],
    )
    return int(found[0][0]) if found else None
