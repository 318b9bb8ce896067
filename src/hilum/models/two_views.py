"""A frontal and a lateral image of one study in one network, either of which may be missing."""

from typing import Literal

import torch
from torch import Tensor, nn

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


# B images, C channels, D feature maps, h w their size, K outputs
class TwoViews(nn.Module, Model, Embeds, ImageView):
    """Each view becomes a vector; the head sees both, one behind the other.

    A view that is missing is NaN throughout; a learned vector then stands in, and no encoder looks at it. While
    learning, views of studies that have both are hidden now and then, so that these vectors are learned and neither
    view leans on the other. Behind a linear head a logit is the frontal's part plus the lateral's part plus a bias, and
    class activation maps stay an exact account of the frontal's part.

    Args:
        encoder: of the frontal image.
        beside: of the lateral image; None for the same one.
        pool: (B, D, h, w) to (B, D).
        head: (B, 2 D) to (B, K).
        hide_lateral: share of pairs whose lateral is hidden while learning.
        hide_frontal: share of pairs whose frontal is hidden while learning; the two never meet in one pair.
    """

    inputs = ("image", "lateral")

    def __init__(
        self,
        encoder: TimmEncoder,
        beside: TimmEncoder | None,
        pool: nn.Module,
        head: nn.Module,
        *,
        hide_lateral: float,
        hide_frontal: float,
    ) -> None:
        super().__init__()
        self.encoder, self.lateral_encoder, self.pool, self.head = encoder, beside, pool, head
        self.notes = encoder.notes
        self.depth = encoder.channels[-1]
        self.no_frontal, self.no_lateral = (nn.Parameter(torch.zeros(self.depth)) for _ in range(2))
        self.hide_lateral, self.hide_frontal = hide_lateral, hide_frontal

    def maps(self, image: Tensor) -> Tensor:  # (B, C, H, W) -> (B, D, h, w)
        """Feature maps of frontal images before pooling."""
        return self.encoder.features(image)[-1]

    def from_maps(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, K)
        """Logits of a frontal image's maps alone, as for studies without a lateral."""
        return self.head(torch.cat([self.pool(maps), self.no_lateral.expand(len(maps), -1)], dim=1))  # type: ignore[no-any-return]

    def cam_weights(self) -> Tensor | None:
        """(K, D) weights of the frontal's part of a linear head on average-pooled maps, else None."""
        exact = isinstance(self.head, Linear) and isinstance(self.pool, Average)
        return self.head.layer.weight[:, : self.depth] if exact else None  # type: ignore[union-attr, index]

    def embed(self, *, image: Tensor, lateral: Tensor) -> Tensor:  # -> (B, 2 D)
        """The vector that the head sees: the frontal's, then the lateral's."""
        views = [one[:, 0, 0, 0].isfinite() for one in (image, lateral)]
        frontal, side = self._vectors(image[views[0]], lateral[views[1]])
        frontal = _placed(frontal, views[0], self.no_frontal)
        side = _placed(side, views[1], self.no_lateral)
        if self.training:
            draw, pair = torch.rand(len(image), 1, device=image.device), (views[0] & views[1])[:, None]
            side = torch.where(pair & (draw < self.hide_lateral), self.no_lateral, side)
            frontal = torch.where(pair & (draw >= 1 - self.hide_frontal), self.no_frontal, frontal)
        return torch.cat([frontal, side], dim=1)

    def forward(self, *, image: Tensor, lateral: Tensor) -> dict[str, Tensor]:  # (B, C, H, W) twice -> (B, K), logits
        """Logits of studies."""
        return {"labels": self.head(self.embed(image=image, lateral=lateral))}

    def _vectors(self, frontal: Tensor, lateral: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors of the views that are there; one encoder sees all of them at once, so that batch norms do too."""
        if self.lateral_encoder is None:
            both = self.pool(self.maps(torch.cat([frontal, lateral])))
            return both[: len(frontal)], both[len(frontal) :]
        return self._vectors_of(self.encoder, frontal), self._vectors_of(self.lateral_encoder, lateral)

    def _vectors_of(self, encoder: TimmEncoder, images: Tensor) -> Tensor:  # (n, C, H, W) -> (n, D), n may be 0
        if len(images):
            return self.pool(encoder.features(images)[-1])  # type: ignore[no-any-return]
        none = images.new_zeros(0, self.depth)
        if not self.training:
            return none
        # processes that learn together wait for each other's gradient of every weight, also of one that saw no image
        return none + sum(weight.flatten()[0] * 0 for weight in encoder.parameters())


def _placed(vectors: Tensor, there: Tensor, otherwise: Tensor) -> Tensor:  # (n, D), (B,) with n true -> (B, D)
    rows = otherwise.to(vectors.dtype).expand(len(there), -1)
    return rows.index_put((there.nonzero()[:, 0],), vectors)


@register
def two_views(
    *,
    encoder: str,
    outputs: int,
    channels: int = 1,
    size: int = 224,
    pretrained: str = "none",
    lateral: Literal["shared", "own"] = "shared",
    pool: Pool = "average",
    head: Head = "linear",
    hide_lateral: Share = 0.2,
    hide_frontal: Share = 0.1,
) -> TwoViews:
    """Frontal and lateral image of a study, a timm encoder on each, one head; either view may be missing.

    Which lateral belongs to an image is found in its cohort, by study; with several the first by sequence, then by
    image id. `data.views: [PA, AP, FRONTAL]` learns from frontal images, each with its lateral; without it also from
    studies that have a lateral alone.

    Args:
        encoder: timm's name of the network, as in `densenet121` (`hilum ls encoders` lists them).
        outputs: how many logits, one a finding; filled from the recipe's findings.
        channels: of the images, 1 or 3; filled from the recipe's preprocess.
        size: pixels a side; filled from the recipe's preprocess.
        pretrained: of the encoders, as for `classifier`.
        lateral: what looks at it: the `shared` encoder, or its `own`.
        pool: feature maps to one vector an image (`hilum ls poolings`).
        head: both vectors to logits (`hilum ls heads`).
        hide_lateral: share of pairs whose lateral is hidden while learning, so that single images can be read.
        hide_frontal: share of pairs whose frontal image is hidden while learning.
    """
    if hide_lateral + hide_frontal > 1:
        raise ConfigError("model.hide_lateral and model.hide_frontal: more than 1 together. Expected at most 1.")
    network = encoder_of(encoder, channels, size, pretrained)
    width = network.channels[-1]
    pooling = built(pool, pools, "model.pool", supplied={"width": width})
    last = built(head, heads, "model.head", supplied={"width": 2 * width, "outputs": outputs})
    check_fit(pooling, last)
    if isinstance(pooling, nn.Identity):
        raise ConfigError("model.pool: none leaves feature maps, and two views meet as vectors. Expected a pooling.")
    beside = encoder_of(encoder, channels, size, pretrained) if lateral == "own" else None
    return TwoViews(network, beside, pooling, last, hide_lateral=hide_lateral, hide_frontal=hide_frontal)
