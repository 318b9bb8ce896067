"""Predictions: what was said of images, as labels, boxes or masks. The boundary between models and measuring.

Another team's model, or a radiologist, is compared with ours by writing such a table, nothing else.
"""

import os
from typing import TypeAlias

from hilum.schema.box_predictions import BoxPredictions
from hilum.schema.errors import DataError
from hilum.schema.header import Header
from hilum.schema.label_predictions import LabelPredictions
from hilum.schema.mask_predictions import MaskPredictions
from hilum.schema.prediction_files import kind_of

AnyPredictions: TypeAlias = LabelPredictions | BoxPredictions | MaskPredictions
Predictions = LabelPredictions
KINDS: dict[str, type[AnyPredictions]] = {"labels": LabelPredictions, "boxes": BoxPredictions, "masks": MaskPredictions}

__all__ = [
    "AnyPredictions",
    "BoxPredictions",
    "Header",
    "LabelPredictions",
    "MaskPredictions",
    "Predictions",
    "as_labels",
]


def as_labels(predictions: AnyPredictions) -> LabelPredictions:
    """The same predictions, where what comes next is about labels.

    Raises:
        DataError: when they are boxes or masks.
    """
    if isinstance(predictions, LabelPredictions):
        return predictions
    raise DataError(f"Predictions of {predictions.kind}. Expected labels: a probability for each image and finding.")


def load_predictions(path: str | os.PathLike[str], prefix: str = "") -> AnyPredictions:
    """Read Predictions of whatever kind the file says it holds; a file of anyone else's holds labels.

    Args:
        path: a Parquet file, or a CSV of labels.
        prefix: of the columns of probabilities, as in `LabelPredictions.load`.

    Raises:
        DataError: when it is no such file.
    """
    chosen = KINDS[kind_of(path)]
    return LabelPredictions.load(path, prefix) if chosen is LabelPredictions else chosen.load(path)
