"""Identity: one human, one id, over all of a human's registrations.

Speaks    FHIR Patient and Person; OpenHIE client registry; IHE PIXm (a registration is a source record).
Keeps     the tables identity_*. A registration (hospcode, pid) is born as its own person and stays it; a human is a set
          of persons.
Not here  the clinical record (exchange), who may see it (consent), matching without a trusted number (a later issue).
"""

from .changes import Review
from .domain import LinkResult, PersonRow, Registration
from .errors import LaterEvents, NoSuchEvent, NoSuchHuman, NoSuchPerson, NotUndoable
from .protecting import (
    Protection,
    ProtectionProblem,
    protect,
    protected_among,
    protections,
    surname_key,
    surname_keys,
    unprotect,
)
from .public_ids import human_of_public, public_id
from .service import (
    Explanation,
    explain,
    human_of,
    humans_of,
    link,
    memberships,
    person_of,
    persons,
    persons_like,
    persons_of,
    persons_of_number,
    registration,
    registrations,
    relink,
    reviews,
    search_own,
    undo,
)

__all__ = [
    "Explanation",
    "LaterEvents",
    "LinkResult",
    "NoSuchEvent",
    "NoSuchHuman",
    "NoSuchPerson",
    "NotUndoable",
    "PersonRow",
    "Protection",
    "ProtectionProblem",
    "Registration",
    "Review",
    "explain",
    "human_of",
    "human_of_public",
    "humans_of",
    "link",
    "memberships",
    "person_of",
    "persons",
    "persons_like",
    "persons_of",
    "persons_of_number",
    "protect",
    "protected_among",
    "protections",
    "public_id",
    "registration",
    "registrations",
    "relink",
    "reviews",
    "search_own",
    "surname_key",
    "surname_keys",
    "undo",
    "unprotect",
]
