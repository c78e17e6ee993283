"""Consent: who may see whose record, why, and until when.

Speaks    FHIR Consent; HL7 ActReason (PATRQT, TREAT, ETREAT, HOPERAT, PUBHLTH, HSYSADMIN).
Keeps     consent_given, consent_history: what people decided about their own record, every version of it;
          consent_grant, consent_copy, consent_notice, consent_lock: emergency openings; keys of their copies, as files;
          consent_proxy, consent_proxy_history: who acts for whom; consent_code: six digits shown at a desk.
Not here  who a person is (identity), who somebody is (signin), carrying the permit out (exchange).

How a permit is applied. `exchange` reads nothing without one and compiles it into every statement, on every alias: a
row passes that is in one of `permit.scopes`, after permit.require_open(now). An empty set matches nothing. Only
HSYSADMIN may be without bounds. `reader`, `purpose` and `facility` go into the audit log.
"""

from .apps import AppReader, Reach, permit_for_app
from .codes import Code, CodeKind, CodeProblem, CodeState, TooManyTries
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
from .fhir_reading import CannotCarryOut
from .fhir_writing import body_of, resource_id
from .giving import (
    Decider,
    consent_history,
    consent_of,
    consents_of,
    decided_since,
    give,
    narrow,
    patients_who_let,
    rules_for,
    still_stand,
    withdraw,
)
from .grants import Criterion, Extent, Grant, GrantProblem, GrantState, Need, Verdict
from .grants_certificate import certificate
from .grants_notices import CHANNELS, Collected, NoticeChannel, deliver_notices
from .grants_review import (
    clear_lock,
    delay_notice,
    facility_locks,
    grants_to_review,
    lock_overdue,
    officer_notices,
    review_grant,
)
from .grants_service import (
    ClockProblem,
    EmergencyReader,
    GrantFaults,
    break_glass,
    destroy_ended_keys,
    end_grant,
    expire_grants,
    grant,
    keep_copy,
    licence_of,
    openings_of,
    own_grants,
    permit_for_grant,
    read_copy,
    revoke_grant,
    shred_now,
    widen_grant,
)
from .grants_storage import Lock, Notice
from .permits import SENSITIVE, Label, NoPermit, Permit, Purpose, Rows, Scope
from .policy import SEEN_WITHIN, Decision, Reason
from .proxies import PROOFS, NoSuchProxy, Proof, Proxy, ProxyProblem, Relation, Right, Standing
from .representing import (
    Represented,
    Terms,
    agree_again,
    appoint,
    end_representation,
    permit_for_represented,
    representatives,
    represented_by,
)
from .rules import ConsentRule, Provision
from .service import (
    decision_for_treatment,
    permit_for_client,
    permit_for_own_record,
    permit_for_system,
    permit_for_team,
    permit_for_treatment,
)
from .showing import answer_code, code_of, show_code, type_code, use_code
from .taking import require_takable, take_in
from .texts import ConsentText, newest, of_digest
from .vault_keys import NoKey
from .witnessed import STOPS_AFTER, NotWitnessed, is_stopped, witnessed

__all__ = [
    "CHANNELS",
    "PROOFS",
    "SEEN_WITHIN",
    "SENSITIVE",
    "STOPS_AFTER",
    "TYPES",
    "VISIT",
    "AppReader",
    "CannotCarryOut",
    "Channel",
    "Choice",
    "CitizenReader",
    "ClientReader",
    "ClockProblem",
    "Code",
    "CodeKind",
    "CodeProblem",
    "CodeState",
    "Collected",
    "Consent",
    "ConsentProblem",
    "ConsentRule",
    "ConsentText",
    "Criterion",
    "Decider",
    "Decision",
    "EmergencyReader",
    "Extent",
    "Grant",
    "GrantFaults",
    "GrantProblem",
    "GrantState",
    "Label",
    "Lock",
    "Need",
    "NoKey",
    "NoPermit",
    "NoSuchConsent",
    "NoSuchProxy",
    "NotWitnessed",
    "Notice",
    "NoticeChannel",
    "Permit",
    "Proof",
    "Provision",
    "Proxy",
    "ProxyProblem",
    "Purpose",
    "Reach",
    "Reason",
    "Receiver",
    "Relation",
    "Represented",
    "Right",
    "Rows",
    "Scope",
    "Section",
    "StaffReader",
    "Standing",
    "State",
    "TeamReader",
    "Terms",
    "TooManyTries",
    "Verdict",
    "agree_again",
    "answer_code",
    "appoint",
    "body_of",
    "break_glass",
    "certificate",
    "clear_lock",
    "code_of",
    "consent_history",
    "consent_of",
    "consents_of",
    "decided_since",
    "decision_for_treatment",
    "delay_notice",
    "deliver_notices",
    "destroy_ended_keys",
    "end_grant",
    "end_representation",
    "expire_grants",
    "facility_locks",
    "give",
    "grant",
    "grants_to_review",
    "hidden_types",
    "is_stopped",
    "keep_copy",
    "licence_of",
    "lock_overdue",
    "narrow",
    "newest",
    "of_digest",
    "officer_notices",
    "openings_of",
    "own_grants",
    "patients_who_let",
    "permit_for_app",
    "permit_for_client",
    "permit_for_grant",
    "permit_for_own_record",
    "permit_for_represented",
    "permit_for_system",
    "permit_for_team",
    "permit_for_treatment",
    "read_copy",
    "representatives",
    "represented_by",
    "require_takable",
    "resource_id",
    "review_grant",
    "revoke_grant",
    "rules_for",
    "show_code",
    "shred_now",
    "still_stand",
    "take_in",
    "type_code",
    "types_of",
    "use_code",
    "widen_grant",
    "withdraw",
    "witnessed",
]
