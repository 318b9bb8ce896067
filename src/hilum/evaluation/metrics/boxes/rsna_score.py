"""The score of the RSNA pneumonia challenge."""

import numpy as np
from numpy.typing import NDArray

from hilum.evaluation.matching.boxes import BoxMatch
from hilum.evaluation.metrics.sums import Measure, Values, Weight, Weights, answer, ratio
from hilum.registry import register

OVERLAPS = tuple(round(0.4 + 0.05 * step, 2) for step in range(8))


@register
def rsna_score(match: BoxMatch, weight: Weight = None, *, threshold: float = 0.5) -> Measure:
    """Right boxes among right, false and missed ones of an image: the mean over overlaps, then over images.

    The overlaps go from 0.40 to 0.75 by 0.05. An image with neither a true nor a predicted box is left out; one without
    a true box that bears a predicted one scores 0. So the images that count depend on the detector and its cut, which
    is to be chosen on other images than those that are scored.

    Args:
        match: M predicted boxes on N images.
        weight: (N,) how often each image counts, or (N, R) or Weights for R replicates; all ones if left out.
        threshold: only boxes whose score reaches it count.

    Returns:
        In [0, 1]; nan where every image is left out.

    Source: RSNA Pneumonia Detection Challenge 2018, Kaggle, page Evaluation.

    >>> two = BoxMatch(np.array([0, 0, 1]), np.array([0.9, 0.8, 0.6]), np.array([[0.6], [0.1], [-1.0]]),
    ...                np.array([[True], [False], [False]]), np.array([1.0, 0.0]), np.arange(2))
    >>> rsna_score(two, threshold=0.85), rsna_score(two), round(rsna_score(two, threshold=0.7), 4)
    (0.625, 0.15625, 0.3125)
    """
    held = Weights.of(weight, len(match.actual))
    gain, counts = gains(match)
    drawn = match.score >= threshold
    boxes = held.at(match.image)
    counted = held.total((match.actual > 0).astype(np.float64)) + boxes.total((counts & drawn).astype(np.float64))
    return answer(ratio(boxes.total(gain * drawn), counted), weight)


def gains(match: BoxMatch) -> tuple[Values, NDArray[np.bool_]]:
    """(M,) what each box adds to its image's score once those surer than it are drawn, and whether it makes it count.

    The sum over the boxes above a cut is the sum of the images' scores there, whatever the cut.
    """
    order, turn = np.lexsort((-match.score, match.image)), match.turns()
    image, place = match.image[order], turn[order]
    first = place == 0
    score, before = np.zeros(len(order)), np.zeros(len(order))
    for overlap in OVERLAPS:
        found = match.found(overlap)[order].astype(np.float64)
        right = np.cumsum(found)
        right -= (right - found)[np.flatnonzero(first)[np.cumsum(first) - 1]]  # those of the images before
        score += right / (match.actual[image] + place + 1 - right) / len(OVERLAPS)
    before[1:] = score[:-1]
    gain = np.empty(len(order))
    gain[order] = score - np.where(first, 0.0, before)
    return gain, (turn == 0) & (match.actual[match.image] == 0)
