"""From images to Predictions: the one way, in training, evaluation, serving and reading alike."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hilum.engine import progress
from hilum.evaluation import Calibration, OperatingPoints
from hilum.images import Preprocess
from hilum.runs.batch import Batch
from hilum.runs.device import Device, Precision
from hilum.runs.provenance import versions
from hilum.runs.run import Run
from hilum.runs.source import Source
from hilum.schema import Cohort, Features, Predictions
from hilum.tasks import Classify


# B images, K findings
@dataclass(frozen=True)
class ModelOutput:
    """What a model says of a batch.

    Args:
        batch: the images.
        logits: (B, K) float32, on the CPU.
        probabilities: (B, K) float32 in [0, 1], on the CPU.
    """

    batch: Batch
    logits: Tensor
    probabilities: Tensor


def predict_batches(
    model: nn.Module, task: Classify, preprocess: Preprocess, batches: Iterable[Batch], *, device: Device
) -> Iterator[ModelOutput]:
    """The model's outputs, batch by batch; the model is left in the mode it was in."""
    learning = model.training
    model.eval()
    try:
        for batch in batches:
            with torch.inference_mode(), device.autocast():
                logits = model(**batch.inputs(model, preprocess, device))["labels"].float().cpu()
            yield ModelOutput(batch, logits, task.decode(logits))
    finally:
        model.train(learning)


def predict(
    run: Run,
    cohort: Cohort,
    *,
    stores: Path | None = None,
    batch_size: int = 64,
    device: str = "auto",
    precision: Precision = "fp32",
    workers: int | None = None,
    engine: str = "local",
    calibrated: bool = True,
) -> Predictions:
    """Probabilities of a Run's findings for the images of a cohort, in the cohort's order.

    Images that cannot be read stand in `failures` with the reason, not in the table. The batch size, a store or its
    absence, and the number of processes change no probability by more than rounding (1e-6 in fp32).

    Args:
        run: whose model, task and preprocess.
        cohort: the images. Their own labels are not looked at; the history of a Run with such features is that of
            the patients' earlier images, of the whole cohort when these are chosen from one.
        stores: a folder of stores, used when it holds the cohort's; files are decoded otherwise.
        batch_size: images a step.
        device: `auto`, `cpu`, `cuda`, `cuda:1` …
        precision: `fp32`, so that figures can be repeated; `bf16` or `auto` for speed, said in the provenance.
        workers: processes that decode; None for all cores, 0 for this process.
        engine: where files are decoded: `local`, or `spark` on a cluster; the network runs here.
        calibrated: as the Run's calibration says, where it has one; the provenance then names it, and the operating
            points that belong to it. Otherwise as the model gives them.
    """
    chosen = Device.choose(device, precision)
    model = chosen.place(run.model())
    images = _images(run, model, cohort, stores, workers, engine)
    outputs = predict_batches(model, run.task, run.preprocess, images.batches(batch_size), device=chosen)
    rows = ((position, row) for output in outputs for position, row in _rows(output.batch, output.probabilities))
    positions, values = _collected(rows, cohort, width=len(run.findings))
    table = pd.DataFrame(values, columns=list(run.findings))
    table.insert(0, "image_id", cohort.images.image_id.to_numpy()[positions])
    provenance = {
        "run": run.folder.name,
        "run_folder": str(run.folder.resolve()),
        "recipe": run.recipe.name,
        "weights_sha256": run.provenance["weights"]["sha256"],
        "cohort": {"name": cohort.name, "images": len(cohort), "notes": list(cohort.notes)},
        "predicted": len(table),
        "failed": len(images.failures),
        "machine": chosen.facts(),
        "versions": versions(),
    }
    failures = pd.DataFrame(images.failures, columns=["image_id", "reason"], dtype="str")
    predictions = Predictions(table, provenance, failures)
    return _calibrated(run, predictions) if calibrated else predictions


def _calibrated(run: Run, predictions: Predictions) -> Predictions:
    calibration, points = run.artifact("calibration"), run.artifact("operating_points")
    if calibration is not None:
        predictions = Calibration.from_dict(calibration).apply(predictions)
    if points is not None:
        held = OperatingPoints.from_dict(points)
        said = {"rule": held.rule, "options": held.options, "thresholds": held.thresholds, "fitted_on": held.fitted_on}
        predictions = replace(predictions, provenance=predictions.provenance | {"operating_points": said})
    return predictions


def embed(
    run: Run,
    cohort: Cohort,
    *,
    stores: Path | None = None,
    batch_size: int = 64,
    device: str = "auto",
    workers: int | None = None,
) -> Features:
    """The vectors that the head sees, one an image, as columns `e0000`, `e0001`, …; arguments as for `predict`."""
    chosen = Device.choose(device)
    model = chosen.place(run.model()).eval()
    images = _images(run, model, cohort, stores, workers)

    def rows() -> Iterator[tuple[int, NDArray[np.float32]]]:
        for batch in images.batches(batch_size):
            with torch.inference_mode(), chosen.autocast():
                vectors = model.embed(**batch.inputs(model, run.preprocess, chosen))  # type: ignore[operator]
            yield from _rows(batch, vectors.float().cpu())

    positions, values = _collected(rows(), cohort, width=0)
    table = pd.DataFrame(values, columns=[f"e{place:04}" for place in range(values.shape[1])])
    table.insert(0, "image_id", cohort.images.image_id.to_numpy()[positions])
    return Features(table)


def _images(
    run: Run, model: nn.Module, cohort: Cohort, stores: Path | None, workers: int | None, engine: str = "local"
) -> Source:
    """The images with all that the model takes of them."""
    tensors = run.columns.tensors(cohort) if run.columns is not None else {}
    images = "image" in model.inputs  # type: ignore[operator]
    return Source(cohort, run.preprocess, stores=stores, workers=workers, engine=engine, images=images, tensors=tensors)


def _rows(batch: Batch, values: Tensor) -> Iterator[tuple[int, NDArray[np.float32]]]:
    yield from zip(batch.positions.tolist(), values.numpy(), strict=True)


def _collected(
    rows: Iterable[tuple[int, NDArray[np.float32]]], cohort: Cohort, width: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Positions (N,) and values (N, width) of what could be read, counted on stderr image by image."""
    pairs = list(progress(rows, total=len(cohort), what="images"))
    positions = np.array([position for position, _ in pairs], np.int64)
    return positions, np.stack([row for _, row in pairs]) if pairs else np.empty((0, width), np.float32)
