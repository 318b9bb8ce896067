"""The steps of a detector: what was drawn, and what of it is right, down to each score that finds a true box."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hilum.evaluation.matching.boxes import BoxMatch, Hit
from hilum.evaluation.metrics.sums import Measure, Values, Weight, Weights, answer, ratio


@dataclass(frozen=True)
class BoxSteps:
    """What precision-recall and FROC curves are made of: F steps, the surest first, R replicates.

    Only at a step a true box is found, so recall rises at these alone and precision is highest there.

    Args:
        drawn: (F, R) weight of the boxes drawn down to this score.
        right: (F, R) weight of those that found a true one.
        actual: (R,) weight of all true boxes.
        images: (R,) weight of all images.
    """

    drawn: Values
    right: Values
    actual: Values
    images: Values

    @property
    def recall(self) -> Values:
        """(F, R) share of the true boxes found; nan without any."""
        return ratio(self.right, np.broadcast_to(self.actual, self.right.shape))

    @property
    def precision(self) -> Values:
        """(F, R) the highest share of right boxes at this step or a later one: the curve made to fall."""
        own = ratio(self.right, self.drawn, empty=0.0)
        return np.asarray(np.maximum.accumulate(own[::-1])[::-1])


def steps_of(match: BoxMatch, weight: Weight, hit: Hit, place: NDArray[np.intp] | None = None) -> Iterator[BoxSteps]:
    """The steps, for some replicates at a time.

    Args:
        match: M predicted boxes on N images.
        weight: as in `box_sensitivity`.
        hit: what counts as found.
        place: (M,) the order of the boxes, 0 the surest, -1 to leave one out; by score if left out, boxes of one
            score together.
    """
    place = np.unique(-match.score, return_inverse=True)[1] if place is None else place
    kept = place >= 0
    found, image, place = match.found(hit)[kept], match.image[kept], place[kept]
    rungs = np.unique(place[found])
    count, segment = len(rungs), np.searchsorted(rungs, place)
    segment = np.where(found, count + 1 + segment, segment)  # right ones behind the others and those below all steps
    for part in Weights.of(weight, len(match.actual)).parts(2 * count + 1):
        sums = part.at(image).sums(segment, 2 * count + 1)
        right = np.cumsum(sums[count + 1 :], axis=0)
        yield BoxSteps(np.cumsum(sums[:count], axis=0) + right, right, part.total(match.actual), part.size)


def on_steps(
    formula: Callable[[BoxSteps], Values],
    match: BoxMatch,
    weight: Weight,
    hit: Hit,
    place: NDArray[np.intp] | None = None,
) -> Measure:
    """The formula on every replicate's steps."""
    return answer(np.concatenate([formula(steps) for steps in steps_of(match, weight, hit, place)]), weight)


def area(steps: BoxSteps) -> Values:
    """(R,) under the falling precision-recall curve, every point of it; 0 where nothing is found."""
    rise = np.diff(steps.right, axis=0, prepend=0.0)
    return ratio((rise * steps.precision).sum(axis=0), steps.actual)


def sensitivity_at(steps: BoxSteps, false_boxes: float) -> Values:
    """(R,) the highest recall with at most so many false boxes an image; what is reached, not drawn between."""
    allowed = steps.drawn - steps.right <= false_boxes * steps.images + 1e-9
    reached = np.concatenate([np.zeros((1, allowed.shape[1])), steps.right])
    return ratio(np.take_along_axis(reached, allowed.sum(axis=0)[None], axis=0)[0], steps.actual)
