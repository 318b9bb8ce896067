"""How alike two heatmaps are: in the order of their places, and in their structure."""

import torch
from torch import Tensor
from torch.nn import functional

GRID = 14  # places a side on which the order is compared: neighbors say little new
WINDOW = 7  # places a side of SSIM's window
STEADY = (0.01**2, 0.03**2)  # SSIM's constants for values in [0, 1]


def rank_correlation(first: Tensor, second: Tensor) -> Tensor:
    """Spearman's correlation of maps, place by place on a coarse grid.

    Args:
        first: (N, h, w) maps.
        second: (N, h, w) maps, perhaps of other sizes.

    Returns:
        (N,) in [-1, 1]; 0 where a map is the same everywhere.
    """
    ranks = [_ranks(functional.adaptive_avg_pool2d(one[:, None].float(), GRID).flatten(1)) for one in (first, second)]
    one, other = (rank - rank.mean(dim=1, keepdim=True) for rank in ranks)
    scale = one.norm(dim=1) * other.norm(dim=1)
    return torch.where(scale > 0, (one * other).sum(dim=1) / scale.clamp(min=1e-12), 0.0)


def structure(first: Tensor, second: Tensor) -> Tensor:
    """SSIM of maps in [0, 1]: mean over windows of how alike they are in height, contrast and pattern.

    Args:
        first: (N, h, w) in [0, 1].
        second: (N, h, w) in [0, 1].

    Returns:
        (N,) in [-1, 1].

    Source: Wang et al. 2004, Image quality assessment, IEEE TIP 13:600-612, eq. 13, with a square window.
    """
    window = min(WINDOW, *first.shape[-2:])

    def local(values: Tensor) -> Tensor:
        return functional.avg_pool2d(values[:, None], window, stride=1)[:, 0]

    one, other = first.float(), second.float()
    means = local(one), local(other)
    spreads = local(one * one) - means[0] ** 2, local(other * other) - means[1] ** 2
    shared = local(one * other) - means[0] * means[1]
    top = (2 * means[0] * means[1] + STEADY[0]) * (2 * shared + STEADY[1])
    bottom = (means[0] ** 2 + means[1] ** 2 + STEADY[0]) * (spreads[0] + spreads[1] + STEADY[1])
    return (top / bottom).mean(dim=(-2, -1))


def _ranks(values: Tensor) -> Tensor:  # (N, P) -> (N, P), equal values share their mean rank
    less = (values[:, :, None] > values[:, None]).float().sum(dim=2)
    equal = (values[:, :, None] == values[:, None]).float().sum(dim=2)
    return less + (equal - 1) / 2
