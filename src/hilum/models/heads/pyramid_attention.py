"""Feature pyramid attention before each finding's own layer, as jfhealthcare's entry to CheXpert has it."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from hilum.models.settings import Dropout
from hilum.registry import register


def _layer(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Convolution, batch norm, ReLU; maps keep their size, but for the stride."""
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


# B images, D feature maps, h w their size, K outputs
class FeaturePyramidAttention(nn.Module):
    """Maps, weighted by what three coarser scales of them say of each place, plus what they say on the whole.

    Args:
        width: D, of the maps.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.whole, self.middle = _layer(width, width, 1), _layer(width, width, 1)
        self.down = nn.ModuleList([_layer(width, 1, 7, 2), _layer(1, 1, 5, 2), _layer(1, 1, 3, 2)])
        self.across = nn.ModuleList([_layer(1, 1, 7), _layer(1, 1, 5), _layer(1, 1, 3)])

    def forward(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, D, h, w)
        """The maps once more."""
        scales = [maps]
        for layer in self.down:
            scales.append(layer(scales[-1]))
        said: Tensor | None = None
        for layer, fine, coarse in zip(reversed(self.across), scales[-2::-1], scales[:0:-1], strict=True):
            told = layer(coarse) if said is None else layer(coarse) + said
            said = functional.interpolate(told, size=fine.shape[2:], mode="bilinear")
        return said * self.middle(maps) + self.whole(maps.mean(dim=(2, 3), keepdim=True))  # type: ignore[no-any-return]


class PyramidAttention(nn.Module):
    """For each finding: the attention once more, mean and maximum over places, a batch norm, a linear layer.

    The maps of the second finding have gone through the attention twice, and so on: its weights are the same for all,
    and findings that come later in the recipe look at maps that were sharpened more often.

    Args:
        width: D, of the maps.
        outputs: K, how many logits.
        dropout: share of the pooled values dropped while learning.
    """

    def __init__(self, width: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.attention, self.dropout = FeaturePyramidAttention(width), nn.Dropout(dropout)
        self.norms = nn.ModuleList(nn.BatchNorm1d(2 * width) for _ in range(outputs))
        self.layers = nn.ModuleList(nn.Linear(2 * width, 1) for _ in range(outputs))

    def places(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, K, h w)
        """What each place would say alone: were it all of the maps, mean and maximum would be its own values."""
        said = []
        for norm, layer in zip(self.norms, self.layers, strict=True):
            maps = self.attention(maps)
            alone = maps.flatten(2).transpose(1, 2).flatten(0, 1)  # (B h w, D)
            said.append(layer(norm(alone.repeat(1, 2))).reshape(len(maps), -1))
        return torch.stack(said, dim=1).float()

    def forward(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, K)
        """Logits."""
        said = []
        for norm, layer in zip(self.norms, self.layers, strict=True):
            maps = self.attention(maps)
            pooled = torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3))], dim=1)
            said.append(layer(self.dropout(norm(pooled))))
        return torch.cat(said, dim=1)


@register
def pyramid_attention(*, width: int, outputs: int, dropout: Dropout = 0.0) -> PyramidAttention:
    """Reads maps (`pool: none`): attention over a pyramid of them, mean and maximum, one layer a finding.

    Args:
        width: of the maps; the model's.
        outputs: how many logits; the model's.
        dropout: share of the pooled values dropped while learning.

    Source: Li et al. 2018, arXiv:1805.10180 (the attention); github.com/jfhealthcare/Chexpert (Apache-2.0).
    """
    return PyramidAttention(width, outputs, dropout)
