"""GraphQL over HTTP: how a query is sent, and what comes back.

Source: FHIR R4, Using GraphQL with FHIR; GraphQL over HTTP.
"""

from __future__ import annotations

from . import graph, requests
from .answers import Answer
from .calls import Call


def answer(call: Call) -> Answer:
    """GraphQL's own JSON, errors too: what is not FHIR is not called so."""
    session = graph.Session(call.permit, call.base, call.require)
    found = graph.answer(session, _asked(call), call.rtype, call.rid)
    return Answer(found.status, found.body, (("Content-Type", "application/json"),))


def _asked(call: Call) -> graph.Asked:
    """From the address, as a body of GraphQL, or as JSON with variables."""
    given = dict(call.pairs)
    kind = call.environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if call.method == "POST":
        raw = requests.posted(call.environ, "application/json", "application/graphql")
        given |= graph.read_json(raw) if kind == "application/json" else {"query": raw.decode("utf-8", "replace")}
    return graph.read(given)
