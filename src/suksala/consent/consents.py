"""A person's consent as a value: what may be seen by whom, why and until when. Pure: time is an argument.

A consent has a base choice and exceptions to it, as FHIR Consent.provision has (IHE PCF, basic to advanced): "this
hospital may see everything, except mental health". A refusal is a consent whose base choice denies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from suksala.foundation import SuksalaError

from .permits import Purpose

VISIT = timedelta(hours=24)  # "for this visit only"
MOST_RECEIVERS = 20
MOST_EXCEPTIONS = 20


class ConsentProblem(SuksalaError):
    """A consent that cannot be given, changed or taken in as asked. What stood before stands."""

    code = "SKL-CONSENT-001"
    http_status = 422


class NoSuchConsent(ConsentProblem):
    """There is none of this number for this person."""

    code = "SKL-CONSENT-002"
    http_status = 404

    def __init__(self) -> None:
        super().__init__("ไม่พบคำยินยอมนี้", "there is no such consent")


class Section(StrEnum):
    """A part of the record, in words that people know."""

    VISITS = "visits"
    CONDITIONS = "conditions"
    MEDICINES = "medicines"
    ALLERGIES = "allergies"
    RESULTS = "results"
    VACCINES = "vaccines"
    PROCEDURES = "procedures"
    APPOINTMENTS = "appointments"


TYPES: dict[Section, frozenset[str]] = {
    section: frozenset(types.split())
    for section, types in {
        Section.VISITS: "Encounter EpisodeOfCare Composition DocumentManifest Basic RelatedPerson"
        " Account ChargeItem Claim ClaimResponse Contract Coverage CoverageEligibilityRequest"
        " CoverageEligibilityResponse EnrollmentRequest ExplanationOfBenefit Invoice",
        Section.CONDITIONS: "Condition ClinicalImpression FamilyMemberHistory RiskAssessment GuidanceResponse"
        " BodyStructure List",
        Section.MEDICINES: "Medication MedicationAdministration MedicationDispense MedicationRequest"
        " MedicationStatement DetectedIssue NutritionOrder",
        Section.ALLERGIES: "AllergyIntolerance AdverseEvent Flag",
        Section.RESULTS: "Observation DiagnosticReport Specimen ImagingStudy Media DocumentReference"
        " QuestionnaireResponse MolecularSequence MeasureReport",
        Section.VACCINES: "Immunization ImmunizationEvaluation ImmunizationRecommendation",
        Section.PROCEDURES: "Procedure Device DeviceUseStatement DeviceRequest SupplyRequest SupplyDelivery"
        " VisionPrescription ResearchSubject",
        Section.APPOINTMENTS: "Appointment AppointmentResponse ServiceRequest CarePlan CareTeam Goal Task RequestGroup"
        " Communication CommunicationRequest",
    }.items()
}
"""The FHIR types of each part: every type that tells of one patient is in one, or in one of the two sets below."""

TRACES = frozenset({"Provenance", "AuditEvent"})
"""What tells of other resources where and when they were made: opened only by a consent to everything, and hidden with
the visits."""
UNTOLD = frozenset({"Consent", "Person"})
"""In no part: what a person decided is told to them alone, and who somebody is goes with the Patient."""

IDENTITY_TYPES = frozenset({"Patient"})  # who it is: whoever may see a part must see whose it is


class State(StrEnum):
    """Where a consent stands. Only the first two have an effect."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    PAUSED = "paused"  # it came back with a copy of the database, and may have been withdrawn since (decision 0198)


class Channel(StrEnum):
    """Through what it was given."""

    APP = "app"
    DESK = "desk"
    FHIR = "fhir"


class Receiver(NamedTuple):
    """Who may see: `facility` by HOSPCODE, or every facility of a `network`."""

    kind: str
    code: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One permission or denial. An empty set is no bound, so the empty choice speaks of everything.

    permit     may be seen; False: may not
    receivers  by whom
    purposes   why
    types      which FHIR types
    labels     sensitive classes by name (consent.Label). A permit opens what bears none, and of what bears one only
               what it names; a denial that names some speaks of those rows only
    only_labels  of a permit: what bears one of the labels, and nothing else
    sources    what these facilities recorded, by HOSPCODE
    data_since, data_before  what happened at this moment or later; before this moment
    since, until  when the choice itself counts
    """

    permit: bool
    receivers: frozenset[Receiver] = frozenset()
    purposes: frozenset[Purpose] = frozenset()
    types: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    only_labels: bool = False
    sources: frozenset[str] = frozenset()
    data_since: datetime | None = None
    data_before: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def sections(self) -> frozenset[Section]:
        """The parts of which it speaks; all of them where it names no type."""
        return frozenset(s for s in Section if not self.types or self.types & TYPES[s])


@dataclass(frozen=True, slots=True)
class Consent:
    """What one person decided, as it stands in one version.

    person      the registration in whose name it was given; it speaks for every registration of the same human
    id, version  its number, and how often it was decided anew, from 1
    base, exceptions  the choice, and what it leaves out or adds
    giver       who decided, as the audit log names them
    relation    "self", or as what a representative decided (consent.Relation)
    channel, evidence  through what, and how it is known to be theirs: a press in the app, a code at the desk
    text        digest of the text that was agreed to (`texts`)
    since, until  from when; until when, None: until it is withdrawn
    decided     the moment of this version
    """

    person: int
    id: int
    version: int
    state: State
    base: Choice
    exceptions: tuple[Choice, ...]
    giver: str
    relation: str
    channel: Channel
    evidence: str
    text: str
    since: datetime
    until: datetime | None
    decided: datetime
    source: str = field(default="", compare=False)

    def state_at(self, now: datetime) -> State:
        """Where it stands at this moment: an end that has come is an end, written down or not."""
        if self.has_effect_in_state and self.until is not None and now >= self.until:
            return State.EXPIRED
        return self.state

    @property
    def has_effect_in_state(self) -> bool:
        """Whether its state lets it count, its end left aside."""
        return self.state in (State.GIVEN, State.REFUSED)

    def counts(self, now: datetime) -> bool:
        """Whether it has an effect at this moment."""
        return self.since <= now and self.state_at(now) in (State.GIVEN, State.REFUSED)


def types_of(sections: Iterable[Section]) -> frozenset[str]:
    """The types of a permission for these parts; none (no bound) for all of them."""
    chosen = frozenset(sections)
    if chosen == frozenset(Section):
        return frozenset()
    return frozenset[str]().union(*(TYPES[s] for s in chosen)) | IDENTITY_TYPES


def hidden_types(sections: Iterable[Section]) -> frozenset[str]:
    """The types that hiding these parts hides: who it is stays."""
    hidden = frozenset(sections)
    return frozenset[str]().union(*(TYPES[s] for s in hidden), TRACES if Section.VISITS in hidden else ())


def require_sound(base: Choice, exceptions: Iterable[Choice], since: datetime, until: datetime | None) -> None:
    """Raises ConsentProblem for a consent that would mean nothing, or more than a person could have meant."""
    found = list(exceptions)
    if len(base.receivers) > MOST_RECEIVERS or len(found) > MOST_EXCEPTIONS:
        raise ConsentProblem(
            f"เลือกผู้รับได้ไม่เกิน {MOST_RECEIVERS} ราย", f"at most {MOST_RECEIVERS} receivers", code="SKL-CONSENT-003"
        )
    if until is not None and until <= since:
        raise ConsentProblem("วันสิ้นสุดต้องอยู่หลังวันเริ่ม", "the end must come after the beginning", code="SKL-CONSENT-004")
    for choice in (base, *found):
        if choice.data_since and choice.data_before and choice.data_before <= choice.data_since:
            raise ConsentProblem(
                "ช่วงเวลาของข้อมูลต้องมีวันสิ้นสุดหลังวันเริ่ม",
                "the period of the data must end after it begins",
                code="SKL-CONSENT-004",
            )


def require_counting(consent: Consent, now: datetime) -> None:
    """Raises ConsentProblem for one that has ended: it is never woken, a new one is given."""
    if not consent.has_effect_in_state or consent.state_at(now) is State.EXPIRED:
        raise _ended()


def _ended() -> ConsentProblem:
    problem = ConsentProblem(
        "คำยินยอมนี้สิ้นสุดแล้ว ถ้าต้องการให้ใหม่ ให้คำยินยอมอีกครั้ง",
        "this consent has ended; to open again, give a new one",
        code="SKL-CONSENT-005",
    )
    problem.http_status = 409
    return problem


def withdrawn(consent: Consent, by: str, now: datetime, *, relation: str = "self") -> Consent:
    """The version that ends it, paused or not. Raises ConsentProblem when it has ended already."""
    if consent.state is not State.PAUSED:
        require_counting(consent, now)
    return _next(consent, by, now, state=State.WITHDRAWN, until=now, relation=relation)


def narrowed(consent: Consent, exceptions: Iterable[Choice], by: str, now: datetime, *, relation: str) -> Consent:
    """The version with these exceptions in the place of its own."""
    require_counting(consent, now)
    found = tuple(exceptions)
    require_sound(consent.base, found, consent.since, consent.until)
    return _next(consent, by, now, exceptions=found, relation=relation)


def expired(consent: Consent, now: datetime) -> Consent:
    """The version that writes down an end that has come."""
    return _next(consent, "system:consent", now, state=State.EXPIRED)


def _next(consent: Consent, by: str, now: datetime, **changed: object) -> Consent:
    return replace(consent, version=consent.version + 1, giver=by, decided=now, **changed)  # type: ignore[arg-type]
