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

TOO_SHORT = Text(
    f"พิมพ์ชื่ออย่างน้อย {identity.NAME_SHORTEST} ตัวอักษร หรือใช้เลข PID หรือเลขประชาชน",
    f"Type at least {identity.NAME_SHORTEST} letters of a name, or the PID or the citizen number",
)


def find(request: HttpRequest, purpose: Purpose, *, search: str, opens: str) -> HttpResponse:
    """The form and what it found. By POST, so that no name or number stands in an address or a log. Who is shown counts
    in the reader's hour of people as who is opened does.

    search, opens  names of the routes of this page, and of the one that a result leads to
    Raises signin.OverBudget.
    """
    text = request.POST.get("text", "").strip()[:80]
    shown: dict[str, object] = {
        "text": text,
        "facility": facilities.name(account(request).hospcode),
        "problem": None,
        "asked": False,
        "search": search,
        "opens": opens,
        "most": identity.FOUND_MOST,
    }
    if request.method == "POST":
        found = search_own(request, text, purpose)
        shown |= {"asked": not found.short, "found": results(found.registrations, clock.today()), "more": found.more}
        shown["problem"] = TOO_SHORT if found.short else None
    return page(request, "clinician/find.jinja", shown, status=422 if shown["problem"] else 200)


def search_own(request: HttpRequest, text: str, purpose: Purpose) -> identity.FoundOwn:
    """Registrations of the own facility; the log names whoever is told of, not the words. Raises signin.OverBudget."""
    reader = account(request)
    return identity.search_own(
        reader.hospcode,
        text,
        actor=reader.actor,
        purpose=purpose,
        count=lambda persons: signin.tell_reader(reader.actor, persons, clerk=reader.role == "clerk"),
    )
