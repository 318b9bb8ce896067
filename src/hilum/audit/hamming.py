"""Near pairs among many signatures, without comparing all with all.

A signature of 256 bits is cut into 16 words. Two signatures that differ in fewer than 32 bits must agree in at least
one word up to a single bit, so it is enough to look, for each word, into the bucket of the same value and into the
sixteen buckets one bit away. Pairs that differ in more bits are found as well as long as one of their words agrees.

Source: Norouzi, Punjani & Fleet 2012, Fast search in Hamming space with multi-index hashing, CVPR.
"""

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]

WORDS, WORD_BITS = 16, 16
CERTAIN = 2 * WORDS - 1  # bits: pairs up to this distance are all found
CHUNK = 500_000  # pairs held at a time


def near_pairs(signatures: NDArray[np.uint64], most: int) -> tuple[Indices, Indices, Indices]:
    """Pairs of different signatures that differ in at most `most` bits.

    Args:
        signatures: (N, 4) uint64.
        most: bits, inclusive. All pairs up to 31 bits are found; beyond that those that agree in one word.

    Returns:
        first, second (M,) positions with first < second, and distance (M,) in bits; sorted by first, then second.

    >>> near_pairs(np.array([[0, 0, 0, 0], [7, 0, 0, 0], [0, 0, 0, 2**32 - 1]], np.uint64), most=10)
    (array([0]), array([1]), array([3]))
    """
    words = np.ascontiguousarray(signatures).view(np.uint16)
    found = [np.empty(0, np.int64)]
    for word in range(WORDS):
        order = np.argsort(words[:, word], kind="stable")
        columns = np.ascontiguousarray(signatures[order].T)  # neighbors in a bucket are neighbors in memory
        for one, other in _collisions(words[order, word]):
            near = hamming(columns, one, other) <= most
            one, other = order[one[near]], order[other[near]]
            found.append(np.minimum(one, other) * len(signatures) + np.maximum(one, other))
    first, second = np.divmod(np.unique(np.concatenate(found)), max(1, len(signatures)))
    return first, second, hamming(np.ascontiguousarray(signatures.T), first, second).astype(np.int64)


def hamming(columns: NDArray[np.uint64], one: Indices, other: Indices) -> NDArray[np.uint16]:
    """(M,) in how many bits the signatures at `one` and `other` differ; `columns` is (4, N)."""
    distance = np.zeros(len(one), np.uint16)
    for column in columns:
        distance += np.bitwise_count(column[one] ^ column[other])
    return distance


def _collisions(keys: NDArray[np.uint16]) -> Iterator[tuple[Indices, Indices]]:
    """Pairs of positions among sorted keys that are equal or one bit apart, each once, in chunks."""
    starts = np.searchsorted(keys, np.arange(2**WORD_BITS + 1))
    place = np.arange(len(keys))
    yield from _joined(place, place + 1, starts[keys.astype(np.int64) + 1])  # the rest of its own bucket
    for bit in range(WORD_BITS):
        lower = np.flatnonzero((keys >> bit) & 1 == 0)
        opposite = keys[lower].astype(np.int64) | (1 << bit)
        yield from _joined(lower, starts[opposite], starts[opposite + 1])


def _joined(left: Indices, begin: Indices, end: Indices) -> Iterator[tuple[Indices, Indices]]:
    """Each of `left` with all positions from its `begin` to its `end`."""
    counts = end - begin
    left, begin, counts = left[counts > 0], begin[counts > 0], counts[counts > 0]
    total = np.concatenate([[0], np.cumsum(counts)])
    cuts = np.minimum(np.searchsorted(total, np.arange(0, total[-1] + CHUNK, CHUNK)), len(counts))
    for low, high in itertools.pairwise(cuts):
        several = counts[low:high]
        skipped = np.repeat(begin[low:high] - total[low:high] + total[low], several)
        yield np.repeat(left[low:high], several), skipped + np.arange(len(skipped))
