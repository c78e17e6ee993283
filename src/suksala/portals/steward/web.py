"""Routes of the data steward: what was sent, what became of it, what to mend, how fresh it is."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from suksala import audit, identity, ingest, registry, signin
from suksala.foundation import SuksalaError, clock
from suksala.portals import downloads, facilities
from suksala.portals.access import account, door, stepped_up
from suksala.portals.pages import page, page_number
from suksala.portals.texts import Text

from . import network as words
from . import receipts

PER_PAGE = 25
MOST_DEPOSITS = 2000
MOST_PROBLEMS = 60
# No fault of the zip: nothing looks at files now, or no agreement lets it flow yet. The same one may be sent again.
MAY_COME_AGAIN = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.FORBIDDEN)
NO_FILE = Text("เลือกแฟ้ม zip ก่อนส่ง", "Choose a zip first")


@require_GET
@door("steward")
def deposits(request: HttpRequest) -> HttpResponse:
    """Every deposit, newest first; a steward of one facility sees that facility's."""
    found = ingest.deposits(hospcode=_own(request), limit=MOST_DEPOSITS)
    number = page_number(request.GET.get("page", ""), len(found), PER_PAGE)
    shown = {
        "deposits": [receipts.line(d) for d in found[(number - 1) * PER_PAGE : number * PER_PAGE]],
        "previous": f"?page={number - 1}" if number > 1 else None,
        "next": f"?page={number + 1}" if number * PER_PAGE < len(found) else None,
    }
    return page(request, "steward/deposits.jinja", shown)


@require_http_methods(["GET", "POST"])
@door("steward")
def send(request: HttpRequest) -> HttpResponse:
    """Send a zip: it is kept and numbered at once, then checked by a worker while the receipt page waits."""
    own = _own(request)
    if request.method == "GET":
        return page(request, "steward/send.jinja", {"may_send": own is None or ingest.may_send(own)})
    upload = request.FILES.get("zip")
    if upload is None:
        return _not_received(request, NO_FILE)
    try:
        deposit = _receive(request, upload)
    except SuksalaError as problem:
        fault_of_zip = problem.http_status not in MAY_COME_AGAIN
        status = HTTPStatus.UNPROCESSABLE_ENTITY if fault_of_zip else problem.http_status
        return _not_received(request, Text(problem.th, problem.en), status=status)
    return HttpResponseRedirect(reverse("receipt", args=[deposit.id]))


def _receive(request: HttpRequest, upload: UploadedFile[Any]) -> ingest.Deposit:
    stream, own = upload.file, _own(request)
    assert stream is not None  # noqa: S101 - the upload handler always gives one
    if own is None:
        return ingest.receive(cast("BinaryIO", stream), file_name=upload.name)
    return ingest.receive_from(own, cast("BinaryIO", stream), file_name=upload.name)


def _not_received(request: HttpRequest, problem: Text, *, status: int = 422) -> HttpResponse:
    shown = {"problem": problem, "problem_other": receipts.other(problem), "may_send": True}
    return page(request, "steward/send.jinja", shown, status=status)


@require_GET
@door("steward")
def receipt(request: HttpRequest, deposit: int) -> HttpResponse:
    """One receipt: counts of each file, what to mend and how."""
    return page(request, "steward/receipt.jinja", receipts.shown(_receipt(request, deposit)))


@require_GET
@door("steward")
def receipt_csv(request: HttpRequest, deposit: int) -> HttpResponse:
    """The receipt as CSV: one line for each rule that was broken."""
    sheet = ingest.receipt_csv(_receipt(request, deposit))
    return downloads.sheet(sheet, f"suksala-receipt-{deposit}.csv")


@require_GET
@door("steward")
def receipt_json(request: HttpRequest, deposit: int) -> HttpResponse:
    """The receipt as JSON, for programs."""
    answer = JsonResponse(
        ingest.receipt_document(_receipt(request, deposit)), json_dumps_params={"ensure_ascii": False}
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="suksala-receipt-{deposit}.json"'
    return answer


@require_GET
@door("steward")
@stepped_up()
def refused_csv(request: HttpRequest, deposit: int, file: str) -> HttpResponse:
    """The rows of one file that were set aside, each with its line and reasons, to mend and send again: twice a day.

    A fact for every person whom they are about and who is known; one without, where nobody is. Raises
    signin.OverBudget.
    """
    found = _receipt(request, deposit)
    if all(f.file != file for f in found.files):
        raise Http404
    reader, hospcode = account(request).actor, found.deposit.hospcode
    signin.begin_download(reader, f"{deposit}/{file}")
    detail = {"deposit": deposit, "file": file}
    known = identity.known_persons(hospcode, ingest.refused_pids(deposit, file)) if hospcode else {}
    about: list[int | None] = [*known.values()]
    audit.record_now(
        [
            audit.Fact(clock.now(), "ingest.refused-read", reader, "HOPERAT", person, hospcode, detail)
            for person in about or [None]
        ]
    )
    return downloads.sheet(ingest.refused_csv(deposit, file), f"suksala-refused-{deposit}-{file}.csv")


@require_GET
@door("steward")
def problems(request: HttpRequest) -> HttpResponse:
    """What is wrong, by facility and file, most rows first."""
    own, asked = _own(request), request.GET.get("facility", "")
    senders = [age.hospcode for age in ingest.ages() if own in {None, age.hospcode}]
    chosen = [code for code in senders if asked in {"", code}]
    rows = [
        receipts.total(code, file, column, kind, count)
        for code in chosen
        for file, column, kind, _, count, _ in ingest.problems(code)
    ]
    wanted = request.GET.get("file", "")
    shown = sorted((r for r in rows if wanted in {"", r.file}), key=lambda r: -r.rows)
    names = facilities.names(senders)
    lists = {"senders": sorted(names.items()), "files": sorted({r.file for r in rows})}
    return page(
        request,
        "steward/problems.jinja",
        {**lists, "rows": shown[:MOST_PROBLEMS], "count": len(shown), "facility": asked, "file": wanted},
    )


@require_GET
@door("steward")
def age(request: HttpRequest) -> HttpResponse:
    """How old each sender's data are, oldest first; those that never sent come before all."""
    own = _own(request)
    rows = [receipts.age(a) for a in ingest.ages() if own in {None, a.hospcode}]
    rows.sort(key=lambda r: -r.days)
    return page(request, "steward/age.jinja", {"rows": rows, "silent": receipts.silent(own)})


@require_GET
@door("steward")
def network(request: HttpRequest) -> HttpResponse:
    """Who takes part, who is connected, who exchanges, and by which agreements; a facility's steward sees its own."""
    own, today = _own(request), clock.today()
    members = [m for m in registry.members() if own in {None, m.party}]
    by_party = {m.party: m for m in members}
    shown = {
        "agencies": [(words.party(code), by_party.get(code)) for code in registry.AGENCIES] if own is None else [],
        "counts": registry.network_counts(today) if own is None else None,
        "members": [(words.party(m.party), m, m.is_exchanging(today)) for m in members],
        "agreements": [(a, a.is_in_force(today)) for a in registry.agreements(own)],
        "states": words.STATES,
        "flows": words.FLOWS,
    }
    return page(request, "steward/network.jinja", shown)


def _own(request: HttpRequest) -> str | None:
    """The facility that a steward is bound to; None: all."""
    return account(request).hospcode or None


def _receipt(request: HttpRequest, deposit: int) -> ingest.Receipt:
    """Another facility's receipt is answered as one that does not exist."""
    try:
        found = ingest.receipt(deposit)
    except ingest.DepositRefused as none:
        raise Http404 from none
    if _own(request) not in {None, found.deposit.sender}:
        raise Http404
    return found
