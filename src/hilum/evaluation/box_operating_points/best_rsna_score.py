"""The cut of the best RSNA score."""

from hilum.evaluation.box_curves import rsna_by_cut
from hilum.evaluation.matching.boxes import BoxMatch
from hilum.registry import register


@register
def best_rsna_score(match: BoxMatch) -> float:
    """The cut at which the RSNA score is highest; the higher one of two that are alike.

    The challenge's score counts false boxes on images without any true one, so its best cut lies higher than others'.

    Args:
        match: boxes of validation images, at least one of them predicted.

    Returns:
        The score that a box must reach to be drawn.
    """
    cuts, scores = rsna_by_cut(match)
    return float(cuts[scores.argmax()])
