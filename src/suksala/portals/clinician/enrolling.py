"""Enrol a citizen at the desk: staff who see the person and the card give a code that makes a first passkey."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from suksala import signin
from suksala.foundation import clock
from suksala.portals.access import account, door, stepped_up
from suksala.portals.pages import page
from suksala.portals.texts import Text

from .results import results
from .whom import patient_of_mine


@sensitive_variables("code", "shown")
@require_http_methods(["GET", "POST"])
@door("clinician")
@stepped_up()
def enrol_citizen(request: HttpRequest, patient: str) -> HttpResponse:
    """The declaration that the person was seen, and then the code."""
    own = patient_of_mine(request, patient)
    problem, code = None, ""
    if request.method == "POST" and request.POST.get("seen") != "yes":
        problem = Text("ต้องเห็นเจ้าตัวและบัตรประชาชนก่อน", "See the person and the ID card first")
    elif request.method == "POST":
        code = signin.enrol_citizen(own.person, by=account(request))
    address = request.build_absolute_uri(reverse("sign-in-code"))
    shown = {"patient": results([own], clock.today())[0], "public": patient, "code": code, "address": address}
    return page(request, "clinician/enrol.jinja", {**shown, "problem": problem}, status=422 if problem else 200)
