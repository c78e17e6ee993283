"""FHIR R4 validation, compiled from the official definitions: what is wrong with a resource, and what to do about it.

Speaks    FHIR 4.0.1 structure, primitives, required bindings, references, invariants; profiles: IPS, TH Core, BALP.
Keeps     the official definitions, reduced (CC0).
Not here  whether a reference leads to something, whether somebody may write (exchange).
"""

from .check import check
from .invariants import checked
from .issues import MOST, Issue
from .reference import reference_markdown
from .shipped import profile_urls
from .tables import is_node, keys_of

__all__ = ["MOST", "Issue", "check", "checked", "is_node", "keys_of", "profile_urls", "reference_markdown"]
