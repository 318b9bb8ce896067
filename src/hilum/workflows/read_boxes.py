"""Read boxes: a detector applied to files at hand, each decoded once."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from hilum.features.thorax import Thorax
from hilum.images import Image
from hilum.schema import Assessment, BoxPredictions, ConfigError, Explanation, ImageError, MaskPredictions
from hilum.schema.boxes import EDGES, Boxes
from hilum.schema.files import write_json, write_text
from hilum.schema.findings import key
from hilum.workflows.chests import NO_LUNGS, chests_of, measured_facts, outline, without_lungs
from hilum.workflows.read import NOTICE, decoded, failures_of, thresholds_of

if TYPE_CHECKING:  # with them comes PyTorch, for which other workflows need not wait
    from hilum.inference import Predictor
    from hilum.runs import Run


MOST = 30  # boxes of an image that are shown and written, the surest ones


@dataclass(frozen=True)
class BoxReadings:
    """What a detector finds on some images.

    Args:
        images: those that could be read, in the order given.
        predictions: their boxes, original pixels; also names what could not be read.
        findings: that it looks for.
        chests: by image id what was measured on lungs and heart; empty where nothing outlined them.
        outlines: the masks that this was measured on; None where nothing outlined them.
    """

    explanations: ClassVar[Sequence[Explanation]] = ()  # a box says where; there is no heatmap beside it
    images: list[Image]
    predictions: BoxPredictions
    findings: tuple[str, ...] = ()
    chests: Mapping[str, Thorax] = field(default_factory=dict)
    outlines: MaskPredictions | None = None

    @property
    def thresholds(self) -> dict[str, float] | None:
        """From which score a finding's box is drawn, where the Run has a cut."""
        return thresholds_of(self.predictions)

    @cached_property
    def uncalled(self) -> frozenset[str]:
        """Images on which no lung was found: no box is drawn there, and nothing is called present or absent."""
        return without_lungs(self.chests, self.outlines)

    def drawn(self, image_id: str) -> pd.DataFrame:
        """The boxes of one image that reach their finding's cut, the surest first; all where there is no cut."""
        found = self.predictions.boxes.of(image_id).sort_values("score", ascending=False)
        if image_id in self.uncalled:
            return found.iloc[:0]
        cuts = found.finding.map(dict(self.thresholds or {})).astype(float).fillna(0.0)
        return found[found.score >= cuts].head(MOST)

    def assessments(self, image_id: str) -> tuple[Assessment, ...]:
        """What is said of each finding of one image: the score of its surest box, 0 where there is none."""
        found = self.predictions.boxes.of(image_id)
        surest = found.groupby(found.finding.map(key)).score.max()
        points = {} if image_id in self.uncalled else self.thresholds or {}
        return tuple(Assessment(name, float(surest.get(key(name), 0.0)), points.get(name)) for name in self.findings)

    def alone(self, image_id: str) -> "BoxReadings":
        """The reading of one image."""
        told = self.predictions
        header = replace(told.header, image_ids=(image_id,), provenance=told.provenance | {"predicted": 1})
        return replace(
            self,
            images=[image for image in self.images if image.image_id == image_id],
            predictions=replace(told, boxes=Boxes(told.boxes.of(image_id)), header=header),
            chests={name: chest for name, chest in self.chests.items() if name == image_id},
        )

    def to_json(self) -> dict[str, Any]:
        """What `hilum read` writes as reading.json; no folder, since a folder can name a patient."""
        columns = ["finding", *EDGES, "score"]
        return {
            "notice": NOTICE,
            "provenance": self.predictions.provenance,
            "operating_points": self.thresholds,
            "images": [
                {
                    "image_id": image.image_id,
                    "file": image.path.name,
                    "width": image.pixels.shape[1],
                    "height": image.pixels.shape[0],
                    "boxes": self.predictions.boxes.of(image.image_id)[columns].to_dict("records"),
                    "calls": {each.finding: each.call for each in self.assessments(image.image_id)},
                }
                | ({"notes": [NO_LUNGS]} if image.image_id in self.uncalled else {})
                | ({"chest": self.chests[image.image_id].to_json()} if image.image_id in self.chests else {})
                for image in self.images
            ],
            "failures": failures_of(self.predictions),
        }

    def page(self) -> str:
        """One HTML page."""
        from hilum.reports.reading_boxes import box_reading_page

        return box_reading_page(
            self.images,
            self.predictions,
            {image.image_id: self.drawn(image.image_id) for image in self.images},
            uncalled=self.uncalled,
            measured=measured_facts(self.chests),
        )

    def save(self, path: Path) -> None:
        """Write as a page (.html) or as numbers (.json)."""
        if path.suffix.lower() == ".json":
            write_json(path, self.to_json())
        else:
            write_text(path, self.page())


def read_boxes(
    run: "Run | Predictor",
    paths: Sequence[str | os.PathLike[str]],
    *,
    masks: "Run | Predictor | None" = None,
    device: str = "auto",
    backend: str = "torch",
) -> BoxReadings:
    """Find boxes on image files.

    Args:
        run: a detector, or several as one; a Predictor is not loaded again.
        paths: DICOM, PNG or JPEG files.
        masks: what outlines lungs and heart, to measure them too; None for no measures.
        device: `auto`, `cpu`, `cuda` …, for a Run.
        backend: what computes, for a Run.

    Raises:
        ImageError: when not one of the files can be read.
        ConfigError: when the Run finds no boxes.
    """
    from hilum.inference import Predictor

    opened = run.run if isinstance(run, Predictor) else run
    if opened.task.kind != "boxes":
        raise ConfigError(f"{opened.folder}: it gives {opened.task.kind}. Expected a Run that gives boxes.")
    images, failures = decoded([Path(path) for path in paths])
    if not images:
        raise ImageError("\n".join(reason for _, reason in failures))
    predictor = run if isinstance(run, Predictor) else Predictor.open(run, backend=backend, device=device)
    return boxes_of(predictor, images, failures, masks=masks, device=device)


def boxes_of(
    predictor: "Predictor",
    images: list[Image],
    failures: Sequence[tuple[str, str]] = (),
    *,
    masks: "Run | Predictor | MaskPredictions | None" = None,
    device: str = "auto",
) -> BoxReadings:
    """What a detector finds on images at hand; `failures` are those that could not be read, by id and reason."""
    told = predictor.predict(predictor.memory(images))
    assert isinstance(told, BoxPredictions)
    table = pd.DataFrame(failures, columns=["image_id", "reason"], dtype="str")
    header = replace(told.header, provenance=told.provenance | {"failed": len(failures)}, failures=table)
    outlines = None if masks is None else outline(masks, images, device=device)
    chests = {} if outlines is None else chests_of(outlines, images)
    return BoxReadings(images, replace(told, header=header), tuple(predictor.run.findings), chests, outlines)
