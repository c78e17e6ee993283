"""How far the demo of a data folder has come; a step that is done is never done again."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from suksala.foundation import SuksalaError

PEOPLE = 30_000
SEED = 1


class OtherDemo(SuksalaError):
    """The folder holds a demo of another size or seed."""

    code = "SKL-DEMO-001"


class RealData(SuksalaError):
    """The folder holds deposits that no demo made."""

    code = "SKL-DEMO-002"


class NotFinished(SuksalaError):
    """A step of the demo could not be finished; the next call goes on with it."""

    code = "SKL-DEMO-003"
    exit_code = 70


@dataclass
class DemoState:
    """What world the demo is of, and the seconds that each finished step took."""

    path: Path
    people: int
    seed: int
    seconds: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, data: Path, people: int | None, seed: int | None) -> DemoState:
        """The state of a data folder. Raises OtherDemo when another world lies there than was asked for."""
        path = data / "demo.json"
        if not path.exists():
            return cls(path, people or PEOPLE, SEED if seed is None else seed)
        kept = json.loads(path.read_text())
        state = cls(path, kept["people"], kept["seed"], kept["seconds"])
        if (people or state.people, state.seed if seed is None else seed) != (state.people, state.seed):
            raise OtherDemo(
                f"โฟลเดอร์ {data} มีชุดทดลอง {state.people:,} คน (seed {state.seed}) อยู่แล้ว: ใช้ค่าเดิม หรือใช้ --data อื่น",
                f"{data} holds a demo of {state.people:,} people (seed {state.seed}): ask for the same, "
                "or choose another --data",
            )
        return state

    @property
    def begun(self) -> bool:
        """Whether a demo was ever started here."""
        return self.path.exists()

    def step(self, name: str, do: Callable[[], None]) -> None:
        """Do the step `name` unless it is done; remember it when it is."""
        if name in self.seconds:
            return
        started = time.monotonic()
        do()
        self.seconds[name] = round(time.monotonic() - started, 1)
        self.save()

    def save(self) -> None:
        """Write the state whole or not at all."""
        fresh = self.path.with_suffix(".new")
        kept = {key: value for key, value in asdict(self).items() if key != "path"}
        with fresh.open("w") as out:
            out.write(json.dumps(kept))
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self.path)
