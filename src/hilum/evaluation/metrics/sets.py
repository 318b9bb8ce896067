"""Labels of an image's whole set of findings: what the metrics over all findings at once share.

Their `present` and `score` are (N, K). A label that is not known is nan: Hamming loss leaves that cell out, the
others leave the image out, as they speak of the image's whole set of findings.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hilum.evaluation.metrics.inputs import checked
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer

Table = NDArray[np.float64]


def table_of(values: ArrayLike) -> Table:
    """(N, K) of (N, K), or of (N,) for one finding."""
    held = np.asarray(values, dtype=np.float64)
    return held if held.ndim == 2 else held[:, None]


def tables_of(present: ArrayLike, score: ArrayLike) -> tuple[Table, Table]:
    """(N, K) labels, nan where not known, and (N, K) scores; refused where they are something else."""
    labels, scores = checked(present, score, unknown=True)
    return table_of(labels), table_of(scores)


def mean_over_known(value: Table, present: Table, weight: Weight) -> Measure:
    """Weighted mean of `value` (N,) over the images of which every label is known."""
    known = np.flatnonzero(~np.isnan(present).any(axis=1))
    return answer(Weights.of(weight, len(present)).at(known).mean(value[known]), weight)
