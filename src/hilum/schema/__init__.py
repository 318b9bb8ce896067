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
from hilum.schema.features import Column, Features
from hilum.schema.findings import Findings
from hilum.schema.predictions import (
    AnyPredictions,
    BoxPredictions,
    Header,
    LabelPredictions,
    MaskPredictions,
    Predictions,
    as_labels,
    load_predictions,
)

__all__ = [
    "AnyPredictions",
    "BoxPredictions",
    "Boxes",
    "Cohort",
    "Column",
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
    "Predictions",
    "RunError",
    "as_labels",
    "load_predictions",
]
