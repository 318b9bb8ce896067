"""Read: a Run applied to files at hand, each decoded once and shrunk once."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from hilum.engine.local import cores
from hilum.features.thorax import Thorax
from hilum.images import Image, read_image
from hilum.schema import (
    Assessment,
    BoxPredictions,
    ConfigError,
    DataError,
    Explanation,
    ImageError,
    MaskPredictions,
    Predictions,
    as_labels,
)
from hilum.schema.files import write_json, write_text
from hilum.workflows.chests import NO_LUNGS, chests_of, measured_facts, outline, without_lungs

if TYPE_CHECKING:  # with them comes PyTorch, for which other workflows need not wait
    from hilum.inference import Predictor
    from hilum.runs import Run

NOTICE = "For research, not a medical device."
SUFFIXES = (".html", ".json")


@dataclass(frozen=True)
class Readings:
    """What a Run makes of some images.

    Args:
        images: those that could be read, in the order given.
        predictions: their probabilities, the same that `predict` gives; also names what could not be read.
        explanations: heatmaps, one an image and finding.
        chests: by image id what was measured on lungs and heart; empty where nothing outlined them.
        outlines: the masks that this was measured on; None where nothing outlined them.
    """

    images: list[Image]
    predictions: Predictions
    explanations: list[Explanation]
    chests: Mapping[str, Thorax] = field(default_factory=dict)
    outlines: MaskPredictions | None = None

    @property
    def thresholds(self) -> dict[str, float] | None:
        """From which probability a finding is called, where the Run has operating points."""
        return thresholds_of(self.predictions)

    @cached_property
    def uncalled(self) -> frozenset[str]:
        """Images on which no lung was found: nothing is called present or absent there."""
        return without_lungs(self.chests, self.outlines)

    def assessments(self, image_id: str) -> tuple[Assessment, ...]:
        """What is said of each finding of one image."""
        points = {} if image_id in self.uncalled else self.thresholds or {}
        place = self.predictions.table.image_id.tolist().index(image_id)
        row = zip(self.predictions.findings, self.predictions.probabilities[place].tolist(), strict=True)
        return tuple(Assessment(name, value, points.get(name)) for name, value in row)

    def alone(self, image_id: str) -> "Readings":
        """The reading of one image."""
        table = self.predictions.table
        own = replace(
            self.predictions,
            table=table[table.image_id == image_id],
            provenance=self.predictions.provenance | {"predicted": 1},
        )
        maps = [each for each in self.explanations if each.image_id == image_id]
        return replace(
            self,
            images=[image for image in self.images if image.image_id == image_id],
            predictions=own,
            explanations=maps,
            chests={name: chest for name, chest in self.chests.items() if name == image_id},
        )

    def to_json(self) -> dict[str, Any]:
        """What `read` writes as reading.json: no folder, since a folder can name a patient."""
        predictions = self.predictions
        return {
            "notice": NOTICE,
            "provenance": predictions.provenance,
            "operating_points": self.thresholds,
            "images": [self._image_json(image) for image in self.images],
            "failures": failures_of(predictions),
        }

    def _image_json(self, image: Image) -> dict[str, Any]:
        said = self.assessments(image.image_id)
        return (
            {
                "image_id": image.image_id,
                "file": image.path.name,
                "probabilities": {each.finding: each.probability for each in said},
                "calls": {each.finding: each.call for each in said},
            }
            | ({"notes": [NO_LUNGS]} if image.image_id in self.uncalled else {})
            | ({"chest": self.chests[image.image_id].to_json()} if image.image_id in self.chests else {})
        )

    def page(self, layers: Sequence[str] | None = None) -> str:
        """One HTML page; `layers` are the heatmaps as `heat_uri` gives them, where they were drawn already."""
        from hilum.reports import reading_page

        return reading_page(
            self.images,
            self.predictions,
            self.explanations,
            operating_points=self.thresholds,
            uncalled=self.uncalled,
            measured=measured_facts(self.chests),
            layers=layers,
        )

    def save(self, path: Path) -> None:
        """Write as a page (.html) or as numbers (.json)."""
        if path.suffix.lower() not in SUFFIXES:
            raise ConfigError(f"{path}: expected a name ending in {' or '.join(SUFFIXES)}.")
        if path.suffix.lower() == ".json":
            write_json(path, self.to_json())
        else:
            write_text(path, self.page())


def read(
    run: "Run | Predictor",
    paths: Sequence[str | os.PathLike[str]],
    *,
    findings: Sequence[str] | None = None,
    method: str | None = "auto",
    masks: "Run | Predictor | None" = None,
    device: str = "auto",
    backend: str = "torch",
) -> Readings:
    """Read image files.

    Of a bare file no features are known: a Run that also takes some reads the image alone, and the provenance names
    them under `without_features`. A Run that also takes laterals reads each file as a frontal image, and names the
    lateral view there.

    Args:
        run: what reads; a Predictor is not loaded again.
        paths: DICOM, PNG or JPEG files.
        findings: those to explain; None for all.
        method: the explainer, as `Predictor.explain` takes it; None for no heatmaps.
        masks: what outlines lungs and heart, to measure them too; None for no measures.
        device: `auto`, `cpu`, `cuda` …, for a Run.
        backend: what computes, for a Run; `auto`: the fastest that it was exported for.

    Raises:
        ImageError: when not one of the files can be read.
        ConfigError: when the Run looks at no image, or `masks` outlines nothing.
    """
    from hilum.inference import Predictor

    check_looks(run.run if isinstance(run, Predictor) else run)
    images, failures = decoded([Path(path) for path in paths])
    if not images:
        raise ImageError("\n".join(reason for _, reason in failures))
    predictor = run if isinstance(run, Predictor) else Predictor.open(run, backend=backend, device=device)
    return reading_of(predictor, images, failures, findings=findings, method=method, masks=masks, device=device)


def reading_of(
    predictor: "Predictor",
    images: list[Image],
    failures: Sequence[tuple[str, str]] = (),
    *,
    findings: Sequence[str] | None = None,
    method: str | None = "auto",
    masks: "Run | Predictor | MaskPredictions | None" = None,
    device: str = "auto",
) -> Readings:
    """What a Predictor makes of images at hand; `failures` are those that could not be read, by id and reason."""
    from hilum.runs.build import takes_lateral

    source, recipe = predictor.memory(images), predictor.run.recipe
    told, explanations = (
        predictor.look(source, findings=findings, method=method) if method else (predictor.predict(source), [])
    )
    predictions = as_labels(told)
    unknown = [*recipe.features, *(["the lateral view"] if takes_lateral(recipe) else [])]
    if unknown or failures:
        provenance = dict(predictions.provenance) | {"failed": len(failures)}
        provenance |= {"without_features": unknown} if unknown else {}
        table = pd.DataFrame(failures, columns=["image_id", "reason"], dtype="str")
        predictions = replace(predictions, provenance=provenance, failures=table)
    outlines = None if masks is None else outline(masks, images, device=device)
    chests = {} if outlines is None else chests_of(outlines, images)
    return Readings(images, predictions, explanations, chests, outlines)


def check_looks(run: "Run") -> None:
    """Refuse a Run that looks at no image, or says no probability of findings.

    Raises:
        ConfigError: naming it.
    """
    if run.task.kind != "labels":
        instead = {
            "boxes": "`hilum read RUN IMAGE -o reading.html` draws its boxes",
            "masks": "`hilum measure` uses it",
        }
        raise ConfigError(
            f"{run.folder}: it gives {run.task.kind}. Expected a Run that gives labels; {instead[run.task.kind]}."
        )
    if not run.sees_images:
        raise ConfigError(f"{run.folder}: it looks at no image. Expected a Run that does; `hilum predict` applies it.")


def decoded(files: Sequence[Path]) -> tuple[list[Image], list[tuple[str, str]]]:
    """The images that can be read, and id and reason of those that cannot."""
    refuse_twice(files)
    images, failures = [], []
    with ThreadPoolExecutor(cores()) as pool:  # decoders let go of Python's lock
        waiting = [pool.submit(read_image, file) for file in files]
    for name, one in zip(distinct_names(files), waiting, strict=True):
        try:
            images.append(replace(one.result(), image_id=name))
        except ImageError as error:
            failures.append((name, str(error)))
    return images, failures


def thresholds_of(predictions: Predictions | BoxPredictions) -> dict[str, float] | None:
    """The operating points that travel with predictions, by finding; None where none do."""
    points: dict[str, Any] = predictions.provenance.get("operating_points", {})
    return points.get("thresholds")


def failures_of(predictions: Predictions | BoxPredictions) -> list[dict[str, str]]:
    """JSON values of what could not be read; no folder, since a folder can name a patient."""
    from hilum.reports.reading import without_folder  # here: who only predicts draws no page

    rows = predictions.failures.itertuples()
    return [{"image_id": str(row.image_id), "reason": without_folder(str(row.reason))} for row in rows]


def refuse_twice(files: Sequence[Path]) -> None:
    """Refuse a file that stands there twice.

    Raises:
        DataError: naming it.
    """
    twice = sorted(str(file) for file, times in Counter(files).items() if times > 1)
    if twice:
        raise DataError(f"{', '.join(twice)}: given twice. Expected each file once.")


def distinct_names(files: Sequence[Path]) -> list[str]:
    """Names without folders, but for those that would then be the same.

    >>> distinct_names([Path("data/a/1.png"), Path("data/b/1.png"), Path("data/b/2.png"), Path("data/b/2.dcm")])
    ['a/1.png', 'b/1.png', '2.png', '2.dcm']
    """
    names = [file.stem for file in files]
    for depth in range(1, 1 + max((len(file.parts) for file in files), default=0)):
        counts = Counter(names)
        names = [
            "/".join(file.parts[-depth:]) if counts[name] > 1 else name for name, file in zip(names, files, strict=True)
        ]
    return names
