"""A classifier of whole images: any timm encoder, a pooling, a head."""

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from hilum.models import encoders
from hilum.models.contract import Embeds, ImageView, Model, ReadsMaps
from hilum.models.heads import Head, check_fit, heads
from hilum.models.heads.linear import Linear
from hilum.models.pools import Pool, pools
from hilum.models.pools.average import Average
from hilum.models.pretrained import load_transition
from hilum.registry import register
from hilum.registry.component import built


# B images, C channels, K outputs, D feature maps, h w their size
class Classifier(nn.Module, Model, Embeds, ImageView):
    """Encoder, an optional transition layer, pooling, head.

    Args:
        encoder: whose last maps are looked at.
        transition: on the maps, before pooling; an empty `nn.Sequential` for none.
        pool: (B, D, h, w) to (B, D); an identity before a head that reads maps.
        head: (B, D) to (B, K), or (B, D, h, w) to (B, K).
        notes: what was loaded, adapted and left out, in sentences.
    """

    inputs = ("image",)

    def __init__(
        self,
        encoder: encoders.TimmEncoder,
        transition: nn.Module,
        pool: nn.Module,
        head: nn.Module,
        *,
        notes: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.encoder, self.transition, self.pool, self.head, self.notes = encoder, transition, pool, head, notes

    def maps(self, image: Tensor) -> Tensor:  # (B, C, H, W) -> (B, D, h, w)
        """Feature maps before pooling."""
        return self.transition(self.encoder.features(image)[-1])  # type: ignore[no-any-return]

    def from_maps(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, K)
        """Logits of feature maps."""
        return self.head(self.pool(maps))  # type: ignore[no-any-return]

    def cam_weights(self) -> Tensor | None:
        """(K, D) where the head is linear on average-pooled maps, else None."""
        return self.head.layer.weight if isinstance(self.head, Linear) and isinstance(self.pool, Average) else None

    def embed(self, *, image: Tensor) -> Tensor:  # (B, C, H, W) -> (B, D)
        """Pooled maps: the vector that the head sees; of a head that reads maps their mean over places."""
        maps = self.maps(image)
        return maps.mean(dim=(-2, -1)) if isinstance(self.head, ReadsMaps) else self.pool(maps)

    def forward(self, *, image: Tensor) -> dict[str, Tensor]:  # (B, C, H, W) -> (B, K), logits
        """Logits of images."""
        return {"labels": self.from_maps(self.maps(image))}


@register
def classifier(
    *,
    encoder: str,
    outputs: int,
    channels: int = 1,
    size: int = 224,
    pretrained: str = "none",
    transition: Annotated[int, Field(ge=0)] = 0,
    pool: Pool = "average",
    head: Head = "linear",
) -> Classifier:
    """Any timm encoder with a pooling and a head.

    Args:
        encoder: timm's name of the network, as in `densenet121` (`hilum ls encoders` lists them).
        outputs: how many logits, one a finding; filled from the recipe's findings.
        channels: of the images, 1 or 3; filled from the recipe's preprocess.
        size: pixels a side; filled from the recipe's preprocess. Only transformers of fixed size look at it.
        pretrained: `none`, `imagenet` (weights of an installed package, else timm's of that name, fetched once), a
            weights file (.safetensors, or a .pth state dict), or the folder of a Run, of which the encoder is taken.
            Three-channel weights fit one channel by summing, which gives the same outputs as three equal channels.
        transition: width of a 1x1 convolution with batch norm and ReLU before pooling; 0 for none.
        pool: feature maps to one vector an image (`hilum ls poolings`).
        head: that vector to logits (`hilum ls heads`), as in `{name: hidden, hidden: [256, 50], dropout: 0.5}`. Heads
            that read maps (`csra`, `pcam`) take `pool: none`.

    Source: Wang et al. 2017, arXiv:1705.02315 (transition layer and pooling); Rajpurkar et al. 2017, arXiv:1711.05225.
    """
    network = encoders.encoder(encoder, channels, size, pretrained)
    width, before, notes = network.channels[-1], nn.Sequential(), network.notes
    if transition:
        before = nn.Sequential(nn.Conv2d(width, transition, 1, bias=False), nn.BatchNorm2d(transition), nn.ReLU())
        width = transition
        if pretrained not in ("none", "imagenet"):
            notes += load_transition(before, pretrained)
    pooling = built(pool, pools, "model.pool", supplied={"width": width})
    last = built(head, heads, "model.head", supplied={"width": width, "outputs": outputs})
    check_fit(pooling, last)
    return Classifier(network, before, pooling, last, notes=notes)
