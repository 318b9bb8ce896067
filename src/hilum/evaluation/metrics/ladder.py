"""The ladder of a ranking: what stands on and below each positive's score, for many replicates at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.metrics.inputs import checked
from hilum.evaluation.metrics.sums import Measure, Values, Weight, Weights, answer


@dataclass(frozen=True)
class Ladder:
    """The distinct scores of the positives, lowest first, with what stands on and below each rung.

    All a ranking metric needs: m rungs, R replicates.

    Args:
        positives: (m, R) weight of the positives with this score.
        ties: (m, R) weight of the negatives with this score.
        below: (m, R) weight of the negatives with a lower score.
        negatives: (R,) weight of all negatives.
    """

    positives: Values
    ties: Values
    below: Values
    negatives: Values

    @classmethod
    def each(cls, present: ArrayLike, score: ArrayLike, weight: Weight) -> "Iterator[Ladder]":
        """Sort once; then a ladder for some replicates at a time."""
        labels, scores = checked(present, score)
        positive = labels == 1
        rungs = np.unique(scores[positive])
        place = np.searchsorted(rungs, scores)
        on_rung = np.append(rungs, np.nan)[place] == scores
        m = len(rungs)  # segments: between rungs (even), on them (odd), then the positives of each rung
        segment = np.where(positive, 2 * m + 1 + place, 2 * place + on_rung)
        for sums in Weights.of(weight, len(scores)).sums_in_parts(segment, 3 * m + 1):
            between, ties, positives = sums[: 2 * m + 1 : 2], sums[1 : 2 * m + 1 : 2], sums[2 * m + 1 :]
            below = np.cumsum(between[:m] + np.concatenate([np.zeros_like(ties[:1]), ties[:-1]]), axis=0)
            yield cls(positives, ties, below, sums[: 2 * m + 1].sum(axis=0))


def on_ladders(formula: Callable[[Ladder], Values], present: ArrayLike, score: ArrayLike, weight: Weight) -> Measure:
    """The formula on every replicate's ladder."""
    return answer(np.concatenate([formula(ladder) for ladder in Ladder.each(present, score, weight)]), weight)
