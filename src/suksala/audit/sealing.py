"""Growing the tree over the log and saying, signed, how far it has grown.

Every second facts that have no leaf yet get one, and the tree's root is signed. The newest signed checkpoint also lies
in a file outside the database, so that a database set back to an older state is noticed at the next look.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from suksala.foundation import clock, database, keys, settings

from . import tree_storage
from .merkle import Peaks
from .notes import COSIGNATURE, Checkpoint, Note, Signer, Verifier

AT_ONCE = 20_000  # facts a pass: a second's work, some 10 MB
LOOK_BACK = timedelta(days=2)


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
    """Have the next pass look again at the facts of two days: none stays out because it showed late."""
    tree_storage.look_back(clock.now() - LOOK_BACK)


@lru_cache(maxsize=1)
def signer() -> Signer:
    """Who signs for this node. The key is made at the first use and lies in the data folder, not in the database."""
    private = Ed25519PrivateKey.from_private_bytes(keys.own_key("audit")[:32])
    name = settings.current().audit_name
    if not name:
        public = Signer("x", private).verifier().public
        name = f"suksala-{public[:6].hex()}"
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


def _grow() -> int:
    with database.transaction():
        tree = tree_storage.lock()
        found = tree_storage.unsealed(tree.low, AT_ONCE)
        if found:
            tree_storage.append(tree.peaks, found)
        if len(found) < AT_ONCE and tree.may_note:
            tree_storage.note_low(tree.reached)
        if found:
            note = _sign(tree.peaks)
            tree_storage.keep_checkpoint(tree.peaks.size, clock.now(), str(note))
            database.on_commit(lambda: _write_file(note))
    return len(found)


def _sign(peaks: Peaks) -> Note:
    text = Checkpoint(signer().name, peaks.size, peaks.root()).text
    return Note(text, (signer().sign(text),))


def _write_file(note: Note) -> None:
    path = checkpoint_file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".new")
    fresh.write_text(str(note), encoding="utf-8")
    fresh.replace(path)
