"""Mask R-CNN: Faster R-CNN, and a mask of each box as a further lesson."""

import torch

from hilum.models import encoders
from hilum.models.detectors.coco import load_coco
from hilum.models.detectors.detector import Count, PyramidWidth, Stride
from hilum.models.detectors.norms import Norm
from hilum.models.detectors.two_stages import TwoStages
from hilum.registry import register


@register
def mask_rcnn(
    *,
    encoder: str,
    outputs: int,
    channels: int = 1,
    size: int = 512,
    pretrained: str = "none",
    norm: Norm = "frozen",
    width: PyramidWidth = 256,
    finest: Stride = 4,
    proposals: Count = 1000,
    sampled: Count = 512,
    candidates: Count = 100,
) -> TwoStages:
    """Mask R-CNN on any timm encoder: Faster R-CNN that also learns which pixels are the finding's.

    A box's mask is its outline where the owner drew one (`Boxes`); else the box, filled.

    Args:
        encoder: timm's name of the network, as in `resnet50` (`hilum ls encoders` lists them).
        outputs: how many findings; filled from the recipe's.
        channels: of the images, 1 or 3; filled from the recipe's preprocess.
        size: pixels a side; filled from the recipe's preprocess.
        pretrained: where the encoder starts, as for `classifier`; or `coco`, torchvision's weights of the whole
            detector, which fit the encoder `resnet50` with `width: 256` and `finest: 4`.
        norm: the encoder's batch norms: `frozen` keep the statistics that they come with, so that batches of one or two
            learn; `group` become group norms, for learning from scratch; `batch` stay as they are, for large batches.
        width: channels of each level of the pyramid.
        finest: least stride of a level, in pixels; each level's anchors have four strides a side.
        proposals: places an image that are looked at closely, at most.
        sampled: how many of them an image teaches by.
        candidates: boxes an image that are said, before those that another covers are struck out.

    Source: He et al. 2017, arXiv:1703.06870.
    """
    start = "none" if pretrained == "coco" else pretrained
    model = TwoStages(
        encoders.encoder(encoder, channels, size, start),
        torch.zeros(1, channels, size, size),
        outputs=outputs,
        masks=True,
        proposals=proposals,
        sampled=sampled,
        candidates=candidates,
        width=width,
        finest=finest,
        norm=norm,
    )
    if pretrained == "coco":
        model.notes += load_coco(model, "maskrcnn_resnet50_fpn")
    return model
