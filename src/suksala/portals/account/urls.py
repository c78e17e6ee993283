"""Addresses of the reader's account."""

from __future__ import annotations

from django.urls import path

from . import identities, proving, requests, telephone, ways, web

urlpatterns = [
    path("", web.overview, name="account"),
    path("prove/", proving.prove, name="prove"),
    path("prove/options", proving.options, name="prove-options"),
    path("prove/passkey", proving.by_passkey, name="prove-passkey"),
    path("prove/password", proving.by_password, name="prove-password"),
    path("prove/with/<str:name>/", proving.by_provider, name="prove-provider"),
    path("kept/", proving.kept_form, name="kept-form"),
    path("identities/<str:name>/connect", identities.connect, name="connect-identity"),
    path("identities/<int:number>/disconnect", identities.disconnect, name="disconnect-identity"),
    path("passkeys/add", ways.add_passkey, name="add-passkey"),
    path("passkeys/options", ways.options, name="add-passkey-options"),
    path("passkeys/<int:number>/remove", ways.remove_passkey, name="remove-passkey"),
    path("password", ways.password, name="password"),
    path("password/drop", ways.drop_password, name="drop-password"),
    path("telephone", telephone.number, name="telephone"),
    path("telephone/code", telephone.code, name="telephone-code"),
    path("telephone/remove", telephone.remove, name="remove-telephone"),
    path("identity/", web.identity, name="identity"),
    path("devices/<int:number>", web.answer_device, name="answer-device"),
    path("requests/", requests.requests, name="data-requests"),
    path("requests/new/", requests.new, name="new-data-request"),
    path("switch", web.switch_user, name="switch-user"),
    path("sessions/<int:number>/end", web.end_session, name="end-session"),
]
