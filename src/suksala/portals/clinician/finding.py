"""Find a patient of one's own facility: clinicians to treat them, clerks to register them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from suksala import identity, signin
from suksala.consent import Purpose
from suksala.foundation import clock
from suksala.portals import facilities
from suksala.portals.access import account
from suksala.portals.pages import page
from suksala.portals.texts import Text

from .results import results

MOST_FOUND = 25
MOST_COUNTED = 5  # a search that finds more tells a clerk nobody, and costs nothing of the hour (decision 0179)
SHORTEST = 2  # letters of a name, or digits of a PID


def find(request: HttpRequest, purpose: Purpose, *, search: str, opens: str, counted: bool = False) -> HttpResponse:
    """The form and what it found. By POST, so that no name or number stands in an address or a log.

    search, opens  names of the routes of this page, and of the one that a result leads to
    counted        whether who is shown counts in a clerk's hour as who is opened does; then few are shown or nobody
    Raises signin.OverBudget, where counted.
    """
    text = request.POST.get("text", "").strip()[:80]
    shown: dict[str, object] = {
        "text": text,
        "facility": facilities.name(account(request).hospcode),
        "problem": None,
        "asked": False,
        "search": search,
        "opens": opens,
        "counted": counted,
    }
    if request.method == "POST" and len(text) < SHORTEST:
        shown["problem"] = Text("พิมพ์อย่างน้อย 2 ตัวอักษร", "Type at least 2 characters")
    elif request.method == "POST":
        most = MOST_COUNTED if counted else MOST_FOUND
        found = _search(request, text, purpose, most + 1)
        more = len(found) > most
        told = [] if counted and more else found[:most]
        if counted:
            signin.tell_reader(account(request).actor, [each.person for each in told], clerk=True)
        shown |= {"asked": True, "found": results(told, clock.today()), "more": more, "most": most}
    template = "clinician/_found.jinja" if request.headers.get("HX-Request") == "true" else "clinician/find.jinja"
    return page(request, template, shown, status=422 if shown["problem"] else 200)


def _search(request: HttpRequest, text: str, purpose: Purpose, limit: int) -> list[identity.Registration]:
    """Registrations of the own facility; identity keeps the fact that a search happened, not its words."""
    reader = account(request)
    return identity.search_own(reader.hospcode, text, actor=reader.actor, purpose=purpose, limit=limit)
