"""Consents as the rules that the policy weighs. Pure: which facilities make a network is an argument.

A row is open by a rule when one of its permissions holds for it and no denial of any rule does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import reduce
from operator import or_

from suksala import registry

from . import choices, fhir_writing
from .consents import Choice, Consent, Receiver
from .permits import Label, Rows
from .rules import ConsentRule, Provision

Networks = Mapping[str, frozenset[str]]  # HOSPCODEs by the network's name


def rule_of(consent: Consent, persons: Collection[int], networks: Networks) -> ConsentRule:
    """A consent that counts, as a rule about these registrations of one human."""
    bound = frozenset(persons)
    found = [p for choice in choices.flat(consent) for p in _provisions(choice, bound, networks)]
    return ConsentRule(bound, tuple(found), fhir_writing.resource_id_of(consent))


def _provisions(choice: Choice, persons: frozenset[int], networks: Networks) -> list[Provision]:
    named = reduce(or_, (Label[name] for name in choice.labels), Label(0)) or None
    if not choice.permit:
        return [_provision(choice, persons, networks, named)]
    plain = [] if choice.only_labels else [_provision(choice, persons, networks, None)]
    return plain + ([_provision(choice, persons, networks, named)] if named else [])


def _provision(choice: Choice, persons: frozenset[int], networks: Networks, labels: Label | None) -> Provision:
    sources = frozenset(registry.org_number(code) for code in choice.sources)
    rows = Rows(persons, sources or None, choice.types or None, labels, choice.data_since, choice.data_before)
    receivers = _facilities(choice.receivers, networks)
    return Provision(choice.permit, receivers, choice.purposes or None, rows, choice.since, choice.until)


def _facilities(receivers: Collection[Receiver], networks: Networks) -> frozenset[str] | None:
    """The facilities named. A network that has gone from the registry is nobody, not everybody."""
    if not receivers:
        return None
    found = [{r.code} if r.kind == "facility" else networks.get(r.code, frozenset()) for r in receivers]
    return frozenset[str]().union(*found)
