"""Consent: who may see whose record, why, and until when.

Speaks    FHIR Consent; HL7 ActReason (PATRQT, TREAT, ETREAT, HOPERAT, PUBHLTH, HSYSADMIN).
Keeps     nothing yet: these permits follow from who somebody is; given and emergency leave come with their own issue.
Not here  who a person is (identity), who somebody is (signin), carrying the permit out (exchange).

How a permit is applied. `exchange` reads nothing without one and compiles it into every statement:

    person = ANY(permit.persons)        unless persons is None
    org = ANY(permit.organizations)     unless organizations is None
    after permit.require_open(now)

An empty set matches nothing. Only HSYSADMIN may have both None. `reader` and `purpose` go into the audit log.
"""

from .domain import CitizenReader, ClientReader, NoPermit, Permit, Purpose, StaffReader, TeamReader
from .service import permit_for_client, permit_for_own_record, permit_for_system, permit_for_team, permit_for_treatment

__all__ = [
    "CitizenReader",
    "ClientReader",
    "NoPermit",
    "Permit",
    "Purpose",
    "StaffReader",
    "TeamReader",
    "permit_for_client",
    "permit_for_own_record",
    "permit_for_system",
    "permit_for_team",
    "permit_for_treatment",
]
