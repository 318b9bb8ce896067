"""Calibration intercept: are the probabilities too low or too high on the whole?"""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.inputs import checked
from hilum.evaluation.metrics.recalibration import line
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer
from hilum.registry import register


@register
@family("probability")
def calibration_intercept(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """By how much the log-odds of the probabilities are too low on the whole (calibration in the large).

    The intercept of a logistic regression of the labels with the log-odds as offset (slope 1).

    Arguments as in `brier`.

    Returns:
        0 is right, above 0 the probabilities are too low; nan where a class is missing.

    Source: Cox 1958, Biometrika 45:562-565; Van Calster et al. 2019, BMC Medicine 17:230.

    >>> round(calibration_intercept([0, 1, 0, 1, 1], [0.2, 0.3, 0.4, 0.6, 0.9]), 4)
    0.6265
    """
    labels, scores = checked(present, score, probability=True)
    return answer(line(labels, scores, Weights.of(weight, len(labels)), slope=False)[0], weight)
