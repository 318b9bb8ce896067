"""How long the audit takes: duplicates among 100,000 signatures, the summary of NIH's table.

python benchmarks/audit.py [--root data/nih] [--signatures 100000] [--seed 0]

Signatures are drawn twice: evenly, and with the bias and the correlation between bits that images have (an image's bits
are not even: all chests share an anatomy), which is the harder search. One in fifty is a copy with a few bits changed.
"""

import argparse
import resource
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hilum.audit import summary
from hilum.audit.duplicates import CANDIDATE_BITS, candidates
from hilum.audit.hamming import near_pairs
from hilum.audit.thumbnail import BITS
from hilum.datasets import datasets

Signatures = NDArray[np.uint64]
COPIES, CHANGED_BITS = 50, 12
SHARED = 24  # hidden causes that images' bits have in common
STRENGTH = 0.45  # of them; the share of pairs that collide in a word is then that of images, 1.6 %
BIAS = 0.42  # deviation of the bits' thresholds


def even(count: int, generator: np.random.Generator) -> Signatures:
    return generator.integers(0, 2**64, (count, BITS // 64), dtype=np.uint64)


def like_images(count: int, generator: np.random.Generator) -> Signatures:
    causes = generator.normal(size=(SHARED, BITS)).astype(np.float32) / SHARED**0.5
    drawn = STRENGTH * generator.normal(size=(count, SHARED)).astype(np.float32) @ causes
    drawn += generator.normal(scale=(1 - STRENGTH**2) ** 0.5, size=(count, BITS)).astype(np.float32)
    return np.packbits(drawn > generator.normal(scale=BIAS, size=BITS), axis=1).view(np.uint64)


def with_copies(signatures: Signatures, generator: np.random.Generator) -> Signatures:
    copies = np.unpackbits(signatures[: len(signatures) // COPIES].view(np.uint8), axis=1)
    for row in copies:
        row[generator.permutation(BITS)[:CHANGED_BITS]] ^= 1
    return np.concatenate([signatures[: -len(copies)], np.packbits(copies, axis=1).view(np.uint64)])


def collisions(signatures: Signatures, pairs: int = 200_000) -> float:
    """Share of pairs that agree in at least one word up to a bit: how hard the search is."""
    words = signatures[np.random.default_rng(0).integers(0, len(signatures), (pairs, 2))].view(np.uint16)
    return float((np.bitwise_count(words[:, 0] ^ words[:, 1]) <= 1).any(axis=1).mean())


def search(name: str, signatures: Signatures) -> None:
    started = time.perf_counter()
    first, _, distance = near_pairs(signatures, CANDIDATE_BITS)
    took = time.perf_counter() - started
    wanted = len(signatures) // COPIES
    copies = int((distance <= CHANGED_BITS).sum())
    hard = f"{collisions(signatures):.1%} of pairs collide"
    what = f"{len(first):,} candidates, {copies:,} of {wanted:,} copies among them"
    started = time.perf_counter()
    turned = sum(kind != "near" for kind, *_ in candidates(signatures, np.arange(len(signatures))))
    all_ways = time.perf_counter() - started
    print(f"{len(signatures):,} signatures, {name} ({hard}): {took:.1f} s, {what}")
    print(f"  mirrored and inverted ones too: {all_ways:.1f} s, {turned:,} candidates more")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, help="NIH's folder; without it the summary is left out")
    parser.add_argument("--signatures", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for draw in (even, like_images):
        generator = np.random.default_rng(options.seed)
        search(draw.__name__.replace("_", " "), with_copies(draw(options.signatures, generator), generator))
    if options.root:
        cohort = datasets["nih14"](options.root)
        started = time.perf_counter()
        numbers = summary(cohort)
        print(f"summary of {numbers['images']:,} images: {time.perf_counter() - started:.2f} s")
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    main()
