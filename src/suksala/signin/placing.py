"""Use cases of who acts for which facility: chosen at sign-in among those a provider names, changed while signed in."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from suksala import audit, registry
from suksala.foundation import clock, database

from . import enrolment_storage, federation_storage, provider_rules, service, sessions
from .provider_rules import CHOOSE_WITHIN, NoPlace, Place, Vouched
from .session_rules import Ending, Proof, Standing, standing

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .models import Account

PENDING = "signin_pending"  # in Django's session: who is known and has yet to say for which facility
PLACES = "signin_places"  # where who is signed in may act, as the provider said


def enter(request: HttpRequest, account: Account, found: list[Place], proved_at: datetime | None) -> bool:
    """Sign in whoever may act at these places: at once where it is one facility. False: they have yet to choose, and
    nobody is signed in meanwhile; whoever sat there is out.
    """
    told = [[place.hospcode, place.position] for place in found]
    if len({place.hospcode for place in found}) == 1:
        _open(request, account, found[0].hospcode, told, proved_at)
        return True
    service.close_session(request, Ending.REPLACED)
    proved = proved_at.isoformat() if proved_at else None
    request.session[PENDING] = {
        "account": account.pk,
        "places": told,
        "proved": proved,
        "at": clock.now().isoformat(),
    }
    return False


def told_places(vouched: Vouched) -> list[Place]:
    """Where a profile lets somebody give care today, of the facilities that take part here."""
    told = provider_rules.places(vouched.told.get("organization"), clock.today())
    return [p for p in told if registry.facility(p.hospcode) is not None and not registry.is_barred(p.hospcode)]


def places_to_choose(request: HttpRequest) -> list[Place]:
    """Where who signs in, or is signed in, may act today: as the provider said, and as the register of staff says."""
    told = _pending(request).get("places") or request.session.get(PLACES) or []
    found = [Place(*one) for one in told]
    if request.user.is_authenticated and request.user.practitioner is not None:
        roles = registry.roles_of(request.user.practitioner, clock.today())
        found += [Place(role.hospcode, "") for role in roles]
    return list({one.hospcode: one for one in reversed(found)}.values())[::-1]


def choose_place(request: HttpRequest, hospcode: str) -> Account:
    """Act for one of these facilities: opens the session of who signs in, once and within ten minutes of the provider's
    answer, or moves the one that is open.

    Raises NoPlace for another facility; nothing has changed then.
    """
    if hospcode not in {place.hospcode for place in places_to_choose(request)}:
        raise NoPlace
    pending = _pending(request)
    if pending:
        account = enrolment_storage.active_account(pending["account"])
        if account is None:
            raise NoPlace
        proved_at = datetime.fromisoformat(pending["proved"]) if pending["proved"] else None
        return _open(request, account, hospcode, pending["places"], proved_at)
    if not request.user.is_authenticated:
        raise NoPlace
    return _move(request, request.user, hospcode)


def _pending(request: HttpRequest) -> dict[str, Any]:
    """Who has yet to choose; {} for nobody, and once the time is over."""
    found: dict[str, Any] = request.session.get(PENDING, {})
    if found and clock.now() - datetime.fromisoformat(found["at"]) > CHOOSE_WITHIN:
        del request.session[PENDING]
        return {}
    return found


def _move(request: HttpRequest, account: Account, hospcode: str) -> Account:
    session = sessions.current_session(request)
    if session is None or standing(session, clock.now()) is not Standing.OPEN:
        raise NoPlace
    with database.transaction():
        federation_storage.set_facility(session.id, hospcode)
        detail = {"session": session.id, "from": session.facility}
        audit.record("signin.place-chosen", actor=account.actor, facility=hospcode, detail=detail)
    account.hospcode = hospcode
    return account


def _open(
    request: HttpRequest, account: Account, hospcode: str, told: list[list[str]], proved_at: datetime | None
) -> Account:
    """A session that acts for this facility; the account itself keeps none."""
    request.session.pop(PENDING, None)
    account.hospcode = hospcode
    service.open_session(request, account, Proof("provider", proved_at))
    request.session[PLACES] = told
    return account
