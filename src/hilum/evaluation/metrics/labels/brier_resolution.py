"""Resolution: the part of the Brier score that telling images apart takes away."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.brier_parts import brier_parts
from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sums import Measure, Weight, answer
from hilum.registry import register


@register
@family("probability")
def brier_resolution(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """How much of share (1 - share) the probabilities explain by telling images apart; higher is better.

    The Brier score is miscalibration less resolution plus share (1 - share), of the images with the finding.

    Arguments as in `brier`.

    Returns:
        At most 0.25; about 0 says nothing, and chance alone lifts it as it lifts miscalibration; nan without images.

    Source: Murphy 1973, J Applied Meteorology 12:595-600; Stephenson, Coelho & Jolliffe 2008, Weather and Forecasting
    23:752-757.

    >>> round(brier_resolution([0, 0, 1, 1], [0.1, 0.1, 0.9, 0.5]), 4)
    0.25
    """
    return answer(brier_parts(present, score, weight)[1], weight)
