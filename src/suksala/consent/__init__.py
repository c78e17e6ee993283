"""Consent: who may see whose record, why, and until when.

Speaks    FHIR Consent; HL7 ActReason (PATRQT, TREAT, ETREAT, HOPERAT, PUBHLTH, HSYSADMIN).
Keeps     consent_given, consent_history: what people decided about their own record, every version of it.
Not here  who a person is (identity), who somebody is (signin), carrying the permit out (exchange).

How a permit is applied. `exchange` reads nothing without one and compiles it into every statement, on every alias: a
row passes that is in one of `permit.scopes`, after permit.require_open(now). An empty set matches nothing. Only
HSYSADMIN may be without bounds. `reader`, `purpose` and `facility` go into the audit log.
"""

from .consents import (
    TYPES,
    VISIT,
    Channel,
    Choice,
    Consent,
    ConsentProblem,
    NoSuchConsent,
    Receiver,
    Section,
    State,
    hidden_types,
    types_of,
)
from .domain import CitizenReader, ClientReader, StaffReader, TeamReader
from .giving import Decider, consent_history, consent_of, consents_of, give, narrow, rules_for, still_stand, withdraw
from .permits import SENSITIVE, Label, NoPermit, Permit, Purpose, Rows, Scope
from .rules import ConsentRule, Provision
from .service import permit_for_client, permit_for_own_record, permit_for_system, permit_for_team, permit_for_treatment
from .texts import ConsentText, newest, of_digest

__all__ = [
    "SENSITIVE",
    "TYPES",
    "VISIT",
    "Channel",
    "Choice",
    "CitizenReader",
    "ClientReader",
    "Consent",
    "ConsentProblem",
    "ConsentRule",
    "ConsentText",
    "Decider",
    "Label",
    "NoPermit",
    "NoSuchConsent",
    "Permit",
    "Provision",
    "Purpose",
    "Receiver",
    "Rows",
    "Scope",
    "Section",
    "StaffReader",
    "State",
    "TeamReader",
    "consent_history",
    "consent_of",
    "consents_of",
    "give",
    "hidden_types",
    "narrow",
    "newest",
    "of_digest",
    "permit_for_client",
    "permit_for_own_record",
    "permit_for_system",
    "permit_for_team",
    "permit_for_treatment",
    "rules_for",
    "still_stand",
    "types_of",
    "withdraw",
]
