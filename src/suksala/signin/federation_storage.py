"""SQL of identities that outside providers vouch for: a keyed digest to find them by, and the sealed value."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from suksala.foundation import database, keys

from .enrolment_storage import active_account

if TYPE_CHECKING:
    from .models import Account


def account_of(provider: str, subject: str) -> Account | None:
    """The account for which a provider vouches by this subject."""
    found = database.rows(
        "SELECT account_id FROM signin_identity WHERE provider = %s AND subject = %s",
        [provider, _digest(provider, subject)],
    )
    return active_account(found[0][0]) if found else None


def is_known(provider: str, subject: str) -> bool:
    """Whether some account, closed ones too, bears this identity."""
    return bool(
        database.rows(
            "SELECT 1 FROM signin_identity WHERE provider = %s AND subject = %s", [provider, _digest(provider, subject)]
        )
    )


def link(provider: str, subject: str, account: int, now: datetime) -> None:
    """The provider's subject is this account from now on."""
    database.execute(
        "INSERT INTO signin_identity (provider, subject, sealed, account_id, linked_at) VALUES (%s, %s, %s, %s, %s)",
        [provider, _digest(provider, subject), keys.seal(subject), account, now],
    )


def set_person(account: Account, person: int) -> None:
    """Connect a citizen's account to their record."""
    account.person = person
    account.save(update_fields=["person"])


def set_facility(session: int, hospcode: str) -> None:
    """The session acts for another facility."""
    database.execute("UPDATE signin_session SET facility = %s WHERE id = %s", [hospcode, session])


def _digest(provider: str, subject: str) -> bytes:
    return keys.keyed_hash(f"signin.identity.{provider}", subject, 32)
