"""Average precision as COCO's tool computes it."""

import numpy as np

from hilum.evaluation.matching.boxes import BoxMatch, Hit
from hilum.evaluation.metrics.box_steps import BoxSteps, on_steps
from hilum.evaluation.metrics.sums import Measure, Values, Weight, answer
from hilum.registry import register

OVERLAPS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
RECALLS = np.linspace(0.0, 1.0, 101)
MOST = 100  # boxes of an image that count, the surest ones


@register
def coco_average_precision(match: BoxMatch, weight: Weight = None, *, hit: Hit | None = None) -> Measure:
    """Mean of the highest precision at 101 points of recall, itself the mean over ten overlaps from 0.50 to 0.95.

    Agrees with pycocotools (`AP`, all areas, at most 100 boxes an image) when its images stand in the same order; boxes
    of one score are taken one after the other, as there.

    Args:
        match: M predicted boxes on N images.
        weight: (N,) how often each image counts, or (N, R) or Weights for R replicates; all ones if left out.
        hit: one rule of a hit in place of the ten overlaps, as 0.5 for `AP50`.

    Returns:
        In [0, 1]; nan without true boxes.

    Source: Lin et al. 2014, Microsoft COCO: Common objects in context, ECCV, and its evaluation code.

    >>> two = BoxMatch(np.array([0, 0, 1]), np.array([0.9, 0.8, 0.6]), np.array([[0.7], [0.1], [0.55]]),
    ...                np.array([[True], [False], [True]]), np.array([1.0, 1.0]), np.arange(2))
    >>> round(coco_average_precision(two, hit=0.5), 4), round(coco_average_precision(two), 4)
    (0.835, 0.3185)
    """
    order = np.lexsort((match.turns(), match.image, -match.score))
    order = order[match.turns()[order] < MOST]
    place = np.full(len(match.score), -1)
    place[order] = np.arange(len(order))
    rules = OVERLAPS if hit is None else (hit,)
    mean = np.mean([np.atleast_1d(on_steps(_points, match, weight, rule, place)) for rule in rules], axis=0)
    return answer(mean, weight)


def _points(steps: BoxSteps) -> Values:
    """(R,) mean over the points of recall; a point that is not reached has a precision of 0."""
    recall, precision = steps.recall, np.concatenate([steps.precision, np.zeros((1, len(steps.actual)))])
    columns = range(len(steps.actual))
    mean = [precision[np.searchsorted(recall[:, column], RECALLS), column].mean() for column in columns]
    return np.where(steps.actual > 0, np.array(mean), np.nan)
