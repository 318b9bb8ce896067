"""Measure: lungs and heart of images at hand, outlined by a Run and measured where they can be those of a chest."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hilum.features.thorax import Thorax
from hilum.images import Image
from hilum.schema import ConfigError, ImageError, MaskPredictions
from hilum.schema.files import write_json, write_text
from hilum.workflows.chests import chests_of, facts_of, lines_of, outline, regions_of
from hilum.workflows.read import NOTICE, SUFFIXES, decoded

if TYPE_CHECKING:  # with them comes PyTorch, for which other workflows need not wait
    from hilum.inference import Predictor
    from hilum.reports.thorax import Chest
    from hilum.runs import Run


@dataclass(frozen=True)
class Measured:
    """What was measured on some images.

    Args:
        images: those that could be read, in the order given.
        predictions: their masks.
        chests: by image id.
        failures: id and reason of what could not be read.
    """

    images: list[Image]
    predictions: MaskPredictions
    chests: Mapping[str, Thorax]
    failures: list[tuple[str, str]]

    def to_json(self) -> dict[str, Any]:
        """What `hilum measure` writes; no folder, since a folder can name a patient."""
        from hilum.reports.reading import without_folder

        return {
            "notice": NOTICE,
            "provenance": self.predictions.provenance,
            "images": [
                {"image_id": image.image_id, "file": image.path.name} | self.chests[image.image_id].to_json()
                for image in self.images
            ],
            "failures": [{"image_id": name, "reason": without_folder(reason)} for name, reason in self.failures],
        }

    def save(self, path: Path) -> None:
        """Write as a page (.html) or as numbers (.json)."""
        if path.suffix.lower() not in SUFFIXES:
            raise ConfigError(f"{path}: expected a name ending in {' or '.join(SUFFIXES)}.")
        if path.suffix.lower() == ".json":
            write_json(path, self.to_json())
            return
        from hilum.reports.reading import without_folder
        from hilum.reports.thorax import thorax_page

        failures = [(name, without_folder(reason)) for name, reason in self.failures]
        chests = [self._shown(image) for image in self.images]
        write_text(path, thorax_page(chests, failures=failures, provenance=self.predictions.provenance))

    def _shown(self, image: Image) -> "Chest":
        from hilum.reports.thorax import Chest

        measured, regions = self.chests[image.image_id], regions_of(self.predictions, image.image_id)
        return Chest(image, regions, lines_of(measured), facts_of(measured), measured.problems)


def measure(run: "Run | Predictor", paths: Sequence[str | os.PathLike[str]], *, device: str = "auto") -> Measured:
    """Outline and measure image files.

    Args:
        run: what outlines lungs and heart; a Predictor is not loaded again.
        paths: DICOM, PNG or JPEG files.
        device: `auto`, `cpu`, `cuda` …, for a Run.

    Raises:
        ImageError: when not one of the files can be read.
        ConfigError: when the Run outlines nothing.
    """
    images, failures = decoded([Path(path) for path in paths])
    if not images:
        raise ImageError("\n".join(reason for _, reason in failures))
    predictions = outline(run, images, device=device)
    return Measured(images, predictions, chests_of(predictions, images), failures)
