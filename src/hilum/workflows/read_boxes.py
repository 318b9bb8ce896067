"""Read boxes: a detector applied to files at hand, each decoded once."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from hilum.images import Image
from hilum.schema import BoxPredictions, ConfigError, ImageError
from hilum.schema.boxes import EDGES
from hilum.schema.files import write_json, write_text
from hilum.workflows.read import NOTICE, decoded

if TYPE_CHECKING:  # with them comes PyTorch, for which other workflows need not wait
    from hilum.inference import Predictor
    from hilum.runs import Run


@dataclass(frozen=True)
class BoxReadings:
    """What a detector finds on some images.

    Args:
        images: those that could be read, in the order given.
        predictions: their boxes, original pixels; also names what could not be read.
    """

    images: list[Image]
    predictions: BoxPredictions

    @property
    def thresholds(self) -> dict[str, float] | None:
        """From which score a finding's box is drawn, where the Run has a cut."""
        points: dict[str, Any] = self.predictions.provenance.get("operating_points", {})
        return points.get("thresholds")

    def to_json(self) -> dict[str, Any]:
        """What `hilum read` writes as reading.json; no folder, since a folder can name a patient."""
        from hilum.reports.reading import without_folder  # here: who only predicts draws no page

        columns = ["finding", *EDGES, "score"]
        return {
            "notice": NOTICE,
            "provenance": self.predictions.provenance,
            "operating_points": self.thresholds,
            "images": [
                {
                    "image_id": image.image_id,
                    "file": image.path.name,
                    "boxes": self.predictions.boxes.of(image.image_id)[columns].to_dict("records"),
                }
                for image in self.images
            ],
            "failures": [
                {"image_id": row.image_id, "reason": without_folder(str(row.reason))}
                for row in self.predictions.failures.itertuples()
            ],
        }

    def save(self, path: Path) -> None:
        """Write as a page (.html) or as numbers (.json)."""
        if path.suffix.lower() == ".json":
            write_json(path, self.to_json())
            return
        from hilum.reports.reading_boxes import box_reading_page

        write_text(path, box_reading_page(self.images, self.predictions, operating_points=self.thresholds))


def read_boxes(
    run: "Run | Predictor", paths: Sequence[str | os.PathLike[str]], *, device: str = "auto", backend: str = "torch"
) -> BoxReadings:
    """Find boxes on image files.

    Args:
        run: a detector, or several as one; a Predictor is not loaded again.
        paths: DICOM, PNG or JPEG files.
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
    told = predictor.predict(predictor.memory(images))
    assert isinstance(told, BoxPredictions)
    table = pd.DataFrame(failures, columns=["image_id", "reason"], dtype="str")
    facts = told.provenance | {"failed": len(failures)}
    return BoxReadings(images, replace(told, header=replace(told.header, provenance=facts, failures=table)))
