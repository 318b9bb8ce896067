"""A classifier whose feature maps are weighed by an attention map: lungs and heatmap as a soft mask."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from hilum.models.contract import Embeds, ImageView, Model
from hilum.models.encoders import TimmEncoder
from hilum.models.encoders import encoder as encoder_of
from hilum.models.heads import Head, check_fit, heads
from hilum.models.heads.linear import Linear
from hilum.models.pools import Pool, pools
from hilum.models.pools.average import Average
from hilum.models.settings import Share
from hilum.registry import register
from hilum.registry.component import built
from hilum.schema.errors import ConfigError


# B images, C channels, D feature maps, h w their size, S cells a side of an attention map, K outputs
class Attended(nn.Module, Model, Embeds, ImageView):
    """Encoder, maps weighed place by place, pooling, head.

    A place's weight is 1 - strength + strength * attention, divided by the image's mean weight: what is looked at
    counts more, and an image without a map (NaN) is seen as by a plain classifier.

    Args:
        encoder: whose last maps are weighed.
        pool: (B, D, h, w) to (B, D).
        head: (B, D) to (B, K).
        strength: how much the map decides, in [0, 1]; 0 for a plain classifier.
    """

    inputs = ("image", "attention")

    def __init__(self, encoder: TimmEncoder, pool: nn.Module, head: nn.Module, *, strength: float) -> None:
        super().__init__()
        self.encoder, self.pool, self.head, self.strength = encoder, pool, head, strength
        self.notes = encoder.notes

    def maps(self, image: Tensor) -> Tensor:  # (B, C, H, W) -> (B, D, h, w)
        """Feature maps before they are weighed."""
        return self.encoder.features(image)[-1]

    def from_maps(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, K)
        """Logits of feature maps, as for images without an attention map."""
        return self.head(self.pool(maps))  # type: ignore[no-any-return]

    def cam_weights(self) -> Tensor | None:
        """(K, D) where the head is linear on average-pooled maps, else None."""
        return self.head.layer.weight if isinstance(self.head, Linear) and isinstance(self.pool, Average) else None

    def embed(self, *, image: Tensor, attention: Tensor) -> Tensor:  # (B, C, H, W), (B, 1, S, S) -> (B, D)
        """The vector that the head sees."""
        maps = self.maps(image)
        there = attention.isfinite().all(dim=(1, 2, 3), keepdim=True)
        looked = interpolate(attention.nan_to_num(0.0).to(maps.dtype), maps.shape[-2:], mode="area")
        weight = 1 - self.strength + self.strength * looked
        weight = weight / weight.mean(dim=(-2, -1), keepdim=True).clamp(min=1e-6)
        return self.pool(maps * torch.where(there, weight, torch.ones_like(weight)))  # type: ignore[no-any-return]

    def forward(self, *, image: Tensor, attention: Tensor) -> dict[str, Tensor]:  # -> (B, K), logits
        """Logits of images with their attention maps."""
        return {"labels": self.head(self.embed(image=image, attention=attention))}


@register
def attended(
    *,
    encoder: str,
    outputs: int,
    cells: int,
    channels: int = 1,
    size: int = 224,
    pretrained: str = "none",
    pool: Pool = "average",
    head: Head = "linear",
    strength: Share = 1.0,
) -> Attended:
    """A timm encoder whose last maps are weighed by an attention map before they are pooled.

    Args:
        encoder: timm's name of the network, as in `resnet18` (`hilum ls encoders` lists them).
        outputs: how many logits, one a finding; filled from the recipe's findings.
        cells: a side of an attention map; filled from the recipe's features. Maps of any side are taken.
        channels: of the images, 1 or 3; filled from the recipe's preprocess.
        size: pixels a side; filled from the recipe's preprocess.
        pretrained: of the encoder, as for `classifier`.
        pool: feature maps to one vector an image (`hilum ls poolings`).
        head: that vector to logits (`hilum ls heads`).
        strength: how much the map decides, in [0, 1]. 1 silences places outside; findings of the heart, the mediastinum
            and the bones lie outside the lungs, so that a mask of the lungs alone should not be at full strength.

    Source: Das 2025, chapter 8 (fused attention).
    """
    del cells  # asked for, so that the recipe must name maps
    network = encoder_of(encoder, channels, size, pretrained)
    width = network.channels[-1]
    pooling = built(pool, pools, "model.pool", supplied={"width": width})
    last = built(head, heads, "model.head", supplied={"width": width, "outputs": outputs})
    check_fit(pooling, last)
    if isinstance(pooling, nn.Identity):
        raise ConfigError("model.pool: none leaves feature maps to the head, and these are weighed before pooling.")
    return Attended(network, pooling, last, strength=strength)
