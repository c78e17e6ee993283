"""Routes of who looked: the page, the proof to take home, and "this was not for my care"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from suksala import audit, consent, phr, privacy, registry, signin
from suksala.audit import Fact
from suksala.foundation import SuksalaError, clock
from suksala.portals import facilities, looked, rights
from suksala.portals.access import account, door
from suksala.portals.looked import Look
from suksala.portals.pages import page
from suksala.portals.roles import ROLES
from suksala.portals.texts import Text

from . import sharing_words as words
from .whose import chosen
from .whose import permit as permit_of_chosen

VERDICTS = {
    privacy.Verdict.JUSTIFIED: Text("มีเหตุอันควร", "There was good reason"),
    privacy.Verdict.UNJUSTIFIED: Text("ไม่มีเหตุอันควร", "There was no good reason"),
    privacy.Verdict.UNCLEAR: Text("ยังสรุปไม่ได้", "It could not be settled"),
}
STATES = {
    privacy.CaseState.OPEN: Text("รอเจ้าหน้าที่รับเรื่อง", "Waits for an officer"),
    privacy.CaseState.LOOKING: Text("กำลังตรวจสอบ", "Being looked into"),
    privacy.CaseState.ANSWERED: Text("ตอบแล้ว", "Answered"),
}


@dataclass(frozen=True)
class Reader:
    """Who looked, as the citizen is told: by name, as the register of practitioners tells it or the account, and what
    they are; a representative by what they are alone.

    place  where they work, for who serves more than one facility; None: the facility on whose behalf they looked
    """

    name: Text | None
    role: Text
    place: Text | None = None


@require_GET
@door("citizen")
def who_looked(request: HttpRequest) -> HttpResponse:
    """Who opened my record, on which day, from which facility and why; emergencies first, doubts with their answers."""
    permit = permit_of_chosen(request)
    persons = sorted(permit.persons or ())
    wanted, before = request.GET.get("show", ""), _moment(request.GET.get("before", ""))
    given_on, by = _given_on(chosen(request)), request.GET.get("consent", "")
    by = by if by in given_on else ""
    found = looked.page_of(_reading(persons, by), before, own=permit.reader, by=by)
    looks = [look for look in found.looks if wanted not in looked.FILTERS or look.group == wanted]
    cases = privacy.cases_of(persons)
    emergencies = consent.openings_read(persons)
    places = [look.facility for look in looks] + [c.facility for c in cases] + [e.facility for e in emergencies]
    shown = {
        "looks": looks,
        "readers": _readers(looks),
        "emergencies": emergencies,
        "cases": cases,
        "states": STATES,
        "verdicts": VERDICTS,
        "names": facilities.names(place for place in places if place),
        "purposes": looked.PURPOSES,
        "triggers": looked.TRIGGERS,
        "matters": looked.MATTERS,
        "consented": given_on,
        "show": wanted,
        "by": by,
        "in_part": bool(before or wanted in looked.FILTERS),
        "older": _older({"show": wanted, "consent": by}, found.before),
        "now": clock.now(),
    }
    return page(request, "citizen/who_looked.jinja", shown)


def _given_on(whose: phr.Whose) -> dict[str, datetime]:
    """When each consent was given by whose leave somebody may have looked, as far as this reader sees it."""
    told = [each for each in phr.decisions(whose) if words.may_tell(each, whose.unseen)]
    return {consent.resource_id_of(each): each.since for each in told}


def _reading(persons: list[int], by: str) -> Callable[[datetime | None, int], list[Fact]]:
    """How the log is read: everything of these persons, or only what bears on one consent."""
    veils = consent.veils_of(persons)

    def read(before: datetime | None, limit: int) -> list[Fact]:
        return audit.of_persons(persons, limit=limit, before=before, consent=by or None, veils=veils)

    return read


def _older(shown: dict[str, str], before: datetime | None) -> str:
    asked = {**shown, "before": before.isoformat() if before else ""}
    return "?" + urlencode({k: v for k, v in asked.items() if v}) if before else ""


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _readers(looks: list[Look]) -> dict[str, Reader]:
    """Name and role of each reader who is a person: who practises is named, as the register names them to everybody."""
    logins = {look.actor.removeprefix("account:") for look in looks if not look.machine}
    accounts = signin.accounts_named(logins)
    practising = registry.practitioners({a.practitioner for a in accounts.values() if a.practitioner})
    return {
        f"account:{login}": _reader(practising.get(found.practitioner or 0), found) for login, found in accounts.items()
    }


def _reader(practitioner: registry.Practitioner | None, found: signin.Account) -> Reader:
    if found.role == "citizen":
        return Reader(None, Text("ผู้แทนของท่าน", "Somebody who acts for you"))
    role = ROLES[found.role]
    if practitioner is not None:
        return Reader(Text(practitioner.name_th, practitioner.name_en), role, _place(found))
    name = Text(found.display_th.partition(" · ")[0], found.display_en.partition(" · ")[0])
    return Reader(name, role, _place(found))


def _place(found: signin.Account) -> Text | None:
    """Where somebody works who sees people of more than one facility."""
    if found.role == "district" and found.district:
        th, en = registry.district_name(found.district)
        return Text(f"อำเภอ{th}", f"{en} district")
    if found.role in {"privacy", "steward"}:
        return facilities.name(found.hospcode) if found.hospcode else rights.EXCHANGE
    return None


@require_GET
@door("citizen")
def proof(request: HttpRequest) -> HttpResponse:
    """Who looked, with the proof that it stands in the log: to keep, and to check with `suksala audit verify`."""
    permit = permit_of_chosen(request)
    persons = sorted(permit.persons or ())
    document = audit.document_of(persons, veils=consent.veils_of(persons))
    answer = JsonResponse(document, json_dumps_params={"ensure_ascii": False})
    answer["Content-Disposition"] = 'attachment; filename="who-looked-proof.json"'
    return answer


@require_http_methods(["GET", "POST"])
@door("citizen")
def not_my_care(request: HttpRequest, on: str, key: str) -> HttpResponse:
    """Say of one opening that it was not for my care: a case for the privacy officer, with its clock."""
    permit = permit_of_chosen(request)
    persons = sorted(permit.persons or ())
    look = _look(persons, permit.reader, on, key)
    problem: SuksalaError | None = None
    if request.method == "POST":
        words = request.POST.get("words", "")
        try:
            privacy.open_case(persons, look.actor, look.facility, look.on, words, actor=account(request).actor)
            return HttpResponseRedirect(f"{reverse('who-looked')}#cases")
        except privacy.PrivacyProblem as refused:
            problem = refused
    shown = {
        "look": look,
        "reader": _readers([look]).get(look.actor),
        "names": facilities.names([look.facility] if look.facility else []),
        "purposes": looked.PURPOSES,
        "matters": looked.MATTERS,
        "days": privacy.ANSWER_WITHIN.days,
        "problem": Text(problem.th, problem.en) if problem else None,
    }
    return page(request, "citizen/not_my_care.jinja", shown, status=422 if problem else 200)


def _look(persons: list[int], own: str, on: str, key: str) -> Look:
    """The opening that an address names, of this citizen's record; 404 for any other."""
    try:
        day = date.fromisoformat(on)
    except ValueError as error:
        raise Http404 from error
    until = datetime.combine(day + timedelta(days=1), time(), clock.BANGKOK)
    wanted = audit.Wanted(tuple(persons), since=until - timedelta(days=1), until=until, limit=5_000)
    facts = audit.facts_wanted(replace(wanted, veils=consent.veils_of(persons)))
    for look in looked.gather(facts, own=own):
        if look.key == key and look.group == "staff":
            return look
    raise Http404
