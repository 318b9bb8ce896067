"""One scale for every explainer's maps: which evidence is zero, and which is one."""

from torch import Tensor


def to_unit(evidence: Tensor) -> Tensor:
    """How far each place lies above the image's average place, as a share of its strongest one.

    Zero is the image's mean evidence for that finding, and all below it. Evidence has no zero of its own: a constant
    can move between a head's weights and its bias and leave every prediction as it is, and for rare findings it does,
    so that clipping at the number 0 shows nothing on images that have them. The smallest value would be a zero, too,
    but one that tints half of every image.

    One is the strongest place of this map. Maps of different images or findings are therefore not comparable in
    strength, and an image without the finding has a strongest place as well; how sure the model is stands in its
    probability. A map that is the same everywhere is zero everywhere.

    Args:
        evidence: (B, K, h, w), any real numbers; more raises the finding's logit.

    Returns:
        (B, K, h, w) float32 in [0, 1].

    >>> import torch
    >>> to_unit(torch.tensor([[[[-2.0, 0.0], [4.0, 2.0]]]])).tolist()
    [[[[0.0, 0.0], [1.0, 0.3333333432674408]]]]
    """
    values = evidence.detach().float()
    above = (values - values.mean(dim=(-2, -1), keepdim=True)).clamp(min=0)
    peak = above.amax(dim=(-2, -1), keepdim=True)
    rounding = 1e-6 * values.abs().amax(dim=(-2, -1), keepdim=True)  # of the mean: a flat map must stay flat
    return (above / peak.where(peak > 0, 1.0)).where(peak > rounding, 0.0)
