"""Segment: where each structure lies, pixel by pixel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pydantic import BeforeValidator
from torch import Tensor, nn

from hilum.data import Batch, Targets
from hilum.data.masks import UNKNOWN, MaskRows
from hilum.evaluation.matching import match_masks
from hilum.evaluation.metrics.masks.dice import dice
from hilum.images import Preprocess
from hilum.images.frame import Frame
from hilum.images.mask_tables import CohortMasks, PredictedMasks, predicted_sizes
from hilum.registry import register
from hilum.registry.component import component
from hilum.schema import Cohort, DataError, Findings, Header, MaskPredictions
from hilum.schema.errors import listed
from hilum.schema.header import no_failures
from hilum.tasks.decoders.masks import masks
from hilum.tasks.registries import mask_losses
from hilum.tasks.task import Direction, Records

OUTPUT = "masks"
COLUMNS = ("image_id", "structure", "rle", "height", "width", "score")
FILLED = ("known",)


def _complete_loss(given: Any) -> Any:
    """A loss by its name, or its name with keywords, checked and completed."""
    return component(given, mask_losses, "task.loss", supplied=FILLED)


Loss = Annotated[dict[str, Any], BeforeValidator(_complete_loss)]


@register
def segment(
    *,
    findings: Findings,
    loss: Loss = {"name": "mask_bce_dice"},  # noqa: B006  read, never changed
    whole: bool = True,
) -> "Segment":
    """Where each structure lies, pixel by pixel: lungs, heart, clavicles, or whatever owners outline.

    Left and right are the patient's. A structure that an owner does not outline teaches nothing on those images; both
    lungs outlined as one teach either, each by the part on its side.

    Args:
        findings: the S structures, as `left_lung`, `right_lung`, `heart`, `left_clavicle`, `right_clavicle`; filled
            from the recipe's findings.
        loss: a loss and its keywords (`hilum ls mask-losses`).
        whole: a structure is one part without holes: the largest is kept. False for findings that come in several.
    """
    settings = _complete_loss(loss)
    return Segment(findings, settings.pop("name"), settings, whole=whole)


# B images, N images of a cohort, S structures, h w the square
@dataclass(frozen=True)
class Segment:
    """Masks to targets, logits to a loss, logits to regions.

    Args:
        findings: the S structures, in the order of the channels.
        loss_name: a name in `mask_losses`.
        loss_settings: its keywords.
        whole: whether a structure is one part without holes.
    """

    findings: Findings
    loss_name: str = "mask_bce_dice"
    loss_settings: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = True
    kind: Literal["masks"] = "masks"
    figures: Mapping[str, Direction] = field(default_factory=lambda: {"dice": "max"})  # a mean over structures

    @property
    def has_sides(self) -> bool:
        """Whether a mirrored image would need its channels swapped."""
        return any(name.lower().startswith(("left", "right")) for name in self.findings)

    def targets(self, cohort: Cohort, preprocess: Preprocess) -> Targets:
        """`masks`, (S, h, w) uint8 an image: 1 inside, 0 outside, 255 not known; read when a batch asks for them."""
        return {OUTPUT: MaskRows(cohort, tuple(self.findings), preprocess)}

    def check(self, train: Targets, val: Targets) -> list[str]:
        """Structures that cannot be learned or measured; an error when there is no other."""
        counts = {split: targets[OUTPUT].named.sum(axis=0) for split, targets in (("train", train), ("val", val))}
        notes = []
        for split, what in (("train", "learn"), ("val", "measure")):
            missing = [name for name, count in zip(self.findings, counts[split], strict=True) if not count]
            if len(missing) == len(self.findings):
                raise DataError(f"No {split} image has a mask of {listed(self.findings)}: there is nothing to {what}.")
            if missing:
                notes.append(f"No {split} image has a mask of {listed(missing)}: not {what}ed.".replace("reed", "red"))
        shown = ", ".join(f"{name} {count:,}" for name, count in zip(self.findings, counts["train"], strict=True))
        return [f"Masks to learn from: {shown}.", *notes]

    def learning_from(self, train: Targets) -> "Segment":  # noqa: ARG002  no loss counts
        """The same task."""
        return self

    def outputs(self) -> Mapping[str, int]:
        """One channel a structure."""
        return {OUTPUT: len(self.findings)}

    def step(self, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Forward, and the mean loss over the structures that are known; 0 when none is."""
        logits = model(**batch.inputs)[OUTPUT].float()  # (B, S, h, w)
        masks = batch.targets[OUTPUT]
        known = (masks != UNKNOWN).float()
        values = mask_losses[self.loss_name](logits, (masks == 1).float(), known, **self.loss_settings)  # (B, S)
        weights = (known.sum((2, 3)) > 0).float()
        total = weights.sum()
        return {"loss": (values * weights).sum() / total.clamp(min=1), "weight": total}

    def decode(self, raw: Mapping[str, NDArray[Any]], frames: Sequence[Frame]) -> Records:
        """For each image a list of its masks: `structure`, `rle`, `height`, `width`, `score`."""
        return masks(raw[OUTPUT], frames, tuple(self.findings), whole=self.whole)

    def predictions(
        self,
        image_ids: Sequence[str],
        records: Records,
        *,
        provenance: dict[str, Any] | None = None,
        failures: pd.DataFrame | None = None,
    ) -> MaskPredictions:
        """Decoded records as a table, one row a mask."""
        rows = [{"image_id": name} | one for name, found in zip(image_ids, records, strict=True) for one in found]
        known = no_failures() if failures is None else failures
        table = pd.DataFrame(rows, columns=list(COLUMNS))
        return MaskPredictions(table, Header(tuple(image_ids), provenance or {}, known))

    def monitor(self, predictions: MaskPredictions, cohort: Cohort) -> dict[str, float]:
        """Mean Dice over the structures that the cohort outlines, each a mean over its images."""
        sizes, ids, found = predicted_sizes(predictions), predictions.header.image_ids, []
        for name in self.findings:
            truth = CohortMasks(cohort, name, sizes)
            if any(image_id in truth for image_id in ids):
                found.append(float(np.asarray(dice(match_masks(ids, PredictedMasks(predictions, name), truth)))))
        return {"dice": float(np.mean(found)) if found else float("nan")}
