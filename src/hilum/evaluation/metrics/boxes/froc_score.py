"""The FROC score: sensitivity averaged over seven numbers of false boxes an image."""

import numpy as np

from hilum.evaluation.matching.boxes import BoxMatch, Hit
from hilum.evaluation.metrics.box_steps import BoxSteps, on_steps, sensitivity_at
from hilum.evaluation.metrics.sums import Measure, Values, Weight
from hilum.registry import register

FALSE_BOXES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


@register
def froc_score(match: BoxMatch, weight: Weight = None, *, hit: Hit = 0.4) -> Measure:
    """Mean of the sensitivities at 1/8, 1/4, 1/2, 1, 2, 4 and 8 false boxes an image.

    Arguments as in `froc_sensitivity`.

    Returns:
        In [0, 1]; nan without true boxes.

    Source: Niemeijer et al. 2011, On combining computer-aided detection systems, IEEE TMI 30:215-223.

    >>> two = BoxMatch(np.array([0, 0, 1]), np.array([0.9, 0.8, 0.6]), np.array([[0.7], [0.1], [0.5]]),
    ...                np.array([[True], [False], [True]]), np.array([1.0, 1.0]), np.arange(2))
    >>> round(froc_score(two), 4)
    0.8571
    """

    def mean(steps: BoxSteps) -> Values:
        return np.asarray(np.mean([sensitivity_at(steps, rate) for rate in FALSE_BOXES], axis=0))

    return on_steps(mean, match, weight, hit)
