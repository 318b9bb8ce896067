"""Hilum learns to read chest X-ray images, reads them, and says how good it is. For research, not a medical device.

    from hilum import Predictor, datasets, evaluate, load_recipe, train

    cohort = datasets["nih14"]("data/nih")
    run = train(load_recipe("nih14-densenet121"), cohort, out="runs/chexnet")
    predictor = Predictor.open(run)
    predictions = predictor.predict(cohort.split("test"))
    evaluation = evaluate(predictions, cohort)

Names are fetched when first asked for, so that `import hilum` takes milliseconds.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hilum.evaluation import evaluate as evaluate
    from hilum.images import read_image as read_image
    from hilum.inference import Predictor as Predictor
    from hilum.runs import Recipe as Recipe
    from hilum.runs import Run as Run
    from hilum.runs import load_recipe as load_recipe
    from hilum.schema import Cohort as Cohort
    from hilum.schema import Evaluation as Evaluation
    from hilum.schema import Findings as Findings
    from hilum.schema import HilumError as HilumError
    from hilum.schema import Predictions as Predictions
    from hilum.training import train as train
    from hilum.workflows import predict as predict

__version__ = "0.1.0"

_PACKAGES = {
    "Cohort": "schema",
    "Evaluation": "schema",
    "Findings": "schema",
    "HilumError": "schema",
    "Predictions": "schema",
    "Predictor": "inference",
    "Recipe": "runs",
    "Run": "runs",
    "evaluate": "evaluation",
    "load_recipe": "runs",
    "predict": "workflows",
    "read_image": "images",
    "train": "training",
}
__all__ = ["__version__", "datasets", *_PACKAGES]  # noqa: PLE0604, RUF100


def __getattr__(name: str) -> Any:
    if name == "datasets":
        return import_module("hilum.datasets")
    if name not in _PACKAGES:
        raise AttributeError(f"module 'hilum' has no attribute '{name}'. It has {', '.join(sorted(__all__))}.")
    return getattr(import_module(f"hilum.{_PACKAGES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
