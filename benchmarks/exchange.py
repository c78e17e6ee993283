"""The record: rows to searchable FHIR, authorised and audited reads over HTTP, search and $everything (architecture,
section 8).

CPU per operation (this process, and the PostgreSQL backend) stands beside wall time: on a busy machine only CPU can
be compared.
Runs on a throw-away cluster, on made-up rows.
"""

from __future__ import annotations

import http.client
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

HOSPITAL = "99801"
VISITS = int(os.environ.get("SUKSALA_BENCH_VISITS", "20000"))
SECONDS = 5.0
BUDGETS = "rate=1000000 burst=1000000 patients=1000000 exports=1000000"  # counted, as for everybody, but never reached
CLIENTS = 32
IMPORT_BAR, READ_BAR, SEARCH_BAR_MS, EVERYTHING_BAR_MS = 5000, 3000, 5.0, 15.0


def main() -> None:
    """Print one line per figure with its bar."""
    with cluster():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        persons = make_persons()
        imports(persons)
        small_imports(persons)
        searches(persons)
        reads()


@contextmanager
def cluster() -> Iterator[None]:
    """A PostgreSQL of its own, gone afterwards; DATABASE_URL names another."""
    root = Path(tempfile.mkdtemp(prefix="suksala-bench-"))
    root.chmod(0o755)  # the server's unprivileged user passes through
    os.environ.update(SUKSALA_DATA=str(root / "data"), DJANGO_SETTINGS_MODULE="suksala.foundation.django_settings")
    os.environ["SUKSALA_BUDGETS"] = BUDGETS
    from suksala.foundation import settings
    from suksala.operations.cluster import Cluster

    own = None
    try:
        if not os.environ.get("DATABASE_URL"):
            own = Cluster(root / "cluster")
            own.start()
            os.environ["DATABASE_URL"] = own.url
        settings.forget()
        yield
    finally:
        if own:
            own.stop()
        shutil.rmtree(root, ignore_errors=True)


def make_persons() -> dict[str, int]:
    """The persons of the rows: one in eight visits is somebody new."""
    from suksala import identity

    return identity.persons(HOSPITAL, [f"{n:06}" for n in range(VISITS // 8)])


def tables() -> dict[str, pa.Table]:
    """Visits, diagnoses, laboratory results and medicines, as the lake gives them."""
    random.seed(7)
    start, pids = date(2024, 1, 1), [f"{n:06}" for n in range(VISITS // 8)]
    n = VISITS
    common = {
        "hospcode": [HOSPITAL] * n,
        "pid": [random.choice(pids) for _ in range(n)],
        "seq": [f"{i:010}" for i in range(n)],
        "date_serv": pa.array([start + timedelta(days=random.randrange(900)) for _ in range(n)], pa.date32()),
        "_deposit": pa.array([1] * n, pa.int64()),
        "_line": pa.array(range(2, n + 2), pa.int64()),
        "_errs": pa.array([0] * n, pa.uint64()),
    }

    def pick(*values: Any) -> list[Any]:
        return [random.choice(values) for _ in range(n)]

    vitals = {"sbp": pick(118, 130, 142), "dbp": pick(72, 80, 90), "pr": pick(66, 72, 80), "btemp": pick(36.5, 37.0)}
    visit = {"typein": ["1"] * n, "servplace": ["1"] * n, "typeout": ["1"] * n, "chiefcomp": pick("ไข้ ไอ", "มาตามนัด")}
    sugar = [round(random.uniform(5, 12), 1) for _ in range(n)]
    lab = {
        "labtest": pick("0531601", "0531002", "0541402", "0581902"),
        "labresult": [str(s) for s in sugar],
        "labnum": sugar,
    }
    drug = {"didstd": pick("D1", "D2", "D3"), "dname": pick("Metformin", "Amlodipine"), "amount": pick(30, 60)}
    return {
        "SERVICE": pa.table({**common, **visit, **vitals}),
        "DIAGNOSIS_OPD": pa.table({**common, "diagtype": ["1"] * n, "diagcode": pick("E119", "I10", "J069", "K30")}),
        "LABFU": pa.table({**common, **lab}),
        "DRUG_OPD": pa.table({**common, **drug}),
    }


def imports(persons: dict[str, int]) -> None:
    """Rows to searchable FHIR, the first time and unchanged."""
    from suksala.exchange import DepositRef, ImportResult, import_rows, settle
    from suksala.foundation import database

    made = tables()
    deposit = DepositRef(1, "a" * 64)
    for name in ("first import", "unchanged again"):
        python, server, wall = time.process_time(), backend_cpu(), time.perf_counter()
        total = ImportResult()
        for file, rows in made.items():
            total += import_rows(deposit, HOSPITAL, file, rows, persons)
        settle()
        wall = time.perf_counter() - wall
        count = total.written + total.unchanged
        cpu = (time.process_time() - python) / count, (backend_cpu() - server) / count
        tell(
            f"{name}: {count:,} resources", f"{count / wall:,.0f}/s", f"bar {IMPORT_BAR:,}/s",
            f"CPU µs per resource: Python {cpu[0] * 1e6:.0f} + PostgreSQL {cpu[1] * 1e6:.0f}",
        )  # fmt: skip
    database.execute("ANALYZE resource")


def small_imports(persons: dict[str, int]) -> None:
    """What one file of one row costs: a zip of a small unit is mostly such files."""
    from suksala.exchange import DepositRef, import_rows

    one = tables()["LABFU"].slice(0, 1)
    times = [timed(lambda: import_rows(DepositRef(2, "b" * 64), HOSPITAL, "LABFU", one, persons)) for _ in range(50)]
    tell("import of one row", f"p50 {statistics.median(times):.1f} ms", "", "fixed cost of a file")


def searches(persons: dict[str, int]) -> None:
    """p50 of searches under a facility's permit, and of a person's whole record."""
    from suksala import exchange
    from suksala.exchange.mapping.base import patient_id
    from suksala.foundation import clock

    permit = system_permit()
    pids = random.sample(sorted(persons), 200)
    patients(persons, pids)
    asked: dict[str, Callable[[str], tuple[str, list[tuple[str, str]]]]] = {
        "patient and code, newest first": lambda pid: ("Observation", [("patient", patient_id(HOSPITAL, pid)), ("code", "http://loinc.org|4548-4")]),
        "code over the facility": lambda _: ("Observation", [("code", "http://loinc.org|4548-4"), ("_count", "20")]),
        "code in a month": lambda _: ("Observation", [("code", "4548-4"), ("date", "2025-03")]),
        "a day of visits": lambda _: ("Encounter", [("date", "2025-03-03")]),
        "identifier": lambda pid: ("Patient", [("identifier", pid)]),
        "chain to a patient's number": lambda pid: ("Observation", [("patient.identifier", pid), ("code", "4548-4")]),
        "_has a result": lambda pid: (
            "Patient", [("_id", patient_id(HOSPITAL, pid)), ("_has:Observation:patient:code", "4548-4")]
        ),
        "visits of a day with their results": lambda _: (
            "Encounter", [("date", "2025-03-03"), ("_revinclude", "Observation:encounter")]
        ),
        "any code of a system, of a patient": lambda pid: (
            "Observation", [("patient", patient_id(HOSPITAL, pid)), ("code", "http://loinc.org|")]
        ),
        "beginning of a name": lambda _: ("Patient", [("name", "มา")]),
    }  # fmt: skip
    for name, question in asked.items():
        times = []
        for pid in pids:
            rtype, pairs = question(pid)
            times.append(timed(partial(exchange.search, permit, rtype, pairs)))
        tell(
            f"search: {name}",
            f"p50 {statistics.median(times):.2f} ms",
            f"bar {SEARCH_BAR_MS} ms",
            f"p95 {sorted(times)[189]:.2f} ms",
        )
    bundles = [exchange.everything(permit, persons[pid]) for pid in pids]
    sizes = [bundle.count(b'"fullUrl"') for bundle in bundles]
    times = [timed(partial(exchange.everything, permit, persons[pid])) for pid in pids]
    tell(
        f"$everything, {statistics.mean(sizes):.0f} resources",
        f"p50 {statistics.median(times):.2f} ms",
        f"bar {EVERYTHING_BAR_MS} ms for 100",
    )
    assert permit.is_open(clock.now())


def patients(persons: dict[str, int], pids: Sequence[str]) -> None:
    """A Patient for each of these numbers."""
    from suksala import exchange
    from suksala.exchange import DepositRef, import_rows

    n = len(pids)
    columns = {"hospcode": [HOSPITAL] * n, "pid": list(pids), "name": ["มาลี"] * n, "lname": ["ใจดี"] * n}
    numbers = {"_deposit": pa.array([1] * n, pa.int64()), "_line": pa.array(range(2, n + 2), pa.int64())}
    made = pa.table({**columns, **numbers, "_errs": pa.array([0] * n, pa.uint64())})
    import_rows(DepositRef(1, "a" * 64), HOSPITAL, "PERSON", made, persons)
    exchange.settle()


def system_permit() -> Any:
    from suksala import consent, signin
    from suksala.foundation import clock

    now = clock.now()
    until = now + timedelta(hours=1)
    return consent.permit_for_client(signin.Client("bench", HOSPITAL, frozenset({"system/*.rs"}), until), now)


def reads() -> None:
    """Authorised and audited reads of one resource over HTTP, by two granian workers."""
    from suksala import signin
    from suksala.foundation import database

    token = signin.issue_token("bench", HOSPITAL, ["system/*.rs"], 1)
    [(number,)] = database.rows("SELECT count(*) FROM audit WHERE kind = 'read'")
    ids = [rid for (rid,) in database.rows("SELECT rid FROM resource WHERE rid LIKE 'lb-%%' LIMIT 500")]
    port = free_port()
    with serving(port):
        done, times = load(port, token, ids)
        many = wrk(port, token, ids[0])
    [(after,)] = database.rows("SELECT count(*) FROM audit WHERE kind = 'read'")
    rate, worst = done / SECONDS, sorted(times)[int(len(times) * 0.99)] * 1e3
    tell(
        f"GET /fhir/Observation/id, {CLIENTS} clients", f"{rate:,.0f}/s", f"bar {READ_BAR:,}/s",
        f"p50 {statistics.median(times) * 1e3:.1f} ms, p99 {worst:.1f} ms; the clients are Python and share the cores",
    )  # fmt: skip
    if many:
        tell("the same with wrk", many, f"bar {READ_BAR:,}/s")
    assert after - number >= done, "every read is in the audit log"


@contextmanager
def serving(port: int) -> Iterator[int]:
    """The WSGI application under granian with as many workers as cores; gives the number of its process group."""
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *(
            "--workers",
            "2",
            "--blocking-threads",
            "4",
            "--log-level",
            "warning",
            "benchmarks.exchange_wsgi:application",
        ),
    ]
    server = subprocess.Popen(command, start_new_session=True)
    try:
        wait_for(port)
        yield server.pid
    finally:
        # The whole group at once: a granian that is stopped while its workers start waits for them for ever.
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def wait_for(port: int) -> None:
    """Until the server answers."""
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/fhir/metadata")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise TimeoutError("the server did not start")


def load(port: int, token: str, ids: list[str]) -> tuple[int, list[float]]:
    """Keep-alive clients for SECONDS: raw sockets, so that the generator costs little beside the server."""
    ends, counts, times = time.perf_counter() + SECONDS, [0] * CLIENTS, []

    def client(number: int) -> None:
        requests = [request(rid, token) for rid in ids[number::CLIENTS]]
        with socket.create_connection(("127.0.0.1", port)) as line:
            while time.perf_counter() < ends:
                began = time.perf_counter()
                line.sendall(requests[counts[number] % len(requests)])
                head = line.recv(65536)
                if not head.startswith(b"HTTP/1.1 200"):
                    raise AssertionError(head[:80])
                times.append(time.perf_counter() - began)
                counts[number] += 1

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(client, range(CLIENTS)))  # an answer that was refused ends the suite
    return sum(counts), times


def request(rid: str, token: str) -> bytes:
    """One GET as bytes."""
    lines = (f"GET /fhir/Observation/{rid} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}", "", "")
    return "\r\n".join(lines).encode()


def wrk(port: int, token: str, rid: str) -> str | None:
    """Requests per second as wrk counts them, where it is installed."""
    program = shutil.which("wrk")
    if program is None:
        return None
    address = f"http://127.0.0.1:{port}/fhir/Observation/{rid}"
    done = subprocess.run(
        [program, "-t1", f"-c{CLIENTS}", "-d5s", "-H", f"Authorization: Bearer {token}", address],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return next(line.strip() for line in done.stdout.splitlines() if "Requests/sec" in line)


def backend_cpu() -> float:
    """CPU seconds of this connection's PostgreSQL process, where /proc tells."""
    from suksala.foundation import database

    path = Path(f"/proc/{database.connection().info.backend_pid}/stat")
    if not path.exists():
        return 0.0
    fields = path.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tell(what: str, figure: str, bar: str, more: str = "") -> None:
    """One line."""
    print(f"{what:<44} {figure:>16}   {bar:<16} {more}", flush=True)


if __name__ == "__main__":
    main()
