"""An encoder with a projection head, for learning from images without labels by comparing views of them."""

from torch import Tensor, nn

from hilum.models import encoders
from hilum.models.contract import Embeds, Model
from hilum.models.pools import Pool, pools
from hilum.models.settings import Width
from hilum.registry import register
from hilum.registry.component import built


# B images, C channels, D feature maps, P numbers of the projection
class Contrastive(nn.Module, Model, Embeds):
    """Encoder, pooling, two layers of which only training knows.

    Args:
        encoder: what another training takes over.
        pool: (B, D, h, w) to (B, D).
        projection: (B, D) to (B, P).
    """

    inputs = ("image",)

    def __init__(self, encoder: encoders.TimmEncoder, pool: nn.Module, projection: nn.Module) -> None:
        super().__init__()
        self.encoder, self.pool, self.projection, self.notes = encoder, pool, projection, encoder.notes

    def embed(self, *, image: Tensor) -> Tensor:  # (B, C, H, W) -> (B, D)
        """Pooled maps: what is kept of an image once the projection is gone."""
        return self.pool(self.encoder.features(image)[-1])  # type: ignore[no-any-return]

    def forward(self, *, image: Tensor) -> dict[str, Tensor]:  # (B, C, H, W) -> (B, P)
        """The projection in which views are compared."""
        return {"projection": self.projection(self.embed(image=image))}


@register
def contrastive(
    *,
    encoder: str,
    channels: int = 1,
    size: int = 224,
    pretrained: str = "none",
    pool: Pool = "average",
    hidden: Width = 512,
    projection: Width = 128,
) -> Contrastive:
    """Any timm encoder with a projection head, for the task `simclr`.

    Args:
        encoder: timm's name of the network, as in `resnet50` (`hilum ls encoders` lists them).
        channels: of the images, 1 or 3; filled from the recipe's preprocess.
        size: pixels a side; filled from the recipe's preprocess.
        pretrained: where the encoder starts, as for `classifier`: from `imagenet` it learns faster than from `none`.
        pool: feature maps to one vector an image (`hilum ls poolings`).
        hidden: width of the projection's hidden layer.
        projection: numbers in which views are compared.

    Source: Chen et al. 2020, arXiv:2002.05709.
    """
    network = encoders.encoder(encoder, channels, size, pretrained)
    head = nn.Sequential(nn.Linear(network.channels[-1], hidden), nn.ReLU(inplace=True), nn.Linear(hidden, projection))
    return Contrastive(network, built(pool, pools, "model.pool"), head)
