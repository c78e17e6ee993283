"""The id of a human that may stand in an address: opaque, reversible with our key, nothing stored.

A human's number tells how many people were registered before; in an address it would invite counting up. Four rounds of
a Feistel network over 64 bits, keyed per installation, turn it into 13 letters and back (Luby and Rackoff, 1988).
"""

from __future__ import annotations

import base64
import binascii

from suksala.foundation import keys

from .errors import NoSuchHuman

_ROUNDS = 4
_HALF = 0xFFFFFFFF


def public_id(human: int) -> str:
    """The 13 lower-case letters and digits that stand for a human in addresses of this installation."""
    left, right = human >> 32 & _HALF, human & _HALF
    for turn in range(_ROUNDS):
        left, right = right, left ^ _scramble(turn, right)
    return base64.b32encode((left << 32 | right).to_bytes(8, "big")).decode().rstrip("=").lower()


def human_of_public(text: str) -> int:
    """The human that `public_id` named so. Raises NoSuchHuman for anything that cannot be such a name.

    The answer is a number, not a promise that the human exists: `persons_of` knows that.
    """
    try:
        raw = base64.b32decode(text.upper() + "===")
    except (binascii.Error, ValueError) as error:
        raise NoSuchHuman from error
    if len(raw) != 8 or len(text) != 13:
        raise NoSuchHuman
    left, right = int.from_bytes(raw[:4], "big"), int.from_bytes(raw[4:], "big")
    for turn in reversed(range(_ROUNDS)):
        left, right = right ^ _scramble(turn, left), left
    human = left << 32 | right
    if human >> 63 or public_id(human) != text:
        raise NoSuchHuman
    return human


def _scramble(turn: int, half: int) -> int:
    return keys.keyed_int("identity.public", f"{turn}:{half}") & _HALF
