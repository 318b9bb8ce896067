"""FCOS: every place says how far the four edges are, without anchors."""

from typing import Annotated

import torch
from pydantic import Field
from torchvision.models.detection import FCOS
from torchvision.models.detection.anchor_utils import AnchorGenerator

from hilum.models import encoders
from hilum.models.detectors.detector import Count, Levels, Stride
from hilum.models.detectors.norms import Norm
from hilum.models.detectors.one_stage import OneStage
from hilum.registry import register


@register
def fcos(
    *,
    encoder: str,
    outputs: int,
    channels: int = 1,
    size: int = 512,
    pretrained: str = "none",
    norm: Norm = "frozen",
    width: Annotated[int, Field(ge=64, multiple_of=32)] = 256,
    finest: Stride = 8,
    candidates: Count = 300,
) -> OneStage:
    """FCOS on any timm encoder with a feature pyramid: no anchors, group norms in its heads.

    Args:
        encoder: timm's name of the network, as in `resnet50` (`hilum ls encoders` lists them).
        outputs: how many findings; filled from the recipe's.
        channels: of the images, 1 or 3; filled from the recipe's preprocess.
        size: pixels a side; filled from the recipe's preprocess.
        pretrained: where the encoder starts, as for `classifier`.
        norm: the encoder's batch norms: `frozen` keep the statistics that they come with, so that batches of one or two
            learn; `group` become group norms, for learning from scratch; `batch` stay as they are, for large batches.
        width: channels of each level of the pyramid; of at least two for each of 32 groups of a group norm.
        finest: least stride of a level, in pixels.
        candidates: boxes an image that are said, before those that another covers are struck out.

    Source: Tian et al. 2019, arXiv:1904.01355.
    """
    network = encoders.encoder(encoder, channels, size, pretrained)
    model = OneStage(network, torch.zeros(1, channels, size, size), width=width, finest=finest, norm=norm)
    points = AnchorGenerator(tuple((stride,) for stride in model.strides), ((1.0,),) * len(model.strides))
    model.net, model.candidates = FCOS(Levels(width), outputs, anchor_generator=points), candidates
    return model
