"""To given counts: so many images with each finding in an epoch."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hilum.data.counts import NONE, presence
from hilum.data.source import Targets
from hilum.registry import register
from hilum.schema import ConfigError, Findings

SWEEPS = 300
CLOSE = 1e-5  # of a draw of one image


# N images, K findings, P combinations of findings
@register
def to_counts(
    targets: Targets, seed: int, *, findings: Findings, counts: dict[str, Annotated[int, Field(ge=0)]]
) -> NDArray[np.intp]:
    """So many images with each finding in an epoch, an image counting for every finding that it has.

    Images with the same findings come equally often, and as nearly as often as they are there as the counts allow: of
    all ways to reach the counts the one of least squares is taken, so that no image comes much more often than another.
    An image comes several times, once or not at all, all of them before any comes again, drawn anew each epoch. Where
    counts cannot be reached together, those that are named go before those that are to stay; what came of them stands
    in the notes of training.

    Args:
        targets: of N images.
        seed: of the draws and the order.
        findings: the K names.
        counts: images an epoch by a finding's name, as in {Hernia: 2500, none: 30000}; `none` stands for images without
            any finding. What is not named keeps its count.

    Source: Deville & Särndal 1992, J. Am. Stat. Assoc. 87:376-382 (weights that reproduce given totals), the linear
    method with weights of at least 0.
    """
    present = presence(targets)  # (N, K + 1), the last for images without any
    wanted = _wanted(present, findings, counts)
    kinds, kind, sizes = np.unique(present, axis=0, return_inverse=True, return_counts=True)  # (P, K + 1), (N,), (P,)
    totals = _totals(kinds, sizes, wanted)
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(kind))
    order = order[np.argsort(kind.ravel()[order], kind="stable")]  # by combination, shuffled inside
    starts = np.cumsum(sizes) - sizes
    drawn = [
        np.resize(order[start : start + size], total) for start, size, total in zip(starts, sizes, totals, strict=True)
    ]
    return draw.permutation(np.concatenate(drawn))


def _wanted(present: NDArray[np.bool_], findings: Findings, counts: dict[str, int]) -> dict[int, float]:
    """The count of each column, those that are named last."""
    there = present.sum(axis=0)
    named = {len(findings) if name == NONE else findings.position(name): count for name, count in counts.items()}
    for place, count in named.items():
        if count and not there[place]:
            name = (*findings, NONE)[place]
            raise ConfigError(
                f"training.sampler.counts.{name}: no training image has it, so that {count:,} cannot be drawn. "
                "Expected findings that are there, or 0."
            )
    wanted = {place: float(count) for place, count in enumerate(there) if place not in named} | named
    if not any(wanted.values()):
        raise ConfigError("training.sampler.counts: all of them are 0. Expected images in an epoch.")
    return wanted


def _totals(kinds: NDArray[np.bool_], sizes: NDArray[np.int64], wanted: dict[int, float]) -> NDArray[np.int64]:
    """How many images of each combination an epoch has, so that each finding has its count.

    Each image comes max(0, 1 + the sum of its findings' parts) times; a finding's part is moved until its count is
    right (Newton steps, one finding after the other).
    """
    parts = np.zeros(kinds.shape[1])
    for _ in range(SWEEPS):
        before = parts.copy()
        for place, count in wanted.items():
            times = np.maximum(0, 1 + kinds @ parts)  # (P,)
            having = kinds[:, place]
            moved = having & (times > 0) if (having & (times > 0)).any() else having
            if moved.any():
                parts[place] += (count - (sizes * times)[having].sum()) / sizes[moved].sum()
        if np.allclose(parts, before, rtol=0, atol=CLOSE):
            break
    ends = np.rint(np.cumsum(sizes * np.maximum(0, 1 + kinds @ parts))).astype(np.int64)  # so that the sum stays
    return np.concatenate([ends[:1], ends[1:] - ends[:-1]])
