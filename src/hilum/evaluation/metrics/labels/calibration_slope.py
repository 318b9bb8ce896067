"""Calibration slope: are high probabilities too high and low ones too low?"""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.inputs import checked
from hilum.evaluation.metrics.recalibration import line
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer
from hilum.registry import register


@register
@family("probability")
def calibration_slope(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """By how much the log-odds of the probabilities must be stretched to fit the labels.

    The slope of a logistic regression of the labels on the log-odds.

    Arguments as in `brier`.

    Returns:
        1 is right; below 1 the probabilities are too extreme (overconfident), above 1 too timid, below 0 reversed; nan
        where a class is missing, all probabilities are equal, or they part the classes wholly.

    Source: Cox 1958, Biometrika 45:562-565; Van Calster et al. 2019, BMC Medicine 17:230.

    >>> round(calibration_slope([0, 1, 0, 1, 1], [0.2, 0.3, 0.4, 0.6, 0.9]), 4)
    1.9778
    """
    labels, scores = checked(present, score, probability=True)
    return answer(line(labels, scores, Weights.of(weight, len(labels)), slope=True)[1], weight)
