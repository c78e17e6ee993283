"""Every address is asked by the law that hidden rows change no byte, or named here with the reason why no row that
somebody may not see can decide what it answers. A new page belongs to one of the two.
"""

from __future__ import annotations

import re
from pathlib import Path

from django.urls import resolve

from suksala.exchange import terminology, web_operations
from tests.contracts.test_disclosure import addresses
from tests.property import test_hidden_on_pages as on_pages
from tests.property import test_non_interference as over_fhir

UUID = "00000000-0000-0000-0000-000000000001"
# Address -> why it cannot depend on rows that its reader may not see.
NOT_ASKED = {
    "/": "words and counts of nobody; the same for everybody",
    "/demo-signin": "the demo's own accounts, the same for everybody; gone outside a demo",
    **dict.fromkeys(
        (
            *(
                "/signin",
                "/signin/place",
                "/signin/with/<str:name>/",
                "/signin/with/<str:name>/back",
                "/signin/options",
            ),
            *("/signin/passkey", "/signin/password", "/signin/code", "/signin/sms", "/signin/sms/code", "/sign-out"),
        ),
        "reads accounts only; who has none is answered as who has one (tests/unit/signin)",
    ),
    "/language/<str:language>": "reads nothing",
    "/developers": "words",
    "/developers/bruno.zip": "made of the code",
    "/developers/app": "leads to this server's FHIR API, which the law asks",
    "/developers/app/back": "reads the record over this server's FHIR API, which the law asks",
    "/developers/usage": "calls of the client whose token is typed (tests/unit/portals/test_usage_page.py)",
    "/health": "counts of jobs and facts of the whole installation, told to everybody",
    "/audit/checkpoint": "size and root of the whole log, told to everybody: they prove it (decision 0090)",
    "/audit/add-checkpoint": "another node's checkpoint, signed; no row of people",
    **dict.fromkeys(
        (
            *("/account/prove/", "/account/prove/options", "/account/prove/passkey", "/account/prove/password"),
            *("/account/prove/with/<str:name>/", "/account/kept/", "/account/identities/<str:name>/connect"),
            *("/account/identities/<int:number>/disconnect", "/account/passkeys/add", "/account/passkeys/options"),
            *("/account/passkeys/<int:number>/remove", "/account/password", "/account/password/drop"),
            *("/account/telephone", "/account/telephone/code", "/account/telephone/remove"),
            *("/account/devices/<int:number>", "/account/switch", "/account/sessions/<int:number>/end"),
        ),
        "the reader's own ways in, by the account that is signed in (tests/unit/signin); no row of people",
    ),
    **dict.fromkeys(
        (
            *("/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/jwks", "/.well-known/openid-configuration"),
            *("/.well-known/smart-configuration", "/.well-known/oauth-authorization-server"),
        ),
        "tokens, and the server's own keys and addresses; no row of people",
    ),
    "/care/emergency/cosign/<uuid:number>/": "whoever was told its number or reference may see it (decision 0188)",
    "/me/who-looked/proof.json": "holds a proof from the tree over the whole log, which everybody's facts make "
    "(decision 0090); which facts it holds is asked of the page beside it, by the same veils",
    "/steward/matching/quality/": "counts over the whole exchange, no area or person (docs/reference/disclosure.csv)",
}

FOLLOWED = {"$bulk-status", "$bulk-file"}  # the law follows each export to its end
# Operations of FHIR -> why.
OPERATIONS_NOT_ASKED = {
    "$validate": "reads what is sent, and the definitions",
    "$import": "answers with what became of the sender's own files",
}


def filled(place: re.Match[str]) -> str:
    """Something of the kind that stands in an address."""
    name = place[1]
    return UUID if name.endswith("_uuid") else {"on": "2026-11-20", "facility": "99801"}.get(name, "7")


def asked() -> set[str]:
    """The routes of the pages that the law asks for."""
    every = {page.address.partition("?")[0] for pages in on_pages.ASKED.values() for page in pages}
    return {"/" + resolve(re.sub(r"\{(\w+)\}", filled, address)).route for address in every}


def test_every_page_is_asked_or_has_a_reason() -> None:
    every = set(addresses())
    assert every - asked() - set(NOT_ASKED) == set()


def test_no_reason_is_of_a_page_that_is_asked_or_gone() -> None:
    assert set(NOT_ASKED) & asked() == set()
    assert set(NOT_ASKED) - set(addresses()) == set()


def test_every_operation_of_fhir_is_asked_or_has_a_reason() -> None:
    """Operations on code systems are public content: a valid token, no permit."""
    every = {name for _, _, name in web_operations.OPERATIONS} - {name for _, name in terminology.OPERATIONS}
    named = set(re.findall(r"/(\$[a-z-]+)", Path(over_fhir.__file__).read_text(encoding="utf-8")))
    assert every - named - FOLLOWED == set(OPERATIONS_NOT_ASKED)
