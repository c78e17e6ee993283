"""Puts the clock of every process of a served Suksala into a test's hands: this folder stands first in PYTHONPATH.

SUKSALA_TEST_CLOCK names a file with the moment at which the clock stands; while there is none, it goes as ever.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from suksala.foundation import clock

_MOMENT = Path(os.environ["SUKSALA_TEST_CLOCK"])
_true = clock.now


def _now() -> datetime:
    try:
        return datetime.fromisoformat(_MOMENT.read_text())
    except FileNotFoundError:
        return _true()


clock.now = _now
