"""The example Consents of IHE Privacy Consent on FHIR (PCF 1.1), and what each opens here (S1.28, S1.29).

The examples are retold from their meaning. A row of a table is one question: who asks, why, for what; and the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from suksala.consent import Channel, Consent, ConsentRule, Label, Purpose, State, compiling, fhir_reading
from suksala.consent.fhir_reading import CannotCarryOut
from suksala.consent.permits import Rows
from suksala.registry import org_number

HERE, THERE = "99801", "99802"
NOW = datetime(2022, 7, 1, tzinfo=UTC)
REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
TPO = [{"system": REASON, "code": code} for code in ("TREAT", "HPAYMT", "HOPERAT")]

NONE = Label(0)
Json = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One row of the record."""

    labels: Label = NONE
    rtype: str = "Condition"
    organization: str = THERE
    at: datetime = datetime(2022, 3, 1, tzinfo=UTC)


NORMAL, HIV, PSY, SDV = Row(), Row(Label.HIV), Row(Label.MENTAL_HEALTH), Row(Label.SEXUAL_VIOLENCE)
OLD = Row(at=datetime(2021, 12, 31, 16, 59, tzinfo=UTC))  # a minute before 2022 in Bangkok
NEW_YEAR = Row(at=datetime(2021, 12, 31, 17, 0, tzinfo=UTC))
LAST = Row(at=datetime(2022, 12, 31, 16, 59, tzinfo=UTC))
NEXT_YEAR = Row(at=datetime(2022, 12, 31, 17, 0, tzinfo=UTC))


def labels(*codes: str) -> list[Json]:
    return [{"system": CONFIDENTIALITY if code in "NRV" else ACT_CODE, "code": code} for code in codes]


def consent(provision: Json, **changes: Any) -> Json:
    """An active privacy consent, as all the examples are."""
    privacy = {"coding": [{"code": "patient-privacy"}]}
    return {"resourceType": "Consent", "status": "active", "scope": privacy, "provision": provision, **changes}


def rule(body: Json) -> ConsentRule | None:
    """The rule of a Consent, recorded on 13 June 2022; None: it has no effect here."""
    sent = fhir_reading.read(body)
    if sent is None:
        return None
    recorded = datetime(2022, 6, 13, tzinfo=UTC)
    state = State.GIVEN if sent.base.permit else State.REFUSED
    made = Consent(
        1, 7, 1, state, sent.base, sent.exceptions, "client:his", "self", Channel.FHIR, "document", "", recorded,
        sent.until, recorded,
    )  # fmt: skip
    return compiling.rule_of(made, [1], {})


def holds(rows: Rows, row: Row, *, permit: bool) -> bool:
    """Whether a row is among these; a permission opens a sensitive row only where it names each of its classes."""
    named = rows.labels or Label(0)
    if permit and (row.labels & ~named or (rows.labels and not row.labels)):
        return False
    if not permit and rows.labels and not row.labels & named:
        return False
    return (
        (rows.types is None or row.rtype in rows.types)
        and (rows.organizations is None or org_number(row.organization) in rows.organizations)
        and (rows.since is None or rows.since <= row.at)
        and (rows.before is None or row.at < rows.before)
    )


def opens(found: ConsentRule | None, row: Row, purpose: Purpose = Purpose.TREATMENT, by: str = HERE) -> bool:
    """What the rule says of one row: a permission that holds, and no denial that does."""
    spoken = [p for p in found.provisions if p.holds(by, purpose, NOW)] if found else []
    hit = [p.permit for p in spoken if holds(p.rows, row, permit=p.permit)]
    return any(hit) and all(hit)


BASIC = {"type": "permit", "purpose": TPO}
DISSENT = {"type": "deny", "purpose": TPO}
OWN = {"role": {"coding": [{"code": "AUT"}]}, "reference": {"reference": f"Organization/{THERE}"}}
TO_HERE = {"role": {"coding": [{"code": "IRCP"}]}, "reference": {"reference": f"Organization/{HERE}"}}
YEAR = {"start": "2022-01", "end": "2022-12"}
BREAK_GLASS = {"type": "permit", "purpose": [{"system": REASON, "code": "BTG"}]}

NOT_2022 = BASIC | {"provision": [{"type": "deny", "dataPeriod": YEAR}]}
FOOBAR = {"type": "permit", "purpose": [{"system": "urn:made-up", "code": "FooBar"}]}
ONLY_NORMAL = BASIC | {"securityLabel": labels("N")}
ALL_CLASSES = BASIC | {"securityLabel": labels("N", "R")}


def but(base: Json, kind: str, *codes: str) -> Json:
    """A base with one exception about labels."""
    return base | {"provision": [{"type": kind, "securityLabel": labels(*codes)}]}


FOR_TREATMENT = [  # example, provision, row, open
    ("expired-treat", BASIC | {"period": {"end": "2022-06-30"}}, NORMAL, False),
    ("ends-today", BASIC | {"period": {"end": "2022-07-01"}}, NORMAL, True),
    ("not-yet", BASIC | {"period": {"start": "2022-07-02"}}, NORMAL, False),
    ("timeframe", BASIC | {"dataPeriod": YEAR}, NEW_YEAR, True),
    ("timeframe", BASIC | {"dataPeriod": YEAR}, LAST, True),
    ("timeframe", BASIC | {"dataPeriod": YEAR}, OLD, False),
    ("timeframe", BASIC | {"dataPeriod": YEAR}, NEXT_YEAR, False),
    ("not-timeframe", NOT_2022, NEW_YEAR, False),
    ("not-timeframe", NOT_2022, LAST, False),
    ("not-timeframe", NOT_2022, OLD, True),
    ("not-timeframe", NOT_2022, NEXT_YEAR, True),
    ("authored-by-facility", BASIC | {"actor": [OWN]}, NORMAL, True),
    ("authored-by-facility", BASIC | {"actor": [OWN]}, Row(organization="99803"), False),
    ("purpose", FOOBAR, NORMAL, False),
    ("normal", ONLY_NORMAL, NORMAL, True),
    ("normal", ONLY_NORMAL, HIV, False),
    ("normal-restricted", ALL_CLASSES, NORMAL, True),
    ("normal-restricted", ALL_CLASSES, HIV, True),
    ("normal-restricted", ALL_CLASSES, Row(Label.HIV | Label.MENTAL_HEALTH), True),
    ("normal-not-restricted", but(ONLY_NORMAL, "deny", "R"), NORMAL, True),
    ("normal-not-restricted", but(ONLY_NORMAL, "deny", "R"), HIV, False),
    ("normal-focused-psy", but(ONLY_NORMAL, "permit", "PSY"), NORMAL, True),
    ("normal-focused-psy", but(ONLY_NORMAL, "permit", "PSY"), PSY, True),
    ("normal-focused-psy", but(ONLY_NORMAL, "permit", "PSY"), SDV, False),
    ("normal-focused-psy", but(ONLY_NORMAL, "permit", "PSY"), Row(Label.HIV | Label.MENTAL_HEALTH), False),
    ("normal-focused-psy-or-sex", but(ONLY_NORMAL, "permit", "PSY", "SEX"), NORMAL, True),
    ("normal-focused-psy-or-sex", but(ONLY_NORMAL, "permit", "PSY", "SEX"), PSY, True),
    ("normal-focused-psy-or-sex", but(ONLY_NORMAL, "permit", "PSY", "SEX"), SDV, True),
    ("normal-focused-psy-or-sex", but(ONLY_NORMAL, "permit", "PSY", "SEX"), HIV, False),
    ("all-but-psy", but(ALL_CLASSES, "deny", "PSY"), NORMAL, True),
    ("all-but-psy", but(ALL_CLASSES, "deny", "PSY"), HIV, True),
    ("all-but-psy", but(ALL_CLASSES, "deny", "PSY"), Row(Label.HIV | Label.MENTAL_HEALTH), False),
]


@pytest.mark.parametrize(("name", "provision", "row", "open_"), FOR_TREATMENT)
def test_which_rows_an_example_opens(name: str, provision: Json, row: Row, open_: bool) -> None:
    """Asked for treatment, by a facility that it names or that nobody excluded."""
    assert opens(rule(consent(provision)), row) is open_, name


FOCUSED = but(ONLY_NORMAL | {"actor": [TO_HERE]}, "permit", "R")
ASKED = [  # example, provision, row, purpose, who asks, open
    ("basic-treat", BASIC, NORMAL, Purpose.TREATMENT, HERE, True),
    ("basic-treat", BASIC, NORMAL, Purpose.OPERATIONS, HERE, True),
    ("basic-treat", BASIC, NORMAL, Purpose.PUBLIC_HEALTH, HERE, False),  # a purpose that it does not name
    ("basic-treat", BASIC, HIV, Purpose.TREATMENT, HERE, False),  # a sensitive class is named or stays closed
    ("basic-reject", DISSENT, NORMAL, Purpose.TREATMENT, HERE, False),
    ("to-one-facility", BASIC | {"actor": [TO_HERE]}, NORMAL, Purpose.TREATMENT, HERE, True),
    ("to-one-facility", BASIC | {"actor": [TO_HERE]}, NORMAL, Purpose.TREATMENT, THERE, False),
    ("dissent-break-glass", {"type": "deny", "provision": [BREAK_GLASS]}, NORMAL, Purpose.TREATMENT, HERE, False),
    ("dissent-break-glass", {"type": "deny", "provision": [BREAK_GLASS]}, NORMAL, Purpose.EMERGENCY, HERE, True),
    ("normal-focused-restricted", FOCUSED, HIV, Purpose.TREATMENT, HERE, True),
    ("normal-focused-restricted", FOCUSED, HIV, Purpose.TREATMENT, THERE, False),
]


@pytest.mark.parametrize(("name", "provision", "row", "purpose", "by", "open_"), ASKED)
def test_to_whom_and_for_what_an_example_opens(
    name: str, provision: Json, row: Row, purpose: Purpose, by: str, open_: bool
) -> None:
    assert opens(rule(consent(provision)), row, purpose, by) is open_, name


@pytest.mark.parametrize(
    ("provision", "place"),
    [
        ({"type": "deny", "purpose": [{"system": REASON, "code": "BTG"}]}, "Consent.provision.purpose"),
        ({"type": "deny", "purpose": [*TPO, {"system": REASON, "code": "ETREAT"}]}, "Consent.provision.purpose"),
        (
            BASIC | {"provision": [{"type": "deny", "purpose": [{"system": REASON, "code": "ETREAT"}]}]},
            "Consent.provision.provision.purpose",
        ),
    ],
)
def test_no_denial_of_an_emergency_opening_is_taken(provision: Json, place: str) -> None:
    """It would change nothing, for danger to life prevails (PDPA s.26(1)): the sender is told so, in both languages."""
    with pytest.raises(CannotCarryOut) as refused:
        fhir_reading.read(consent(provision))
    assert (refused.value.code, refused.value.place) == ("SKL-CONSENT-020", place)
    assert all("26(1)" in words for words in (refused.value.th, refused.value.en))


@pytest.mark.parametrize("provision", [DISSENT, {"type": "deny"}, {"type": "deny", "provision": [BREAK_GLASS]}])
def test_a_denial_that_does_not_name_emergencies_is_taken(provision: Json) -> None:
    """Reading R-71: who denies everything denies what a consent decides, and an emergency rests on the law."""
    assert rule(consent(provision)) is not None


@pytest.mark.parametrize("changes", [{"status": s} for s in ("inactive", "draft", "rejected", "entered-in-error")])
def test_what_is_not_active_has_no_effect(changes: Json) -> None:
    assert rule(consent(BASIC, **changes)) is None


def test_a_consent_to_treatment_or_research_is_no_privacy_rule() -> None:
    assert rule(consent(BASIC, scope={"coding": [{"code": "treatment"}]})) is None


PRACTITIONER = {"reference": "Practitioner/ex-practitioner"}
BY_PRACTITIONER = {"data": [{"meaning": "authoredby", "reference": PRACTITIONER}]}
OF_ENCOUNTER = {"data": [{"meaning": "related", "reference": {"reference": "Encounter/e"}}]}
SINGLE = {"data": [{"meaning": "instance", "reference": {"reference": "Observation/o"}}]}
ODD_ROLE = TO_HERE | {"role": {"coding": [{"code": "PRIMAUTH"}]}}
REFUSED = [
    # PCF examples that speak of one practitioner, one encounter or single resources: here a rule speaks of a facility
    ("authoredby", BASIC | BY_PRACTITIONER, "Consent.provision.data"),
    (
        "not-authoredby",
        BASIC | {"provision": [{"type": "deny"} | BY_PRACTITIONER]},
        "Consent.provision.provision.data",
    ),
    ("encounter", BASIC | OF_ENCOUNTER, "Consent.provision.data"),
    ("data", BASIC | SINGLE, "Consent.provision.data"),
    ("practitioner", BASIC | {"actor": [TO_HERE | {"reference": PRACTITIONER}]}, "Consent.provision.actor"),
    ("role", BASIC | {"actor": [ODD_ROLE]}, "Consent.provision.actor.role"),
    ("no type", {"purpose": TPO}, "Consent.provision.type"),
    ("label", BASIC | {"securityLabel": labels("V")}, "Consent.provision.securityLabel"),
    ("code", BASIC | {"code": [{"text": "x"}]}, "Consent.provision.code"),
    ("write", BASIC | {"action": [{"coding": [{"code": "correct"}]}]}, "Consent.provision.action"),
    ("class", BASIC | {"class": [{"system": "urn:ietf:bcp:13", "code": "application/pdf"}]}, "Consent.provision.class"),
    (
        "deep",
        BASIC | {"provision": [{"type": "deny", "provision": [{"type": "permit"}]}]},
        "Consent.provision.provision.provision",
    ),
    ("deny normal", DISSENT | {"securityLabel": labels("N")}, "Consent.provision.securityLabel"),
    ("bad date", BASIC | {"period": {"end": "2022-13"}}, "Consent.provision"),
    ("bad shape", BASIC | {"actor": ["x"]}, "Consent.provision"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "provision", "place"), REFUSED)
def test_what_cannot_be_carried_out_to_the_letter_is_refused(name: str, provision: Json, place: str) -> None:
    """With its place; a part of a consent would open more, or less, than was agreed."""
    with pytest.raises(CannotCarryOut) as problem:
        fhir_reading.read(consent(provision))
    assert (problem.value.place, problem.value.code) == (place, "SKL-CONSENT-020"), name


def test_a_consent_without_provision_is_refused() -> None:
    with pytest.raises(CannotCarryOut):
        fhir_reading.read({"status": "active", "scope": {"coding": [{"code": "patient-privacy"}]}})
