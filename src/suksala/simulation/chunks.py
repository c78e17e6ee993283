"""One chunk of a district's people, from households to finished lines: the unit of work of one process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Final

from suksala.foundation import memory

from . import (
    acute,
    births,
    children,
    chronic,
    elders,
    emergencies,
    expected,
    families,
    localities,
    screening,
    stays,
    usage,
)
from .expected import Count, Tally
from .outbox import Line, Outbox
from .people import Household, Person, household
from .places import District, Facility, districts
from .registers import register_household
from .truth import person_line, registration_line
from .world import Registration, World

_ENCODE_ERRORS: Final = "replace"


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a process needs to know to make one chunk."""

    seed: int
    number: int
    district: int
    district_count: int
    people: int
    first: bool  # of its district: it also describes the facilities


@dataclass(slots=True)
class Made:
    """What one chunk gave."""

    files: dict[tuple[int, int, str], tuple[int, bytes]] = field(default_factory=dict)  # rows and text
    errors: list[Line] = field(default_factory=list)
    people: list[tuple[str, ...]] = field(default_factory=list)
    registrations: list[tuple[str, ...]] = field(default_factory=list)
    members: list[tuple[str, ...]] = field(default_factory=list)
    usage: list[tuple[str, ...]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally.empty)
    visits: int = 0


def make(chunk: Chunk) -> Made:
    """All households of a chunk and everything that happened to them."""
    with memory.collecting_paused(then_collect=True):  # couples and parents are circles
        return _make(chunk)


def _make(chunk: Chunk) -> Made:
    all_districts = districts(chunk.district_count)
    world = _world(chunk, all_districts)
    made = Made()
    left, index = chunk.people, 0
    if chunk.first:
        for facility in world.district.facilities:
            localities.describe(world.outbox, facility, world.rng)
    while left > 0:
        world.rng = Random(f"{chunk.seed}/{chunk.number}/{index}")
        world.outbox.rng = world.rng
        world.home = household(world.rng, f"{chunk.number:03d}{index:05d}", left)
        world.registrations = {}
        left -= len(world.home.members)
        index += 1
        _live(world)
        _tell(world, made)
    made.visits = world.visits
    made.errors = world.outbox.errors
    made.files = dict(_encoded(world.outbox, all_districts))
    return made


def _world(chunk: Chunk, all_districts: tuple[District, ...]) -> World:
    rng = Random(f"{chunk.seed}/{chunk.number}")
    codes9 = {f.hospcode: f.hospcode9 for d in all_districts for f in d.facilities}
    nobody = Household([], 0, "", "", "", foreign=False)
    return World(chunk.number, all_districts[chunk.district], all_districts, rng, Outbox(rng, codes9), nobody)


def _live(world: World) -> None:
    register_household(world)
    for person in world.home.members:
        births.expect(world, person)
        children.grow(world, person)
        stays.fall_severely_ill(world, person)
        emergencies.have_accident(world, person)
        emergencies.be_referred(world, person)
        chronic.follow(world, person)
        screening.screen(world, person)
        elders.grow_old(world, person)
        acute.fall_ill(world, person)
        families.keep_registers(world, person)


def _tell(world: World, made: Made) -> None:
    regs = [reg for person in world.home.members for reg in world.of(person)]
    made.usage += [line for person in world.home.members for line in _used(world, person)]
    made.people += [person_line(person, world) for person in world.home.members]
    made.registrations += [registration_line(reg) for reg in regs]
    for person in world.home.members:
        _count(made, world.of(person))


def _used(world: World, person: Person) -> Iterator[tuple[str, ...]]:
    for event in usage.use(world, person):
        reg = next(r for r in world.of(person) if (r.facility.hospcode, r.pid) == (event.hospcode, event.pid))
        if event.kind == "register":
            reg.registered.append(event.day)
        elif not event.demonstration:
            reg.logins.append(event.day)
        yield event.line()


def _count(made: Made, regs: list[Registration]) -> None:
    """Both figures of one person; they are the same, and counted once, when nothing was wrong."""
    if expected.is_as_it_was(regs):
        for human in expected.humans_in_truth(regs):
            found = list(expected.count(human))
            _counted(made, found, sent=True)
            _counted(made, found, sent=False)
        return
    for human in expected.humans_as_sent(regs):
        _counted(made, list(expected.count(human)), sent=True)
    for human in expected.humans_in_truth(regs):
        _counted(made, list(expected.count(human)), sent=False)


def _counted(made: Made, found: list[Count], *, sent: bool) -> None:
    made.tally.add(found, sent=sent)
    basis = "sent" if sent else "true"
    made.members += [
        (c.code, c.period, basis, c.hospcode, c.pid, "1" if c.in_a else "0") for c in found if c.period.endswith("Q4")
    ]


def _encoded(
    outbox: Outbox, all_districts: tuple[District, ...]
) -> Iterator[tuple[tuple[int, int, str], tuple[int, bytes]]]:
    facilities: list[Facility] = [f for d in all_districts for f in d.facilities]
    for key, lines in outbox.lines.items():
        habit = facilities[key[0]].habit
        encoding = "utf-8" if habit.encoding == "utf-8-sig" else habit.encoding
        text = habit.newline.join(lines) + habit.newline
        yield key, (len(lines), text.encode(encoding, _ENCODE_ERRORS))
