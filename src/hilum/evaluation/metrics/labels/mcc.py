"""Matthews' correlation coefficient."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sums import Measure, Weight, answer, ratio
from hilum.registry import register


@register
@family("call")
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
