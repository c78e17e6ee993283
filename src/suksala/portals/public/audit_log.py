"""The audit log towards other nodes: its newest checkpoint, and co-signing theirs (C2SP tlog-witness)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from suksala import audit

PLAIN = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"  # of the body of a 409, as the protocol wants
LARGEST = 20_000


@require_GET
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed checkpoint: how long the log is and its root, nothing about anybody."""
    note = audit.newest_checkpoint()
    return HttpResponse(note, content_type=PLAIN, status=200 if note else 404)


@csrf_exempt
@require_POST
def add_checkpoint(request: HttpRequest) -> HttpResponse:
    """Another node asks this one to co-sign; what counts is its log's signature, not who sends it."""
    try:
        body = request.read(LARGEST + 1).decode("utf-8")
        return HttpResponse(audit.add_checkpoint(body), content_type=PLAIN)
    except UnicodeDecodeError:
        return HttpResponse("not UTF-8\n", content_type=PLAIN, status=400)
    except audit.WitnessRefusal as refusal:
        told = refusal.body or f"{refusal.th}\n{refusal.en}\n"
        return HttpResponse(told, content_type=SIZE if refusal.body else PLAIN, status=refusal.http_status)
