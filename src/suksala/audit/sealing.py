"""Growing the tree over the log and saying, signed, how far it has grown.

Every second facts that have no leaf yet get one, and the tree's root is signed. The newest signed checkpoint also lies
in a file outside the database, so that a database set back to an older state is noticed at the next look.
"""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from suksala.foundation import clock, database, keys, log, settings

from . import tree_storage
from .merkle import EMPTY_ROOT, Peaks
from .notes import COSIGNATURE, NAME, Checkpoint, Note, NoteProblem, Signer, Verifier

AT_ONCE = 20_000  # facts a pass: a second's work, some 10 MB
LOOK_BACK = timedelta(days=2)

_log = log.get("audit")


def seal() -> int:
    """Give every fact that has none its leaf, and sign the new root; returns how many facts were sealed."""
    sealed = 0
    while tree_storage.is_waiting():
        added = _grow()
        sealed += added
        if added < AT_ONCE:
            break
    return sealed


def look_back() -> None:
    """Have the next pass look again at the facts of two days: none stays out because it showed late.

    Of older checkpoints one an hour stays.
    """
    since = clock.now() - LOOK_BACK
    tree_storage.look_back(since)
    tree_storage.thin_checkpoints(since)


@lru_cache(maxsize=1)
def signer() -> Signer:
    """Who signs for this node. The key is made at the first use and lies in the data folder, not in the database.

    Raises NoteProblem when the settings give it a name that no note can bear.
    """
    private = Ed25519PrivateKey.from_private_bytes(keys.own_key("audit")[:32])
    name = settings.current().audit_name
    if not name:
        public = Signer("x", private).verifier().public
        name = f"suksala-{public[:6].hex()}"
    if not NAME.fullmatch(name):
        raise NoteProblem(
            "SUKSALA_AUDIT_NAME ต้องไม่มีช่องว่างหรือ + และไม่เกิน 120 ตัวอักษร",
            "SUKSALA_AUDIT_NAME has no blanks, no + and at most 120 characters",
        )
    return Signer(name, private)


def own_keys() -> tuple[Verifier, Verifier]:
    """By what others check this node: as the owner of its log, and as a witness of theirs."""
    return signer().verifier(), signer().verifier(COSIGNATURE)


def newest_checkpoint() -> str:
    """The newest signed checkpoint with its co-signatures, "" before the first fact was sealed."""
    kept = tree_storage.newest_checkpoint()
    return kept.note if kept else ""


def lag() -> tuple[int, float]:
    """(facts that are not sealed yet, age of the oldest in seconds)."""
    return tree_storage.lag(clock.now())


def checkpoint_file() -> Path:
    """Where the newest checkpoint lies outside the database."""
    return settings.current().data_dir / "audit" / "checkpoint"


def outside() -> Note | None:
    """The checkpoint that lies outside the database, if there is one. Raises NoteProblem when it cannot be read."""
    try:
        return Note.read(checkpoint_file().read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return None


def _grow() -> int:
    with database.transaction():
        tree = tree_storage.lock()
        found = tree_storage.unsealed(tree.low, AT_ONCE)
        goes_on = bool(found) and _goes_on(tree.peaks)
        if found:
            tree_storage.append(tree.peaks, found)
        if len(found) < AT_ONCE and tree.may_note:
            tree_storage.note_low(tree.reached)
        if found:
            note = _sign(tree.peaks)
            tree_storage.keep_checkpoint(tree.peaks.size, clock.now(), str(note))
            if goes_on:
                database.on_commit(lambda: _write_file(note))
    return len(found)


def _goes_on(peaks: Peaks) -> bool:
    """Whether the tree continues the checkpoint outside the database, so that a newer one may take its place.

    Otherwise the database was set back or rewritten: the file, which shows it, is left as it is.
    """
    try:
        note = outside()
        seen = Checkpoint.read(note.text) if note else Checkpoint(signer().name, 0, EMPTY_ROOT)
    except NoteProblem:
        seen = None
    if seen and seen.origin == signer().name and seen.size <= peaks.size:
        root = peaks.root() if seen.size == peaks.size else tree_storage.Subtrees()(0, seen.size)
        if root == seen.root:
            return True
    _log.error("the log does not continue the checkpoint kept outside the database", size=peaks.size)
    return False


def _sign(peaks: Peaks) -> Note:
    text = Checkpoint(signer().name, peaks.size, peaks.root()).text
    return Note(text, (signer().sign(text),))


def _write_file(note: Note) -> None:
    path = checkpoint_file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(str(note))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
