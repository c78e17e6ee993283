"""The addresses of the OAuth endpoints."""

from __future__ import annotations

from django.urls import path

from . import web

urlpatterns = [
    path("oauth/token", web.token, name="oauth-token"),
    path("oauth/introspect", web.introspect, name="oauth-introspect"),
    path("oauth/revoke", web.revoke, name="oauth-revoke"),
    path("oauth/jwks", web.jwks, name="oauth-jwks"),
    path(".well-known/openid-configuration", web.metadata),
    path(".well-known/smart-configuration", web.metadata, name="smart-configuration"),
    path(".well-known/oauth-authorization-server", web.metadata),
]
