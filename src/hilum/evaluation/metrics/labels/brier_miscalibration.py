"""Miscalibration: the part of the Brier score that calibration could take away."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.brier_parts import brier_parts
from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sums import Measure, Weight, answer
from hilum.registry import register


@register
@family("probability")
def brier_miscalibration(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """Mean squared distance of predicted from observed share, over 15 equally wide bins; lower is better.

    As with the calibration error, chance raises it and a bootstrap adds chance to chance: no interval is given.

    Arguments as in `brier`.

    Returns:
        In [0, 1]; nan without images.

    Source: Murphy 1973, J Applied Meteorology 12:595-600; Stephenson, Coelho & Jolliffe 2008, Weather and Forecasting
    23:752-757.

    >>> round(brier_miscalibration([0, 0, 1, 1], [0.1, 0.1, 0.9, 0.5]), 4)
    0.07
    """
    return answer(brier_parts(present, score, weight)[0], weight)
