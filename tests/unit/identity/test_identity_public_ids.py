"""Ids that may stand in an address."""

from __future__ import annotations

from itertools import pairwise

import pytest

from suksala import identity
from suksala.identity import NoSuchHuman, human_of_public, public_id


@pytest.mark.parametrize("human", [1, 2, 3, 1_000_000, 2**63 - 1])
def test_there_and_back(human: int) -> None:
    """13 lower-case letters and digits, and the same human again."""
    text = public_id(human)
    assert len(text) == 13
    assert text == text.lower()
    assert text.isalnum()
    assert human_of_public(text) == human


def test_neighbours_look_unlike() -> None:
    """Nobody counts up from the own address: no two of a thousand share their first five letters' order."""
    made = [public_id(n) for n in range(1, 1001)]
    assert len(set(made)) == 1000
    assert made != sorted(made)
    assert sum(a[:3] == b[:3] for a, b in pairwise(made)) <= 2


@pytest.mark.parametrize("text", ["", "1", "abc", "a" * 12, "a" * 14, "A" * 13, "0189" * 3 + "0", "มาลี", "a/../b"])
def test_anything_else_is_no_human(text: str) -> None:
    """Also spellings that base 32 would read as another's: one name each."""
    with pytest.raises(NoSuchHuman):
        human_of_public(text)


def test_every_name_that_is_read_is_the_only_name() -> None:
    """The last letter carries four of its five bits; another spelling of the same human is refused."""
    text = public_id(1)
    read = []
    for letter in "abcdefghijklmnopqrstuvwxyz234567":
        try:
            read.append(identity.human_of_public(text[:-1] + letter))
        except NoSuchHuman:
            continue
    assert read.count(1) == 1
    assert len(set(read)) == len(read)
