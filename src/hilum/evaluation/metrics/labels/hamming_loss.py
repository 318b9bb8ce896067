"""Hamming loss: the share of single calls that are wrong."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.inputs import checked
from hilum.evaluation.metrics.sets import table_of
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer, ratio
from hilum.registry import register


@register
@family("set")
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
    labels, scores = checked(present, score, unknown=True)
    known = ~np.isnan(labels)
    wrong = ((scores >= np.asarray(threshold)) != (labels == 1)) & known
    held = Weights.of(weight, len(labels))
    wrongs, cells = (held.total(table_of(cells).sum(axis=1)) for cells in (wrong, known))
    return answer(ratio(wrongs, cells), weight)
