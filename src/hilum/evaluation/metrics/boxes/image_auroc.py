"""AUROC of images: does the best box tell those with a true box from those without?"""

import numpy as np

from hilum.evaluation.matching.boxes import BoxMatch
from hilum.evaluation.metrics.labels.auroc import auroc
from hilum.evaluation.metrics.sums import Measure, Values, Weight
from hilum.registry import register


@register
def image_auroc(match: BoxMatch, weight: Weight = None) -> Measure:
    """Chance that the best box of an image with a true box is surer than that of an image without; ties count half.

    An image on which nothing was drawn has a best score of 0.

    Args:
        match: M predicted boxes on N images.
        weight: (N,) how often each image counts, or (N, R) or Weights for R replicates; all ones if left out.

    Returns:
        In [0, 1]; 0.5 is chance; nan where one kind of image is missing.

    >>> two = BoxMatch(np.array([0, 0, 1]), np.array([0.9, 0.8, 0.6]), np.array([[0.6], [0.1], [-1.0]]),
    ...                np.array([[True], [False], [False]]), np.array([1.0, 0.0]), np.arange(2))
    >>> image_auroc(two)
    1.0
    """
    return auroc(match.actual > 0, best_score(match), weight)


def best_score(match: BoxMatch) -> Values:
    """(N,) the score of each image's surest box; 0 without any."""
    best = np.zeros(len(match.actual))
    np.maximum.at(best, match.image, match.score)
    return best
