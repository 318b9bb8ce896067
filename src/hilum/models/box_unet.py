"""U-Net that learns boxes as masks, and whose masks become boxes again."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from hilum.models import encoders
from hilum.models.detectors.detector import Detector, PyramidWidth, Stride
from hilum.models.detectors.norms import Norm, groups_for
from hilum.registry import register


# B images, C channels, K findings, h w the size of a mask
class BoxUNet(Detector):
    """Encoder, and a decoder that goes up from map to map, each beside the encoder's own.

    Args:
        encoder, image, finest, norm: as for `Detector`; `finest` is the stride of the masks.
        outputs: K.
        width: channels of the decoder.
    """

    learns_masks = True

    def __init__(
        self, encoder: encoders.TimmEncoder, image: Tensor, *, outputs: int, width: int, finest: int, norm: Norm
    ) -> None:
        super().__init__(encoder, image, finest=finest, norm=norm)
        *skips, deepest = self.channels
        self.deepest = _convolutions(deepest, width)
        self.steps = nn.ModuleList(_convolutions(skip + width, width) for skip in skips)
        self.head = nn.Conv2d(width, outputs, 1)

    def forward(
        self,
        *,
        image: Tensor,
        boxes: Sequence[Tensor] | None = None,  # noqa: ARG002  their masks say all
        classes: Sequence[Tensor] | None = None,
        masks: Sequence[Tensor] | None = None,
    ) -> dict[str, Tensor]:  # (B, C, H, W) -> (B, K, h, w), logits
        """Masks of each image; while it learns, the losses against the masks (n, H, W) of its boxes."""
        *skips, deepest = self.maps(image)
        found = self.deepest(deepest)
        for skip, step in zip(reversed(skips), reversed(self.steps), strict=True):
            found = step(torch.cat([functional.interpolate(found, size=skip.shape[-2:]), skip], dim=1))
        said: Tensor = self.head(found).float()
        if masks is None or classes is None:
            return {"masks": said}
        truth = torch.stack([_truth(*one, said) for one in zip(masks, classes, strict=True)])
        return {"pixels": functional.binary_cross_entropy_with_logits(said, truth), "overlap": 1 - _dice(said, truth)}


def _truth(masks: Tensor, classes: Tensor, said: Tensor) -> Tensor:
    """(K, h, w) of one image, 1 where half of a cell lies in the mask of a box of the finding."""
    truth = torch.zeros(said.shape[1:], device=said.device)
    cells = functional.adaptive_avg_pool2d(masks.float(), (truth.shape[-2], truth.shape[-1])) >= 0.5
    for mask, finding in zip(cells, classes.tolist(), strict=True):
        truth[finding] = torch.maximum(truth[finding], mask.float())
    return truth


def _dice(logits: Tensor, truth: Tensor) -> Tensor:
    """Dice of the batch's pixels, the mean over findings: images without a box count by what is found there."""
    found = logits.sigmoid()
    shared, both = ((found * truth).sum(dim=(0, 2, 3)), (found + truth).sum(dim=(0, 2, 3)))
    return ((2 * shared + 1) / (both + 1)).mean()


def _convolutions(before: int, width: int) -> nn.Sequential:
    def one(channels: int) -> list[nn.Module]:
        return [
            nn.Conv2d(channels, width, 3, padding=1, bias=False),
            nn.GroupNorm(groups_for(width), width),
            nn.ReLU(),
        ]

    return nn.Sequential(*one(before), *one(width))


@register
def box_unet(
    *,
    encoder: str,
    outputs: int,
    channels: int = 1,
    size: int = 512,
    pretrained: str = "none",
    norm: Norm = "frozen",
    width: PyramidWidth = 128,
    finest: Stride = 4,
) -> BoxUNet:
    """U-Net on any timm encoder: boxes are learned as masks, and connected regions of masks are boxes.

    A box's mask is its outline where the owner drew one (`Boxes`); else the box, filled.

    Where a region begins says the task (`task.cuts`).

    Args:
        encoder: timm's name of the network, as in `resnet34` (`hilum ls encoders` lists them).
        outputs: how many findings; filled from the recipe's.
        channels: of the images, 1 or 3; filled from the recipe's preprocess.
        size: pixels a side; filled from the recipe's preprocess.
        pretrained: where the encoder starts, as for `classifier`.
        norm: the encoder's batch norms: `frozen` keep the statistics that they come with, so that batches of one or two
            learn; `group` become group norms, for learning from scratch; `batch` stay as they are, for large batches.
        width: channels of the decoder.
        finest: stride of the masks, in pixels of the image.

    Source: Ronneberger et al. 2015, arXiv:1505.04597; Dice as a loss: Milletari et al. 2016, arXiv:1606.04797.
    """
    network = encoders.encoder(encoder, channels, size, pretrained)
    image = torch.zeros(1, channels, size, size)
    return BoxUNet(network, image, outputs=outputs, width=width, finest=finest, norm=norm)
