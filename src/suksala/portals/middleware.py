"""What every answer passes: the reader's language and session, and no copy of a personal page in any cache."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from suksala import signin
from suksala.foundation import SuksalaError, bodies, database, log

from .access import KEEPS, to_prove
from .messages import DOWNLOADS, message
from .texts import LANGUAGES, THAI

OPEN_WHILE_ENROLLING = ("/account/", "/sign-out", "/language/", "/health")
OPEN_WHILE_LOCKED = (  # no data behind them
    *("/account/prove/", "/account/switch", "/signin/with/", "/signin/place", "/signin/sms"),
    *("/sign-out", "/language/", "/health"),
)

FORM = "application/x-www-form-urlencoded"
TOO_MANY_DOWNLOADS = "SKL-SIGNIN-032"
LOCKED = "session_locked"  # on a request
GetResponse = Callable[[HttpRequest], HttpResponse]
_log = log.get(__name__)


class LanguageMiddleware:
    """Thai, unless the reader's own cookie says English.

    The browser's preference is not asked: the shared computer of a health centre often prefers English, its readers
    do not.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, THAI)
        language = chosen if chosen in LANGUAGES else THAI
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Cookie"])
        return response


class UnavailableMiddleware:
    """No event, no answer: where the database or its audit log fails, or is not vouched for, nothing is shown (503)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page that says so, in place of whatever the view was about to show."""
        own = isinstance(exception, SuksalaError) and exception.http_status == HTTPStatus.SERVICE_UNAVAILABLE
        if own or database.is_unavailable(exception):
            _log.error("page.unavailable", error_type=type(exception).__name__)
            return message(request, HTTPStatus.SERVICE_UNAVAILABLE)
        return None


class RefusedMiddleware:
    """What the rules refuse is the page that says so (403, 429), never a fault of ours and without any record."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page of a refusal, in place of a failure."""
        if isinstance(exception, signin.OverBudget):
            told = DOWNLOADS if exception.code == TOO_MANY_DOWNLOADS else None
            answer = message(request, HTTPStatus.TOO_MANY_REQUESTS, told)
            answer.headers["Retry-After"] = str(exception.seconds)
            return answer
        if isinstance(exception, SuksalaError) and exception.http_status == HTTPStatus.FORBIDDEN:
            return message(request, HTTPStatus.FORBIDDEN)
        return None


class TextMiddleware:
    """What cannot be a text, or broke off, is refused before any page reads it (400): no database keeps a NUL byte,
    nobody types one, and half a form decides something else.

    Half characters (lone surrogates) do not come so far: Django reads forms and addresses as UTF-8.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: object, _kwargs: object
    ) -> HttpResponse | None:
        """Forms that programs send to an endpoint of their own are read there (`csrf_exempt`), and only there."""
        read_there = getattr(view, "csrf_exempt", False)
        if not read_there and request.content_type == FORM and not bodies.is_whole(request.META, request.body):
            return message(request, HTTPStatus.BAD_REQUEST)
        asked = [request.GET] if read_there else [request.GET, request.POST]
        parts = [part for form in asked for name, values in form.lists() for part in (name, *values)]
        is_text = not any("\0" in part for part in (request.path, *parts))
        return None if is_text else message(request, HTTPStatus.BAD_REQUEST)


class SessionMiddleware:
    """A session left alone is locked until its holder proves who they are; one that is over is a visitor's.

    Asked of the database with each request, so that an end made elsewhere counts from the next one on.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            standing = signin.touch(request)
            if standing is signin.Standing.OVER:
                signin.close_session(request, signin.Ending.EXPIRED)
            elif standing is signin.Standing.LOCKED and not request.path.startswith(OPEN_WHILE_LOCKED):
                setattr(request, LOCKED, True)
            elif standing is signin.Standing.ENROLLING and not request.path.startswith(OPEN_WHILE_ENROLLING):
                return HttpResponseRedirect(reverse("add-passkey"))
        response = self.get_response(request)
        if getattr(request, LOCKED, False):  # no view was reached: no such page, or a form without our token
            response = to_prove(request)
        signin.keep_token(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: object, _kwargs: object
    ) -> HttpResponse | None:
        """No page of a locked session: after the look at the form's token, so that only an own form is kept."""
        if not getattr(request, LOCKED, False):
            return None
        setattr(request, LOCKED, False)
        return to_prove(request, keeps=getattr(view, KEEPS, False))


class PrivateMiddleware:
    """Nothing that a signed-in reader sees is kept: not by the browser, not by a proxy (ASVS V14.3.2)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated or settings.CSRF_COOKIE_NAME in response.cookies:
            add_never_cache_headers(response)
            response.headers["Cache-Control"] = "no-store, private"
        return response
