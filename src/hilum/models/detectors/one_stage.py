"""One stage: every place of every level says what it shows. RetinaNet and FCOS as torchvision has them."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torchvision.models.detection import FCOS, RetinaNet

from hilum.models.detectors.candidates import logit_of, surest
from hilum.models.detectors.detector import PyramidDetector
from hilum.models.detectors.truth import truths


# B images, C channels, N candidates, K findings, A anchors of an image
class OneStage(PyramidDetector):
    """Torchvision's dense detectors; resizing and normalizing are Preprocess's, and striking out doubles the task's.

    Set `net`, which torchvision builds without a backbone, and `candidates`, N, after it is made: what they are
    depends on the pyramid's strides.
    """

    net: RetinaNet | FCOS
    candidates: int

    def forward(
        self, *, image: Tensor, boxes: Sequence[Tensor] | None = None, classes: Sequence[Tensor] | None = None
    ) -> dict[str, Tensor]:  # (B, C, H, W) -> (B, N, 4) and (B, N, K)
        """Candidates of each image; while it learns, the losses against these boxes."""
        levels = list(self.levels(image).values())
        with torch.autocast(image.device.type, enabled=False):
            said = self.net.head(levels)
            anchors = self.net.anchor_generator(self.images(image), levels)
            if boxes is None or classes is None:
                return self._candidates(said, torch.stack(anchors))
            return self._losses(said, anchors, levels, truths(boxes, classes, first=0))

    def fit_boxes(self, boxes: Sequence[Tensor]) -> None:
        """Say how well the anchors fit the boxes to learn from, where there are any."""
        if isinstance(self.net, RetinaNet):
            self.report_anchors(boxes, self.net.anchor_generator)

    def _losses(self, said: Any, anchors: list[Tensor], levels: list[Tensor], truth: Any) -> dict[str, Tensor]:
        if isinstance(self.net, RetinaNet):
            losses: dict[str, Tensor] = self.net.compute_loss(truth, said, anchors)
        else:
            places = [level.shape[-2] * level.shape[-1] for level in levels]
            losses = self.net.compute_loss(truth, said, anchors, places)
        return losses

    def _candidates(self, said: dict[str, Tensor], anchors: Tensor) -> dict[str, Tensor]:
        logits, moves = said["cls_logits"], said["bbox_regression"]  # (B, A, K), (B, A, 4)
        if isinstance(self.net, RetinaNet):
            pairs = zip(moves, anchors, strict=True)
            boxes = torch.stack([self.net.box_coder.decode_single(*pair) for pair in pairs])
        else:
            boxes = self.net.box_coder.decode(moves, anchors)
            logits = logit_of((logits.sigmoid() * said["bbox_ctrness"].sigmoid()).sqrt())
        return surest(boxes, logits, self.candidates, self.size)
