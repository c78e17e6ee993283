"""Writes over FHIR: transaction bundles in one process with CPU per resource, and many writers at once over HTTP.

A bundle is one made-up patient with visits, diagnoses and results, all linked by urn:uuid, as a hospital system sends
them. Every resource is validated, indexed, audited and durable before the answer.
"""

from __future__ import annotations

import http.client
import io
import os
import random
import statistics
import threading
import time
import uuid
from datetime import date, timedelta
from typing import Any

import orjson

from benchmarks.exchange import HOSPITAL, backend_cpu, cluster, free_port, serving, tell

BUNDLES = int(os.environ.get("SUKSALA_BENCH_BUNDLES", "40"))
VISITS = 25  # of one patient; four resources each
WRITERS = 64
SECONDS = 5.0
BAR, BAR_CPU_MS = 800, 1.2
_UCUM = "http://unitsofmeasure.org"
_PATIENT = "SELECT l.rid FROM locator l JOIN resource r USING (person, rtype, rid) WHERE r.str IS NOT NULL LIMIT 1"
_TYPE = ("Content-Type", "application/fhir+json")


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
    """WRITERS clients that each create one result after the other over HTTP: commits come in groups."""
    from suksala import signin
    from suksala.foundation import database

    token = signin.issue_token("bench", HOSPITAL, ["system/*.cruds"], 1)
    [(patient,)] = database.rows(
        "SELECT l.rid FROM locator l JOIN resource r USING (person, rtype, rid) WHERE r.str IS NOT NULL LIMIT 1"
    )
    observation = next(e["resource"] for e in bundle(1)["entry"] if e["resource"]["resourceType"] == "Observation")
    observation = {**observation, "subject": {"reference": f"Patient/{patient}"}}
    del observation["encounter"]
    body = orjson.dumps(observation)
    port = free_port()
    with serving(port):
        for count in (1, WRITERS):
            times = sorted(_load(port, token, body, count))
            tell(
                f"create, {count} writers", f"{len(times) / SECONDS:,.0f}/s", "",
                f"p50 {statistics.median(times) * 1e3:.1f} ms, p99 {times[int(len(times) * 0.99)] * 1e3:.1f} ms",
            )  # fmt: skip


def _load(port: int, token: str, body: bytes, count: int) -> list[float]:
    ends, times = time.perf_counter() + SECONDS, []
    headers = {"Authorization": f"Bearer {token}", "Prefer": "return=minimal", **dict([_TYPE])}

    def write() -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.perf_counter() < ends:
            began = time.perf_counter()
            line.request("POST", "/fhir/Observation", body, headers)
            answer = line.getresponse()
            told = answer.read()
            if answer.status != 201:
                raise AssertionError(told[:300])
            times.append(time.perf_counter() - began)

    threads = [threading.Thread(target=write) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


if __name__ == "__main__":
    main()
