"""Made-up rows of the lake and the record they become, for the tests of the exchange."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import pyarrow as pa
from django.db import transaction

from suksala import exchange, identity, registry
from suksala.consent import Permit, Purpose, Rows, Scope
from suksala.exchange import DepositRef, ImportResult
from suksala.foundation import clock, database
from suksala.standards import fhir
from suksala.standards.file43 import FILES

HOSPITAL, UNIT = "99801", "99802"  # made-up codes
FIRST = DepositRef(1, "1" * 64)
SECOND = DepositRef(2, "2" * 64)
_TYPES = {
    "char": pa.string(),
    "num": pa.int64(),
    "decimal": pa.float64(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
}


@contextmanager
def rolled_back() -> Iterator[None]:
    """A transaction that is undone at the end, for a record that many tests only read."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def table(file: str, *rows: dict[str, Any], deposit: DepositRef = FIRST) -> pa.Table:
    """Rows as the lake gives them: typed, missing fields NULL, numbered from line 2. A key `_errs` marks faulty
    fields.
    """
    fields = {f.column: _TYPES[f.type] for f in FILES[file].fields}
    if file == "LABFU":
        fields["labnum"] = pa.float64()
    columns = {name: pa.array([_typed(kind, row.get(name)) for row in rows], kind) for name, kind in fields.items()}
    columns["_deposit"] = pa.array([row.get("_deposit", deposit.id) for row in rows], pa.int64())
    columns["_line"] = pa.array([row.get("_line", at) for at, row in enumerate(rows, start=2)], pa.int64())
    columns["_errs"] = pa.array([row.get("_errs", 0) for row in rows], pa.uint64())
    return pa.table(columns)


def _typed(kind: pa.DataType, value: Any) -> Any:
    if isinstance(value, str) and pa.types.is_date(kind):
        return date.fromisoformat(value)
    if isinstance(value, str) and pa.types.is_timestamp(kind):
        return datetime.fromisoformat(value)
    return value


def faulty(file: str, *columns: str) -> int:
    """The `_errs` of a row with faults in these columns."""
    return sum(1 << FILES[file].position(column) for column in columns)


def send(file: str, *rows: dict[str, Any], hospcode: str = HOSPITAL, deposit: DepositRef = FIRST) -> ImportResult:
    """Import rows of one file of one facility, as ingest does after the lake took them."""
    pids = {row["pid"] for row in rows if "pid" in row}
    persons = identity.persons(hospcode, pids)
    return exchange.import_rows(deposit, hospcode, file, table(file, *rows, deposit=deposit), persons)


def rebuild(file: str, *rows: dict[str, Any], hospcode: str = HOSPITAL) -> ImportResult:
    """Make the record of one facility's file what these rows say and nothing more."""
    persons = identity.persons(hospcode, {row["pid"] for row in rows if "pid" in row})
    deposits = {deposit.id: deposit.sha256 for deposit in (FIRST, SECOND)}
    return exchange.rebuild(hospcode, file, table(file, *rows), persons, deposits)


def person(pid: str, hospcode: str = HOSPITAL) -> int:
    """The identity person of a local number."""
    return identity.persons(hospcode, [pid])[pid]


def one_human(*registrations: tuple[str, str]) -> None:
    """Make registrations (hospcode, pid) one human: the same trusted number and birth date everywhere."""
    from tests.people import mali

    for hospcode, pid in registrations:
        identity.link(hospcode, [mali(pid)])


def permit(*persons: int, hospcode: str | None = None, minutes: int = 5) -> Permit:
    """Leave to read these persons (of one facility, if it is named)."""
    return Permit(
        "test:reader",
        Purpose.TREATMENT,
        (Scope(Rows(persons=frozenset(persons), organizations=_organizations(hospcode))),),
        clock.now() + timedelta(minutes=minutes),
        "treatment",
        hospcode,
    )


def of_facility(hospcode: str | None) -> Permit:
    """Leave for a system to read one facility's records, or everything."""
    scopes = (Scope(Rows(organizations=_organizations(hospcode))),)
    return Permit("client:test", Purpose.SYSTEM, scopes, clock.now() + timedelta(minutes=5), "system", hospcode)


def _organizations(hospcode: str | None) -> frozenset[int] | None:
    return None if hospcode is None else frozenset({registry.org_number(hospcode)})


def bundle(raw: bytes) -> dict[str, Any]:
    """A Bundle, parsed."""
    found: dict[str, Any] = orjson.loads(raw)
    return found


def resources(raw: bytes) -> list[dict[str, Any]]:
    """The resources of a Bundle."""
    return [entry["resource"] for entry in bundle(raw).get("entry", [])]


def stored() -> dict[tuple[str, str], dict[str, Any]]:
    """Every live resource by type and id, without version and moment."""
    found = {}
    for (raw,) in database.rows("SELECT body FROM resource WHERE NOT deleted AND person <> 0"):
        resource = orjson.loads(bytes(raw))
        del resource["meta"]["versionId"], resource["meta"]["lastUpdated"]
        found[resource["resourceType"], resource["id"]] = resource
    return found


def faults(resource: dict[str, Any]) -> list[tuple[str, str]]:
    """What the validator has against a resource: where, and which rule."""
    return [(issue.expression, issue.rule) for issue in fhir.validation.check(resource) if issue.severity == "error"]


def reads_logged() -> int:
    """How many facts of reading the audit log holds."""
    ((count,),) = database.rows("SELECT count(*) FROM audit WHERE kind = 'read'")
    return int(count)


class Called:
    """One call of the FHIR API, made as a WSGI server makes it."""

    def __init__(
        self, method: str, target: str, *, token: str | None = None, body: bytes = b"", **headers: str
    ) -> None:
        path, _, query = target.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "HTTP_HOST": "suksala.test",
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            **headers,
        }
        if token:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        self.status = 0
        self.headers: dict[str, str] = {}
        self.raw = b"".join(exchange.fhir_application(environ, self._start))

    def _start(self, status: str, headers: list[tuple[str, str]]) -> None:
        self.status = int(status.split(maxsplit=1)[0])
        self.headers = dict(headers)

    @property
    def json(self) -> dict[str, Any]:
        """The body, parsed."""
        found: dict[str, Any] = orjson.loads(self.raw)
        return found

    @property
    def issue(self) -> str:
        """The code of the first issue of an OperationOutcome."""
        return str(self.json["issue"][0]["code"])


def condition(rid: str, icd10: str) -> dict[str, Any]:
    """A diagnosis by ICD-10-TM, as a system sends it."""
    code = {"coding": [{"system": fhir.ICD10TM, "code": icd10}]}
    return {"resourceType": "Condition", "id": rid, "code": code, "recordedDate": "2026-09-01"}


def keep(*resources: dict[str, Any], person: int = 0, hospcode: str | None = HOSPITAL) -> None:
    """Store FHIR resources of any type as a write does, for tests of what is found."""
    from suksala.exchange.domain import Draft
    from suksala.exchange.storage import Batch, Item

    with transaction.atomic():
        batch = Batch(None if hospcode is None else registry.org_number(hospcode), clock.now())
        for resource in resources:
            body = {key: value for key, value in resource.items() if key not in {"resourceType", "id"}}
            draft = Draft(resource["resourceType"], resource["id"], body)
            batch.add(Item(person, draft, "urn:suksala:test", body.pop("meta", None)))
        batch.write()
