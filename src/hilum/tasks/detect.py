"""Detect: where is each finding, as boxes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from hilum.data import Batch, Targets
from hilum.data.outlines import COLUMNS, filled, without_boxes
from hilum.evaluation.matching.boxes import match_boxes
from hilum.evaluation.metrics.boxes.box_average_precision import box_average_precision
from hilum.images import Preprocess
from hilum.images.frame import Frame
from hilum.registry import register
from hilum.schema import Boxes, BoxPredictions, Cohort, DataError, Findings, Header
from hilum.schema.boxes import EDGES
from hilum.schema.header import no_failures
from hilum.tasks.box_targets import SMALLEST, box_targets, sizes
from hilum.tasks.decoders.boxes import Found, boxes_of
from hilum.tasks.decoders.regions import regions
from hilum.tasks.task import Direction

Share = Annotated[float, Field(ge=0, le=1)]
Part = Annotated[float, Field(gt=0, lt=1)]
HIT = 0.4  # intersection over union from which on a box counts as found while an epoch is judged


@register
def detect(
    *,
    findings: Findings,
    floor: Share = 0.01,
    overlap: Part = 0.3,
    most: Annotated[int, Field(ge=1, le=1000)] = 100,
    cuts: tuple[Part, ...] = (0.3, 0.5),
    least: Share = 0.002,
) -> "Detect":
    """Where is each finding, as boxes with scores (`model: faster_rcnn`, `yolov3`, `box_unet`, …).

    Args:
        findings: the K names; filled from the recipe's findings.
        floor: least score of a box that is kept at all; which score is enough is chosen later, on validation images.
        overlap: intersection over union above which two boxes of one finding are one, the surer.
        most: boxes an image, at most.
        cuts: for models that give masks: probabilities from which on a pixel belongs to a region.
        least: for models that give masks: the share of the square that a region covers at least.
    """
    return Detect(findings, floor, overlap, most, tuple(cuts), least)


# B images, N images of a cohort or candidates of an image, K findings, n boxes of an image
@dataclass(frozen=True)
class Detect:
    """Boxes to targets, a model's own losses, candidates to boxes in original pixels; settings as for `detect`."""

    findings: Findings
    floor: float = 0.01
    overlap: float = 0.3
    most: int = 100
    cuts: tuple[float, ...] = (0.3, 0.5)
    least: float = 0.002
    kind: Literal["boxes"] = "boxes"
    figures: Mapping[str, Direction] = field(default_factory=lambda: {"box_average_precision": "max"})  # mean, IoU 0.4

    # --- before learning ---------------------------------------------------------------------------------------------

    def targets(self, cohort: Cohort, preprocess: Preprocess) -> Targets:
        """`boxes` (n, 4) on the square and `classes` (n,) of each image, and what samplers count by: `labels` (N, K).

        `whole` (N,) is false for images that show a finding without a box of it: where it lies nobody knows, so that
        they teach nothing.
        """
        return box_targets(cohort, self.findings, preprocess)

    def check(self, train: Targets, val: Targets) -> list[str]:
        """How many boxes of which size there are; an error where there is none to learn from."""
        counts = [sum(map(len, targets["boxes"])) for targets in (train, val)]
        if not counts[0]:
            raise DataError(
                f"No training image has a box of {', '.join(self.findings)}. Expected a dataset with boxes, as "
                "rsna_pneumonia, and a recipe whose findings it has."
            )
        notes = [
            f"{counts[0]:,} boxes to learn from, on the square {sizes(train['boxes'])}; {counts[1]:,} to validate."
        ]
        seen = set(torch.cat(list(train["classes"])).tolist())
        never = [name for place, name in enumerate(self.findings) if place not in seen]
        notes += [f"No training box: {', '.join(never)}."] if never else []
        notes += [] if counts[1] else ["No validation image has a box: the last epoch counts as the best."]
        left_out = int((~train["whole"]).sum())
        if left_out:
            notes.append(f"{left_out:,} training images show a finding without a box of it, and teach nothing.")
        return notes

    def learning_from(self, train: Targets) -> "Detect":  # noqa: ARG002  losses lie inside the model
        """The same task: how often what occurs changes none of its losses."""
        return self

    # --- learning ----------------------------------------------------------------------------------------------------

    def outputs(self) -> Mapping[str, int]:
        """A logit a finding, for each candidate; a box's four numbers belong to every detector."""
        return {"scores": len(self.findings)}

    def step(self, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """The model's own losses and their sum, over the images that can teach."""
        places = [place for place, whole in enumerate(batch.targets["whole"].tolist()) if whole]
        if not places:  # a loss that moves nothing
            zero = torch.stack([weight.sum() * 0 for weight in model.parameters() if weight.requires_grad]).sum()
            return {"loss": zero, "weight": torch.zeros(())}
        taught = batch if len(places) == len(batch) else batch.take(places)
        known = taught.targets
        drawn = known.get("outlines") or [table.new_zeros(0, COLUMNS) for table in known["boxes"]]
        boxes, classes, outlines = zip(
            *(_solid(*each) for each in zip(known["boxes"], known["classes"], drawn, strict=True)), strict=True
        )
        truth: dict[str, Any] = {"boxes": boxes, "classes": classes}
        if getattr(model, "learns_masks", False):
            side = taught.inputs["image"].shape[-1]
            truth["masks"] = [filled(*pair, side) for pair in zip(boxes, outlines, strict=True)]
        losses = model(**taught.inputs, **truth)
        total = torch.stack([loss.float() for loss in losses.values()]).sum()
        return {"loss": total, "weight": torch.tensor(float(len(places))), **losses}

    # --- what is said ------------------------------------------------------------------------------------------------

    def decode(self, raw: Mapping[str, NDArray[Any]], frames: Sequence[Frame]) -> list[Found]:
        """Boxes of each image in original pixels, from candidates or from masks."""
        settings: dict[str, Any] = {"floor": self.floor, "overlap": self.overlap, "most": self.most}
        if "masks" not in raw:
            return boxes_of(raw["boxes"], raw["scores"], frames, **settings)
        size = frames[0].preprocess.size if frames else 1
        found = regions(raw["masks"], size, cuts=self.cuts, least=self.least)
        return [
            boxes_of(boxes[None], logits[None], [frame], **settings)[0]
            for (boxes, logits), frame in zip(found, frames, strict=True)
        ]

    def predictions(self, image_ids: Sequence[str], records: Sequence[Found], **header: Any) -> BoxPredictions:
        """A table of one row a box, with the size of the image on which it lies."""
        names = np.array([*self.findings], dtype=object)
        tables = [
            pd.DataFrame(found.boxes, columns=EDGES).assign(
                image_id=image_id,
                finding=names[found.classes],
                score=found.scores,
                image_width=found.width,
                image_height=found.height,
            )
            for image_id, found in zip(image_ids, records, strict=True)
            if len(found.boxes)
        ]
        columns = ["image_id", "finding", *EDGES, "score", "image_width", "image_height"]
        table = pd.concat(tables, ignore_index=True)[columns] if tables else _no_boxes(columns)
        known = {"provenance": {}, "failures": no_failures(), **header}
        return BoxPredictions(Boxes(table), Header(tuple(image_ids), known["provenance"], known["failures"]))

    def monitor(self, predictions: BoxPredictions, cohort: Cohort) -> dict[str, float]:
        """Average precision at an overlap of 0.4, the mean over findings that have a box; 0 where none has."""
        placed = predictions.on_canvas(cohort.images)
        truth = (cohort.boxes or Boxes(_no_boxes(["image_id", "finding", *EDGES]))).among(
            pd.Series(placed.header.image_ids, dtype="str")
        )
        matches = [match_boxes(placed, truth, name) for name in self.findings]
        values = [float(np.asarray(box_average_precision(match, hit=HIT))) for match in matches if match.actual.any()]
        return {"box_average_precision": float(np.mean(values)) if values else 0.0}


def _no_boxes(columns: Sequence[str]) -> pd.DataFrame:
    words = ("image_id", "finding")
    return pd.DataFrame({name: pd.Series([], dtype="str" if name in words else "float64") for name in columns})


def _solid(boxes: Tensor, classes: Tensor, outlines: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Without boxes that augmentation moved off the image, or all but off."""
    kept = ((boxes[:, 2:] - boxes[:, :2]) >= SMALLEST).all(dim=1)
    return boxes[kept], classes[kept], without_boxes(outlines, kept)
