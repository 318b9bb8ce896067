"""One scale for every explainer's maps: which evidence is zero, which is one, and how smooth the map is."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Zero = Literal["mean", "relu", "min"]
Scale = Callable[[Tensor], Tensor]  # (B, K, h, w) of any real numbers to (B, K, h, w) in [0, 1]
WIDEST = 3.0  # standard deviations on each side; beyond lies 0.3 % of a Gaussian


def to_unit(evidence: Tensor, *, zero: Zero = "mean", smoothing: float = 0.0) -> Tensor:
    """How far each place lies above zero, as a share of the image's strongest one.

    Zero is the image's mean evidence for that finding, and all below it. Evidence has no zero of its own: a constant
    can move between a head's weights and its bias and leave every prediction as it is, and for rare findings it does,
    so that clipping at the number 0 shows nothing on images that have them. The smallest value would be a zero, too,
    but one that tints half of every image. Both are there for whoever compares with work that uses them.

    One is the strongest place of this map. Maps of different images or findings are therefore not comparable in
    strength, and an image without the finding has a strongest place as well; how sure the model is stands in its
    probability. A map that is the same everywhere is zero everywhere.

    Args:
        evidence: (B, K, h, w), any real numbers; more raises the finding's logit.
        zero: what counts as no evidence: the image's `mean` and all below it; all below the number 0, then the
            smallest that is left (`relu`, as Grad-CAM was published, followed by min-max); or the smallest (`min`).
        smoothing: standard deviation of a Gaussian that is laid over the map, as a share of the map's shorter side;
            0 for none. For maps on pixels, which are speckled, 0.02 to 0.05; cells are smooth already.

    Returns:
        (B, K, h, w) float32 in [0, 1].

    >>> import torch
    >>> to_unit(torch.tensor([[[[-2.0, 0.0], [4.0, 2.0]]]])).tolist()
    [[[[0.0, 0.0], [1.0, 0.3333333432674408]]]]
    >>> to_unit(torch.tensor([[[[-2.0, 0.0], [4.0, 2.0]]]]), zero="relu").tolist()
    [[[[0.0, 0.0], [1.0, 0.5]]]]
    """
    values = smoothed(evidence.detach().float(), smoothing)
    if zero == "mean":
        floor = values.mean(dim=(-2, -1), keepdim=True)
    else:
        floor = (values.clamp(min=0) if zero == "relu" else values).amin(dim=(-2, -1), keepdim=True)
    above = (values - floor).clamp(min=0)
    peak = above.amax(dim=(-2, -1), keepdim=True)
    rounding = 1e-6 * values.abs().amax(dim=(-2, -1), keepdim=True)  # of the mean: a flat map must stay flat
    return (above / peak.where(peak > 0, 1.0)).where(peak > rounding, 0.0)


def smoothed(maps: Tensor, share: float) -> Tensor:
    """Maps under a Gaussian; beyond the edge their outermost values go on.

    Args:
        maps: (B, K, h, w).
        share: standard deviation, as a share of the shorter side; 0 for the maps as they are.
    """
    deviation = share * min(maps.shape[-2:])
    reach = min(round(WIDEST * deviation), *(side - 1 for side in maps.shape[-2:]))
    if reach < 1:
        return maps
    at = torch.arange(-reach, reach + 1, device=maps.device, dtype=maps.dtype)
    weights = torch.exp(-0.5 * (at / deviation) ** 2)
    weights = weights / weights.sum()
    flat = maps.flatten(0, 1)[:, None]  # (B K, 1, h, w)
    padded = functional.pad(flat, (reach, reach, reach, reach), mode="replicate")
    along = functional.conv2d(padded, weights[None, None, None])
    return functional.conv2d(along, weights[None, None, :, None]).reshape(maps.shape)
