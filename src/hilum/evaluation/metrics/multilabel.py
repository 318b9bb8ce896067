"""Metrics over all findings of an image at once.

`present` and `score` are (N, K). A label that is not known is nan: Hamming loss leaves that cell out, the others leave
the image out, as they speak of the image's whole set of findings.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer, ratio
from hilum.registry import register

Table = NDArray[np.float64]


def _table(values: ArrayLike) -> Table:
    """(N, K) of (N, K), or of (N,) for one finding."""
    held = np.asarray(values, dtype=np.float64)
    return held if held.ndim == 2 else held[:, None]


def _mean_over_known(value: Table, present: Table, weight: Weight) -> Measure:
    """Weighted mean of `value` (N,) over the images of which every label is known."""
    known = np.flatnonzero(~np.isnan(present).any(axis=1))
    return answer(Weights.of(weight, len(present)).at(known).mean(value[known]), weight)


@register
def hamming_loss(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5) -> Measure:
    """Share of all calls, image by image and finding by finding, that are wrong; lower is better.

    Args:
        present: (N, K) 0, 1 or nan for a label that is not known; (N,) for one finding.
        score: (N, K) called where `score >= threshold`.
        weight: (N,) how often each image counts, or (N, R) or Weights for R replicates; all ones if left out.
        threshold: one number, or (K,) one a finding.

    Returns:
        In [0, 1]; nan without images.

    >>> hamming_loss([[1, 0], [0, 1]], [[0.9, 0.8], [0.2, 0.7]])
    0.25
    """
    labels = np.asarray(present, dtype=np.float64)
    known = ~np.isnan(labels)
    wrong = ((np.asarray(score) >= np.asarray(threshold)) != (labels == 1)) & known
    held = Weights.of(weight, len(labels))
    wrongs, cells = (held.total(_table(cells).sum(axis=1)) for cells in (wrong, known))
    return answer(ratio(wrongs, cells), weight)


@register
def exact_match(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5) -> Measure:
    """Share of the images on which every finding is called rightly.

    Arguments as in `hamming_loss`.

    Returns:
        In [0, 1]; nan without images whose labels are all known.

    >>> exact_match([[1, 0], [0, 1]], [[0.9, 0.8], [0.2, 0.7]])
    0.5
    """
    labels, scores = _table(present), _table(score)
    right = ((scores >= np.asarray(threshold)) == (labels == 1)).all(axis=1)
    return _mean_over_known(right.astype(np.float64), labels, weight)


@register
def coverage_error(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """How far down an image's ranked findings one must read to meet all that are there; lower is better.

    An image with none of the findings counts as 0, as scikit-learn has it, so the best value is the mean number of
    findings an image. Arguments as in `hamming_loss`.

    Returns:
        In [0, K]; nan without images whose labels are all known.

    Source: Tsoumakas et al. 2010, Mining multi-label data, Data Mining and Knowledge Discovery Handbook.

    >>> coverage_error([[1, 0, 0], [0, 0, 1]], [[0.75, 0.5, 1], [1, 0.2, 0.1]])
    2.5
    """
    labels, scores = _table(present), _table(score)
    lowest = np.where(labels == 1, scores, np.inf).min(axis=1, keepdims=True, initial=np.inf)
    return _mean_over_known((scores >= lowest).sum(axis=1).astype(np.float64), labels, weight)


@register
def lrap(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """Of the findings ranked at or above a true one, the share that is true: mean over true ones, then images.

    An image with none or all of the findings counts as 1, as scikit-learn has it; where half the images are without
    finding, half of the value is a gift. Arguments as in `hamming_loss`.

    Returns:
        In (0, 1]; nan without images whose labels are all known.

    Source: Tsoumakas et al. 2010, Mining multi-label data, Data Mining and Knowledge Discovery Handbook.

    >>> round(lrap([[1, 0, 0], [0, 0, 1]], [[0.75, 0.5, 1], [1, 0.2, 0.1]]), 4)
    0.4167
    """
    labels, scores = _table(present), _table(score)
    true = labels == 1
    above = scores[:, None, :] >= scores[:, :, None]  # (N, K, K): finding k stands at or above finding j
    precision = (above & true[:, None, :]).sum(axis=2) / np.maximum(above.sum(axis=2), 1)
    trues = true.sum(axis=1)
    mean = (precision * true).sum(axis=1) / np.maximum(trues, 1)
    return _mean_over_known(np.where(trues > 0, mean, 1.0), labels, weight)
