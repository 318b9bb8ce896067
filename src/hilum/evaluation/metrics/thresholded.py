"""Metrics of decisions: an image is called when its score reaches the threshold.

Where nothing was called, precision and MCC are 0, as scikit-learn has it; where a class that the metric speaks of is
missing from the images, it is nan.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer, ratio
from hilum.registry import register

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
        called = np.asarray(score) >= np.asarray(threshold)
        kind = 2 * (np.asarray(present) == 1) + called
        return cls(*Weights.of(weight, len(called)).sums(kind, 4))

    def known(self, values: Counts) -> Counts:
        """The values where both classes are there, nan elsewhere."""
        return np.where((self.tp + self.fn > 0) & (self.tn + self.fp > 0), values, np.nan)


@register
def precision(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5) -> Measure:
    """Share of the called images that have the finding (positive predictive value).

    Args:
        present: (N,) 0 or 1.
        score: (N,) called where `score >= threshold`.
        weight: (N,) how often each row counts, or (N, R) or Weights for R replicates; all ones if left out.
        threshold: in the unit of the score; one number, or (N,) one a row.

    Returns:
        In [0, 1]; 0 where nothing is called; nan where a class is missing.

    >>> precision([0, 0, 1, 1], [0.1, 0.6, 0.35, 0.8])
    0.5
    """
    n = Decisions.of(present, score, weight, threshold)
    return answer(n.known(ratio(n.tp, n.tp + n.fp, empty=0.0)), weight)


@register
def recall(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5) -> Measure:
    """Share of the images with the finding that are called (sensitivity).

    Arguments as in `precision`.

    Returns:
        In [0, 1]; nan where no image has the finding.

    >>> recall([0, 0, 1, 1], [0.1, 0.6, 0.35, 0.8])
    0.5
    """
    n = Decisions.of(present, score, weight, threshold)
    return answer(ratio(n.tp, n.tp + n.fn), weight)


@register
def specificity(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5) -> Measure:
    """Share of the images without the finding that are not called.

    Arguments as in `precision`.

    Returns:
        In [0, 1]; nan where every image has the finding.

    >>> specificity([0, 0, 0, 1], [0.1, 0.6, 0.35, 0.8])
    0.6666666666666666
    """
    n = Decisions.of(present, score, weight, threshold)
    return answer(ratio(n.tn, n.tn + n.fp), weight)


@register
def f1(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5) -> Measure:
    """Harmonic mean of precision and recall.

    Arguments as in `precision`.

    Returns:
        In [0, 1]; nan where a class is missing.

    >>> f1([0, 0, 1, 1], [0.1, 0.6, 0.35, 0.8])
    0.5
    """
    n = Decisions.of(present, score, weight, threshold)
    return answer(n.known(ratio(2 * n.tp, 2 * n.tp + n.fp + n.fn)), weight)


@register
def accuracy(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5) -> Measure:
    """Share of the images on which the call is right.

    Arguments as in `precision`.

    For a finding on 5 % of the images, calling none is 95 % accurate: read it beside balanced accuracy.

    Returns:
        In [0, 1]; nan without images.

    >>> accuracy([0, 0, 0, 1], [0.1, 0.6, 0.35, 0.8])
    0.75
    """
    n = Decisions.of(present, score, weight, threshold)
    return answer(ratio(n.tp + n.tn, n.tp + n.tn + n.fp + n.fn), weight)


@register
def balanced_accuracy(
    present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5
) -> Measure:
    """Mean of recall and specificity.

    Arguments as in `precision`.

    Returns:
        In [0, 1]; 0.5 is chance; nan where a class is missing.

    Source: Brodersen et al. 2010, The balanced accuracy and its posterior distribution, ICPR.

    >>> balanced_accuracy([0, 0, 1, 1], [0.1, 0.6, 0.7, 0.8])
    0.75
    """
    n = Decisions.of(present, score, weight, threshold)
    return answer((ratio(n.tp, n.tp + n.fn) + ratio(n.tn, n.tn + n.fp)) / 2, weight)


@register
def mcc(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5) -> Measure:
    """Correlation between call and truth (Matthews).

    Arguments as in `precision`.

    Returns:
        In [-1, 1]; 0 is chance, and where all images or none are called; nan where a class is missing.

    Source: Matthews 1975, Biochimica et Biophysica Acta 405:442-451.

    >>> round(mcc([0, 0, 1, 1], [0.1, 0.6, 0.7, 0.8]), 4)
    0.5774
    """
    n = Decisions.of(present, score, weight, threshold)
    spread = (n.tp + n.fp) * (n.tp + n.fn) * (n.tn + n.fp) * (n.tn + n.fn)
    return answer(n.known(ratio(n.tp * n.tn - n.fp * n.fn, np.sqrt(spread), empty=0.0)), weight)
