"""Bulk data: an NDJSON file becomes the record, and the record becomes NDJSON files (architecture, section 8).

CPU per resource (this process, and the PostgreSQL backend) stands beside wall time, and the most memory this process
held. SUKSALA_BENCH_RESOURCES says how many resources; SUKSALA_BENCH_PROFILE=1 prints where Python's time goes.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import random
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from benchmarks.exchange import HOSPITAL, backend_cpu, cluster, tell

RESOURCES = int(os.environ.get("SUKSALA_BENCH_RESOURCES", "100000"))
PROFILE = os.environ.get("SUKSALA_BENCH_PROFILE") == "1"
OF_ONE = 50  # resources of one patient
IMPORT_BAR, EXPORT_BAR, MEMORY_BAR_MB = 5000, 15000, 300
_UCUM = "http://unitsofmeasure.org"


def main() -> None:
    """Print one line per figure with its bar."""
    with cluster():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        imports()
        exports()


def lines(count: int) -> Iterator[bytes]:
    """Made-up patients with visits, diagnoses and results, each with an id of its own, as a hospital sends them."""
    dice = random.Random(11)
    for n in range(count):
        patient, place = divmod(n, OF_ONE)
        made = _patient(dice) if place == 0 else _MAKERS[place % len(_MAKERS)](dice)
        if place:
            made["subject"] = {"reference": f"Patient/p{patient:06}"}
        yield orjson.dumps({**made, "id": f"{'r' if place else 'p'}{n if place else patient:06}"}) + b"\n"


def _patient(dice: random.Random) -> dict[str, Any]:
    name = [{"family": dice.choice(("ใจดี", "มีสุข", "รักไทย")), "given": [dice.choice(("มะลิ", "สมชาย", "บุญมี"))]}]
    return {
        "resourceType": "Patient",
        "name": name,
        "gender": "female",
        "birthDate": f"{dice.randrange(1940, 2010)}-05-05",
    }


def _day(dice: random.Random) -> str:
    return f"{dice.randrange(2022, 2026)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 28):02}"


def _visit(dice: random.Random) -> dict[str, Any]:
    ambulatory = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    return {"resourceType": "Encounter", "status": "finished", "class": ambulatory, "period": {"start": _day(dice)}}


def _diagnosis(dice: random.Random) -> dict[str, Any]:
    active = {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}
    code = {"system": "http://hl7.org/fhir/sid/icd-10", "code": dice.choice(("E11.9", "I10", "J06.9"))}
    return {
        "resourceType": "Condition", "clinicalStatus": {"coding": [active]}, "code": {"coding": [code]},
        "recordedDate": _day(dice),
    }  # fmt: skip


def _result(dice: random.Random) -> dict[str, Any]:
    laboratory = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}
    return {
        "resourceType": "Observation", "status": "final", "category": [{"coding": [laboratory]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]},
        "effectiveDateTime": f"{_day(dice)}T09:00:00+07:00",
        "valueQuantity": {"value": round(dice.uniform(5, 11), 1), "unit": "%", "system": _UCUM, "code": "%"},
    }  # fmt: skip


_MAKERS = (_visit, _diagnosis, _result, _result)


def imports() -> None:
    """A file of new resources, then the same file again."""
    from suksala import signin
    from suksala.exchange import bulk, loading

    signin.issue_token("bench", HOSPITAL, ["system/*.cruds"], 1)
    for name in ("first import", "the same again"):
        job = bulk.new_id()
        blocks = iter(lines(RESOURCES))
        loading.receive(partial(_next, blocks), job, 2**40)
        size = (bulk.folder(job, "import") / loading.INPUT).stat().st_size
        begun = bulk.begin("import", {}, bulk.Asker("bench", HOSPITAL), job=job, total=size)
        _measured(f"$import, {name}: {RESOURCES:,} resources", IMPORT_BAR, partial(_until_done, loading.run, begun.id))
        _assert_done(begun.id)


def exports() -> None:
    """Everything of the facility."""
    from suksala.exchange import bulk, exporting
    from suksala.foundation import database

    database.execute("ANALYZE resource")
    wish = exporting.as_wish(exporting.read_wish([], "system"))
    begun = bulk.begin("export", wish, bulk.Asker("bench", HOSPITAL))
    _measured(f"$export of {RESOURCES:,} resources", EXPORT_BAR, partial(_until_done, exporting.run, begun.id))
    _assert_done(begun.id)
    folder: Path = bulk.folder(begun.id, "export")
    written = sum(path.read_bytes().count(b"\n") for path in folder.iterdir())
    assert written >= RESOURCES, written
    shutil.rmtree(folder)


def _until_done(run: Callable[[str], bool], job: str) -> None:
    while not run(job):
        pass


def _assert_done(job: str) -> None:
    from suksala.exchange import bulk_storage

    found = bulk_storage.find(job)
    assert found is not None
    assert found.state == "done", found.problem
    assert not found.place.get("refused"), found.place


def _next(blocks: Iterator[bytes], _size: int) -> bytes:
    """What a body gives when it is asked for more."""
    return next(blocks, b"")


def _measured(what: str, bar: int, work: Callable[[], None]) -> None:
    python, server, wall = time.process_time(), backend_cpu(), time.perf_counter()
    if PROFILE:
        profile = cProfile.Profile()
        profile.runcall(work)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    else:
        work()
    wall = time.perf_counter() - wall
    cpu = (time.process_time() - python) / RESOURCES * 1e6, (backend_cpu() - server) / RESOURCES * 1e6
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tell(
        what, f"{RESOURCES / wall:,.0f}/s", f"bar {bar:,}/s",
        f"CPU µs per resource: Python {cpu[0]:.0f} + PostgreSQL {cpu[1]:.0f}; "
        f"peak RSS {memory:.0f} MB, bar {MEMORY_BAR_MB}",
    )  # fmt: skip


if __name__ == "__main__":
    main()
