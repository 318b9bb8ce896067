"""Decisions: an image is called when its score reaches the threshold.

Where nothing was called, precision and MCC are 0, as scikit-learn has it; where a class that the metric speaks of is
missing from the images, it is nan.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hilum.evaluation.metrics.inputs import checked
from hilum.evaluation.metrics.sums import Weight, Weights

Counts = NDArray[np.float64]


@dataclass(frozen=True)
class Decisions:
    """The four counts of a binary confusion matrix, each (R,): weighted images."""

    tn: Counts
    fp: Counts
    fn: Counts
    tp: Counts

    @classmethod
    def of(cls, present: ArrayLike, score: ArrayLike, weight: Weight, threshold: ArrayLike) -> "Decisions":
        """Count the four kinds of images under every replicate."""
        labels, scores = checked(present, score)
        called = scores >= np.asarray(threshold)
        kind = 2 * (labels == 1) + called
        return cls(*Weights.of(weight, len(called)).counts(kind, 4))

    def known(self, values: Counts) -> Counts:
        """The values where both classes are there, nan elsewhere."""
        return np.where((self.tp + self.fn > 0) & (self.tn + self.fp > 0), values, np.nan)
