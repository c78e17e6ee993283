"""Use cases of outside identity providers: sent there, back with an answer, known or made known, at which facility.

What a provider says is asked for anew at each sign-in: an ended licence or position counts from the next one on.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suksala import audit, identity, registry
from suksala.foundation import clock, database, settings
from suksala.standards.thai_codes import citizen_number

from . import enrolling, enrolment_storage, federation_storage, oidc, provider_id, provider_rules, service
from .proofing_rules import GIVES, LEVELS
from .proofs import NotProved
from .provider_rules import NoPlace, Place, Provider, ProviderDown, ProviderProblem
from .session_rules import Standing, standing

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .models import Account

ASKED = "signin_asked"  # in Django's session: what a provider was asked
PENDING = "signin_pending"  # who is known and has yet to say for which facility
PLACES = "signin_places"  # where who is signed in may act, as the provider said


def providers() -> dict[str, Provider]:
    """The identity providers that the operator set up, by id. Raises ProviderProblem, also where there is no file."""
    path = settings.current().identity_providers
    if path is None:
        return {}
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, UnicodeDecodeError) as error:
        raise provider_rules.unreadable() from error


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int) -> dict[str, Provider]:
    return provider_rules.read_providers(path.read_text(encoding="utf-8"))


def ask_provider(request: HttpRequest, name: str, callback: str, *, back: str) -> str:
    """Where to send the browser; its session keeps what will be compared. Raises NotProved (no such provider),
    ProviderDown.

    callback  our address that the provider sends the browser back to
    back      the page to open afterwards
    """
    provider = _provider(name)
    drawn = {part: secrets.token_urlsafe(32) for part in ("state", "nonce", "verifier")}
    asked = {**drawn, "provider": name, "at": clock.now().isoformat(), "back": back}
    asks = provider_id.address_to_ask if provider.kind == "provider-id" else oidc.address_to_ask
    address = asks(provider, callback, asked)
    request.session[ASKED] = asked
    return address


def answer_of_provider(
    request: HttpRequest, name: str, callback: str, answer: Mapping[str, str]
) -> tuple[Account | None, str]:
    """Sign in whoever the provider vouches for; returns the account, None while a facility has to be chosen, and the
    page to open. What was asked counts once. Raises NotProved, NoPlace, ProviderDown; then nobody is signed in.
    """
    provider, now = _provider(name), clock.now()
    asked = request.session.pop(ASKED, {})
    if not provider_rules.is_answer_to(asked, name, answer, now):
        _refuse(name)
    try:
        if provider.kind == "provider-id":
            return _staff(request, name, provider_id.profile_of(provider, callback, answer)), asked["back"]
        claims = oidc.claims_of(provider, callback, asked, answer, now)
    except NotProved:
        _refuse(name)
    account = _citizen(name, claims) if provider.kind == "thaid" else _linked(request, name, claims["sub"])
    service.open_session(request, account, "provider")
    return account, asked["back"]


def places_to_choose(request: HttpRequest) -> list[Place]:
    """Where who signs in, or is signed in, may act today: as the provider said, and as the register of staff says."""
    told = request.session.get(PENDING, {}).get("places") or request.session.get(PLACES) or []
    found = [Place(*one) for one in told]
    if request.user.is_authenticated and request.user.practitioner is not None:
        roles = registry.roles_of(request.user.practitioner, clock.today())
        found += [Place(role.hospcode, "") for role in roles]
    return list({one.hospcode: one for one in reversed(found)}.values())[::-1]


def choose_place(request: HttpRequest, hospcode: str) -> Account:
    """Act for one of these facilities: opens the session of who signs in, or moves the one that is open.

    Raises NoPlace for another facility; nothing has changed then.
    """
    if hospcode not in {place.hospcode for place in places_to_choose(request)}:
        raise NoPlace
    pending = request.session.get(PENDING)
    if pending is not None:
        account = enrolment_storage.active_account(pending["account"])
        if account is None:
            raise NoPlace
        return _enter(request, account, hospcode, pending["places"])
    if not request.user.is_authenticated:
        raise NoPlace
    return _move(request, request.user, hospcode)


def _move(request: HttpRequest, account: Account, hospcode: str) -> Account:
    from . import sessions

    session = sessions.current_session(request)
    if session is None or standing(session, clock.now()) is not Standing.OPEN:
        raise NoPlace
    with database.transaction():
        federation_storage.set_facility(session.id, hospcode)
        detail = {"session": session.id, "from": session.facility}
        audit.record("signin.place-chosen", actor=account.actor, facility=hospcode, detail=detail)
    account.hospcode = hospcode
    return account


def _enter(request: HttpRequest, account: Account, hospcode: str, told: list[list[str]]) -> Account:
    """A session that acts for this facility; the account itself keeps none."""
    request.session.pop(PENDING, None)
    account.hospcode = hospcode
    service.open_session(request, account, "provider")
    request.session[PLACES] = told
    return account


def _provider(name: str) -> Provider:
    try:
        found = providers().get(name)
    except ProviderProblem as unreadable:
        raise ProviderDown from unreadable
    if found is None:
        raise NotProved
    return found


def _refuse(name: str) -> Any:
    audit.record("signin.refused", actor="system:signin", detail={"proof": "provider", "provider": name})
    raise NotProved


def _citizen(provider: str, claims: Mapping[str, Any]) -> Account:
    """The citizen of this national number: known by it, by their record, or new and without a record."""
    number = str(claims.get("pid", ""))
    if not citizen_number.is_valid(number):
        _refuse(provider)
    persons = sorted(identity.persons_of_number(number))
    with database.transaction():
        account = federation_storage.account_of(provider, number)
        if account is None:
            account = _new_identity(provider, number, persons, claims)
        if account.person is None and persons:
            federation_storage.set_person(account, persons[0])
        level = claims.get("ial", GIVES["thaid"])
        told = level if level in LEVELS else LEVELS[0]  # a level that is not understood proves nothing
        enrolling.prove_identity(account, "thaid", by=f"system:{provider}", level=told)
    return account


def _new_identity(provider: str, number: str, persons: list[int], claims: Mapping[str, Any]) -> Account:
    if federation_storage.is_known(provider, number):
        _refuse(provider)  # of an account that was closed
    name = f"{claims.get('given_name', '')} {claims.get('family_name', '')}".strip()[:200]
    account = (enrolment_storage.citizen_of(persons) if persons else None) or enrolling.new_citizen(None, name)
    _link(provider, number, account)
    return account


def _linked(request: HttpRequest, provider: str, subject: str) -> Account:
    """The account to which somebody connected this identity; who is signed in with a fresh proof connects it now."""
    account = federation_storage.account_of(provider, subject)
    if account is None and not federation_storage.is_known(provider, subject) and request.user.is_authenticated:
        from . import sessions

        if sessions.is_stepped_up(request):
            _link(provider, subject, request.user)
            return request.user
    return account if account is not None else _refuse(provider)


def _staff(request: HttpRequest, provider: str, profile: Mapping[str, Any]) -> Account | None:
    """The account of somebody who gives care; a session where there is one facility, else None until one is chosen."""
    told = provider_rules.places(profile.get("organization"), clock.today())
    found = [p for p in told if registry.facility(p.hospcode) is not None and not registry.is_barred(p.hospcode)]
    if not found:
        audit.record("signin.refused", actor="system:signin", detail={"proof": "provider", "provider": provider})
        raise NoPlace
    subject = profile["provider_id"]
    with database.transaction():
        account = federation_storage.account_of(provider, subject)
        if account is None and federation_storage.is_known(provider, subject):
            _refuse(provider)
        if account is None:
            account = _new_staff(provider, subject, profile)
    kept = [[place.hospcode, place.position] for place in found]
    if len({place.hospcode for place in found}) == 1:
        return _enter(request, account, found[0].hospcode, kept)
    request.session[PENDING] = {"account": account.pk, "places": kept}
    return None


def _new_staff(provider: str, subject: str, profile: Mapping[str, Any]) -> Account:
    def name(language: str) -> str:
        parts = (profile.get(f"{part}_{language}") for part in ("title", "firstname", "lastname"))
        return " ".join(str(part) for part in parts if part)[:200]

    fields = {"role": "clinician", "display_th": name("th") or "-", "display_en": name("en") or name("th") or "-"}
    account = enrolment_storage.make_account(f"p-{secrets.token_hex(8)}", fields)
    assert account is not None  # noqa: S101 - drawn from 2^64
    audit.record(
        "signin.account-added", actor=f"system:{provider}", detail={"account": account.login, "role": "clinician"}
    )
    _link(provider, subject, account)
    return account


def _link(provider: str, subject: str, account: Account) -> None:
    federation_storage.link(provider, subject, account.pk, clock.now())
    audit.record("signin.identity-linked", actor=account.actor, detail={"provider": provider})
