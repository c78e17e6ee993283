"""FHIRPath over JSON resources: parsed once, compiled to closures for the type it is asked of.

Speaks    FHIRPath N1 (2.0.0) as far as ViewDefinitions of SQL on FHIR v2 and FHIRPath Patch need it (decision 0066).
Keeps     nothing.
Not here  what leaves the resource: resolve, memberOf; what has no bound: matches.
"""

from .compiling import MALFORMED, Evaluation, Expression, constants_of, is_boolean, malformed
from .nodes import Node, is_many, known_type, members
from .problems import FhirPathProblem

__all__ = [
    "MALFORMED",
    "Evaluation",
    "Expression",
    "FhirPathProblem",
    "Node",
    "constants_of",
    "is_boolean",
    "is_many",
    "known_type",
    "malformed",
    "members",
]
