"""Rows become resources once, in any order; what changes is versioned, what vanishes is deleted, what stays is left
alone.
"""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa
import pytest

from suksala import exchange
from suksala.exchange import ImportResult, rows
from suksala.exchange.mapping.base import identifier, patient_id
from suksala.foundation import database
from tests.record import FIRST, HOSPITAL, SECOND, faulty, person, rebuild, send, stored, table

pytestmark = pytest.mark.django_db

VISIT = {"pid": "1", "seq": "10", "date_serv": "2026-01-05", "sbp": 130, "dbp": 80, "pr": 72}
RID = identifier("sv", HOSPITAL, "1", "10")
MALI = {"pid": "1", "name": "มาลี", "lname": "ใจดี", "sex": "2", "hid": "7"}
HOME = {"hid": "7", "house": "12", "tambon": "01", "ampur": "01", "changwat": "19"}


def history() -> list[tuple[str, int]]:
    """(id, version) of former versions."""
    return database.rows("SELECT rid, vid FROM resource_history ORDER BY rid, vid")  # type: ignore[return-value]


def version(rtype: str, rid: str) -> dict[str, Any]:
    """`meta` of a stored resource."""
    [(raw,)] = database.rows("SELECT body FROM resource WHERE rid = %s", [rid])
    found = orjson.loads(bytes(raw))
    assert found["resourceType"] == rtype
    return found["meta"]  # type: ignore[no-any-return]


def test_sent_twice_changes_nothing() -> None:
    """The same rows again: nothing is written, nobody's version moves, the first deposit stays the source."""
    assert send("SERVICE", VISIT) == ImportResult(written=3)
    before = stored()
    assert send("SERVICE", VISIT, deposit=SECOND) == ImportResult(unchanged=3)
    assert (stored(), history()) == (before, [])
    assert version("Encounter", RID)["source"] == "urn:suksala:deposit:1111111111111111#SERVICE/2"


def test_a_changed_row_makes_a_new_version_and_keeps_the_old() -> None:
    """Only what the change touches: the pulse stays as it was."""
    send("SERVICE", VISIT)
    assert send("SERVICE", {**VISIT, "sbp": 140}, deposit=SECOND) == ImportResult(written=1, unchanged=2)
    meta = version("Observation", RID + "-bp")
    assert (meta["versionId"], meta["source"]) == ("2", "urn:suksala:deposit:2222222222222222#SERVICE/2")
    assert history() == [(RID + "-bp", 1)]
    assert version("Encounter", RID)["versionId"] == "1"


def test_what_a_row_gives_no_more_is_deleted_and_may_come_back() -> None:
    """A corrected row without a pulse takes the pulse away; the id lives on with the next version."""
    send("SERVICE", VISIT)
    without = {k: v for k, v in VISIT.items() if k != "pr"}
    assert send("SERVICE", without) == ImportResult(unchanged=2, deleted=1)
    assert ("Observation", RID + "-hr") not in stored()
    assert send("SERVICE", without) == ImportResult(unchanged=2)
    assert send("SERVICE", VISIT) == ImportResult(written=1, unchanged=2)
    assert version("Observation", RID + "-hr")["versionId"] == "3"
    assert history() == [(RID + "-hr", 1), (RID + "-hr", 2)]


def test_a_faulty_field_is_absent() -> None:
    """A bit of `_errs` leaves the field out, unless the row is known by it."""
    send("SERVICE", {**VISIT, "_errs": faulty("SERVICE", "PR", "SEQ")})
    assert sorted(rid for _, rid in stored()) == [RID, RID + "-bp"]


def test_fields_in_doubt() -> None:
    """Bit i is field i of the file; key fields stay."""
    assert rows.doubted("SERVICE", faulty("SERVICE", "SBP", "PID", "TYPEOUT")) == {"sbp", "typeout"}


def test_a_number_used_twice_gives_one_visit_whatever_the_order() -> None:
    """SEQ must be unique; where it is not, the same one of the two rows is kept."""
    other = {**VISIT, "date_serv": "2026-01-06", "sbp": 99}
    send("SERVICE", VISIT, other)
    one = {key: {k: v for k, v in body.items() if k != "meta"} for key, body in stored().items()}
    database.execute("DELETE FROM resource WHERE person <> 0")
    database.execute("DELETE FROM locator WHERE person <> 0")
    send("SERVICE", other, VISIT)
    assert {key: {k: v for k, v in body.items() if k != "meta"} for key, body in stored().items()} == one


def test_a_file_without_a_mapping_gives_nothing() -> None:
    """PROVIDER rows stay in the lake."""
    assert send("PROVIDER", {"provider": "D7"}) == ImportResult()
    assert stored() == {}


def test_a_row_whose_person_identity_was_not_asked_for_is_refused() -> None:
    """And nothing of its batch is written."""
    with pytest.raises(LookupError, match="line 2"):
        exchange.import_rows(FIRST, HOSPITAL, "SERVICE", table("SERVICE", VISIT), {})
    assert stored() == {}


def test_rows_may_come_as_a_stream() -> None:
    """A reader of batches, as the lake gives it."""
    whole = table("SERVICE", *({**VISIT, "seq": str(n)} for n in range(10)))
    reader = pa.RecordBatchReader.from_batches(whole.schema, whole.to_batches(max_chunksize=3))
    persons = {"1": person("1")}
    assert exchange.import_rows(FIRST, HOSPITAL, "SERVICE", reader, persons) == ImportResult(written=30)


def test_ids_come_from_blocks_and_never_twice() -> None:
    """More resources than one block holds."""
    send("SERVICE", *({**VISIT, "seq": str(n)} for n in range(700)))
    [(total, distinct)] = database.rows("SELECT count(*), count(DISTINCT id) FROM resource WHERE person <> 0")
    assert (total, distinct) == (2100, 2100)


def test_every_id_can_be_located() -> None:
    """The locator knows the person of every resource."""
    send("SERVICE", VISIT)
    assert database.rows("SELECT DISTINCT person FROM locator WHERE rid LIKE %s", [RID + "%"]) == [(person("1"),)]


def test_the_sender_is_an_organization() -> None:
    """What rows refer to exists, even before a facility list names it."""
    send("SERVICE", VISIT)
    [(raw,)] = database.rows("SELECT body FROM resource WHERE person = 0 AND rid = %s", [HOSPITAL])
    assert orjson.loads(bytes(raw))["identifier"][0]["value"] == HOSPITAL


# --- rebuild: after a void or a retraction


def test_rebuild_deletes_what_has_no_row_any_more() -> None:
    """Only of this file and facility."""
    send("SERVICE", VISIT, {**VISIT, "seq": "11"})
    send("LABFU", {"pid": "1", "date_serv": "2026-01-05", "labtest": "0531601", "labresult": "7"})
    send("SERVICE", {**VISIT, "pid": "5"}, hospcode="99802")
    assert rebuild("SERVICE", VISIT) == ImportResult(unchanged=3, deleted=3)
    assert sorted({rid[:2] for _, rid in stored()}) == ["lb", "sv"]
    assert sum(rtype == "Encounter" for rtype, _ in stored()) == 2


def test_rebuild_without_rows_deletes_all_of_the_file() -> None:
    """The whole deposit was voided."""
    send("SERVICE", VISIT)
    assert rebuild("SERVICE") == ImportResult(deleted=3)
    assert stored() == {}


def test_rebuild_puts_the_source_right() -> None:
    """The row now stands because of another deposit: the same content, another provenance, a new version."""
    send("SERVICE", VISIT)
    assert rebuild("SERVICE", {**VISIT, "_deposit": SECOND.id, "_line": 9}) == ImportResult(written=3)
    assert version("Encounter", RID)["source"] == "urn:suksala:deposit:2222222222222222#SERVICE/9"


def test_rebuild_of_what_stands_changes_nothing() -> None:
    """It may be repeated."""
    send("SERVICE", VISIT)
    before = stored()
    assert rebuild("SERVICE", VISIT) == ImportResult(unchanged=3)
    assert (stored(), history()) == (before, [])


# --- the Patient and its parts


def patient() -> dict[str, Any]:
    """The Patient of the registration, without its address's codes."""
    found = dict(stored()[("Patient", patient_id(HOSPITAL, "1"))])
    found["address"] = [(a["use"], a["text"]) for a in found.get("address", [])]
    return found


PARTS = {
    "PERSON": MALI,
    "HOME": HOME,
    "ADDRESS": {"pid": "1", "addresstype": "2", "houseno": "5", "tambon": "01", "ampur": "01", "changwat": "10"},
    "DEATH": {"pid": "1", "ddeath": "2026-02-01", "cdeath": "I219"},
}
ORDERS = [
    ("PERSON", "HOME", "ADDRESS", "DEATH"),
    ("DEATH", "ADDRESS", "HOME", "PERSON"),
    ("HOME", "DEATH", "PERSON", "ADDRESS"),
]


@pytest.mark.parametrize("order", ORDERS)
def test_the_parts_of_a_patient_come_in_any_order(order: tuple[str, ...]) -> None:
    """Four files, any order, one Patient."""
    for file in order:
        send(file, PARTS[file])
    found = patient()
    assert found["address"] == [
        ("home", "12 ตำบลปากเพรียว อำเภอเมืองสระบุรี จังหวัดสระบุรี"),
        ("temp", "5 แขวงพระบรมมหาราชวัง เขตพระนคร กรุงเทพมหานคร"),
    ]
    assert (found["deceasedDateTime"], found["active"]) == ("2026-02-01", False)
    assert found["meta"]["source"] == "urn:suksala:deposit:1111111111111111#PERSON/2"


def test_without_a_person_row_there_is_no_patient() -> None:
    """An address or a death alone tells of nobody."""
    send("ADDRESS", PARTS["ADDRESS"])
    send("DEATH", PARTS["DEATH"])
    assert [rtype for rtype, _ in stored() if rtype == "Patient"] == []


def test_a_changed_home_moves_everybody_who_lives_there() -> None:
    """And nobody else: only their Patients get a version."""
    send("PERSON", MALI, {"pid": "2", "name": "ดำ", "hid": "7"}, {"pid": "3", "name": "แดง", "hid": "8"})
    assert send("HOME", HOME) == ImportResult(written=2)
    assert send("HOME", HOME) == ImportResult()
    assert send("HOME", {**HOME, "house": "13"}) == ImportResult(written=2)
    assert patient()["address"][0][1].startswith("13 ")


def test_parts_of_a_voided_deposit_leave_the_patient() -> None:
    """A death that was taken back, a home that was, and at last the person."""
    for file, row in PARTS.items():
        send(file, row)
    rebuild("DEATH")
    assert "deceasedDateTime" not in patient()
    rebuild("HOME")
    rebuild("ADDRESS")
    assert patient()["address"] == []
    rebuild("PERSON")
    assert stored() == {}
    assert database.rows("SELECT count(*) FROM patient_part") == [(0,)]


def test_the_same_person_row_from_another_deposit_keeps_its_source() -> None:
    """Unchanged content is not rewritten."""
    send("PERSON", MALI)
    assert send("PERSON", MALI, deposit=SECOND) == ImportResult()
    assert patient()["meta"]["source"] == "urn:suksala:deposit:1111111111111111#PERSON/2"


def test_an_id_tells_nothing_of_the_number_behind_it() -> None:
    """A keyed hash: the local number cannot be guessed by trying all of them."""
    send("PERSON", MALI)
    rid = patient_id(HOSPITAL, "1")
    assert len(rid) == 27
    assert patient_id(HOSPITAL, "1") != patient_id("99802", "1")
