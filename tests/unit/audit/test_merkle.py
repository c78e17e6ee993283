"""The tree of hashes: the roots and proofs of RFC 6962, for every small size."""

from __future__ import annotations

import pytest

from suksala.audit import merkle
from suksala.audit.merkle import Peaks

# The leaves and roots of the test tree that Certificate Transparency publishes with RFC 6962.
LEAVES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
LEAVES.append(bytes(range(0x60, 0x70)))
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MOST = 40


def tree(count: int) -> Peaks:
    """A tree of made-up leaves."""
    peaks = Peaks()
    for number in range(count):
        peaks.append(leaf(number))
    return peaks


def leaf(number: int) -> bytes:
    """The hash of a made-up leaf."""
    return merkle.leaf_hash(number.to_bytes(4, "big"))


def subtree(first: int, end: int) -> bytes:
    """The root over some of them, by the definition of RFC 6962 section 2.1."""
    if end - first == 1:
        return leaf(first)
    half = 1
    while half * 2 < end - first:
        half *= 2
    return merkle.node_hash(subtree(first, first + half), subtree(first + half, end))


def test_the_published_roots() -> None:
    """Each size of the published tree, and the empty one."""
    peaks = Peaks()
    assert peaks.root() == merkle.EMPTY_ROOT
    for data, root in zip(LEAVES, ROOTS, strict=True):
        peaks.append(merkle.leaf_hash(data))
        assert peaks.root().hex() == root


def test_a_leaf_is_no_node() -> None:
    """The same bytes as leaf and as two children hash apart."""
    assert merkle.leaf_hash(LEAVES[6] * 8) != merkle.node_hash(LEAVES[6] * 4, LEAVES[6] * 4)


@pytest.mark.parametrize("size", range(1, MOST))
def test_growing_leaf_by_leaf_equals_the_definition(size: int) -> None:
    """And what is kept of the tree is enough to go on."""
    peaks = tree(size)
    assert peaks.root() == subtree(0, size)
    again = Peaks.of_bytes(peaks.size, peaks.to_bytes())
    again.append(leaf(size))
    assert again.root() == subtree(0, size + 1)


def test_peaks_of_another_size_are_refused() -> None:
    """Five leaves need two hashes, six too, seven three."""
    kept = tree(5).to_bytes()
    assert Peaks.of_bytes(6, kept).size == 6
    with pytest.raises(ValueError, match="size"):
        Peaks.of_bytes(7, kept)


@pytest.mark.parametrize("size", range(1, MOST))
def test_every_leaf_is_proven_and_only_where_it_stands(size: int) -> None:
    """The proof of a leaf fits no other place, size, leaf or root."""
    root = tree(size).root()
    for index in range(size):
        proof = merkle.inclusion_proof(index, size, subtree)
        assert merkle.includes(leaf(index), index, size, proof, root)
        assert not merkle.includes(leaf(index + 1), index, size, proof, root)
        assert not merkle.includes(leaf(index), index, size, proof, merkle.EMPTY_ROOT)
        assert not merkle.includes(leaf(index), index, size, [*proof, root], root)
        assert not any(
            merkle.includes(leaf(index), other, size, proof, root) for other in range(size) if other != index
        )
        if proof:
            assert not merkle.includes(leaf(index), index, size, proof[:-1], root)


@pytest.mark.parametrize("new", range(MOST))
def test_growth_is_proven_from_every_older_size(new: int) -> None:
    """A tree that only grew; a changed old root, a changed new root or a shorter proof shows."""
    for old in range(new + 1):
        before, after = tree(old).root(), tree(new).root()
        proof = merkle.consistency_proof(old, new, subtree)
        assert merkle.consistent(old, new, before, after, proof)
        assert not merkle.consistent(old, new, leaf(99), after, proof)
        if old < new and old:
            assert not merkle.consistent(old, new, before, leaf(99), proof)
            assert not merkle.consistent(old, new, before, after, proof[:-1])
            assert not merkle.consistent(old, new, before, after, [*proof, leaf(1)])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_leaf_outside_the_tree(index: int, size: int) -> None:
    """Neither proven nor believed."""
    with pytest.raises(ValueError, match="leaf"):
        merkle.inclusion_proof(index, size, subtree)
    assert not merkle.includes(leaf(0), index, size, [], leaf(0))


def test_a_tree_does_not_shrink() -> None:
    """Neither proven nor believed."""
    with pytest.raises(ValueError, match="grows"):
        merkle.consistency_proof(4, 3, subtree)
    assert not merkle.consistent(4, 3, tree(4).root(), tree(3).root(), [])
