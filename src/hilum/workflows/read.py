"""Read: a Run applied to files at hand, each decoded once and shrunk once."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from hilum.images import Image, read_image
from hilum.schema import ConfigError, DataError, Explanation, ImageError, Predictions, as_labels
from hilum.schema.files import write_json, write_text

if TYPE_CHECKING:  # with them comes PyTorch, for which other workflows need not wait
    from hilum.inference import Predictor
    from hilum.runs import Run

NOTICE = "For research, not a medical device."
SUFFIXES = (".html", ".json")


@dataclass(frozen=True)
class Reading:
    """What a Run makes of some images.

    Args:
        images: those that could be read, in the order given.
        predictions: their probabilities, the same that `predict` gives; also names what could not be read.
        explanations: heatmaps, one an image and finding.
    """

    images: list[Image]
    predictions: Predictions
    explanations: list[Explanation]

    @property
    def thresholds(self) -> dict[str, float] | None:
        """From which probability a finding is called, where the Run has operating points."""
        points: dict[str, Any] = self.predictions.provenance.get("operating_points", {})
        return points.get("thresholds")

    def to_json(self) -> dict[str, Any]:
        """What `read` writes as reading.json: no folder, since a folder can name a patient."""
        from hilum.reports.reading import without_folder  # here: who only predicts draws no page

        predictions = self.predictions
        rows = zip(self.images, predictions.probabilities.tolist(), strict=True)
        return {
            "notice": NOTICE,
            "provenance": predictions.provenance,
            "operating_points": self.thresholds,
            "images": [
                {
                    "image_id": image.image_id,
                    "file": image.path.name,
                    "probabilities": dict(zip(predictions.findings, row, strict=True)),
                }
                for image, row in rows
            ],
            "failures": [
                {"image_id": row.image_id, "reason": without_folder(str(row.reason))}
                for row in predictions.failures.itertuples()
            ],
        }

    def save(self, path: Path) -> None:
        """Write as a page (.html) or as numbers (.json)."""
        if path.suffix.lower() not in SUFFIXES:
            raise ConfigError(f"{path}: expected a name ending in {' or '.join(SUFFIXES)}.")
        if path.suffix.lower() == ".json":
            write_json(path, self.to_json())
            return
        from hilum.reports import reading_page

        page = reading_page(self.images, self.predictions, self.explanations, operating_points=self.thresholds)
        write_text(path, page)


def read(
    run: "Run | Predictor",
    paths: Sequence[str | os.PathLike[str]],
    *,
    findings: Sequence[str] | None = None,
    method: str | None = "auto",
    device: str = "auto",
) -> Reading:
    """Read image files.

    Of a bare file no features are known: a Run that also takes some reads the image alone, and the provenance names
    them under `without_features`. A Run that also takes laterals reads each file as a frontal image, and names the
    lateral view there.

    Args:
        run: what reads; a Predictor is not loaded again.
        paths: DICOM, PNG or JPEG files.
        findings: those to explain; None for all.
        method: the explainer, as `Predictor.explain` takes it; None for no heatmaps.
        device: `auto`, `cpu`, `cuda` …, for a Run.

    Raises:
        ImageError: when not one of the files can be read.
        ConfigError: when the Run looks at no image.
    """
    from hilum.inference import Predictor
    from hilum.runs.build import takes_lateral

    opened = run.run if isinstance(run, Predictor) else run
    if not opened.sees_images:
        raise ConfigError(
            f"{opened.folder}: it looks at no image. Expected a Run that does; `hilum predict` applies it."
        )
    images, failures = _decoded([Path(path) for path in paths])
    if not images:
        raise ImageError("\n".join(reason for _, reason in failures))
    predictor = run if isinstance(run, Predictor) else Predictor.open(run, device=device)
    source = predictor.memory(images)
    predictions = as_labels(predictor.predict(source))
    provenance = dict(predictions.provenance) | {"failed": len(failures)}
    unknown = [*opened.recipe.features, *(["the lateral view"] if takes_lateral(opened.recipe) else [])]
    if unknown:
        provenance["without_features"] = unknown
    table = pd.DataFrame(failures, columns=["image_id", "reason"], dtype="str")
    predictions = replace(predictions, provenance=provenance, failures=table)
    explanations = predictor.explain(source, findings=findings, method=method) if method else []
    return Reading(images, predictions, explanations)


def _decoded(files: Sequence[Path]) -> tuple[list[Image], list[tuple[str, str]]]:
    """The images that can be read, and id and reason of those that cannot."""
    twice = sorted({str(file) for file in files if files.count(file) > 1})
    if twice:
        raise DataError(f"{', '.join(twice)}: given twice. Expected each file once.")
    images, failures = [], []
    for file, name in zip(files, _distinct_names(files), strict=True):
        try:
            images.append(replace(read_image(file), image_id=name))
        except ImageError as error:
            failures.append((name, str(error)))
    return images, failures


def _distinct_names(files: Sequence[Path]) -> list[str]:
    """Names without folders, but for those that would then be the same.

    >>> _distinct_names([Path("data/a/1.png"), Path("data/b/1.png"), Path("data/b/2.png"), Path("data/b/2.dcm")])
    ['a/1.png', 'b/1.png', '2.png', '2.dcm']
    """
    names = [file.stem for file in files]
    for depth in range(1, 1 + max((len(file.parts) for file in files), default=0)):
        counts = Counter(names)
        names = [
            "/".join(file.parts[-depth:]) if counts[name] > 1 else name for name, file in zip(names, files, strict=True)
        ]
    return names
