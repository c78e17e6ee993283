"""Writes over FHIR: transaction bundles in one process with CPU per resource, and many writers at once over HTTP.

A bundle is one made-up patient with visits, diagnoses and results, all linked by urn:uuid, as a hospital system sends
them. Every resource is validated, indexed, audited and durable before the answer.
"""

from __future__ import annotations

import io
import os
import random
import socket
import statistics
import threading
import time
import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from benchmarks.exchange import HOSPITAL, backend_cpu, cluster, free_port, serving, tell

BUNDLES = int(os.environ.get("SUKSALA_BENCH_BUNDLES", "40"))
VISITS = 25  # of one patient; four resources each
WRITERS = 64
SECONDS = 5.0
BAR, BAR_CPU_MS = 800, 1.2
_UCUM = "http://unitsofmeasure.org"
_PATIENTS = "SELECT l.rid FROM locator l JOIN resource r USING (person, rtype, rid) WHERE r.str IS NOT NULL"
_FSYNCS_18 = "SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal'"
_FSYNCS = "SELECT wal_sync FROM pg_stat_wal"


def main() -> None:
    """Print one line per figure with its bar."""
    with cluster():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        transactions()
        writers()


def bundle(seed: int) -> dict[str, Any]:
    """One patient with a history."""
    dice = random.Random(seed)
    patient = f"urn:uuid:{uuid.UUID(int=dice.getrandbits(128))}"
    name = [{"family": dice.choice(("ใจดี", "มีสุข", "รักไทย")), "given": [dice.choice(("มะลิ", "สมชาย", "บุญมี"))]}]
    birth = str(date(1940, 1, 1) + timedelta(days=dice.randrange(25000)))
    entries = [_entry({"resourceType": "Patient", "name": name, "gender": "female", "birthDate": birth}, patient)]
    for _ in range(VISITS):
        entries += _visit(dice, patient)
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _entry(resource: dict[str, Any], full_url: str | None = None) -> dict[str, Any]:
    made = {"resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}
    return {"fullUrl": full_url, **made} if full_url else made


def _visit(dice: random.Random, patient: str) -> list[dict[str, Any]]:
    visit = f"urn:uuid:{uuid.UUID(int=dice.getrandbits(128))}"
    day = str(date(2024, 1, 1) + timedelta(days=dice.randrange(900)))
    subject, encounter = {"reference": patient}, {"reference": visit}
    ambulatory = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    diagnosis = {"system": "http://hl7.org/fhir/sid/icd-10", "code": dice.choice(("E11.9", "I10", "J06.9"))}
    active = {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}
    laboratory = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}
    shared = {"subject": subject, "encounter": encounter}
    visited = {"resourceType": "Encounter", "status": "finished", "class": ambulatory, "subject": subject}
    condition = {"resourceType": "Condition", "clinicalStatus": {"coding": [active]}, "recordedDate": day, **shared}
    made = [
        _entry({**visited, "period": {"start": day}}, visit),
        _entry({**condition, "code": {"coding": [diagnosis]}}),
    ]
    result = {"resourceType": "Observation", "status": "final", "category": [{"coding": [laboratory]}], **shared}
    for code, unit, low, high in (("4548-4", "%", 5, 11), ("29463-7", "kg", 45, 95)):
        value = {"value": round(dice.uniform(low, high), 1), "unit": unit, "system": _UCUM, "code": unit}
        coded = {"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueQuantity": value}
        made.append(_entry({**result, **coded, "effectiveDateTime": f"{day}T09:00:00+07:00"}))
    return made


def transactions() -> None:
    """Bundles one after the other in this process: wall and CPU per resource."""
    from suksala import exchange, signin

    token = signin.issue_token("bench", HOSPITAL, ["system/*.cruds"], 1)
    bodies = [orjson.dumps(bundle(seed)) for seed in range(BUNDLES)]
    _post(exchange.fhir_application, token, bodies[0])
    python, server, wall = time.process_time(), backend_cpu(), time.perf_counter()
    count = sum(_post(exchange.fhir_application, token, body) for body in bodies[1:])
    wall = time.perf_counter() - wall
    cpu = (time.process_time() - python) / count * 1e3, (backend_cpu() - server) / count * 1e3
    tell(
        f"transaction bundles of {4 * VISITS + 1}", f"{count / wall:,.0f} res/s", f"bar {BAR}/s",
        f"CPU ms per resource: Python {cpu[0]:.2f} + PostgreSQL {cpu[1]:.2f}, bar {BAR_CPU_MS}",
    )  # fmt: skip


def _post(application: Any, token: str, body: bytes) -> int:
    """POST a bundle to the application itself; how many resources it made."""
    status: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/fhir", "QUERY_STRING": "", "HTTP_HOST": "localhost",
        "CONTENT_TYPE": "application/fhir+json", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body),
        "HTTP_AUTHORIZATION": f"Bearer {token}",
    }  # fmt: skip
    answer = b"".join(application(environ, lambda code, _: status.append(code)))
    if status != ["200 OK"]:
        raise AssertionError(answer[:300])
    return answer.count(b'"201"')


def writers() -> None:
    """WRITERS clients that each create one result after the other over HTTP, for patients chosen by chance.

    Commits come in groups: a create is answered when its commit is on the disk, and one fsync serves all that wait.
    """
    from suksala import signin
    from suksala.foundation import database

    token = signin.issue_token("bench", HOSPITAL, ["system/*.cruds"], 1)
    patients = [rid for (rid,) in database.rows(_PATIENTS)]
    observation = next(e["resource"] for e in bundle(1)["entry"] if e["resource"]["resourceType"] == "Observation")
    del observation["encounter"]
    bodies = [orjson.dumps({**observation, "subject": {"reference": f"Patient/{rid}"}}) for rid in patients]
    port = free_port()
    with serving(port) as web:
        for count in (1, WRITERS):
            _load(port, token, bodies, count, 1.0)  # connections, plans and caches
            before = _spent(web)
            times = sorted(_load(port, token, bodies, count, SECONDS))
            after = _spent(web)
            fsyncs, python, server = (now - then for now, then in zip(after, before, strict=True))
            tell(
                f"create, {count} writers", f"{len(times) / SECONDS:,.0f}/s", "",
                f"p50 {statistics.median(times) * 1e3:.1f} ms, p99 {times[int(len(times) * 0.99)] * 1e3:.1f} ms; "
                f"{len(times) / fsyncs:.1f} creates per fsync; CPU ms per create: web {python / len(times) * 1e3:.2f} "
                f"+ PostgreSQL {server / len(times) * 1e3:.2f}",
            )  # fmt: skip


def _spent(web: int) -> tuple[float, float, float]:
    """Fsyncs of the log, CPU seconds of the web server's processes and of PostgreSQL's, until now; needs /proc."""
    from suksala.foundation import database

    time.sleep(1.1)  # the server counts what a backend did within a second after it
    query = _FSYNCS_18 if database.connection().info.server_version >= 180000 else _FSYNCS
    [(fsyncs,)] = database.rows(query)
    processes = {int(entry.name): found for entry in Path("/proc").glob("[0-9]*") if (found := _process(entry))}
    postmaster = processes[database.connection().info.backend_pid].parent
    python = sum(one.cpu for one in processes.values() if one.group == web)
    server = sum(one.cpu for number, one in processes.items() if postmaster in (number, one.parent))
    return float(fsyncs), python, server


class Process(NamedTuple):
    """A process of this machine: parent, process group, CPU seconds so far."""

    parent: int
    group: int
    cpu: float


def _process(entry: Path) -> Process | None:
    try:
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):  # no process, or over by now
        return None
    return Process(int(fields[1]), int(fields[2]), sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK"))


def _load(port: int, token: str, bodies: list[bytes], count: int, seconds: float) -> list[float]:
    """Seconds of each create of `count` keep-alive clients: raw sockets, so that the generator costs little."""
    ends, times = time.perf_counter() + seconds, []
    head = f"POST /fhir/Observation HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
    head += "Content-Type: application/fhir+json\r\nPrefer: return=minimal\r\nContent-Length: "
    requests = [f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies]

    def write() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
            while time.perf_counter() < ends:
                began = time.perf_counter()
                line.sendall(random.choice(requests))
                told = line.recv(65536)
                if not told.startswith(b"HTTP/1.1 201"):
                    raise AssertionError(told[:80])
                times.append(time.perf_counter() - began)

    threads = [threading.Thread(target=write) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


if __name__ == "__main__":
    main()
