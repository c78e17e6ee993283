"""The records of processing are complete and true: purposes, flows, stored columns and times are those of the code."""

from __future__ import annotations

import re

import pytest

from suksala import consent, governance, registry
from suksala.audit.domain import KEEP_YEARS
from suksala.consent.grants import LASTS
from suksala.exchange.bulk import KEPT
from suksala.governance import PROCESSING
from suksala.governance.service import record_of, uncovered
from suksala.ingest.domain import REFUSED_KEPT
from suksala.signin.session_rules import ABSOLUTE

THAI = re.compile("[ก-๙]")


def test_every_purpose_of_a_permit_has_one_record() -> None:
    """A new purpose of consent needs its legal basis written down before it can be used."""
    purposes = [purpose for record in PROCESSING for purpose in record.purposes]
    assert sorted(purposes) == sorted(purpose.value for purpose in consent.Purpose)
    assert record_of("ETREAT") == next(record for record in PROCESSING if record.code == "emergency")


def test_every_flow_of_an_agreement_has_one_record() -> None:
    """What leaves or comes by agreement."""
    flows = [flow for record in PROCESSING for flow in record.flows]
    assert sorted(flows) == sorted(registry.Flow)


def test_every_record_rests_on_sections_that_agreements_know() -> None:
    """Health data need a section of s.26 as well."""
    assert [r.code for r in PROCESSING if not r.bases or not set(r.bases) <= set(registry.BASES)] == []
    health = [r for r in PROCESSING if r.subjects.en == "patients" or r.purposes]
    assert [r.code for r in health if not any(basis.startswith("26") for basis in r.bases)] == []


@pytest.mark.django_db
def test_every_table_with_personal_data_is_kept_for_a_recorded_purpose() -> None:
    """Columns classed direct, quasi or sensitive: a new table is written down before it ships."""
    assert uncovered() == []
    stored = governance.stored_by()
    assert "identity_demographics" in stored["deposit"].tables
    assert {"direct", "sensitive"} <= set(stored["staff"].classes)


@pytest.mark.parametrize(
    ("code", "said", "means"),
    [
        ("emergency", "72", LASTS.total_seconds() / 3600),
        ("deposit", "30", REFUSED_KEPT.days),
        ("exchange", "24", KEPT.total_seconds() / 3600),
        ("sign-in", "12", ABSOLUTE.total_seconds() / 3600),
        ("audit", "11", KEEP_YEARS),
    ],
)
def test_the_times_are_those_that_the_code_goes_by(code: str, said: str, means: float) -> None:
    """In both languages."""
    kept = next(record.kept for record in PROCESSING if record.code == code)
    assert float(said) == means
    assert said in kept.th
    assert said in kept.en


def test_both_languages() -> None:
    """And codes that are used once."""
    for record in PROCESSING:
        for term in (record.name, record.subjects, record.data, record.recipients, record.kept):
            assert THAI.search(term.th)
            assert not THAI.search(term.en)
    assert len({record.code for record in PROCESSING}) == len(PROCESSING)
