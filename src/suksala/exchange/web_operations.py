"""Operations over HTTP: one table says at which address an operation lives, how it is called, and what answers it.

The CapabilityStatement is printed from the same table. Terminology has its own (terminology.OPERATIONS): it needs no
permit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from suksala.signin import Client

from . import (
    asked,
    cross_reference,
    live,
    matching,
    notifications,
    requests,
    summary,
    validating,
    view_formats,
    views,
    web_bulk,
    whole_record,
)
from .answers import Answer, no_address, not_found
from .calls import Call
from .definitions import resource_types
from .requests import Environ

Level = Literal["system", "type", "instance"]
ANY = "Resource"  # an operation of every type
_TYPES = frozenset(resource_types())


class Operation(NamedTuple):
    """How an operation is called.

    methods     those that HTTP may use
    media       what it takes and answers
    parameters  of the address, for those who describe it
    definition  its OperationDefinition; an address that only follows from another operation's answer has none
    """

    run: Callable[[Call], Answer]
    methods: tuple[str, ...] = ("GET", "HEAD")
    definition: str = ""
    media: str = "application/fhir+json"
    parameters: tuple[str, ...] = ()


def is_operation(parts: list[str]) -> bool:
    """Whether an address names an operation."""
    return bool(parts) and parts[-1].startswith("$")


def answer(environ: Environ, client: Client, parts: list[str]) -> Answer:
    """Run the operation that an address names. Raises Refusal."""
    *place, name = parts
    level: Level = ("system", "type", "instance")[min(len(place), 2)]
    rtype = place[0] if place else ""
    found = OPERATIONS.get((rtype, level, name)) or (OPERATIONS.get((ANY, level, name)) if rtype in _TYPES else None)
    if found is None or len(place) > 2:
        raise no_address()
    requests.require_method(environ["REQUEST_METHOD"], *found.methods)
    return found.run(Call(environ, client, rtype, requests.resource_id(place[1]) if len(place) > 1 else ""))


def _everything(call: Call) -> Answer:
    call.require("*", "s")
    pairs = [*call.pairs, *(requests.form_pairs(call.environ) if call.method == "POST" else ())]
    requests.require_format(pairs)
    body = whole_record.answer(call.permit, call.base, whole_record.read_wish(pairs), patient=call.rid)
    if body is None:
        raise not_found()
    return call.printed(body)


def _validate(call: Call) -> Answer:
    """Nothing is read and nothing is kept: a valid token, no permit, no fact in the log."""
    return call.printed(validating.answer(call.rtype or None, call.pairs, call.posted(most=requests.MOST_RESOURCE)))


def _summary(call: Call) -> Answer:
    call.require("*", "s")
    requests.require_format(call.pairs)
    body = summary.answer(call.permit, call.base, call.rid)
    if body is None:
        raise not_found()
    return call.printed(body)


def _match(call: Call) -> Answer:
    call.require("Patient", "s")
    asked.read_values({}, call.pairs, b"")  # of the address only the format: a parameter there would be passed over
    return call.printed(matching.answer(call.permit, call.base, call.posted()))


def _cross_reference(call: Call) -> Answer:
    call.require("Patient", "s")
    requests.require_format(call.pairs)
    return call.printed(cross_reference.answer(call.permit, cross_reference.read(call.pairs, call.posted())))


def _status(call: Call) -> Answer:
    call.require(notifications.TYPE, "r")
    requests.require_format(call.pairs)
    return call.printed(notifications.status(call.permit, call.rid))


def _events(call: Call) -> Answer:
    call.require(notifications.TYPE, "r")
    takes: asked.Asked = {"eventsSinceNumber": "whole", "eventsUntilNumber": "whole"}
    values = asked.read_values(takes, [pair for pair in call.pairs if pair[0] != "_pretty"], b"")
    after = max((values.whole("eventsSinceNumber") or 0) - 1, 0)
    return call.printed(notifications.events(call.permit, call.rid, after, values.whole("eventsUntilNumber")))


def _binding_token(call: Call) -> Answer:
    call.require(notifications.TYPE, "r")
    takes: asked.Asked = {} if call.rid else {"id": "text"}
    values = asked.read_values(takes, [pair for pair in call.pairs if pair[0] != "_pretty"], call.posted())
    rids = [call.rid] if call.rid else (values.text("id") or "").split(",")
    return call.printed(live.binding_token(call.client, call.permit, [rid for rid in rids if rid], call.base))


def _run_view(call: Call) -> Answer:
    wish = views.read_wish(call.permit, call.pairs, call.posted(most=requests.MOST_RESOURCE), call.require)
    return Answer(
        200,
        b"",
        (("Content-Type", view_formats.MEDIA[wish.format or "json"]),),
        views.run(call.permit, wish),
        passing=True,
    )


def _graphql(call: Call) -> Answer:
    from . import web_graph  # its library takes 0.2 s to load, which only those who ask pay

    return web_graph.answer(call)


_HL7 = "http://hl7.org/fhir/OperationDefinition/"
_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-"
_IMPORT = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/import"
_BULK = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/"
_RUN_VIEW = Operation(_run_view, ("POST",), "http://sql-on-fhir.org/OperationDefinition/$viewdefinition-run")
_VALIDATE = Operation(_validate, ("POST",), _HL7 + "Resource-validate")
_BINDING_TOKEN = Operation(_binding_token, ("GET", "POST"), _BACKPORT + "get-ws-binding-token")
_GRAPHQL = Operation(_graphql, ("GET", "HEAD", "POST"), _HL7 + "Resource-graphql", "application/json")
OPERATIONS: dict[tuple[str, Level, str], Operation] = {
    ("Patient", "instance", "$everything"): Operation(
        _everything, ("GET", "HEAD", "POST"), _HL7 + "Patient-everything"
    ),
    ("Patient", "instance", "$summary"): Operation(
        _summary, definition="http://hl7.org/fhir/uv/ips/OperationDefinition/summary"
    ),
    ("Patient", "type", "$match"): Operation(_match, ("POST",), _HL7 + "Patient-match"),
    ("Patient", "type", "$ihe-pix"): Operation(
        _cross_reference,
        ("GET", "HEAD", "POST"),
        "https://profiles.ihe.net/ITI/PIXm/OperationDefinition/IHE.PIXm.pix",
        parameters=("sourceIdentifier", "targetSystem"),
    ),
    ("", "system", "$graphql"): _GRAPHQL,
    (ANY, "instance", "$graphql"): _GRAPHQL,
    ("", "system", "$validate"): _VALIDATE,
    ("", "system", "$viewdefinition-run"): _RUN_VIEW,
    ("ViewDefinition", "type", "$run"): _RUN_VIEW,
    ("ViewDefinition", "type", "$export"): Operation(web_bulk.export_view, ("POST",)),
    (ANY, "type", "$validate"): _VALIDATE,
    ("", "system", "$export"): Operation(web_bulk.export_system, ("GET", "POST"), _BULK + "export"),
    ("Patient", "type", "$export"): Operation(web_bulk.export_patients, ("GET", "POST"), _BULK + "patient-export"),
    ("Group", "instance", "$export"): Operation(web_bulk.export_group, ("GET", "POST"), _BULK + "group-export"),
    ("", "system", "$import"): Operation(web_bulk.load, ("POST",), _IMPORT),
    ("", "system", "$bulk-status"): Operation(web_bulk.status, ("GET", "HEAD", "DELETE")),
    ("", "system", "$bulk-file"): Operation(web_bulk.file),
    ("Subscription", "instance", "$status"): Operation(_status, definition=_BACKPORT + "status"),
    ("Subscription", "instance", "$get-ws-binding-token"): _BINDING_TOKEN,
    ("Subscription", "type", "$get-ws-binding-token"): _BINDING_TOKEN,
    ("Subscription", "instance", "$events"): Operation(_events, definition=_BACKPORT + "events"),
}


def told(rtype: str) -> list[dict[str, str]]:
    """The operations of a type (of the server itself: ""), as the CapabilityStatement names them."""
    names = {
        name: found for (type_, _, name), found in OPERATIONS.items() if type_ in ({rtype, ANY} if rtype else {""})
    }
    return [
        {"name": name.removeprefix("$"), "definition": found.definition}
        for name, found in sorted(names.items())
        if found.definition
    ]
