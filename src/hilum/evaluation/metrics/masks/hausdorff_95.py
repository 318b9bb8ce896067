"""Hausdorff distance, without its farthest twentieth."""

from hilum.evaluation.matching.masks import MaskMatch
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer
from hilum.registry import register


@register
def hausdorff_95(match: MaskMatch, weight: Weight = None) -> Measure:
    r"""95th percentile of the distances from an outline to the other, the larger of both; averaged over images.

    Images on which one of the regions is empty have no distance and are left out; their Dice is 0.

    Args:
        match: distances on N images.
        weight: (N,) how often each image counts, or (N, R) or Weights for R replicates; all ones if left out.

    Returns:
        >= 0, in the match's unit; nan where no image has both regions.

    Source: Huttenlocher et al. 1993, IEEE TPAMI 15:850-863; the percentile as in
        Taha & Hanbury 2015, BMC Medical Imaging 15:29.
    """
    return answer(Weights.of(weight, len(match.hausdorff_95)).mean_known(match.hausdorff_95), weight)
