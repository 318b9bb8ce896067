"""Detector: an encoder whose maps of several scales are looked at; and one that mixes them in a pyramid."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Annotated, cast

import torch
from pydantic import Field
from torch import Tensor, nn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

from hilum.models.contract import Model
from hilum.models.detectors.anchors import coverage
from hilum.models.detectors.norms import Norm, freeze_statistics, with_group_norms
from hilum.models.encoders import TimmEncoder
from hilum.schema.errors import ConfigError

PyramidWidth = Annotated[int, Field(ge=32, multiple_of=32)]
Stride = Annotated[int, Field(ge=2, le=32)]
Count = Annotated[int, Field(ge=1)]
RATIOS = (0.5, 1.0, 2.0)  # height by width of anchors, as torchvision has them
ANCHOR = 4  # strides of a level in a side of its anchors: 32 pixels where a cell has 8


# B images, C channels, D width of the pyramid, h w the size of a map
class Detector(nn.Module, Model):
    """What all detectors have: an encoder's maps from a stride on.

    Args:
        encoder: what turns pixels into maps; also what another training takes over.
        image: (1, C, H, H), of the shape that the detector is for.
        finest: least stride of a map, in pixels of the image.
        norm: what becomes of the encoder's batch norms.

    Raises:
        ConfigError: when the encoder gives no map of that stride or a coarser one.
    """

    inputs = ("image",)
    learns_masks = False  # whether `forward` takes `masks` beside `boxes` and `classes`

    def __init__(self, encoder: TimmEncoder, image: Tensor, *, finest: int, norm: Norm) -> None:
        super().__init__()
        self.encoder, self.notes, self.norm, self.size = encoder, encoder.notes, norm, image.shape[-1]
        if norm == "group":
            with_group_norms(encoder)
        encoder.eval()
        with torch.no_grad():
            sides = [maps.shape[-1] for maps in encoder.features(image)]
        encoder.train()
        last = {side: place for place, side in enumerate(sides)}  # of maps of one size, as a transformer's, the last
        self.places = tuple(place for side, place in last.items() if round(self.size / side) >= finest)
        if not self.places:
            strides = ", ".join(str(round(self.size / side)) for side in last)
            raise ConfigError(f"model.finest: {finest}, and the encoder's maps have strides {strides}. Expected less.")
        self.strides = tuple(round(self.size / sides[place]) for place in self.places)
        self.channels = tuple(encoder.channels[place] for place in self.places)

    def maps(self, image: Tensor) -> list[Tensor]:  # (B, C, H, W) -> [(B, d, h, w), …]
        """The maps that are looked at, fine to coarse."""
        maps = self.encoder.features(image)
        return [maps[place] for place in self.places]

    def train(self, mode: bool = True) -> "Detector":
        """As of any module, but that batch norms keep the statistics they have when they are to."""
        super().train(mode)
        if self.norm == "frozen":
            freeze_statistics(self.encoder)
        return self


class PyramidDetector(Detector):
    """A detector whose maps are made equally wide, mixed from coarse to fine, and followed by a pooled one.

    Args:
        encoder, image, finest, norm: as for `Detector`.
        width: channels of each level.

    Source: Lin et al. 2017, arXiv:1612.03144.
    """

    def __init__(self, encoder: TimmEncoder, image: Tensor, *, width: int, finest: int, norm: Norm) -> None:
        super().__init__(encoder, image, finest=finest, norm=norm)
        self.strides = (*self.strides, 2 * self.strides[-1])
        self.fpn = FeaturePyramidNetwork(list(self.channels), width, extra_blocks=LastLevelMaxPool())

    def levels(self, image: Tensor) -> dict[str, Tensor]:  # (B, C, H, W) -> {"0": (B, D, h, w), …}
        """Levels from fine to coarse, in float32: what is read from them becomes coordinates."""
        maps = OrderedDict((str(place), one) for place, one in enumerate(self.maps(image)))
        levels = cast("dict[str, Tensor]", self.fpn(maps))
        return {str(place): level.float() for place, level in enumerate(levels.values())}

    def images(self, image: Tensor) -> ImageList:
        """The images as torchvision's parts ask for them; each fills its square."""
        return ImageList(image, [(self.size, self.size)] * len(image))

    def report_anchors(self, boxes: Sequence[Tensor], anchors: AnchorGenerator) -> None:
        """Note how well the anchors' shapes fit these boxes."""
        shapes = torch.cat([(cell[:, 2:] - cell[:, :2]) for cell in anchors.cell_anchors])
        self.notes += (coverage(boxes, shapes),)


class Levels(nn.Identity):
    """What torchvision's detectors are told of the pyramid, which they do not hold."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.out_channels = width


def anchors_for(strides: Sequence[int], scales: Sequence[float] = (1.0,)) -> AnchorGenerator:
    """Anchors of each level: four strides a side, in three shapes."""
    sizes = tuple(tuple(round(ANCHOR * stride * scale) for scale in scales) for stride in strides)
    return AnchorGenerator(sizes, (RATIOS,) * len(sizes))
