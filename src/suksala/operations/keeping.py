"""The third place: another machine fetches the copies and keeps them where nobody of the first can reach them.

It asks, the first machine answers: there is no account here by which the first could delete or write anything. What it
fetched once is never written over, whatever the first says later. Old copies end by this machine's own clock and stay
away: the name of each is noted, however long the first offers it.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from suksala.foundation import copies
from suksala.foundation.copies import Copy

from .backup import sha256

ENDED = "ended"  # a folder of the store: an empty file for each name whose time was over
LEAST = 7  # copies that stay however old they are: a first machine that makes none any more empties nothing


@dataclass(frozen=True)
class Kept:
    """What one round did.

    fetched   copies that are new here
    refused   names of those that are not what their label says, or are here with other bytes
    ended     names of those whose time was over
    newest    age of the newest copy here, None where there is none
    """

    fetched: tuple[Copy, ...]
    refused: tuple[str, ...]
    ended: tuple[str, ...]
    newest: timedelta | None


def keep(source: Path, store: Path, *, days: int, now: datetime) -> Kept:
    """Fetch what is new in `source` into `store`, and leave a receipt of all that is kept in `source`, if it may.

    source  the first machine's folder of copies, as it is reached from here
    days    how long a copy is kept; the newest LEAST are kept longer
    """
    store.mkdir(parents=True, exist_ok=True, mode=0o700)
    offered = [copy for copy in copies.labelled(source) if not (store / ENDED / copy.name).exists()]
    known = {copy.name: copy for copy in copies.labelled(store)}
    fetched = [copy for copy in offered if copy.name not in known and _fetch(copy, source, store, now)]
    differing = [copy.name for copy in offered if copy.name in known and copy.sha256 != known[copy.name].sha256]
    missed = {copy.name for copy in offered} - known.keys() - {copy.name for copy in fetched}
    ended = _end(store, now - timedelta(days=days))
    _tell(source, store)
    return Kept(tuple(fetched), tuple(sorted({*differing, *missed})), ended, copies.age_in(store, now).made)


def _fetch(copy: Copy, source: Path, store: Path, now: datetime) -> bool:
    """Copy one archive; whether it was what its label says. Its label here says since when it is here."""
    fresh = store / f".{copy.name}.new"
    try:
        with (source / copy.name).open("rb") as theirs, fresh.open("wb") as ours:
            shutil.copyfileobj(theirs, ours, 1 << 20)
            ours.flush()
            os.fsync(ours.fileno())
        if fresh.stat().st_size != copy.size or sha256(fresh) != copy.sha256:
            return False
        fresh.chmod(0o400)
        replace(copy, at=now).write(store / f"{copy.name}.json")
        fresh.rename(store / copy.name)
    except OSError:  # it ended while it was read: the next round sees
        return False
    finally:
        fresh.unlink(missing_ok=True)
    return True


def _end(store: Path, before: datetime) -> tuple[str, ...]:
    """Remove copies that came before a moment, but for the newest."""
    by_arrival = sorted(copies.labelled(store), key=lambda copy: (copy.at, copy.name))
    over = [copy.name for copy in by_arrival[:-LEAST] if copy.at < before]
    if over:
        (store / ENDED).mkdir(exist_ok=True, mode=0o700)
    for name in over:
        (store / ENDED / name).touch()  # first: a round that is cut short leaves none that is fetched again
        (store / name).unlink()
        (store / f"{name}.json").unlink()
    return tuple(over)


def _tell(source: Path, store: Path) -> None:
    """Receipts for the first machine, where it lets us write them: `suksala doctor` there reads how old they are."""
    folder = source / copies.KEPT
    if not os.access(folder, os.W_OK):
        return
    for copy in copies.labelled(store):
        if not (folder / f"{copy.name}.json").exists():
            copy.write(folder / f"{copy.name}.json")
