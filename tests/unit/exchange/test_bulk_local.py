"""Bulk import and export from the command line: at once, in somebody's name, the same end after a kill."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import orjson
import pytest

from suksala import audit, exchange, signin
from suksala.exchange import bulk_storage, loading
from suksala.exchange.bulk import BulkProblem
from suksala.foundation import database
from tests.record import HOSPITAL, UNIT, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_dir")]

MALI: dict[str, Any] = {"resourceType": "Patient", "id": "mali", "name": [{"family": "ใจดี"}]}
BASIC: dict[str, Any] = {
    "resourceType": "Basic", "id": "b", "code": {"text": "x"}, "subject": {"reference": "Patient/mali"},
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with one faulty line."""
    made = tmp_path / "in" / "a.ndjson"
    made.parent.mkdir()
    made.write_bytes(b"\n".join([orjson.dumps(BASIC), b"{", orjson.dumps(MALI)]) + b"\n")
    return made


def nothing_left() -> bool:
    """No job, and no file of one in the data folder."""
    from suksala.foundation import settings

    folders = [settings.current().data_dir / name for name in ("imports", "exports")]
    return database.rows("SELECT count(*) FROM bulk_job") == [(0,)] and not any(
        list(f.iterdir()) for f in folders if f.exists()
    )


def test_a_file_is_loaded_in_the_name_of_a_facility(file: Path) -> None:
    """Counts, verdicts beside the file, facts with the command line as actor; nothing of the job stays."""
    verdicts = file.with_name("a.ndjson.verdicts.ndjson")
    assert exchange.load_file(file, sender=HOSPITAL) == {
        "written": 2, "unchanged": 0, "refused": 1, "types": {"Patient": 1, "Basic": 1}, "verdicts": str(verdicts),
    }  # fmt: skip
    assert orjson.loads(verdicts.read_bytes())["id"] == "line-2"
    assert {(f.actor, f.facility) for f in audit.facts("create")} == {("system:cli", HOSPITAL)}
    assert nothing_left()


def test_in_the_name_of_a_client_its_scopes_count(file: Path) -> None:
    """A client for Patients alone loads those; no token of it works in between."""
    signin.issue_token("his", HOSPITAL, ["system/Patient.cu"], 1)
    done = exchange.load_file(file, client="his")
    assert (done["types"], done["refused"]) == ({"Patient": 1}, 2)
    assert {f.actor for f in audit.facts("create")} == {"client:his"}


def test_a_killed_load_goes_on(file: Path) -> None:
    """The same bytes again: nothing is done twice, nothing is left."""
    real, steps = bulk_storage.advance, 0

    def stopped(*args: Any, **named: Any) -> bool:
        nonlocal steps
        steps += 1
        if steps > 4:
            raise KeyboardInterrupt
        return real(*args, **named)

    with mock.patch.object(loading, "BATCH_LINES", 1):
        with mock.patch.object(bulk_storage, "advance", stopped), pytest.raises(KeyboardInterrupt):
            exchange.load_file(file, sender=HOSPITAL)
        assert exchange.load_file(file, sender=HOSPITAL)["written"] == 2
    assert nothing_left()
    assert len(list(audit.facts("create"))) == 2


def test_an_export_is_a_folder_of_files(file: Path, tmp_path: Path) -> None:
    """One type a file, numbered, with a manifest; of the facility named and no other."""
    exchange.load_file(file, sender=HOSPITAL)
    out = tmp_path / "out"
    told = exchange.export_files(out, types="Patient,Basic", sender=HOSPITAL)
    assert told["output"] == [
        {"type": "Basic", "file": "Basic.001.ndjson", "count": 1},
        {"type": "Patient", "file": "Patient.001.ndjson", "count": 1},
    ]
    assert orjson.loads((out / "manifest.json").read_bytes()) == told
    [line] = (out / "Patient.001.ndjson").read_bytes().splitlines()
    assert orjson.loads(line)["name"] == MALI["name"]
    assert nothing_left()
    assert exchange.export_files(tmp_path / "unit", types="Patient", sender=UNIT)["output"] == []
    again = exchange.load_file(out / "Patient.001.ndjson", sender=HOSPITAL)
    assert (again["written"], again["unchanged"]) == (0, 1)


BAD = [
    ({"types": "Dragon"}, "type"),
    ({"since": "yesterday"}, "instant"),
    ({"sender": "1"}, "5 letters"),
    ({"client": "nobody"}, "no such client"),
    ({"client": "a", "sender": HOSPITAL}, "not both"),
]


@pytest.mark.parametrize(("options", "words"), BAD)
def test_bad_input_writes_nothing(tmp_path: Path, options: dict[str, str], words: str) -> None:
    """One sentence, exit code 2, no folder, no job."""
    with pytest.raises(BulkProblem, match=words) as problem:
        exchange.export_files(tmp_path / "out", **options)
    assert problem.value.exit_code == 2
    assert not (tmp_path / "out").exists()
    assert nothing_left()


def test_a_folder_with_something_in_it_is_not_written_to(file: Path) -> None:
    """What is there stays as it is."""
    with pytest.raises(BulkProblem, match="not empty"):
        exchange.export_files(file.parent)
    assert list(file.parent.iterdir()) == [file]
    assert stored() == {}
