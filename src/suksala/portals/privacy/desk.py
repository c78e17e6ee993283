"""What the pages of the privacy officer share: whose work it is, names of readers, the form of a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from suksala import audit, consent, identity, privacy, signin
from suksala.foundation import SuksalaError
from suksala.portals import facilities
from suksala.portals.access import account
from suksala.portals.pages import Shown, page
from suksala.portals.texts import Text

from . import wording

Matter = privacy.Alert | privacy.Case | consent.Grant


def facility_of(request: HttpRequest) -> str | None:
    """Whose work this officer does; None: everybody's."""
    return account(request).hospcode or None


def named(found: Iterable[Matter]) -> dict[str, object]:
    """Names of the facilities and of the readers that matters are about."""
    told = list(found)
    places = {one.facility for one in told if one.facility}
    return {"names": facilities.names(places), "readers": _readers({one.reader for one in told})}


def _readers(actors: Iterable[str]) -> dict[str, str]:
    """The name of each reader, for the officer who has to ask them."""
    logins = {actor.removeprefix("account:") for actor in actors}
    found = signin.accounts_named(logins)
    return {f"account:{login}": one.display_th.partition(" · ")[0] for login, one in found.items()}


Decide = Callable[[str, str, str], None]


def decided(
    request: HttpRequest,
    template: str,
    shown: Shown,
    decide: Decide,
) -> HttpResponse:
    """The page with its form; what is sent is decided, or told what is wrong with it.

    shown  what the page tells beside the form; `verdicts`, where others than those of an audit can be chosen
    """
    problem: SuksalaError | None = None
    verdict, words = request.POST.get("verdict", ""), request.POST.get("words", "")[:2_000]
    if request.method == "POST":
        try:
            decide(verdict, words, account(request).actor)
            return HttpResponseRedirect(reverse("privacy"))
        except (privacy.PrivacyProblem, consent.GrantProblem) as refused:
            problem = refused
    form = {
        "verdict": verdict,
        "words": words,
        "problem": Text(problem.th, problem.en) if problem else None,
    }
    return page(request, template, {"verdicts": wording.VERDICTS, **shown, **form}, status=422 if problem else 200)


def patient(person: int) -> str:
    """A person as the officer asks about them in the hospital: the name and the local number."""
    found = identity.registrations([person])
    return f"{found[0].name} · {found[0].hospcode}/{found[0].pid}" if found else "–"


def tell_opened(request: HttpRequest, kind: str, person: int, facility: str | None, **detail: str) -> None:
    """That an officer looked at somebody's matter: the citizen sees it among the others."""
    if request.method == "GET":
        audit.record(
            kind, actor=account(request).actor, purpose="HOPERAT", person=person, facility=facility, detail=detail
        )
