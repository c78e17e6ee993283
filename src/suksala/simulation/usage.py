"""The usage log of an approved personal-record application: who registered, who came back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from .calendar import END, START, YEAR, ymd
from .people import Person
from .world import World

_ADOPTED: Final = 0.055  # of people with a mobile number; about 2 in 100 residents of 15-59 have logged in
_FIRST: Final = START + 60  # the application opened


class Use(NamedTuple):
    """One line of the log."""

    hospcode: str
    pid: str
    kind: str  # register, login
    day: int
    at: str
    demonstration: bool

    def line(self) -> tuple[str, ...]:
        """The row of phr_usage.csv."""
        return self.hospcode, self.pid, self.kind, self.at, "1" if self.demonstration else "0"


def use(world: World, person: Person) -> Iterator[Use]:
    """The log of one person: registered at a desk, often with a demonstration, then his or her own logins."""
    rng = world.rng
    if not person.phone or rng.random() >= _ADOPTED:
        return
    reg = rng.choice([r for r in world.of(person) if not r.placeholder])
    day = max(_FIRST, reg.since) + rng.randrange(int(2.4 * YEAR))
    if day > END or not person.here(day):
        return
    yield _use(reg.facility.hospcode, reg.pid, "register", day, rng.randrange(480))
    if rng.random() < 0.35:
        yield _use(reg.facility.hospcode, reg.pid, "login", day, rng.randrange(480, 500), demonstration=True)
    for _ in range(rng.choices((0, 1, 2, 3, 6), (22, 26, 24, 18, 10))[0]):
        day += 1 + int(rng.expovariate(1 / 50))
        if day <= END and person.here(day):
            yield _use(reg.facility.hospcode, reg.pid, "login", day, rng.randrange(720))


def _use(hospcode: str, pid: str, kind: str, day: int, minute: int, *, demonstration: bool = False) -> Use:
    text = ymd(day)
    clock = f"{8 + minute // 60:02d}:{minute % 60:02d}:00"
    return Use(hospcode, pid, kind, day, f"{text[:4]}-{text[4:6]}-{text[6:]}T{clock}+07:00", demonstration)
