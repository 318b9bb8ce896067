"""RetinaNet: every anchor of every level says what it shows, by a loss that looks at the hard ones."""

import torch
from torch import nn
from torchvision.models.detection import RetinaNet
from torchvision.models.detection.retinanet import RetinaNetHead

from hilum.models import encoders
from hilum.models.detectors.detector import Count, Levels, PyramidWidth, Stride, anchors_for
from hilum.models.detectors.norms import Norm, groups_for
from hilum.models.detectors.one_stage import OneStage
from hilum.registry import register

SCALES = (1.0, 2 ** (1 / 3), 2 ** (2 / 3))  # of each level's anchors


@register
def retinanet(
    *,
    encoder: str,
    outputs: int,
    channels: int = 1,
    size: int = 512,
    pretrained: str = "none",
    norm: Norm = "frozen",
    width: PyramidWidth = 256,
    finest: Stride = 8,
    candidates: Count = 300,
) -> OneStage:
    """RetinaNet on any timm encoder with a feature pyramid: focal loss over all anchors, group norms in its heads.

    Args:
        encoder: timm's name of the network, as in `resnet50` (`hilum ls encoders` lists them).
        outputs: how many findings; filled from the recipe's.
        channels: of the images, 1 or 3; filled from the recipe's preprocess.
        size: pixels a side; filled from the recipe's preprocess.
        pretrained: where the encoder starts, as for `classifier`.
        norm: the encoder's batch norms: `frozen` keep the statistics that they come with, so that batches of one or two
            learn; `group` become group norms, for learning from scratch; `batch` stay as they are, for large batches.
        width: channels of each level of the pyramid.
        finest: least stride of a level, in pixels.
        candidates: boxes an image that are said, before those that another covers are struck out.

    Source: Lin et al. 2017, arXiv:1708.02002.
    """
    network = encoders.encoder(encoder, channels, size, pretrained)
    model = OneStage(network, torch.zeros(1, channels, size, size), width=width, finest=finest, norm=norm)
    anchors = anchors_for(model.strides, SCALES)
    head = RetinaNetHead(width, anchors.num_anchors_per_location()[0], outputs, norm_layer=_norm)
    net = RetinaNet(Levels(width), outputs, anchor_generator=anchors, head=head)
    model.net, model.candidates = net, candidates
    return model


def _norm(channels: int) -> nn.GroupNorm:
    """Of the heads, as in torchvision's second version: without one they learn many times slower."""
    return nn.GroupNorm(groups_for(channels), channels)
