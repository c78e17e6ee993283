"""Sign in as oneself: by passkey, by password and code, by enrolment code. Every refusal is the same page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from suksala import signin
from suksala.foundation import log
from suksala.portals.access import HOME, safe
from suksala.portals.pages import page
from suksala.portals.texts import Text

Refusal = signin.NotProved | signin.TooManyTries

_log = log.get("portals")


@csrf_protect
@require_GET
def sign_in(request: HttpRequest) -> HttpResponse:
    """The ways in."""
    return _page(request)


@require_GET
def options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to use whichever passkey it has for us."""
    return JsonResponse(signin.options_to_use(None))


@require_POST
def by_passkey(request: HttpRequest) -> HttpResponse:
    """What a passkey signed."""
    try:
        account = signin.by_passkey(request, request.POST.get("credential", ""))
    except (signin.NotProved, signin.TooManyTries) as refused:
        return _page(request, refused)
    return _home(request, account)


@sensitive_post_parameters()
@require_POST
def by_password(request: HttpRequest) -> HttpResponse:
    """Name, password and code, all at once, so that no answer tells which of them was wrong."""
    given = request.POST
    try:
        account = signin.by_password(request, given.get("login", ""), given.get("password", ""), given.get("code", ""))
    except (signin.NotProved, signin.TooManyTries) as refused:
        return _page(request, refused)
    return _home(request, account)


@sensitive_post_parameters()
@csrf_protect
@require_http_methods(["GET", "POST"])
def by_code(request: HttpRequest) -> HttpResponse:
    """An enrolment code: the way to a first passkey."""
    problem: Refusal | None = None
    if request.method == "POST":
        try:
            signin.by_code(request, request.POST.get("code", ""))
        except (signin.NotProved, signin.TooManyTries) as refused:
            problem = refused
        else:
            return HttpResponseRedirect("/account/passkeys/add")
    shown = {"problem": Text(problem.th, problem.en) if problem else None}
    return page(request, "public/enrol.jinja", shown, status=problem.http_status if problem else 200)


def _home(request: HttpRequest, account: signin.Account) -> HttpResponse:
    return HttpResponseRedirect(safe(request, request.POST.get("next", ""), HOME[account.role]))


def _page(request: HttpRequest, refused: Refusal | None = None) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    problem = Text(refused.th, refused.en) if refused else None
    shown = {
        "next": asked.get("next", ""),
        "problem": problem,
        "providers": providers_set_up(),
        "sends_sms": signin.sends_sms(),
    }
    return page(request, "public/signin.jinja", shown, status=refused.http_status if refused else 200)


def providers_set_up() -> list[signin.Provider]:
    """Those that the operator set up; none while their file cannot be read, which the log tells."""
    try:
        return list(signin.providers().values())
    except signin.ProviderProblem as problem:
        _log.error("identity providers are off", code=problem.code)
        return []
