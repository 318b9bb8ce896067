"""An encoder with a decoder of one layer, for learning from images without labels by filling in what is hidden."""

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from hilum.models import encoders
from hilum.models.contract import Embeds, Model
from hilum.registry import register


# B images, C channels, D feature maps, h w their size
class Reconstructor(nn.Module, Model, Embeds):
    """Encoder, then one linear layer a cell of its last maps.

    Args:
        encoder: what another training takes over.
        detail: pixels a side that are drawn of each cell.
    """

    inputs = ("image",)

    def __init__(self, encoder: encoders.TimmEncoder, detail: int) -> None:
        super().__init__()
        self.encoder, self.detail, self.notes = encoder, detail, encoder.notes
        self.decoder = nn.Conv2d(encoder.channels[-1], detail * detail, 1)

    def embed(self, *, image: Tensor) -> Tensor:  # (B, C, H, W) -> (B, D)
        """The mean of the last maps."""
        return self.encoder.features(image)[-1].mean(dim=(2, 3))

    def forward(self, *, image: Tensor) -> dict[str, Tensor]:  # (B, C, H, W) -> (B, 1, h * detail, w * detail)
        """The image at a low resolution, gray, in normalized values."""
        maps = self.encoder.features(image)[-1]  # (B, D, h, w)
        return {"pixels": functional.pixel_shuffle(self.decoder(maps), self.detail)}


@register
def reconstructor(
    *,
    encoder: str,
    channels: int = 1,
    size: int = 224,
    pretrained: str = "none",
    detail: Annotated[int, Field(ge=1, le=64)] = 8,
) -> Reconstructor:
    """Any timm encoder with a decoder of one layer, for the task `masked_images`.

    Args:
        encoder: timm's name of the network, as in `convnext_tiny` (`hilum ls encoders` lists them).
        channels: of the images, 1 or 3; filled from the recipe's preprocess.
        size: pixels a side; filled from the recipe's preprocess.
        pretrained: where the encoder starts, as for `classifier`.
        detail: pixels a side that are drawn of each cell of the last maps; 8 of a cell of 32 pixels is a quarter.

    Source: a single layer as decoder: Xie et al. 2022, arXiv:2111.09886.
    """
    return Reconstructor(encoders.encoder(encoder, channels, size, pretrained), detail)
