"""Watches the statements that are really asked: what of the record they read without a permit (decision 0197)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg

from suksala import exchange
from suksala.exchange import predicate
from suksala.exchange.predicate import Clause
from tests.record_statements import FOR_NOBODY, SPEAKS, bare, mark

SOURCE = Path(exchange.__file__).parents[1]
NOT_ASKERS = {"foundation", "migrations"}  # the first hand statements on; the others ask before there is a permit
MAKERS = ("opened", "opened_former")  # `permitted` is `opened` of what lives


def _marking(make: Callable[..., Clause]) -> Callable[..., Clause]:
    """A maker of the predicate that also says on which alias it stands."""

    def made(permit: Any, alias: str = "r", *rest: Any, **how: Any) -> Clause:
        found = make(permit, alias, *rest, **how)
        return Clause(f"{mark(alias)} AND ({found.sql})", found.values)

    return made


@contextmanager
def marked() -> Iterator[None]:
    """Whoever puts a permit on an alias says so."""
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith("suksala.exchange")]
    with ExitStack() as held:
        for name in MAKERS:
            make = getattr(predicate, name)
            made = _marking(make)
            for module in modules:
                if vars(module).get(name) is make:
                    held.enter_context(mock.patch.object(module, name, made))
        yield


def _asker() -> str:
    """Our function that asks, as module.function; empty for a test's own statement."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        path, name = Path(frame.f_code.co_filename), frame.f_code.co_name
        ours = path.is_relative_to(SOURCE) and path.parent.name not in NOT_ASKERS
        if ours and not name.startswith("<"):  # a comprehension asks for its function
            return f"{path.stem}.{name}"
    return ""


class Watch:
    """The statements that spoke to the record.

    under  those that put a permit on every alias
    bare   what was read without one: who asked, and the alias
    """

    def __init__(self) -> None:
        self.under: set[str] = set()
        self.bare: set[str] = set()

    def look(self, sql: object) -> None:
        """Look at a statement."""
        if not isinstance(sql, str) or sql in self.under or not SPEAKS.search(sql):
            return
        asker = _asker()
        if not asker or asker in FOR_NOBODY:
            return
        found = bare(sql)
        self.bare.update(f"{asker}: {alias}" for alias in found)
        if not found:
            self.under.add(sql)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """At every statement of whatever cursor."""
        execute = psycopg.Cursor.execute

        def looked(cursor: Any, query: Any, *values: Any, **how: Any) -> Any:
            self.look(query)
            return execute(cursor, query, *values, **how)

        with mock.patch.object(psycopg.Cursor, "execute", looked):
            yield
