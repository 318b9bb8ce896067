"""Reading images: a Run applied to a Cohort of the files at hand."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from hilum.images import Image, read_image
from hilum.runs.explain import explain
from hilum.runs.predict import predict
from hilum.runs.run import Run
from hilum.schema import Cohort, ConfigError, DataError, Explanation, ImageError, Predictions


@dataclass(frozen=True)
class Reading:
    """What a Run makes of some images.

    Args:
        images: the images that could be read, in the order given.
        predictions: their probabilities, the same that `predict` gives; also names what could not be read.
        explanations: heatmaps, one an image and finding.
    """

    images: list[Image]
    predictions: Predictions
    explanations: list[Explanation]


def read(
    run: Run,
    paths: Sequence[str | os.PathLike[str]],
    *,
    findings: Sequence[str] | None = None,
    method: str | None = "auto",
    device: str = "auto",
) -> Reading:
    """Read image files.

    Args:
        run: whose model and preprocess.
        paths: DICOM, PNG or JPEG files.
        findings: those to explain; None for all.
        method: the explainer, as `explain` takes it; None for no heatmaps.
        device: `auto`, `cpu`, `cuda` …

    Of a bare file no features are known: a Run that also takes some reads the image alone, and the provenance names
    them under `without_features`.

    Raises:
        ImageError: when not one of the files can be read.
        ConfigError: when the Run looks at no image.
    """
    if not run.sees_images:
        raise ConfigError(f"{run.folder}: it looks at no image. Expected a Run that does; `hilum predict` applies it.")
    cohort = cohort_of_files(paths)
    predictions = predict(run, cohort, device=device)
    if run.recipe.features:
        provenance = {**predictions.provenance, "without_features": list(run.recipe.features)}
        predictions = replace(predictions, provenance=provenance)
    if not len(predictions):
        raise ImageError("\n".join(predictions.failures.reason))
    files = cohort.images.set_index("image_id").path
    images = [replace(read_image(files[name]), image_id=name) for name in predictions.table.image_id]
    explanations = explain(run, images, findings=findings, method=method, device=device) if method else []
    return Reading(images, predictions, explanations)


def cohort_of_files(paths: Sequence[str | os.PathLike[str]]) -> Cohort:
    """A Cohort of bare files; an image is called by its file's name, with as much of its path as tells it apart."""
    files = [Path(path) for path in paths]
    twice = sorted({str(file) for file in files if files.count(file) > 1})
    if twice:
        raise DataError(f"{', '.join(twice)}: given twice. Expected each file once.")
    names = _told_apart(files)
    images = pd.DataFrame({"image_id": names, "patient_id": names, "path": [str(file) for file in files]})
    return Cohort("files", images)


def _told_apart(files: Sequence[Path]) -> list[str]:
    """Names without folders, but for those that would then be the same.

    >>> _told_apart([Path("data/a/1.png"), Path("data/b/1.png"), Path("data/b/2.png"), Path("data/b/2.dcm")])
    ['a/1.png', 'b/1.png', '2.png', '2.dcm']
    """
    names = [file.stem for file in files]
    for depth in range(1, 1 + max((len(file.parts) for file in files), default=0)):
        held = Counter(names)
        names = [
            "/".join(file.parts[-depth:]) if held[name] > 1 else name for name, file in zip(names, files, strict=True)
        ]
    return names
