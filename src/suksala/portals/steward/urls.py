"""Addresses under /steward/."""

from __future__ import annotations

from django.urls import path

from . import colleagues, matched, matching, staff, web

urlpatterns = [
    path("", web.deposits, name="steward"),
    path("send/", web.send, name="send"),
    path("problems/", web.problems, name="problems"),
    path("age/", web.age, name="data-age"),
    path("network/", web.network, name="network"),
    path("staff/", staff.review, name="staff-review"),
    path("staff/answer/", staff.answer, name="staff-answer"),
    path("staff/sign/", staff.sign, name="staff-sign"),
    path("staff/settle/", staff.settle, name="staff-settle"),
    path("staff/people/", staff.people, name="staff"),
    path("staff/new/", staff.new, name="new-staff"),
    path("staff/accounts/", colleagues.accounts, name="staff-accounts"),
    path("staff/accounts/<int:number>/", colleagues.one_account, name="staff-account"),
    path("matching/", matching.queue, name="matching"),
    path("matching/quality/", matching.quality, name="matching-quality"),
    path("matching/corrections/", matching.corrections, name="matching-corrections"),
    path("matching/answers/", matched.answers, name="matching-answers"),
    path("matching/person/<str:one>/", matched.whole, name="matching-whole"),
    path("matching/<slug:kind>/<str:one>/<str:other>/", matching.question, name="matching-question"),
    path("deposits/<int:deposit>/", web.receipt, name="receipt"),
    path("deposits/<int:deposit>/receipt.csv", web.receipt_csv, name="receipt-csv"),
    path("deposits/<int:deposit>/receipt.json", web.receipt_json, name="receipt-json"),
    path("deposits/<int:deposit>/refused/<str:file>.csv", web.refused_csv, name="refused-csv"),
]
