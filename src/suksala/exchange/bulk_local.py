"""Bulk import and export for whoever runs a command on the machine: the same jobs, done at once, with progress.

In the name of a client they may what it may now; else of a facility, or of the exchange itself.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import orjson

from suksala import signin
from suksala.foundation.progress import Progress, silent

from . import bulk, bulk_storage, dates, exporting, loading
from .bulk import Asker, BulkProblem
from .bulk_storage import BulkTask


def load_file(
    file: Path, *, client: str | None = None, sender: str | None = None, watch: Progress | None = None
) -> dict[str, Any]:
    """Load an NDJSON file. Returns how many lines were `written`, `unchanged`, `refused`, the written ones by `types`,
    and under `verdicts` the file beside it that says what was wrong, None when nothing was.

    client  in whose name: its facility, scopes and policy; sender: in the name of a facility (HOSPCODE)
    A load of the same bytes that was killed goes on. Raises BulkProblem.
    """
    told = watch or silent()
    hospcode = _facility(client, sender)
    job = _received(file, client, hospcode)
    told.start("นำเข้า · loading", loading.PASSES * (job.total or 0))
    told.advance(loading.done(job))
    while not loading.run(job.id, told):
        pass
    told.finish()
    done = _over(job)
    beside = file.with_name(f"{file.name}.verdicts.ndjson")
    verdicts = bulk_storage.files(job.id)
    if verdicts:
        shutil.copyfile(bulk.folder(job.id, "import") / verdicts[0].name, beside)
    counts = {name: done.place[name] for name in ("written", "unchanged", "refused", "types")}
    bulk.cancel(done)
    return {**counts, "verdicts": str(beside) if verdicts else None}


def _received(file: Path, client: str | None, hospcode: str | None) -> BulkTask:
    """The job of a file: the one that stopped in the middle of the same bytes, else a new one."""
    made = bulk.new_id()
    with file.open("rb") as source:
        sha256, size = loading.receive(source.read, made, loading.MOST_FILE)
    for known in bulk_storage.open_jobs(client, "import"):
        if known.wish.get("sha256") == sha256 and known.hospcode == hospcode:
            shutil.rmtree(bulk.folder(made, "import"), ignore_errors=True)
            return known
    wish = {"sha256": sha256}
    return bulk.begin("import", wish, Asker(client, hospcode), job=made, total=size)


def export_files(
    out: Path,
    *,
    types: str = "",
    since: str = "",
    client: str | None = None,
    sender: str | None = None,
    watch: Progress | None = None,
) -> dict[str, Any]:
    """Export everything that may be read into a folder that is empty or not there yet. Returns the manifest, which is
    written there too: `transactionTime`, and the files with type and count under `output` and `deleted`.

    types   resource types with commas; empty: all
    since   only what changed since this moment, with its deletions
    Raises BulkProblem and SearchProblem; then the folder is left as it was.
    """
    told = watch or silent()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BulkProblem("โฟลเดอร์ปลายทางต้องว่าง", "the folder to write to is not empty")
    hospcode = _facility(client, sender)
    asked = [("_type", types)] * bool(types) + [("_since", since)] * bool(since)
    wish = exporting.as_wish(exporting.read_wish(asked, "system"))
    job = bulk.begin("export", wish, Asker(client, hospcode))
    try:
        told.start("ส่งออก · exporting")
        while not exporting.run(job.id, told):
            pass
        told.finish()
        return _handed_over(_over(job), out)
    finally:
        bulk.cancel(job)


def _handed_over(job: BulkTask, out: Path) -> dict[str, Any]:
    """Move the files of an export to where they are wanted, with names for people."""
    out.mkdir(parents=True, exist_ok=True)
    manifest: dict[str, Any] = {"transactionTime": dates.instant(job.moment), "output": [], "deleted": []}
    numbers: dict[str, int] = {}
    for file in bulk_storage.files(job.id):
        title = file.name.rpartition(".ndjson")[0].rsplit(".", 2)[0]
        numbers[title] = numbers.get(title, 0) + 1
        name = f"{title}.{numbers[title]:03}.ndjson"
        shutil.move(bulk.folder(job.id, "export") / file.name, out / name)
        manifest[file.kind].append({"type": file.rtype, "file": name, "count": file.lines})
    (out / "manifest.json").write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")
    return manifest


def _facility(client: str | None, sender: str | None) -> str | None:
    """For which facility it is done; None: the exchange itself. Raises BulkProblem for a client or facility unknown."""
    if client is not None and sender is not None:
        raise BulkProblem("ระบุ --client หรือ --sender อย่างใดอย่างหนึ่ง", "name a client or a sender, not both")
    if client is not None:
        found = signin.client_named(client)
        if found is None:
            raise BulkProblem("ไม่มีระบบชื่อนี้ หรือโทเค็นหมดอายุแล้ว", "there is no such client, or none of its tokens counts")
        return found.hospcode
    if sender is not None and not (sender.isascii() and sender.isalnum() and len(sender) == 5):
        raise BulkProblem("รหัสหน่วยบริการต้องมี 5 ตัวอักษร", "the code of a facility has 5 letters or digits")
    return sender


def _over(job: BulkTask) -> BulkTask:
    """The job as it ended. Raises BulkProblem where something stopped it."""
    found = bulk_storage.find(job.id)
    if found is None or found.state == "cancelled":
        raise BulkProblem("งานนี้ถูกยกเลิก", "this job was cancelled meanwhile")
    if found.problem:
        told = found.problem
        bulk.cancel(found)
        raise BulkProblem(told["th"], told["en"])
    return found
