"""Predict and embed: open a Run, ask it once, and let it go. Who asks more than once holds a Predictor."""

from pathlib import Path
from typing import TYPE_CHECKING

from hilum.schema import AnyPredictions, Cohort, Features

if TYPE_CHECKING:  # with them comes PyTorch, for which other workflows need not wait
    from hilum.device import Precision
    from hilum.runs import Run


def predict(
    run: "Run",
    cohort: Cohort,
    *,
    stores: Path | None = None,
    batch_size: int = 64,
    device: str = "auto",
    precision: "Precision" = "fp32",
    workers: int | None = None,
    engine: str = "local",
    calibrated: bool = True,
) -> AnyPredictions:
    """What a Run says of the images of a cohort, in the cohort's order; arguments as for `Predictor`."""
    from hilum.inference import Predictor

    predictor = Predictor.open(run, device=device, precision=precision)
    return predictor.predict(
        cohort, stores=stores, batch_size=batch_size, workers=workers, engine=engine, calibrated=calibrated
    )


def embed(
    run: "Run",
    cohort: Cohort,
    *,
    stores: Path | None = None,
    batch_size: int = 64,
    device: str = "auto",
    workers: int | None = None,
) -> Features:
    """The vectors that a Run's head sees, one an image, as columns `e0000` …; arguments as for `Predictor`."""
    from hilum.inference import Predictor

    return Predictor.open(run, device=device).embed(cohort, stores=stores, batch_size=batch_size, workers=workers)
