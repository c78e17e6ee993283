"""A tree of hashes over the log: one root stands for every leaf and for their order.

Source: RFC 6962 section 2.1 and RFC 9162 section 2.1 (the same tree; the second has the iterative checks). Hashes are
SHA-256, 32 bytes. A leaf is data of any length; an inner node is never mistaken for a leaf because of the first byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Subtree = Callable[[int, int], bytes]
"""subtree(first, end): the root over the leaves first <= i < end."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Peaks:
    """A growing tree, kept as the roots of its complete subtrees: as many hashes as `size` has bits set.

    size    leaves so far
    hashes  the roots, the largest subtree first
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> None:
        """Add one leaf's hash at the end."""
        peaks, size = list(self.hashes), self.size
        while size & 1:
            leaf = node_hash(peaks.pop(), leaf)
            size >>= 1
        self.hashes = (*peaks, leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        return fold(self.hashes)

    def to_bytes(self) -> bytes:
        """The hashes one after another, for storage beside `size`."""
        return b"".join(self.hashes)

    @classmethod
    def of_bytes(cls, size: int, kept: bytes) -> Peaks:
        """What `to_bytes` gave. Raises ValueError when it is not as many hashes as `size` needs."""
        if len(kept) != HASH_BYTES * size.bit_count():
            raise ValueError("not the peaks of a tree of this size")
        return cls(size, tuple(kept[i : i + HASH_BYTES] for i in range(0, len(kept), HASH_BYTES)))


def fold(peaks: Sequence[bytes]) -> bytes:
    """The root of a tree from the roots of its complete subtrees, the largest first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def complete_subtrees(first: int, end: int) -> list[tuple[int, int]]:
    """The fewest complete, aligned subtrees over the leaves first <= i < end, as (height, number at that height).

    `first` is a multiple of every power of two that fits, as in all ranges that proofs ask for.

    >>> complete_subtrees(0, 5)
    [(2, 0), (0, 4)]
    """
    found = []
    while first < end:
        height = (end - first).bit_length() - 1
        found.append((height, first >> height))
        first += 1 << height
    return found


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """What turns leaf `index` into the root of the first `size` leaves, nearest first (RFC 6962 section 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError("no such leaf in a tree of this size")
    proof, first, end = [], 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            proof.append((middle, end))
            end = middle
        else:
            proof.append((first, middle))
            first = middle
    return [subtree(*bounds) for bounds in reversed(proof)]


def consistency_proof(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """What shows that the first `old` leaves of a tree of `new` are the tree that was (RFC 6962 section 2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError("a tree only grows")
    if old in (0, new):
        return []
    proof, first, end, whole = [], 0, new, True
    while end != old:
        middle = first + _split(end - first)
        if old <= middle:
            proof.append((middle, end))
            end = middle
        else:
            proof.append((first, middle))
            first, whole = middle, False
    if not whole:
        proof.append((first, end))
    return [subtree(*bounds) for bounds in reversed(proof)]


def includes(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that the leaf's hash stands at `index` under `root` (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    number, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            found = node_hash(step, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, step)
        number, last = number >> 1, last >> 1
    return last == 0 and found == root


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree of `new` leaves begins with that of `old` (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old in (0, new):
        return not proof and (old_root == new_root if old else old_root == EMPTY_ROOT)
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    of_old = of_new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            of_old, of_new = node_hash(step, of_old), node_hash(step, of_new)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            of_new = node_hash(of_new, step)
        number, last = number >> 1, last >> 1
    return last == 0 and of_old == old_root and of_new == new_root


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
