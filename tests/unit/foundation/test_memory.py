"""No looking for circles while millions of things are made, and looking again afterwards."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from suksala.foundation import memory


class Thing:
    """Something that may point at itself."""

    itself: Thing


def circle() -> weakref.ref[Thing]:
    thing = Thing()
    thing.itself = thing
    return weakref.ref(thing)


@pytest.fixture(autouse=True)
def on() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_paused_inside_and_on_again_after_an_error() -> None:
    def fail() -> None:
        with memory.collecting_paused():
            assert not gc.isenabled()
            raise ValueError("made up")

    with pytest.raises(ValueError, match="made up"):
        fail()
    assert gc.isenabled()


def test_an_inner_pause_ends_no_outer_one() -> None:
    with memory.collecting_paused():
        with memory.collecting_paused(then_collect=True):
            inner = circle()
        assert not gc.isenabled()
        assert inner() is not None
    assert gc.isenabled()


def test_circles_are_gone_where_there_are_some() -> None:
    with memory.collecting_paused(then_collect=True):
        made = circle()
        assert made() is not None
    assert made() is None
