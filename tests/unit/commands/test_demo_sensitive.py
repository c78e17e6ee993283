"""The demo's visit of a sensitive class: there for a consent that names the class, and for no other."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest

from suksala import consent, exchange, identity, phr, signin
from suksala.commands.demo_sensitive import make_visit
from suksala.foundation import clock, database, settings
from suksala.registry import service as registry_service
from tests.record import HOSPITAL, UNIT, one_human, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_dir")]
ELSEWHERE = "99803"  # where she was never seen
VISIT = [
    ("Condition", f"demo-condition-{UNIT}"),
    ("Encounter", f"demo-visit-{UNIT}"),
    ("MedicationDispense", f"demo-medicine-{UNIT}"),
]


@pytest.fixture
def mali(monkeypatch: pytest.MonkeyPatch) -> Iterator[signin.Account]:
    """Citizen-1 of a demo, known in two facilities; a third one, with a doctor."""
    monkeypatch.setenv("SUKSALA_DEMO", "1")
    settings.forget()
    for code in (HOSPITAL, UNIT, ELSEWHERE):
        database.execute(
            "INSERT INTO registry_facility "
            "(hospcode, name_th, name_en, kind, province, district, subdistrict, network) "
            "VALUES (%s, 'ก', 'A', 'hospital', '19', '1901', '', '') ON CONFLICT DO NOTHING",
            [code],
        )
    registry_service.forget_cache()
    one_human((HOSPITAL, "1"), (UNIT, "9"))
    send("PERSON", {"pid": "1", "name": "มาลี"})
    send("PERSON", {"pid": "9", "name": "มาลี"}, hospcode=UNIT)
    signin.save_demo_account(
        "citizen-1", role="citizen", display_th="ก", display_en="A", person=identity.person_of(HOSPITAL, "1")
    )
    signin.save_demo_account("clinician-2", role="clinician", display_th="ข", display_en="B", hospcode=ELSEWHERE)
    yield signin.demo_account("citizen-1")
    monkeypatch.undo()
    settings.forget()
    registry_service.forget_cache()


def opened() -> list[tuple[str, str]]:
    """What of the demo's visit the doctor elsewhere sees."""
    citizen, doctor = signin.demo_account("citizen-1"), signin.demo_account("clinician-2")
    assert citizen.person is not None
    decision = consent.decision_for_treatment(doctor, citizen.person, clock.now(), seen=False)
    permit = decision.granted()
    found = exchange.everything(permit)
    return sorted((e["resourceType"], e["id"]) for e in _resources(found) if e["id"].startswith("demo-"))


def _resources(raw: bytes) -> list[dict[str, str]]:
    return [entry["resource"] for entry in orjson.loads(raw)["entry"]]


@pytest.mark.parametrize(("labels", "sees"), [(frozenset(), []), (frozenset({"MENTAL_HEALTH"}), VISIT)])
def test_only_a_consent_that_names_the_class_opens_it(
    mali: signin.Account, labels: frozenset[str], sees: list[tuple[str, str]]
) -> None:
    """The medicine and the visit go with the diagnosis; sent by the facility of which nobody of the demo is."""
    assert make_visit("citizen-1", [HOSPITAL]) == UNIT
    assert make_visit("citizen-1", [HOSPITAL]) == UNIT
    assert database.rows("SELECT count(*) FROM resource WHERE rid LIKE 'demo-%%'") == [(3,)]
    offer = phr.Offer(frozenset(consent.Section), labels)
    phr.share(phr.own_record_of(mali), ELSEWHERE, offer, consent.newest("share").digest, clock.now())
    assert opened() == sees


def test_without_another_facility_the_own_one_sends_it(mali: signin.Account) -> None:
    """Better than none."""
    assert make_visit("citizen-1", [HOSPITAL, UNIT]) == HOSPITAL
