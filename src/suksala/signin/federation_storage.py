"""SQL of identities that outside providers vouch for: a keyed digest to find them by, and the sealed value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from suksala.foundation import database, keys

from .enrolment_storage import active_account

if TYPE_CHECKING:
    from .models import Account


@dataclass(frozen=True, slots=True)
class Connected:
    """An identity of an outside provider that opens an account.

    provider  the provider's id in the operator's file
    since     when it was connected
    """

    id: int
    provider: str
    since: datetime


def account_of(provider: str, subject: str) -> Account | None:
    """The account for which a provider vouches by this subject."""
    found = database.rows(
        "SELECT account_id FROM signin_identity WHERE provider = %s AND subject = %s AND ended_at IS NULL",
        [provider, _digest(provider, subject)],
    )
    return active_account(found[0][0]) if found else None


def is_known(provider: str, subject: str) -> bool:
    """Whether some account bears this identity or bore it: closed and disconnected ones too."""
    return bool(
        database.rows(
            "SELECT 1 FROM signin_identity WHERE provider = %s AND subject = %s", [provider, _digest(provider, subject)]
        )
    )


def link(provider: str, subject: str, account: int, now: datetime) -> bool:
    """The provider's subject is this account from now on. False, and nothing changed: it opens an account already."""
    return bool(
        database.execute(
            "INSERT INTO signin_identity (provider, subject, sealed, account_id, linked_at) "
            "VALUES (%s, %s, %s, %s, %s) ON CONFLICT (provider, subject) DO UPDATE SET "
            "account_id = EXCLUDED.account_id, linked_at = EXCLUDED.linked_at, ended_at = NULL "
            "WHERE signin_identity.ended_at IS NOT NULL",
            [provider, _digest(provider, subject), keys.seal(subject), account, now],
        )
    )


def unlink(account: int, number: int, now: datetime) -> str | None:
    """Disconnect an identity of this account; returns its provider, None when the account has none of this number."""
    found = database.rows(
        "UPDATE signin_identity SET ended_at = %s WHERE id = %s AND account_id = %s AND ended_at IS NULL "
        "RETURNING provider",
        [now, number, account],
    )
    return str(found[0][0]) if found else None


def connected(account: int) -> list[Connected]:
    """The identities that open an account, in the order in which they were connected."""
    found = database.rows(
        "SELECT id, provider, linked_at FROM signin_identity WHERE account_id = %s AND ended_at IS NULL "
        "ORDER BY linked_at, id",
        [account],
    )
    return [Connected(*row) for row in found]


def set_person(account: Account, person: int) -> None:
    """Connect a citizen's account to their record."""
    account.person = person
    account.save(update_fields=["person"])


def set_facility(session: int, hospcode: str) -> None:
    """The session acts for another facility."""
    database.execute("UPDATE signin_session SET facility = %s WHERE id = %s", [hospcode, session])


def _digest(provider: str, subject: str) -> bytes:
    return keys.keyed_hash(f"signin.identity.{provider}", subject, 32)
