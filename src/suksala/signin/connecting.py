"""Use cases of connecting an outside identity to an account: asked for by its holder, shown, disconnected again.

An identity opens an account for ever and from anywhere. So it is connected only by who asked for it from the own
account with a fresh proof, and whom the provider asked anew: never by signing in where somebody else still sits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from suksala import audit, identity
from suksala.foundation import clock, database

from . import enrolling, enrolment_storage, federation_storage, passkeys, passwords, placing, sessions, tying
from .federation_storage import Connected
from .proofing_rules import level_of
from .proofs import NotProved
from .provider_rules import CONNECTS, LastWayIn, NotConnected, Provider, Vouched
from .session_rules import Standing, standing

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .models import Account


def connections(account: Account) -> list[Connected]:
    """The outside identities that open an account, in the order in which they were connected."""
    return federation_storage.connected(account.pk)


def may_connect(account: Account, provider: Provider) -> bool:
    """Whether an identity of this provider can open such an account; never a made-up one, which is everybody's."""
    return account.role in CONNECTS[provider.kind] and not account.demo


def connect(request: HttpRequest, account: Account, provider: Provider, vouched: Vouched) -> None:
    """Let this identity open the signed-in account from now on. Raises NotProved: such an account, or such a session,
    connects none; NotConnected.
    """
    session = sessions.current_session(request)
    if session is None or standing(session, clock.now()) is not Standing.OPEN or not may_connect(account, provider):
        raise NotProved
    is_theirs = True
    with database.transaction():
        if provider.kind == "thaid":
            _prove_person(account, provider.id, vouched)
        if provider.kind == "provider-id":
            places = [place.hospcode for place in placing.told_places(vouched)]
            is_theirs = tying.tie_vouched(account, provider.id, vouched.told, places)
        if not is_theirs:
            pass  # that somebody tried another's licence stays a fact
        elif federation_storage.link(provider.id, vouched.subject, account.pk, clock.now()):
            audit.record("signin.identity-linked", actor=account.actor, detail={"provider": provider.id})
        elif federation_storage.account_of(provider.id, vouched.subject) != account:
            raise NotConnected
    if not is_theirs:
        raise NotConnected


def disconnect(request: HttpRequest, number: int) -> None:
    """Let an identity open the signed-in account no more, and end its other sessions. Raises LastWayIn; NotProved when
    the account has none of this number.
    """
    account = request.user
    assert account.is_authenticated  # noqa: S101 - pages ask only behind their doors
    with database.transaction():
        enrolment_storage.lock(account)  # two at once would each leave the other as the last way in
        provider = federation_storage.unlink(account.pk, number, clock.now())
        if provider is None:
            raise NotProved
        if not (passkeys.passkeys_of(account) or passwords.has_password(account) or connections(account)):
            raise LastWayIn
        audit.record("signin.identity-unlinked", actor=account.actor, detail={"provider": provider})
        sessions.end_other_sessions(request, account)


def _prove_person(account: Account, provider: str, vouched: Vouched) -> None:
    """A citizen's account is its person's: by their national number, whichever way the account was made."""
    persons = sorted(identity.persons_of_number(vouched.subject))
    if account.person is None and persons:
        if enrolment_storage.citizen_of(persons) is not None:
            raise NotConnected
        federation_storage.set_person(account, persons[0])
    elif account.person is not None and not set(identity.persons_like(account.person)) & set(persons):
        raise NotConnected
    enrolling.prove_identity(account, "thaid", by=f"system:{provider}", level=level_of(vouched.told))
