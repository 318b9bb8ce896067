"""The nouns, and its errors."""

from hilum.schema.boxes import Boxes
from hilum.schema.cohort import Cohort
from hilum.schema.errors import (
    ConfigError,
    DataError,
    DependencyError,
    HilumError,
    ImageError,
    RunError,
)
from hilum.schema.evaluation import Evaluation
from hilum.schema.explanation import Explanation
from hilum.schema.features import Features
from hilum.schema.findings import Findings
from hilum.schema.predictions import (
    AnyPredictions,
    BoxPredictions,
    Header,
    LabelPredictions,
    MaskPredictions,
    Predictions,
    load_predictions,
)
from hilum.schema.reading import Assessment, Measurement, Reading

__all__ = [
    "AnyPredictions",
    "Assessment",
    "BoxPredictions",
    "Boxes",
    "Cohort",
    "ConfigError",
    "DataError",
    "DependencyError",
    "Evaluation",
    "Explanation",
    "Features",
    "Findings",
    "Header",
    "HilumError",
    "ImageError",
    "LabelPredictions",
    "MaskPredictions",
    "Measurement",
    "Predictions",
    "Reading",
    "RunError",
    "load_predictions",
]
