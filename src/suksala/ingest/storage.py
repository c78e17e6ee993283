"""SQL of deposits and receipts, and the content store on disk."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import pyarrow.parquet as pq

from suksala import lake
from suksala.foundation import clock, database, keys, scanning, settings

from . import domain
from .errors import ZipRefused
from .limits import Limits
from .rules import Rule
from .staging import Place

BLOCK = 1 << 20
SCAN_SECONDS = 60.0  # for a zip that is unpacked to be looked at

_DEPOSIT = (
    "id, sha256, file_name, hospcode, state, received_at, size, exported_at, applied_at, voided_at, void_reason, "
    "code, th, en, given_sender"
)
COUNTS = ("read", "accepted", "refused", "flagged", "won", "unchanged", "older", "duplicates", "orphans", "withdrawn")


def root() -> Path:
    """The data folder."""
    return settings.current().data_dir


def keep(stream: BinaryIO, limits: Limits) -> tuple[str, int]:
    """Copy a zip into the content store; (sha256, bytes). Durable when this returns: a receipt may then be given.

    Raises ZipRefused 009 as soon as the stream is longer than allowed, scanning.Malicious and scanning.NotScanned where
    the operator has files scanned; nothing is kept then.
    """
    folder = root() / "deposits"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = folder / f".{uuid.uuid4()}.part"
    try:
        sha, size = _copy(stream, part, limits)
        with part.open("rb") as written:
            scanning.scan_stream(written, SCAN_SECONDS)
        target = zip_path(sha)
        if not target.exists():
            target.parent.mkdir(exist_ok=True, mode=0o700)
            os.replace(part, target)  # noqa: PTH105
            for parent in (target.parent, folder):
                _sync_folder(parent)
    finally:
        part.unlink(missing_ok=True)
    return sha, size


def _copy(stream: BinaryIO, part: Path, limits: Limits) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        while block := stream.read(BLOCK):
            size += len(block)
            if size > limits.zip_bytes:
                raise ZipRefused("009", limit=limits.zip_bytes >> 20)
            digest.update(block)
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest(), size


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def zip_path(sha: str) -> Path:
    """Where the bytes with this SHA-256 lie."""
    return root() / "deposits" / sha[:2] / f"{sha}.zip"


def staged_path(deposit: int, file: str) -> Path:
    """Where the staged rows of one file of a deposit lie."""
    return root() / "accepted" / str(deposit) / f"{file}.parquet"


def refused_path(deposit: int, file: str) -> Path:
    """Where the refused rows of one file of a deposit lie."""
    return root() / "refused" / str(deposit) / f"{file}.parquet"


@contextmanager
def place(deposit: int) -> Iterator[Place]:
    """Fresh folders for applying a deposit: what an interrupted attempt left is removed first."""
    found = Place(
        root() / "tmp" / f"deposit-{deposit}", root() / "accepted" / str(deposit), root() / "refused" / str(deposit)
    )
    forget_files(deposit)
    for folder in (found.work, found.staged, found.refused):
        folder.mkdir(parents=True, mode=0o700)
    try:
        yield found
    finally:
        shutil.rmtree(found.work, ignore_errors=True)


def forget_files(deposit: int) -> None:
    """Remove everything derived from a deposit's zip; the zip itself stays."""
    for folder in (
        root() / "tmp" / f"deposit-{deposit}",
        root() / "accepted" / str(deposit),
        root() / "refused" / str(deposit),
    ):
        shutil.rmtree(folder, ignore_errors=True)


def forget_refused(before: datetime) -> int:
    """Remove the refused rows of deposits that were applied before this moment. Returns of how many deposits."""
    found = {int(folder.name): folder for folder in (root() / "refused").glob("[0-9]*")}
    done = database.rows("SELECT id FROM ingest_deposit WHERE id = ANY(%s) AND applied_at < %s", [list(found), before])
    for (deposit,) in done:
        shutil.rmtree(found[deposit], ignore_errors=True)
    return len(done)


@contextmanager
def facility_lock(hospcode: str) -> Iterator[None]:
    """One deposit of a facility at a time, over all processes; a killed process lets go by itself."""
    number = keys.keyed_int("ingest.facility", hospcode)
    database.rows("SELECT pg_advisory_lock(%s)", [number])
    try:
        with lake.holding(hospcode):
            yield
    finally:
        database.rows("SELECT pg_advisory_unlock(%s)", [number])


def insert(
    sha: str, size: int, file_name: str, sender: str | None, exported_at: datetime | None
) -> domain.Deposit | None:
    """A new deposit; None when these bytes are here already (and not voided)."""
    found = database.rows(
        f"""INSERT INTO ingest_deposit (sha256, file_name, given_sender, state, size, received_at, exported_at,
                void_reason, code, th, en, linked)
        VALUES (%s, %s, %s, 'received', %s, %s, %s, '', '', '', '', '{{}}')
        ON CONFLICT (sha256) WHERE NOT (state = 'void') DO NOTHING RETURNING {_DEPOSIT}""",
        [sha, file_name, sender, size, clock.now(), exported_at],
    )
    return _deposit(found[0]) if found else None


def by_sha(sha: str) -> domain.Deposit | None:
    """The deposit of these bytes that is not void."""
    found = database.rows(f"SELECT {_DEPOSIT} FROM ingest_deposit WHERE sha256 = %s AND state <> 'void'", [sha])
    return _deposit(found[0]) if found else None


def deposit(number: int) -> domain.Deposit | None:
    """The deposit of this number."""
    found = database.rows(f"SELECT {_DEPOSIT} FROM ingest_deposit WHERE id = %s", [number])
    return _deposit(found[0]) if found else None


def deposits(hospcode: str | None, state: str | None, limit: int) -> list[domain.Deposit]:
    """Deposits, newest first; of a sender also those that are not known to be its own yet but came in its name."""
    found = database.rows(
        f"""SELECT {_DEPOSIT} FROM ingest_deposit
        WHERE (%s::text IS NULL OR coalesce(hospcode, given_sender) = %s::text)
        AND (%s::text IS NULL OR state = %s::text) ORDER BY id DESC LIMIT %s""",
        [hospcode, hospcode, state, state, limit],
    )
    return [_deposit(row) for row in found]


def others_of(hospcode: str, but: int) -> list[domain.Deposit]:
    """Applied deposits of a facility without one of them, oldest first."""
    found = database.rows(
        f"SELECT {_DEPOSIT} FROM ingest_deposit WHERE hospcode = %s AND state = 'applied' AND id <> %s ORDER BY id",
        [hospcode, but],
    )
    return [_deposit(row) for row in found]


def ages() -> list[tuple[str, int, datetime, datetime | None]]:
    """(sender, deposits applied, last received, last exported) for every sender."""
    found = database.rows(
        """SELECT hospcode, count(*), max(received_at), max(exported_at) FROM ingest_deposit
        WHERE state = 'applied' AND hospcode IS NOT NULL GROUP BY hospcode ORDER BY hospcode"""
    )
    return [(r[0], r[1], r[2], _local(r[3])) for r in found]


def set_state(number: int, state: domain.State, *, of: Collection[domain.State], **columns: object) -> bool:
    """Move a deposit that is in one of the states `of` to another and set other columns with it; tells whether it was.

    The database judges and moves in one statement, so of two processes that would move it one learns that it came late.
    """
    extra = "".join(f", {name} = %s" for name in columns)
    moved = database.execute(
        f"UPDATE ingest_deposit SET state = %s{extra} WHERE id = %s AND state = ANY(%s)",
        [state, *columns.values(), number, list(of)],
    )
    return moved == 1


def _local(moment: datetime | None) -> datetime | None:
    """Export times are kept with a zone in PostgreSQL and without one, in Bangkok time, everywhere else."""
    return moment.astimezone(clock.BANGKOK).replace(tzinfo=None) if moment else None


def _deposit(row: Sequence[Any]) -> domain.Deposit:
    found = domain.Deposit(*row)
    return replace(found, exported_at=_local(found.exported_at))


def save_files(deposit_id: int, files: Sequence[domain.FileReceipt]) -> None:
    """Write the receipt of each file, in place of what an earlier attempt wrote."""
    database.execute("DELETE FROM ingest_problem WHERE deposit_id = %s", [deposit_id])
    database.execute("DELETE FROM ingest_file WHERE deposit_id = %s", [deposit_id])
    with database.cursor() as cur:
        cur.executemany(
            """INSERT INTO ingest_file (deposit_id, file, entry, state, code, th, en, encoding, version, has_header,
            missing, unknown, counts) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            [_file_values(deposit_id, f) for f in files],
        )
        cur.executemany(
            """INSERT INTO ingest_problem (deposit_id, file, column_name, kind, severity, params, count, samples)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
            [_problem_values(deposit_id, p) for f in files for p in f.problems],
        )


def as_json(value: object) -> str:
    """A value as JSON text, for a jsonb column."""
    return orjson.dumps(value).decode()


def _file_values(deposit_id: int, f: domain.FileReceipt) -> list[object]:
    counts = {name: getattr(f, name) for name in COUNTS}
    return [
        deposit_id, f.file, f.entry, f.state, f.code, f.th, f.en, f.encoding, f.version, f.has_header,
        as_json(f.missing), as_json(f.unknown), as_json(counts),
    ]  # fmt: skip


def _problem_values(deposit_id: int, p: domain.Problem) -> list[object]:
    samples = [[s.line, s.value] for s in p.samples]
    r = p.rule
    return [deposit_id, r.file, r.column, r.kind, r.severity, as_json(r.params), p.count, as_json(samples)]


def load_files(deposit_id: int) -> list[domain.FileReceipt]:
    """The receipt of each file, in the order of the zip."""
    problems: dict[str, list[domain.Problem]] = {}
    for file, column, kind, severity, params, count, samples in database.rows(
        """SELECT file, column_name, kind, severity, params, count, samples FROM ingest_problem
        WHERE deposit_id = %s ORDER BY id""",
        [deposit_id],
    ):
        rule = Rule(file, column, kind, severity, tuple(params))
        shown = tuple(domain.Sample(line, value) for line, value in samples)
        problems.setdefault(file, []).append(domain.Problem(rule, count, shown))
    found = database.rows(
        """SELECT file, entry, state, code, th, en, encoding, version, has_header, missing, unknown, counts
        FROM ingest_file WHERE deposit_id = %s ORDER BY id""",
        [deposit_id],
    )
    return [_file_receipt(row, problems) for row in found]


def _file_receipt(row: Sequence[Any], problems: Mapping[str, list[domain.Problem]]) -> domain.FileReceipt:
    file, entry, state, code, th, en, encoding, version, has_header, missing, unknown, counts = row
    return domain.FileReceipt(
        file=file, entry=entry, state=state, code=code, th=th, en=en, encoding=encoding, version=version,
        has_header=has_header, missing=tuple(missing), unknown=tuple(unknown),
        problems=tuple(problems.get(file, ()) if state == "accepted" else ()), **counts,
    )  # fmt: skip


def sha_of(deposit_id: int) -> str:
    """The SHA-256 of a deposit's zip."""
    found: str = database.rows("SELECT sha256 FROM ingest_deposit WHERE id = %s", [deposit_id])[0][0]
    return found


def first_line(deposit_id: int, file: str) -> int:
    """Line number of the first row of a staged file."""
    found = database.rows("SELECT has_header FROM ingest_file WHERE deposit_id = %s AND file = %s", [deposit_id, file])
    return 2 if not found or found[0][0] else 1


def linked(deposit_id: int) -> dict[str, int]:
    """Counts of persons made and linked by a deposit."""
    found: dict[str, int] = database.rows("SELECT linked FROM ingest_deposit WHERE id = %s", [deposit_id])[0][0]
    return found


def problem_totals(hospcode: str | None) -> list[tuple[str, str, str, str, int, int]]:
    """(file, column, kind, severity, rows, deposits) over applied deposits, most rows first."""
    return [
        (r[0], r[1], r[2], r[3], int(r[4]), int(r[5]))
        for r in database.rows(
            """SELECT p.file, p.column_name, p.kind, p.severity, sum(p.count)::bigint, count(DISTINCT d.id)
            FROM ingest_problem p JOIN ingest_deposit d ON d.id = p.deposit_id
            WHERE d.state = 'applied' AND (%s::text IS NULL OR d.hospcode = %s::text)
            GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3""",
            [hospcode, hospcode],
        )
    ]


def refused_rows(deposit_id: int, file: str) -> Iterator[domain.RefusedRow]:
    """The refused rows of one file in the order of the sender's file; nothing when there are none."""
    path = refused_path(deposit_id, file)
    if path.is_file():
        for batch in pq.ParquetFile(path).iter_batches():
            for row in batch.to_pylist():
                yield domain.RefusedRow(row["line"], tuple(row["rules"]), row["raw"])


def refused_columns(deposit_id: int, file: str) -> tuple[str, ...]:
    """Names of the columns of a file's refused rows, as far as the standard knows them."""
    path = refused_path(deposit_id, file)
    if not path.is_file():
        return ()
    return tuple((pq.read_schema(path).metadata or {}).get(b"columns", b"").decode().split("|"))
