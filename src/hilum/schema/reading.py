"""Reading: all that is said of one image, in original pixels: what pages, DICOM objects and FHIR are written from."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.schema.boxes import Boxes
from hilum.schema.errors import DataError
from hilum.schema.explanation import Explanation
from hilum.schema.findings import key

Call = Literal["present", "absent", "not assessed"]
DECIMALS = 4  # of probabilities wherever they are written: what is beyond differs between machines


@dataclass(frozen=True)
class Assessment:
    """What is said of one finding.

    Args:
        finding: its name in the model's vocabulary; also its id in every output.
        probability: in [0, 1]; NaN where the model gave none.
        threshold: operating point, the probability from which it is called present; None without one.
    """

    finding: str
    probability: float
    threshold: float | None = None

    @property
    def call(self) -> Call:
        """Present or absent by the operating point; not assessed without a probability or without a point."""
        if np.isnan(self.probability) or self.threshold is None:
            return "not assessed"
        return "present" if self.probability >= self.threshold else "absent"


@dataclass(frozen=True)
class Measurement:
    """A number measured on the image.

    Args:
        name: as in `cardiothoracic_ratio`.
        value: the number.
        unit: of UCUM, `1` for a ratio, `mm`, `%`.
    """

    name: str
    value: float
    unit: str = "1"


@dataclass(frozen=True)
class Reading:
    """All that is said of one image.

    Args:
        image_id: of the image.
        pixels: (H, W) uint8, the image as the radiologist sees it, 255 = white.
        assessments: one a finding, in the model's order.
        heatmaps: where the model looked, one a finding at most.
        boxes: predicted boxes of this image, original pixels.
        masks: (H, W) bool of each outlined structure (`heart`, `left_lung`), original pixels.
        measurements: numbers measured on the image.
        view: `PA`, `AP`, `LATERAL`, or None when the file does not say.
        notes: on the image's quality and on what was not known, short sentences.
        provenance: of the predictions: run, hash of the weights, versions.

    Raises:
        DataError: when a heatmap, a mask or a box does not fit the image.
    """

    image_id: str
    pixels: NDArray[np.uint8]
    assessments: tuple[Assessment, ...]
    heatmaps: tuple[Explanation, ...] = ()
    boxes: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["image_id", "finding", "score"]))
    masks: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    measurements: tuple[Measurement, ...] = ()
    view: str | None = None
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        for what, own in [*((f"heatmap of {each.finding}", each.shape) for each in self.heatmaps),
                          *((f"mask of {name}", mask.shape) for name, mask in self.masks.items())]:  # fmt: skip
            if own != shape:
                raise DataError(
                    f"{self.image_id}: the {what} is {own}, the image {shape}. Expected the image's own pixels."
                )
        if len(self.boxes):
            outer = Boxes(self.boxes).table[["x1", "y1"]].max()
            if outer.x1 > shape[1] or outer.y1 > shape[0]:
                raise DataError(
                    f"{self.image_id}: a box reaches to ({outer.x1:g}, {outer.y1:g}) on an image of {shape[1]} x "
                    f"{shape[0]} pixels. Expected boxes in original pixels."
                )

    def called(self, call: Call) -> tuple[Assessment, ...]:
        """The findings of one call, most probable first."""
        chosen = [each for each in self.assessments if each.call == call]
        return tuple(sorted(chosen, key=lambda each: -np.nan_to_num(each.probability)))

    def heatmap(self, finding: str) -> Explanation | None:
        """The heatmap of a finding, under this or a synonymous name."""
        return next((each for each in self.heatmaps if key(each.finding) == key(finding)), None)

    def boxes_of(self, finding: str) -> pd.DataFrame:
        """The boxes of a finding, under this or a synonymous name."""
        return self.boxes[[key(str(name)) == key(finding) for name in self.boxes.finding]]

    @property
    def model(self) -> str:
        """What read: the Run's name."""
        return str(self.provenance.get("run") or "unknown")

    @property
    def weights(self) -> str:
        """What tells its weights from others: the first figures of their hash, or `unknown`."""
        return str(self.provenance.get("weights_sha256") or "unknown")[:12]

    @cached_property
    def digest(self) -> str:
        """Hash of all that is said: the same for the same reading, another for another."""
        said = {
            "assessments": [
                (each.finding, _rounded(each.probability), each.threshold and _rounded(each.threshold))
                for each in self.assessments
            ],
            "boxes": self.boxes.drop(columns="image_id").round(DECIMALS).to_csv(index=False),
            "measurements": [asdict(each) | {"value": _rounded(each.value)} for each in self.measurements],
            "heatmaps": [(each.finding, each.method) for each in self.heatmaps],
            "masks": list(self.masks),
            "view": self.view,
            "notes": self.notes,
            "model": (self.model, self.provenance.get("weights_sha256")),
        }
        made = hashlib.sha256(json.dumps(said).encode())
        for explanation in self.heatmaps:
            made.update(np.rint(explanation.cells * 255).astype(np.uint8).tobytes())
        for mask in self.masks.values():
            made.update(np.packbits(mask).tobytes())
        return made.hexdigest()


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, DECIMALS)
