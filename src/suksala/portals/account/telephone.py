"""My mobile number, to which codes go: kept once a code proved it, changed, taken away."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from suksala import signin
from suksala.foundation import SuksalaError
from suksala.portals.access import account, signed_in, stepped_up
from suksala.portals.pages import page
from suksala.portals.texts import Text

REFUSALS = (signin.NotANumber, signin.TooManyTexts, signin.DeviceIsNew, signin.WrongCode, signin.NotProved)


def shown(who: signin.Account) -> dict[str, object]:
    """What the account's page says of the number; nothing where nobody may have one."""
    may = signin.may_have_telephone(who)
    return {"may_have_telephone": may, "telephone": signin.telephone_of(who) if may else None}


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@signed_in
@stepped_up()
def number(request: HttpRequest) -> HttpResponse:
    """Type a number; a code goes there."""
    _require_mine(request)
    if request.method != "POST":
        return _page(request, "account/telephone.jinja")
    try:
        signin.ask_number(request, request.POST.get("number", ""))
    except REFUSALS as refused:
        return _page(request, "account/telephone.jinja", refused)
    return HttpResponseRedirect(reverse("telephone-code"))


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@signed_in
def code(request: HttpRequest) -> HttpResponse:
    """Type the code that came: from then on it is my number."""
    _require_mine(request)
    if request.method != "POST":
        return _page(request, "account/telephone_code.jinja")
    try:
        signin.prove_number(request, request.POST.get("code", ""))
    except REFUSALS as refused:
        return _page(request, "account/telephone_code.jinja", refused)
    return HttpResponseRedirect(f"{reverse('account')}#telephone")


@require_POST
@signed_in
@stepped_up()
def remove(request: HttpRequest) -> HttpResponse:
    """Have no number any more."""
    _require_mine(request)
    try:
        signin.remove_number(request)
    except signin.DeviceIsNew as refused:
        return _page(request, "account/telephone.jinja", refused)
    except signin.NotProved as none:
        raise Http404 from none
    return HttpResponseRedirect(f"{reverse('account')}#telephone")


def _require_mine(request: HttpRequest) -> None:
    if not signin.may_have_telephone(account(request)):
        raise Http404


def _page(request: HttpRequest, template: str, refused: SuksalaError | None = None) -> HttpResponse:
    problem = Text(refused.th, refused.en) if refused else None
    names = {"problem": problem, "typed": request.POST.get("number", "")[:64]}
    answer = page(request, template, names, status=refused.http_status if refused else 200)
    if isinstance(refused, signin.TooManyTexts):
        answer.headers["Retry-After"] = str(refused.seconds)  # as its words say
    return answer
