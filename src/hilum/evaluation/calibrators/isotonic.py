"""Isotonic regression."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.calibrators.lines import Staircase
from hilum.registry import register


@register
def isotonic(present: ArrayLike, score: ArrayLike) -> Staircase:
    """Whatever rising staircase fits best; wants a thousand images or more.

    Arguments as in `temperature`.

    It is never surer than the number of images allows: at most 1 - 1 / (N + 2).

    Source: Zadrozny & Elkan 2002, Transforming classifier scores into accurate multiclass probability estimates, KDD.

    >>> isotonic([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4])([0.25]).tolist()
    [0.5]
    """
    from sklearn.isotonic import IsotonicRegression  # here, as importing it takes longer than all of this package

    labels, scores = np.asarray(present, dtype=np.float64), np.asarray(score, dtype=np.float64)
    sure = 1 / (len(labels) + 2)
    fitted = IsotonicRegression(y_min=sure, y_max=1 - sure).fit(scores, labels)
    return Staircase(tuple(fitted.X_thresholds_.tolist()), tuple(fitted.y_thresholds_.tolist()))
