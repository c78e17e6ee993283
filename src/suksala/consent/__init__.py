"""Consent: who may see whose record, why, and until when.

Speaks    FHIR Consent; HL7 ActReason (PATRQT, TREAT, ETREAT, HOPERAT, PUBHLTH, HSYSADMIN).
Keeps     nothing yet: these permits follow from who somebody is; given and emergency leave come with their own issue.
Not here  who a person is (identity), who somebody is (signin), carrying the permit out (exchange).

How a permit is applied. `exchange` reads nothing without one and compiles it into every statement, on every alias: a
row passes that is in one of `permit.scopes`, after permit.require_open(now). An empty set matches nothing. Only
HSYSADMIN may be without bounds. `reader`, `purpose` and `facility` go into the audit log.
"""

from .domain import CitizenReader, ClientReader, StaffReader, TeamReader
from .permits import SENSITIVE, Label, NoPermit, Permit, Purpose, Rows, Scope
from .rules import ConsentRule, Provision
from .service import permit_for_client, permit_for_own_record, permit_for_system, permit_for_team, permit_for_treatment

__all__ = [
    "SENSITIVE",
    "CitizenReader",
    "ClientReader",
    "ConsentRule",
    "Label",
    "NoPermit",
    "Permit",
    "Provision",
    "Purpose",
    "Rows",
    "Scope",
    "StaffReader",
    "TeamReader",
    "permit_for_client",
    "permit_for_own_record",
    "permit_for_system",
    "permit_for_team",
    "permit_for_treatment",
]
