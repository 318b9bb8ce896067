"""From films to Predictions: the one way, in training, evaluation, serving and reading alike."""

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
from hilum.runs.films import Films
from hilum.runs.machine import Machine, Precision
from hilum.runs.provenance import versions
from hilum.runs.run import Run
from hilum.schema import Cohort, Features, Predictions
from hilum.tasks import Classify


# B films, K findings
@dataclass(frozen=True)
class Answer:
    """What a model says of a batch.

    Args:
        batch: the films.
        logits: (B, K) float32, on the CPU.
        probabilities: (B, K) float32 in [0, 1], on the CPU.
    """

    batch: Batch
    logits: Tensor
    probabilities: Tensor


def predict_batches(
    model: nn.Module, task: Classify, preprocess: Preprocess, batches: Iterable[Batch], *, machine: Machine
) -> Iterator[Answer]:
    """The model's answers, batch by batch; the model is left in the mode it was in."""
    learning = model.training
    model.eval()
    try:
        for batch in batches:
            with torch.inference_mode(), machine.autocast():
                logits = model(*batch.inputs(model, preprocess, machine)).float().cpu()
            yield Answer(batch, logits, task.decode(logits))
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
    """Probabilities of a Run's findings for the films of a cohort, in the cohort's order.

    Films that cannot be read stand in `failures` with the reason, not in the table. The batch size, a store or its
    absence, and the number of processes change no probability by more than rounding (1e-6 in fp32).

    Args:
        run: whose model, task and preprocess.
        cohort: the films. Their own labels are not looked at; the history of a Run with such features is that of
            the patients' earlier films, of the whole cohort when these are chosen from one.
        stores: a folder of stores, used when it holds the cohort's; files are decoded otherwise.
        batch_size: films a step.
        device: `auto`, `cpu`, `cuda`, `cuda:1` …
        precision: `fp32`, so that figures can be repeated; `bf16` or `auto` for speed, said in the provenance.
        workers: processes that decode; None for all cores, 0 for this process.
        engine: where files are decoded: `local`, or `spark` on a cluster; the network runs here.
        calibrated: as the Run's calibration says, where it has one; the provenance then names it, and the operating
            points that belong to it. Otherwise as the model gives them.
    """
    machine = Machine.choose(device, precision)
    model = machine.place(run.model())
    films = _films(run, model, cohort, stores, workers, engine)
    answers = predict_batches(model, run.task, run.preprocess, films.batches(batch_size), machine=machine)
    rows = ((position, row) for answer in answers for position, row in _rows(answer.batch, answer.probabilities))
    positions, values = _collected(rows, cohort, width=len(run.findings))
    table = pd.DataFrame(values, columns=list(run.findings))
    table.insert(0, "image_id", cohort.films.image_id.to_numpy()[positions])
    provenance = {
        "run": run.folder.name,
        "run_folder": str(run.folder.resolve()),
        "recipe": run.recipe.name,
        "weights_sha256": run.provenance["weights"]["sha256"],
        "cohort": {"name": cohort.name, "films": len(cohort), "notes": list(cohort.notes)},
        "predicted": len(table),
        "failed": len(films.failures),
        "machine": machine.facts(),
        "versions": versions(),
    }
    failures = pd.DataFrame(films.failures, columns=["image_id", "reason"], dtype="str")
    predictions = Predictions(table, provenance, failures)
    return _calibrated(run, predictions) if calibrated else predictions


def _calibrated(run: Run, predictions: Predictions) -> Predictions:
    calibration, points = run.sheet("calibration"), run.sheet("operating_points")
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
    """The vectors that the head sees, one a film, as columns `e0000`, `e0001`, …; arguments as for `predict`."""
    machine = Machine.choose(device)
    model = machine.place(run.model()).eval()
    films = _films(run, model, cohort, stores, workers)

    def rows() -> Iterator[tuple[int, NDArray[np.float32]]]:
        for batch in films.batches(batch_size):
            with torch.inference_mode(), machine.autocast():
                vectors = model.embed(*batch.inputs(model, run.preprocess, machine))  # type: ignore[operator]
            yield from _rows(batch, vectors.float().cpu())

    positions, values = _collected(rows(), cohort, width=0)
    table = pd.DataFrame(values, columns=[f"e{place:04}" for place in range(values.shape[1])])
    table.insert(0, "image_id", cohort.films.image_id.to_numpy()[positions])
    return Features(table)


def _films(
    run: Run, model: nn.Module, cohort: Cohort, stores: Path | None, workers: int | None, engine: str = "local"
) -> Films:
    """The films with all that the model takes of them."""
    tensors = run.columns.tensors(cohort) if run.columns is not None else {}
    images = "images" in model.inputs  # type: ignore[operator]
    return Films(cohort, run.preprocess, stores=stores, workers=workers, engine=engine, images=images, tensors=tensors)


def _rows(batch: Batch, values: Tensor) -> Iterator[tuple[int, NDArray[np.float32]]]:
    yield from zip(batch.positions.tolist(), values.numpy(), strict=True)


def _collected(
    rows: Iterable[tuple[int, NDArray[np.float32]]], cohort: Cohort, width: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Positions (N,) and values (N, width) of what could be read, counted on stderr film by film."""
    pairs = list(progress(rows, total=len(cohort), what="films"))
    positions = np.array([position for position, _ in pairs], np.int64)
    return positions, np.stack([row for _, row in pairs]) if pairs else np.empty((0, width), np.float32)
