"""Making persons of rows: what changed is compared with what shares a key, and whoever that touches is joined anew."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from suksala import identity
from suksala.foundation import clock, database, log
from suksala.foundation.progress import Progress, silent
from suksala.identity import LineLink, LineRow

from . import link_storage, storage
from .domain import Line
from .link_storage import PhoneOf

LEARN_FROM = 5_000  # rows: fewer hold too few pairs of one person to learn from
LEARN_AGAIN = 2  # when the lists have grown so many times since
_CHUNK = 5_000

_log = log.get("lists")
_model: tuple[int, identity.LineModel] | None = None


def model() -> identity.LineModel:
    """The newest model, read once in this process; the shipped one before the lists have taught another."""
    global _model  # noqa: PLW0603 - one model a process: it holds the frequencies of all names
    newest, _ = link_storage.newest_model_id()
    if _model is None or _model[0] != newest:
        found = link_storage.newest_model()
        _model = (found[0], identity.line_model(found[2])) if found else (0, identity.line_model())
    return _model[1]


def comparable(line: Line) -> identity.Demographics:
    """What of a row is compared."""
    return identity.read_line(
        LineRow(line.given, line.family, line.number, line.passport, line.phone, line.birth_year, line.district or None)
    )


def link(rows: Collection[int], progress: Progress | None = None) -> None:
    """Weigh rows that are new or say something else, and settle whose they are. Call under the lock."""
    told = progress or silent()
    told.start("เทียบแถวกับรายชื่ออื่น / comparing rows", len(rows))
    touched = set(rows)
    for chunk in _chunks(rows):
        weighed_anew = {*chunk, *_read(chunk)}
        link_storage.forget_weights(weighed_anew)
        _weigh(weighed_anew)  # with all rows before it, and those of its own chunk
        touched |= weighed_anew
        told.advance(len(chunk))
    settle(touched)
    told.finish()


def _read(rows: Collection[int]) -> set[int]:
    """Keep by what these rows are found. Returns others whose telephone says nothing any more, or something again."""
    read = {row: comparable(line) for row, line in storage.lines(rows).items()}
    link_storage.replace_keys({row: identity.line_keys(one) for row, one in read.items()})
    phones = {
        row: PhoneOf(found[0], one.birth_year, found[1])
        for row, one in read.items()
        if (found := identity.line_phone_keys(one))
    }
    return link_storage.replace_phones(rows, phones)


def settle(rows: Collection[int]) -> None:
    """Make persons of these rows and all that they are tied to: by weight, by what callers said."""
    pool = link_storage.tied(rows)
    known = {row: comparable(line) for chunk in _chunks(pool) for row, line in storage.lines(chunk).items()}
    must, cannot = link_storage.decisions(pool)
    human_of = identity.join_lines(known, link_storage.links_among(pool), must, cannot)
    link_storage.save_humans(human_of)


def _weigh(rows: Collection[int]) -> None:
    """Keep what pairs of these rows weigh."""
    pairs = link_storage.candidates(rows)
    known = _weighable({row for pair in pairs for row in pair})
    link_storage.insert_links([link for link in weighed(pairs, known) if link.weight >= identity.LINE_ASKS])


def _weighable(rows: Collection[int]) -> dict[int, identity.Demographics]:
    """What of these rows is weighed: no telephone that more give than one household (decision 0196)."""
    shared = link_storage.with_shared_phone(rows)
    read = {row: comparable(line) for row, line in storage.lines(rows).items()}
    return {row: one._replace(phone=None) if row in shared else one for row, one in read.items()}


def weighed(pairs: Iterable[tuple[int, int]], known: dict[int, identity.Demographics]) -> Iterator[LineLink]:
    """Each pair with its bits."""
    by = model()
    for a, b in pairs:
        weight, veto, _ = identity.weigh_lines(by, known[a], known[b])
        yield LineLink(a, b, weight, veto)


def _chunks(rows: Iterable[int]) -> Iterator[list[int]]:
    left = iter(sorted(rows))
    while chunk := list(islice(left, _CHUNK)):
        yield chunk


def is_time_to_learn() -> bool:
    """Whether the lists hold enough, and much more than the newest model learned from."""
    rows = storage.count_rows()
    return rows >= LEARN_FROM and rows >= LEARN_AGAIN * link_storage.newest_model_id()[1]


def learn(progress: Progress | None = None) -> bool:
    """Train a model on the rows as they are, and link all of them by it; False where they do not teach enough.

    What callers said stands. Training takes a minute for 100,000 rows, so no request waits for it.
    """
    rows = storage.all_rows()
    began = time.monotonic()
    read = [one for chunk in _chunks(rows) for one in _weighable(chunk).values()]
    try:
        told = identity.train_lines(read)
        identity.line_model(told)
    except identity.ModelRefused:
        return False
    with database.transaction():
        link_storage.lock()
        link_storage.save_model(told, len(rows), clock.now())
        link_storage.forget()
        link(storage.all_rows(), progress)
    _log.info("lists.learned", count=len(rows), seconds=round(time.monotonic() - began, 1))
    return True
