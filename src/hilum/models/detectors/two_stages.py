"""Two stages: places where something may be, then what each is. Torchvision's R-CNN on a pyramid."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torchvision.models.detection import FasterRCNN, MaskRCNN
from torchvision.ops import MultiScaleRoIAlign

from hilum.models.detectors.candidates import from_probabilities, one_a_finding, stacked, surest
from hilum.models.detectors.detector import Levels, PyramidDetector, anchors_for
from hilum.models.detectors.norms import Norm
from hilum.models.detectors.truth import truths
from hilum.models.encoders import TimmEncoder

CELLS, MASK_CELLS = 7, 14  # a side, of what is looked at of a place


# B images, C channels, N candidates, K findings
class TwoStages(PyramidDetector):
    """Torchvision's R-CNN; resizing and normalizing are Preprocess's, and striking out doubles is the task's.

    Args:
        encoder: as for `PyramidDetector`, with `image`, `width`, `finest` and `norm`.
        image: likewise.
        outputs: K.
        masks: also learn which pixels of a place are the finding's.
        proposals: places an image that are looked at closely, at most.
        sampled: how many of them an image teaches by.
        candidates: N.
        width, finest, norm: as for `PyramidDetector`.
    """

    def __init__(
        self,
        encoder: TimmEncoder,
        image: Tensor,
        *,
        outputs: int,
        masks: bool,
        proposals: int,
        sampled: int,
        candidates: int,
        width: int,
        finest: int,
        norm: Norm,
    ) -> None:
        super().__init__(encoder, image, width=width, finest=finest, norm=norm)
        self.learns_masks, self.candidates = masks, candidates
        named = [str(place) for place in range(len(self.places))]  # the pooled level is for proposals alone
        settings: dict[str, Any] = {
            "rpn_anchor_generator": anchors_for(self.strides),
            "rpn_post_nms_top_n_train": proposals,
            "rpn_post_nms_top_n_test": proposals,
            "box_roi_pool": MultiScaleRoIAlign(named, CELLS, sampling_ratio=2),
            "box_batch_size_per_image": sampled,
        }
        if masks:
            settings["mask_roi_pool"] = MultiScaleRoIAlign(named, MASK_CELLS, sampling_ratio=2)
        self.net = (MaskRCNN if masks else FasterRCNN)(Levels(width), outputs + 1, **settings)

    def forward(
        self,
        *,
        image: Tensor,
        boxes: Sequence[Tensor] | None = None,
        classes: Sequence[Tensor] | None = None,
        masks: Sequence[Tensor] | None = None,
    ) -> dict[str, Tensor]:  # (B, C, H, W) -> (B, N, 4) and (B, N, K)
        """Candidates of each image; while it learns, the losses against these boxes and their masks (n, H, W)."""
        levels, images = self.levels(image), self.images(image)
        with torch.autocast(image.device.type, enabled=False):
            if boxes is None or classes is None:
                return self._candidates(levels, images)
            truth = truths(boxes, classes, first=1)  # 0 stands for nothing
            if masks is not None:
                truth = [one | {"masks": drawn} for one, drawn in zip(truth, masks, strict=True)]
            proposals, first = self.net.rpn(images, levels, truth)
            _, second = self.net.roi_heads(levels, proposals, images.image_sizes, truth)
        return {**first, **second}

    def fit_boxes(self, boxes: Sequence[Tensor]) -> None:
        """Say how well the anchors fit the boxes to learn from; they are those of the levels' strides."""
        self.report_anchors(boxes, self.net.rpn.anchor_generator)

    def _candidates(self, levels: dict[str, Tensor], images: Any) -> dict[str, Tensor]:
        heads = self.net.roi_heads
        proposals, _ = self.net.rpn(images, levels)
        seen = heads.box_head(heads.box_roi_pool(levels, proposals, images.image_sizes))
        logits, moves = heads.box_predictor(seen)
        boxes = heads.box_coder.decode(moves, proposals)[:, 1:]  # (all proposals, K, 4), without those of nothing
        counts = [len(one) for one in proposals]
        pairs = zip(torch.split(boxes, counts), torch.split(from_probabilities(logits), counts), strict=True)
        return surest(*stacked([one_a_finding(*pair) for pair in pairs]), self.candidates, self.size)
