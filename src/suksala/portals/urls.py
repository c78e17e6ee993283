"""The addresses of the pages."""

from __future__ import annotations

from django.urls import include, path

from .public import audit_log, by_sms, developers, providers, sample_app, signing_in, usage
from .public import web as public

urlpatterns = [
    path("", public.landing, name="landing"),
    path("demo-signin", public.sign_in, name="demo-sign-in"),
    path("signin", signing_in.sign_in, name="sign-in"),
    path("signin/place", providers.choose_place, name="choose-place"),
    path("signin/with/<str:name>/", providers.ask, name="provider"),
    path("signin/with/<str:name>/back", providers.back, name="provider-back"),
    path("signin/options", signing_in.options, name="sign-in-options"),
    path("signin/passkey", signing_in.by_passkey, name="sign-in-passkey"),
    path("signin/password", signing_in.by_password, name="sign-in-password"),
    path("signin/code", signing_in.by_code, name="sign-in-code"),
    path("signin/sms", by_sms.ask, name="sign-in-sms"),
    path("signin/sms/code", by_sms.code, name="sign-in-sms-code"),
    path("sign-out", public.sign_out, name="sign-out"),
    path("language/<str:language>", public.choose_language, name="language"),
    path("developers", developers.developers, name="developers"),
    path("developers/bruno.zip", developers.bruno_zip, name="bruno"),
    path("developers/app", sample_app.begin, name="sample-app"),
    path("developers/app/back", sample_app.back, name="sample-app-back"),
    path("developers/usage", usage.usage, name="usage"),
    path("health", public.health, name="health"),
    path("audit/checkpoint", audit_log.checkpoint, name="audit-checkpoint"),
    path("audit/add-checkpoint", audit_log.add_checkpoint, name="audit-add-checkpoint"),
    path("account/", include("suksala.portals.account.urls")),
    path("", include("suksala.signin.urls")),
    path("", include("suksala.lists.urls")),
    path("", include("suksala.portals.apps.urls")),
    path("me/", include("suksala.portals.citizen.urls")),
    path("care/", include("suksala.portals.clinician.urls")),
    path("desk/", include("suksala.portals.clerk.urls")),
    path("district/", include("suksala.portals.district.urls")),
    path("steward/", include("suksala.portals.steward.urls")),
    path("privacy/", include("suksala.portals.privacy.urls")),
]

handler400 = public.bad_request
handler403 = public.forbidden
handler404 = public.not_found
handler500 = public.server_error
