"""Image and history in one network: the encoder's vector and the features' vector meet in one linear head."""

from typing import Literal

import torch
from torch import Tensor, nn

from hilum.models.contract import Embeds, ImageView, Model
from hilum.models.encoders import TimmEncoder
from hilum.models.encoders import encoder as encoder_of
from hilum.models.gru import Recurrent
from hilum.models.mlp import Perceptron
from hilum.models.pools import Pool, pools
from hilum.models.pools.average import Average
from hilum.models.settings import Dropout, Share, Width
from hilum.registry import register
from hilum.registry.component import built
from hilum.schema.errors import ConfigError


# B images, C channels, D and E widths of the image's and the features' vectors, K outputs
class Joint(nn.Module, Model, Embeds, ImageView):
    """One linear head over what the image says and what the features say, either of which may be missing.

    A logit is then the image's part plus the features' part plus a bias: evidence adds up, and class activation maps
    stay an exact account of the image's part. An image without features has NaN in all of them; a learned vector then
    stands in. While learning, features (or images) are hidden now and then, so that this vector is learned and
    neither side leans on the other.

    Args:
        encoder: whose last maps are looked at.
        pool: (B, D, h, w) to (B, D), the image's vector.
        past: whose `embed` is the features' vector.
        outputs: K, how many logits to give.
        dropout: share of the head's inputs dropped while learning.
        hide_features: share of images whose features are hidden while learning.
        hide_images: share of images whose image is hidden while learning; the two never meet in one image.
    """

    def __init__(
        self,
        encoder: TimmEncoder,
        pool: nn.Module,
        past: Perceptron | Recurrent,
        *,
        outputs: int,
        dropout: float,
        hide_features: float,
        hide_images: float,
    ) -> None:
        super().__init__()
        self.encoder, self.pool, self.past = encoder, pool, past
        self.inputs, self.notes = ("image", *past.inputs), encoder.notes
        self.depth = encoder.channels[-1]
        self.dropout, self.head = nn.Dropout(dropout), nn.Linear(self.depth + past.width, outputs)
        self.no_image = nn.Parameter(torch.zeros(self.depth))
        self.no_features = nn.Parameter(torch.zeros(past.width))
        self.hide_features, self.hide_images = hide_features, hide_images

    def maps(self, image: Tensor) -> Tensor:  # (B, C, H, W) -> (B, D, h, w)
        """Feature maps before pooling."""
        return self.encoder.features(image)[-1]

    def from_maps(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, K)
        """Logits of feature maps alone, as for images without features."""
        vectors = torch.cat([self.pool(maps), self.no_features.expand(len(maps), -1)], dim=1)
        return self.head(vectors)  # type: ignore[no-any-return]

    def cam_weights(self) -> Tensor | None:
        """(K, D) weights of the image's part of the head; None unless maps are pooled by their average."""
        return self.head.weight[:, : self.depth] if isinstance(self.pool, Average) else None

    def embed(self, *, image: Tensor, features: Tensor, visits: Tensor | None = None) -> Tensor:  # -> (B, D + E)
        """The vector that the head sees."""
        pixels, present = self.pool(self.maps(image)), features.isfinite().all(dim=1, keepdim=True)
        beside = {"features": features.nan_to_num(0.0), "visits": visits}
        past = self.past.embed(**{name: beside[name] for name in self.past.inputs})  # type: ignore[arg-type]
        past = torch.where(present, past, self.no_features)
        if self.training:
            draw = torch.rand(len(pixels), 1, device=pixels.device)
            past = torch.where(draw < self.hide_features, self.no_features, past)
            pixels = torch.where((draw >= 1 - self.hide_images) & present, self.no_image, pixels)
        return torch.cat([pixels, past], dim=1)

    def forward(
        self, *, image: Tensor, features: Tensor, visits: Tensor | None = None
    ) -> dict[str, Tensor]:  # (B, C, H, W), (B, F), (B, T, N) -> (B, K), logits
        """Logits of images with their features."""
        return {"labels": self.head(self.dropout(self.embed(image=image, features=features, visits=visits)))}


@register
def joint(
    *,
    encoder: str,
    outputs: int,
    features: int,
    visit: int = 0,
    channels: int = 1,
    size: int = 224,
    pretrained: str = "none",
    pool: Pool = "average",
    past: Literal["mlp", "gru"] = "mlp",
    hidden: tuple[Width, ...] = (128,),
    state: Width = 64,
    dropout: Dropout = 0.0,
    hide_features: Share = 0.2,
    hide_images: Share = 0.1,
) -> Joint:
    """A timm encoder on the image, a perceptron or recurrent unit on the features, one linear head.

    Args:
        encoder: timm's name of the network, as in `densenet121` (`hilum ls encoders` lists them).
        outputs: how many logits, one a finding; filled from the recipe's findings.
        features: numbers an image; filled from the recipe's features.
        visit: numbers a visit; filled from the recipe's `visits`.
        channels: of the images, 1 or 3; filled from the recipe's preprocess.
        size: pixels a side; filled from the recipe's preprocess.
        pretrained: of the encoder, as for `classifier`.
        pool: feature maps to one vector an image (`hilum ls poolings`).
        past: `mlp` over the features, or `gru` over features and visits.
        hidden: widths of the hidden layers over the features.
        state: width of the recurrent state of `gru`.
        dropout: share of the features' hidden layers and of the head's inputs dropped while learning.
        hide_features: share of images whose features are hidden while learning, so that images without any can be read.
        hide_images: share of images whose image is hidden while learning.
    """
    if hide_features + hide_images > 1:
        raise ConfigError("model.hide_features and model.hide_images: more than 1 together. Expected at most 1.")
    if past == "gru" and not visit:
        raise ConfigError("model.past: gru takes visits, and the recipe names none. Add `features: {visits: {}}`.")
    network = encoder_of(encoder, channels, size, pretrained)
    pooling = built(pool, pools, "model.pool", supplied={"width": network.channels[-1]})
    if isinstance(pooling, nn.Identity):
        raise ConfigError("model.pool: none leaves feature maps, and joint's head reads vectors. Expected a pooling.")
    return Joint(
        network,
        pooling,
        Perceptron(features, outputs=0, hidden=hidden, dropout=dropout)
        if past == "mlp"
        else Recurrent(features, visit, outputs=0, state=state, hidden=hidden, dropout=dropout),
        outputs=outputs,
        dropout=dropout,
        hide_features=hide_features,
        hide_images=hide_images,
    )
