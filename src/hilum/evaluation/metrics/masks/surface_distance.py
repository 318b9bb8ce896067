"""Average symmetric surface distance."""

from hilum.evaluation.matching.masks import MaskMatch
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer
from hilum.registry import register


@register
def surface_distance(match: MaskMatch, weight: Weight = None) -> Measure:
    """Mean distance of either outline from the other, averaged over images.

    Images on which one of the regions is empty have no distance and are left out; their Dice is 0.

    Args:
        match: distances on N images.
        weight: (N,) how often each image counts, or (N, R) or Weights for R replicates; all ones if left out.

    Returns:
        >= 0, in the match's unit; nan where no image has both regions.

    Source: Heimann et al. 2009, IEEE TMI 28:1251-1265.
    """
    return answer(Weights.of(weight, len(match.distance)).mean_known(match.distance), weight)
