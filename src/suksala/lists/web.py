"""Lists for agencies' systems: send rows, and read what became of one's own. Tokens are those of /oauth/token.

An agency is the client's facility, or the client's own name where it is bound to none: nobody names another's list.
Without a facility it is one of the agencies that agreements know (`nhso`): nothing flows without an agreement in force.
"""

from __future__ import annotations

import io
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from suksala import registry, signin
from suksala.foundation import SuksalaError, jobs
from suksala.signin import Client
from suksala.standards.file43 import FileRefused

from . import files, service
from .domain import PURPOSE, ListProblem

LEARN = "lists.learn"  # the job of tasks.py


@csrf_exempt
@require_http_methods(["GET", "POST"])
def rows(request: HttpRequest, name: str) -> HttpResponse:
    """POST a CSV or XLSX as `suksala lists import` takes it (system/Patient.c); GET own rows (system/Patient.r)."""
    try:
        client = signin.authenticate(request.META)
    except signin.TokenRefused as problem:
        answer = _told("SKL-LST-301", problem.th, problem.en, 401)
        answer.headers["WWW-Authenticate"] = problem.challenge
        return answer
    act, right = (_send, "c") if request.method == "POST" else (_read, "r")
    if client.user is not None or PURPOSE not in client.purposes or not _may(client, right):
        return _told(
            "SKL-LST-302",
            f"ต้องเป็นระบบที่ลงทะเบียนเพื่อ {PURPOSE} และมีขอบเขต system/Patient.{right}",
            f"needs a system that is registered for {PURPOSE}, with the scope system/Patient.{right}",
            403,
        )
    return _answered(lambda: act(request, client, name), client)


def _may(client: Client, right: str) -> bool:
    return signin.has_scope(client.scopes, "Patient", right)


def _answered(act: Callable[[], HttpResponse], client: Client) -> HttpResponse:
    try:
        signin.take(client)
        return act()
    except (ListProblem, FileRefused, registry.NoAgreement, signin.OverBudget) as problem:
        return _problem(problem)


def _problem(problem: SuksalaError) -> HttpResponse:
    return _told(problem.code, problem.th, problem.en, problem.http_status)


def _told(code: str, th: str, en: str, status: int) -> HttpResponse:
    return JsonResponse({"code": code, "th": th, "en": en}, status=status, json_dumps_params={"ensure_ascii": False})


def agency_of(client: Client) -> str:
    """The agency that a client sends for and reads of: a name like a facility's code is a name all the same."""
    return f"facility:{client.hospcode}" if client.hospcode else f"system:{client.name}"


def _send(request: HttpRequest, client: Client, name: str) -> HttpResponse:
    body = request.read(files.MOST_BYTES + 1)
    found = service.receive_file(io.BytesIO(body), agency_of(client), name, actor=client.actor)
    jobs.enqueue(LEARN, lock=LEARN, once=True)
    told = {**found._asdict(), "problems": [problem._asdict() for problem in found.problems]}
    return JsonResponse(told, json_dumps_params={"ensure_ascii": False})


def _read(request: HttpRequest, client: Client, name: str) -> HttpResponse:
    after = request.GET.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise ListProblem("after ต้องเป็นเลข place ของแถวก่อนหน้า", "after is the place of a row", code="SKL-LST-303")
    found = service.own_rows(agency_of(client), name, int(after), actor=client.actor, facility=client.hospcode)
    return JsonResponse({"rows": found}, json_dumps_params={"ensure_ascii": False})
