"""YOLOv3 from its paper: three scales, nine anchors, one look."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from hilum.models import encoders
from hilum.models.detectors.anchors import coverage, k_means, shapes_of
from hilum.models.detectors.candidates import logit_of, surest
from hilum.models.detectors.darknet import Places, convolution, losses
from hilum.models.detectors.detector import Count, Detector, PyramidWidth
from hilum.models.detectors.norms import Norm
from hilum.registry import register
from hilum.schema.errors import ConfigError

SCALES, EACH = 3, 3  # and anchors of each
FINEST = 8  # stride of the first scale
COCO = ((10, 13), (16, 30), (33, 23), (30, 61), (62, 45), (59, 119), (116, 90), (156, 198), (373, 326))
COCO_SIZE = 416  # pixels a side of the images for which the paper's anchors are
RARE = 0.01  # how probable a box is at each place before anything is learned


# B images, C channels, N candidates, K findings, M places
class YOLOv3(Detector):
    """Encoder, a neck that carries what coarse maps say to finer ones, and a head a scale.

    Args:
        encoder, image, norm: as for `Detector`.
        outputs: K.
        width: channels of the finest scale; each coarser one has twice as many.
        candidates: N.
    """

    anchors: Tensor

    def __init__(
        self, encoder: encoders.TimmEncoder, image: Tensor, *, outputs: int, width: int, candidates: int, norm: Norm
    ) -> None:
        super().__init__(encoder, image, finest=FINEST, norm=norm)
        if len(self.places) != SCALES:
            raise ConfigError(
                f"model.encoder: it gives {len(self.places)} maps of stride {FINEST} and more. YOLOv3 expects three, "
                "as a convolutional network's of 32 pixels in all."
            )
        self.candidates = candidates
        widths = [width * 2**scale for scale in range(SCALES)]
        carried = [widths[scale + 1] // 2 for scale in range(SCALES - 1)] + [0]  # from the next coarser scale
        self.blocks = nn.ModuleList(
            _block(own + more, wide) for own, more, wide in zip(self.channels, carried, widths, strict=True)
        )
        self.carriers = nn.ModuleList(convolution(wide, wide // 2, 1) for wide in widths[1:])
        self.heads = nn.ModuleList(_head(wide, outputs) for wide in widths)
        self.register_buffer("anchors", torch.tensor(COCO, dtype=torch.float32) * self.size / COCO_SIZE)

    def fit_boxes(self, boxes: Sequence[Tensor]) -> None:
        """Choose the nine anchors by k-means on the boxes to learn from; the paper's stay where these are too few."""
        found = k_means(shapes_of(boxes), SCALES * EACH)
        if found is not None:
            self.anchors.copy_(found)
        self.notes += (coverage(boxes, self.anchors),)

    def forward(
        self, *, image: Tensor, boxes: Sequence[Tensor] | None = None, classes: Sequence[Tensor] | None = None
    ) -> dict[str, Tensor]:  # (B, C, H, W) -> (B, N, 4) and (B, N, K)
        """Candidates of each image; while it learns, the losses against these boxes, an image's mean."""
        scales = self._scales(self.maps(image))
        anchors = self.anchors.float()
        places = Places.of([(one.shape[1], one.shape[2]) for one in scales], self.strides, anchors)
        said = torch.cat([one.flatten(1, 3) for one in scales], dim=1).float()  # (B, M, 5 + K)
        with torch.autocast(image.device.type, enabled=False):
            if boxes is None or classes is None:
                score = said[..., 4:5].sigmoid() * said[..., 5:].sigmoid()
                return surest(places.boxes(said), logit_of(score), self.candidates, self.size)
            each = [losses(one, places, anchors, *truth) for one, *truth in zip(said, boxes, classes, strict=True)]
            return {name: torch.stack([one[name] for one in each]).mean() for name in each[0]}

    def _scales(self, maps: list[Tensor]) -> list[Tensor]:  # -> [(B, h, w, 3, 5 + K), …], fine to coarse
        found: list[Tensor] = []
        carried: Tensor | None = None
        for scale in reversed(range(SCALES)):
            own = maps[scale]
            if carried is not None:
                larger = functional.interpolate(self.carriers[scale](carried), size=own.shape[-2:])
                own = torch.cat([own, larger], dim=1)
            carried = self.blocks[scale](own)
            head = self.heads[scale](carried)  # (B, 3 (5 + K), h, w)
            found.append(head.unflatten(1, (EACH, -1)).permute(0, 3, 4, 1, 2))
        return found[::-1]


def _block(before: int, width: int) -> nn.Sequential:
    """Five convolutions, in turn narrow and wide."""
    return nn.Sequential(
        convolution(before, width, 1),
        convolution(width, 2 * width, 3),
        convolution(2 * width, width, 1),
        convolution(width, 2 * width, 3),
        convolution(2 * width, width, 1),
    )


def _head(width: int, outputs: int) -> nn.Sequential:
    """Of one scale: of each anchor center, size, whether there is a box, and of which finding."""
    last = nn.Conv2d(2 * width, EACH * (5 + outputs), 1)
    assert last.bias is not None
    last.bias.detach().view(EACH, -1)[:, 4] = -math.log(1 / RARE - 1)
    return nn.Sequential(convolution(width, 2 * width, 3), last)


@register
def yolov3(
    *,
    encoder: str = "darknet53",
    outputs: int,
    channels: int = 1,
    size: int = 416,
    pretrained: str = "none",
    norm: Norm = "frozen",
    width: PyramidWidth = 128,
    candidates: Count = 300,
) -> YOLOv3:
    """YOLOv3 on Darknet-53 or any timm encoder of three strides: three scales, nine anchors, one look.

    The anchors are chosen by k-means on the boxes to learn from, and stand in the Run's weights.

    Args:
        encoder: timm's name of the network; the paper's is `darknet53` (`hilum ls encoders` lists them).
        outputs: how many findings; filled from the recipe's.
        channels: of the images, 1 or 3; filled from the recipe's preprocess.
        size: pixels a side; filled from the recipe's preprocess.
        pretrained: where the encoder starts, as for `classifier`.
        norm: the encoder's batch norms: `frozen` keep the statistics that they come with, so that batches of one or two
            learn; `group` become group norms, for learning from scratch; `batch` stay as they are, for large batches.
        width: channels at the finest scale, 128 in the paper; twice as many at each coarser one.
        candidates: boxes an image that are said, before those that another covers are struck out.

    Source: Redmon & Farhadi 2018, arXiv:1804.02767.
    """
    network = encoders.encoder(encoder, channels, size, pretrained)
    return YOLOv3(
        network,
        torch.zeros(1, channels, size, size),
        outputs=outputs,
        width=width,
        candidates=candidates,
        norm=norm,
    )
