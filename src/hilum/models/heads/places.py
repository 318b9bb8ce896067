"""What heads that read maps have in common: one linear layer that asks each place of the maps."""

from torch import Tensor, nn


# B images, D feature maps, h w their size, K outputs
class Places(nn.Module):
    """A linear layer on each place, before any pooling.

    Args:
        width: D, of the maps.
        outputs: K, how many logits.
        dropout: share of a place's values dropped while learning.
    """

    def __init__(self, width: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.dropout, self.layer = nn.Dropout(dropout), nn.Conv2d(width, outputs, 1)

    def places(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, K, h w)
        """What each place says, as logits in float32."""
        return self.layer(self.dropout(maps)).flatten(2).float()  # type: ignore[no-any-return]
