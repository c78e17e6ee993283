"""Use cases of outside identity providers: sent there for one purpose, back with an answer, known or made known.

Why somebody was sent decides what an answer does: it signs in whoever the provider names, or proves again who sits
there, or connects an identity to the account that asked for it (decision 0139).

What a provider says is asked for anew at each sign-in: an ended licence or position counts from the next one on.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suksala import audit, identity
from suksala.foundation import clock, database, settings
from suksala.standards.thai_codes import citizen_number

from . import (
    connecting,
    enrolling,
    enrolment_storage,
    federation_storage,
    oidc,
    placing,
    provider_id,
    provider_rules,
    service,
    sessions,
    tying,
)
from .proofing_rules import level_of
from .proofs import NotProved
from .provider_rules import (
    MAX_AGE,
    Asking,
    NoPlace,
    NotConnected,
    Provider,
    ProviderDown,
    ProviderProblem,
    Vouched,
)
from .session_rules import Proof

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .models import Account

ASKED = "signin_asked"  # in Django's session: what a provider was asked


def providers() -> dict[str, Provider]:
    """The identity providers that the operator set up, by id. Raises ProviderProblem, also where there is no file."""
    path = settings.current().identity_providers
    if path is None:
        return {}
    try:
        found = _read(path, path.stat().st_mtime_ns)
    except (OSError, UnicodeDecodeError) as error:
        raise provider_rules.unreadable() from error
    provider_rules.require_real(found, demo=settings.current().demo)
    return found


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int) -> dict[str, Provider]:
    return provider_rules.read_providers(path.read_text(encoding="utf-8"))


def ask_provider(request: HttpRequest, name: str, callback: str, *, back: str, asking: Asking = Asking.SIGN_IN) -> str:
    """Where to send the browser; its session keeps what will be compared. Raises NotProved (no such provider, nobody
    signed in whom it could prove or connect), ProviderDown.

    callback  our address that the provider sends the browser back to
    back      the page to open afterwards
    """
    provider, session = _provider(name), sessions.current_session(request)
    if asking is not Asking.SIGN_IN and session is None:
        raise NotProved
    asked: dict[str, Any] = {part: secrets.token_urlsafe(32) for part in ("state", "nonce", "verifier")}
    asked |= {"provider": name, "at": clock.now().isoformat(), "back": back, "for": asking.value}
    asked |= {"session": session.id if session else None, "max_age": str(int(MAX_AGE[asking].total_seconds()))}
    asks = provider_id.address_to_ask if provider.kind == "provider-id" else oidc.address_to_ask
    address = asks(provider, callback, asked)
    request.session[ASKED] = asked
    return address


def answer_of_provider(
    request: HttpRequest, name: str, callback: str, answer: Mapping[str, str]
) -> tuple[Account | None, str]:
    """Do what the browser was sent for: sign in whoever the provider vouches for, ending the session that is open
    there; prove again who sits there; or connect the identity. What was asked counts once.

    Returns the account, None while a facility has to be chosen, and the page to open. Raises NotProved, NoPlace,
    NotConnected, ProviderDown; then nothing has changed.
    """
    provider = _provider(name)
    asked = request.session.pop(ASKED, {})
    try:
        vouched = _vouched(provider, callback, asked, answer)
        return _do(request, provider, asked, vouched), asked["back"]
    except (NotProved, NoPlace, NotConnected):
        audit.record("signin.refused", actor="system:signin", detail={"proof": "provider", "provider": name})
        raise


def _provider(name: str) -> Provider:
    try:
        found = providers().get(name)
    except ProviderProblem as unreadable:
        raise ProviderDown from unreadable
    if found is None:
        raise NotProved
    return found


def _do(request: HttpRequest, provider: Provider, asked: Mapping[str, Any], vouched: Vouched) -> Account | None:
    asking = Asking(asked["for"])
    if not provider_rules.is_recent(vouched.proved_at, asking, datetime.fromisoformat(asked["at"])):
        raise NotProved
    if asking is Asking.SIGN_IN:
        return _sign_in(request, provider, vouched)
    account = _who_asked(request, asked)
    (_prove if asking is Asking.PROVE else connecting.connect)(request, account, provider, vouched)
    return account


def _vouched(provider: Provider, callback: str, asked: Mapping[str, Any], answer: Mapping[str, str]) -> Vouched:
    """Whom the provider names, and when it asked them who they are."""
    now = clock.now()
    if not provider_rules.is_answer_to(asked, provider.id, answer, now):
        raise NotProved
    if provider.kind == "provider-id":  # no ID token: it never says when
        told = provider_id.profile_of(provider, callback, answer)
        subject, asked_at = told["provider_id"], None
    else:
        told = oidc.claims_of(provider, callback, asked, answer, now)
        subject = str(told.get("pid", "")) if provider.kind == "thaid" else told["sub"]
        asked_at = provider_rules.asked_at(told, now)
    if provider.kind == "thaid" and not citizen_number.is_valid(subject):
        raise NotProved
    return Vouched(subject, told, asked_at or (now if provider.always_asks else None))


def _who_asked(request: HttpRequest, asked: Mapping[str, Any]) -> Account:
    """Who sits there, in the very session that sent the browser away."""
    session, account = sessions.current_session(request), request.user
    if session is None or session.id != asked["session"] or not account.is_authenticated:
        raise NotProved
    return account


def _prove(request: HttpRequest, account: Account, provider: Provider, vouched: Vouched) -> None:
    """Only the same account's identity, and for a facility only while the provider still names it."""
    if federation_storage.account_of(provider.id, vouched.subject) != account:
        raise NotProved
    session = sessions.current_session(request)
    acts_for = session.facility if session is not None and provider.kind == "provider-id" else ""
    if acts_for and acts_for not in {place.hospcode for place in placing.told_places(vouched)}:
        raise NoPlace
    sessions.step_up(request, "provider", at=vouched.proved_at)


def _sign_in(request: HttpRequest, provider: Provider, vouched: Vouched) -> Account | None:
    if provider.kind == "provider-id":
        found = placing.told_places(vouched)
        if not found:
            raise NoPlace
        staff = _staff(provider.id, vouched, [place.hospcode for place in found])
        return staff if placing.enter(request, staff, found, vouched.proved_at) else None
    if provider.kind == "thaid":
        account: Account | None = _citizen(provider.id, vouched)
    else:
        account = federation_storage.account_of(provider.id, vouched.subject)
    if account is None:
        raise NotProved
    service.open_session(request, account, Proof("provider", vouched.proved_at))
    return account


def _citizen(provider: str, vouched: Vouched) -> Account:
    """The citizen of this national number: known by it, by their record, or new and without a record."""
    persons = sorted(identity.persons_of_number(vouched.subject))
    with database.transaction():
        account = federation_storage.account_of(provider, vouched.subject)
        if account is None:
            account = _new_identity(provider, vouched, persons)
        if account.person is None and persons:
            federation_storage.set_person(account, persons[0])
        enrolling.prove_identity(account, "thaid", by=f"system:{provider}", level=level_of(vouched.told))
    return account


def _new_identity(provider: str, vouched: Vouched, persons: list[int]) -> Account:
    if federation_storage.is_known(provider, vouched.subject):
        raise NotProved  # of an account that was closed, or that disconnected it
    name = f"{vouched.told.get('given_name', '')} {vouched.told.get('family_name', '')}".strip()[:200]
    account = (enrolment_storage.citizen_of(persons) if persons else None) or enrolling.new_citizen(None, name)
    _link(provider, vouched.subject, account)
    return account


def _staff(provider: str, vouched: Vouched, places: list[str]) -> Account:
    """The account of somebody who gives care, made where there is none yet, tied to who they are in the registry."""
    with database.transaction():
        account = federation_storage.account_of(provider, vouched.subject)
        if account is None and federation_storage.is_known(provider, vouched.subject):
            raise NotProved
        account = account or _new_staff(provider, vouched)
        tying.tie_vouched(account, provider, vouched.told, places)
        return account


def _new_staff(provider: str, vouched: Vouched) -> Account:
    def name(language: str) -> str:
        parts = (vouched.told.get(f"{part}_{language}") for part in ("title", "firstname", "lastname"))
        return " ".join(str(part) for part in parts if part)[:200]

    fields = {"role": "clinician", "display_th": name("th") or "-", "display_en": name("en") or name("th") or "-"}
    account = enrolment_storage.make_account(f"p-{secrets.token_hex(8)}", fields)
    assert account is not None  # noqa: S101 - drawn from 2^64
    audit.record(
        "signin.account-added", actor=f"system:{provider}", detail={"account": account.login, "role": "clinician"}
    )
    _link(provider, vouched.subject, account)
    return account


def _link(provider: str, subject: str, account: Account) -> None:
    federation_storage.link(provider, subject, account.pk, clock.now())
    audit.record("signin.identity-linked", actor=account.actor, detail={"provider": provider})
