"""The largest value: one place decides."""

from torch import Tensor, nn

from hilum.registry import register


class Max(nn.Module):
    """Largest value over all places."""

    def forward(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, D)
        """One value a map."""
        return maps.amax(dim=(-2, -1))


@register
def max() -> Max:
    """The largest value over all places.

    Source: Oquab et al. 2015, Is object localization for free?, CVPR.
    """
    return Max()
