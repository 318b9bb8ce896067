"""The mean over all places: what class activation maps are exact for."""

from torch import Tensor, nn

from hilum.registry import register


class Average(nn.Module):
    """Mean over all places."""

    def forward(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, D)
        """One value a map."""
        return maps.mean(dim=(-2, -1))


@register
def average() -> Average:
    """The mean over all places.

    Source: Lin, Chen & Yan 2014, Network in network, arXiv:1312.4400.
    """
    return Average()
