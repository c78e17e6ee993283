"""What every answer passes: the reader's language, and no copy of a personal page in any cache."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from .texts import LANGUAGE_COOKIE, LANGUAGES, THAI

GetResponse = Callable[[HttpRequest], HttpResponse]


class LanguageMiddleware:
    """Thai, unless the reader's own cookie says English.

    The browser's preference is not asked: the shared computer of a health centre often prefers English, its readers
    do not.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(LANGUAGE_COOKIE, THAI)
        language = chosen if chosen in LANGUAGES else THAI
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Cookie"])
        return response


class PrivateMiddleware:
    """Nothing that a signed-in reader sees is kept: not by the browser, not by a proxy (ASVS V14.3.2)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated or "csrftoken" in response.cookies:
            add_never_cache_headers(response)
            response.headers["Cache-Control"] = "no-store, private"
        return response
