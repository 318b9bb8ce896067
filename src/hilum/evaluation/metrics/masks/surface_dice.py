"""Surface Dice: the share of two outlines that agree."""

from hilum.evaluation.matching.masks import MaskMatch
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer
from hilum.registry import register


@register
def surface_dice(match: MaskMatch, weight: Weight = None) -> Measure:
    """Share of both outlines that lies within the tolerance of the other, averaged over images.

    Images on which one of the regions is empty have no distance and are left out; their Dice is 0.

    Args:
        match: distances on N images.
        weight: (N,) how often each image counts, or (N, R) or Weights for R replicates; all ones if left out.

    Returns:
        In [0, 1]; nan where no image has both regions.

    Source: Nikolov et al. 2021, J Med Internet Res 23:e26151.
    """
    return answer(Weights.of(weight, len(match.within)).mean_known(match.within), weight)
