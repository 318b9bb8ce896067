"""Norms for batches of one or two images, as detectors have them."""

from typing import Literal

from torch import nn

Norm = Literal["frozen", "group", "batch"]
FEWEST = 4  # channels of a group; a mean over fewer says little


def groups_for(channels: int) -> int:
    """How many groups a group norm of so many channels has: at most 32, each of as many and of at least four.

    >>> groups_for(256), groups_for(24), groups_for(17)
    (32, 4, 1)
    """
    for count in (32, 16, 8, 4, 2):
        if channels % count == 0 and channels // count >= FEWEST:
            return count
    return 1


def with_group_norms(network: nn.Module) -> None:
    """Replace each batch norm in place by a group norm of the same scale and offset, with its activation if it has one.

    Source: Wu & He 2018, arXiv:1803.08494.
    """
    for name, part in list(network.named_children()):
        if isinstance(part, nn.BatchNorm2d):
            setattr(network, name, _group_norm(part))
        else:
            with_group_norms(part)


def freeze_statistics(network: nn.Module) -> None:
    """Leave means and deviations of batch norms as they are, as evaluation does; scales and offsets still learn."""
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.eval()


def _group_norm(norm: nn.BatchNorm2d) -> nn.Module:
    from timm.layers import BatchNormAct2d, GroupNormAct  # type: ignore[attr-defined]

    channels = norm.num_features
    grouped: nn.GroupNorm
    if isinstance(norm, BatchNormAct2d):
        grouped = GroupNormAct(channels, groups_for(channels), eps=norm.eps)
        grouped.drop, grouped.act = norm.drop, norm.act
    else:
        grouped = nn.GroupNorm(groups_for(channels), channels, eps=norm.eps)
    grouped.load_state_dict({"weight": norm.weight.detach(), "bias": norm.bias.detach()})
    return grouped
