"""Routes about apps: may this app read my record, which did I allow, and beginning one from a patient's page."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from suksala import consent, exchange, identity, signin
from suksala.foundation import clock, settings
from suksala.portals.access import account, door, signed_in, to_prove, to_sign_in
from suksala.portals.clinician import finding
from suksala.portals.clinician.results import Result, results
from suksala.portals.pages import page
from suksala.portals.texts import Text, t

from . import words

ROLES = ("citizen", "clinician")  # whose records, or patients, an app may be allowed to read


def _base(request: HttpRequest) -> str:
    return settings.current().public_url or f"{request.scheme}://{request.get_host()}"


@csrf_protect
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """An app asks: the reader sees what for and how long, and allows it or not. Nothing is allowed by looking."""
    try:
        asked = signin.read_app_request(request.META.get("QUERY_STRING", ""), _base(request))
        if not request.user.is_authenticated:
            return to_sign_in(request)
        return _answered(request, asked)
    except signin.BadAppRequest as problem:
        return _told(request, problem.th, problem.en, 400)
    except signin.Redirect as refusal:
        return _away(refusal.uri)
    except consent.NoPermit as problem:
        return _told(request, problem.th, problem.en, 403)


def _answered(request: HttpRequest, asked: signin.AppRequest) -> HttpResponse:
    reader = account(request)
    if reader.role not in ROLES:
        return _told(
            request,
            "บัญชีนี้ให้สิทธิแอปไม่ได้ ใช้บัญชีประชาชนหรือผู้ให้การรักษา",
            "this account cannot allow apps; a citizen's or a clinician's can",
            403,
        )
    if reader.role == "citizen" and not signin.may_open_record(reader):
        return HttpResponseRedirect(reverse("identity"))
    doing = request.POST.get("do", "") if request.method == "POST" else ""
    if doing == "refuse":
        return _away(signin.refuse(asked, _base(request)))
    if not signin.is_stepped_up(request):
        return to_prove(request, request.get_full_path())
    return _allowed(request, asked) if doing == "allow" else _question(request, asked)


def _allowed(request: HttpRequest, asked: signin.AppRequest) -> HttpResponse:
    if not signin.device_is_settled(request):
        return _new_device(request)
    context = _context(request, asked)
    if context is None:
        return _question(request, asked)
    return _away(signin.allow(asked, _base(request), account(request), context, signin.current_device(request)))


def _new_device(request: HttpRequest) -> HttpResponse:
    """Allowing an app gives a record away for weeks: not on a device that is new to the account (T12)."""
    return _told(
        request,
        "เครื่องนี้เพิ่งใช้กับบัญชีนี้ ยังให้สิทธิแอปไม่ได้ รอ 24 ชั่วโมงหรือใช้เครื่องเดิม",
        "this device is new to the account and cannot allow apps yet: wait 24 hours or use the former one",
        403,
    )


def _context(request: HttpRequest, asked: signin.AppRequest) -> signin.Context | None:
    """Whose record is open: the citizen's own, the one of the launch, or the patient that the clinician picked. None:
    none is picked yet.
    """
    reader = account(request)
    if asked.launch:
        found = signin.launched(asked, reader)
        if found is None:
            raise signin.Redirect(signin.refuse(asked, _base(request)))
        return found._replace(fhir_user=_fhir_user(request))
    if not asked.needs_patient:
        return signin.Context(fhir_user=_fhir_user(request))
    person = reader.person if reader.role == "citizen" else _picked(request)
    if reader.role == "citizen" and person is None:
        raise consent.NoPermit("บัญชีนี้ยังไม่ผูกกับข้อมูลสุขภาพของท่าน", "this account is not connected to a record yet")
    if person is None:
        return None
    patient = _patient_id(request, person)
    return signin.Context(person, patient, None, _fhir_user(request))


def _picked(request: HttpRequest) -> int | None:
    own = _own_registration(request, request.POST.get("patient", ""))
    return None if own is None else own.person


def _own_registration(request: HttpRequest, patient: str) -> identity.Registration | None:
    """The patient's registration at the clinician's facility; of anybody else, none."""
    try:
        human = identity.human_of_public(patient)
        own = identity.registrations(identity.persons_of(human))
    except identity.NoSuchHuman:
        return None
    return next((r for r in own if r.hospcode == account(request).hospcode), None)


def _patient_id(request: HttpRequest, person: int) -> str:
    reader, now = account(request), clock.now()
    if reader.role == "citizen":
        permit = consent.permit_for_own_record(reader, person, now)
    else:
        permit = consent.permit_for_treatment(reader, person, now)
    found = exchange.patient_id_of(permit, person)
    if found is None:
        raise consent.NoPermit("ยังไม่มีประวัติของผู้นี้ในระบบ", "there is no record of this person yet")
    return found


def _fhir_user(request: HttpRequest) -> str | None:
    """Who signed in, as FHIR names them: a citizen as the own Patient."""
    reader = account(request)
    if reader.role == "citizen" and reader.person is not None:
        return f"Patient/{_patient_id(request, reader.person)}"
    return None


def _question(request: HttpRequest, asked: signin.AppRequest) -> HttpResponse:
    reader = account(request)
    launched = signin.launched(asked, reader) if asked.launch else None
    if asked.launch and launched is None:
        raise signin.Redirect(signin.refuse(asked, _base(request)))
    text = request.POST.get("text", "").strip()[:80] if request.method == "POST" else ""
    picks = reader.role == "clinician" and asked.needs_patient and launched is None
    shown = {
        "app": Text(asked.app.title_th or "", asked.app.title_en or ""),
        "where": urlsplit(asked.redirect_uri).netloc,
        "lines": words.lines(asked.scopes),
        "lasting": words.is_lasting(asked.scopes),
        "tells_who": words.tells_who(asked.scopes),
        "bound": asked.app.dpop_bound or not asked.app.is_public,
        "action": f"{request.path}?{asked.query}",
        "picks": picks,
        "text": text,
        "searched": bool(text),
        "found": _search(request, text) if picks and text else [],
        "launched": _launched_patient(launched.person) if launched is not None else None,
    }
    answer = page(request, "apps/authorize.jinja", shown)
    # The browser follows the answer to the form back to the app, and asks our policy whether it may.
    redirect = urlsplit(asked.redirect_uri)
    answer._csp_update = {"form-action": [f"{redirect.scheme}://{redirect.netloc}"]}  # type: ignore[attr-defined]
    return answer


def _launched_patient(person: int | None) -> Result | None:
    return results([identity.registration(person)], clock.today())[0] if person is not None else None


def _search(request: HttpRequest, text: str) -> list[Result]:
    return results(finding.search_own(request, text, consent.Purpose.TREATMENT).registrations, clock.today())


def _away(uri: str) -> HttpResponse:
    """To the app. 303, so that no form travels on (RFC 9700, 4.12), and no address of ours is told (4.2.4)."""
    answer = HttpResponse(status=303, headers={"Location": uri, "Referrer-Policy": "no-referrer"})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _told(request: HttpRequest, th: str, en: str, status: int) -> HttpResponse:
    heading = t("ให้สิทธิแอปไม่ได้", "The app cannot be allowed")
    shown = {"heading": heading, "lines": [t(th, en)], "other": t(en, th)}
    return page(request, "public/message.jinja", shown, status=status)


@require_GET
@signed_in
def my_apps(request: HttpRequest) -> HttpResponse:
    """The apps that I allow, what each may read and until when, and a way to take each back."""
    shown = {
        "apps": [
            (app, Text(app.title_th, app.title_en), words.lines(app.scopes))
            for app in signin.allowed_apps(account(request))
        ]
    }
    return page(request, "apps/list.jinja", shown)


@require_POST
@signed_in
def end_app(request: HttpRequest, number: int) -> HttpResponse:
    """Take back what I allowed an app: it reads nothing more from this moment on."""
    if not signin.end_app(account(request), number):
        raise Http404
    return HttpResponseRedirect("/me/apps/")


@require_POST
@door("clinician")
def launch(request: HttpRequest, patient: str) -> HttpResponse:
    """Begin an app from a patient's page (EHR launch): it learns who is open only once the reader allows it."""
    own = _own_registration(request, patient)
    places = {name: uri for name, _, _, uri in signin.launchable_apps()}
    name = request.POST.get("app", "")
    if own is None or name not in places:
        raise Http404
    context = signin.Context(own.person, _patient_id(request, own.person))
    token = signin.launch_app(name, account(request), context)
    place = places[name]
    query = urlencode({"iss": f"{_base(request)}/fhir", "launch": token})
    return _away(f"{place}{'&' if '?' in place else '?'}{query}")
