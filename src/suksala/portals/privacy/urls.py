"""Addresses under /privacy/."""

from __future__ import annotations

from django.urls import path

from . import duties, openings, rights, web

urlpatterns = [
    path("", web.today, name="privacy"),
    path("processing/", duties.processing, name="processing"),
    path("breaches/", duties.breaches, name="breaches"),
    path("breaches/new/", duties.new, name="new-breach"),
    path("breaches/<int:number>/", duties.breach, name="breach"),
    path("breaches/<int:number>/draft.txt", duties.report, name="breach-report"),
    path("done/", web.done, name="privacy-done"),
    path("alerts/<int:number>/", web.alert, name="privacy-alert"),
    path("cases/<int:number>/", web.case, name="privacy-case"),
    path("cases/<int:number>/take/", web.take_up, name="privacy-case-take"),
    path("requests/<int:number>/", rights.data_request, name="privacy-request"),
    path("requests/<int:number>/take/", rights.take, name="privacy-request-take"),
    path("openings/<uuid:number>/", openings.opening, name="privacy-opening"),
    path("openings/<uuid:number>/end/", openings.end, name="privacy-opening-end"),
    path("openings/<uuid:number>/delay/", openings.delay, name="privacy-opening-delay"),
    path("openings/<uuid:number>/told/", openings.told, name="privacy-opening-told"),
    path("untold/", openings.untold, name="privacy-untold"),
    path("notices/", openings.notices, name="privacy-notices"),
    path("locks/", openings.locks, name="privacy-locks"),
    path("locks/<str:facility>/clear/", openings.clear, name="privacy-lock-clear"),
    path("protected/", web.protected, name="privacy-protected"),
    path("protected/<int:person>/end/", web.unprotect, name="privacy-unprotect"),
]
