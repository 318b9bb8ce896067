"""What a metric of labels is given, refused where it is no label or no score: nothing is guessed."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hilum.schema import DataError

Values = NDArray[np.float64]


def checked(
    present: ArrayLike, score: ArrayLike, *, unknown: bool = False, probability: bool = False
) -> tuple[Values, Values]:
    """Labels and scores as numbers, of one shape.

    Args:
        present: 0 or 1.
        score: real numbers.
        unknown: a label may be nan, and then its score too.
        probability: scores lie in [0, 1].

    Raises:
        DataError: for an uncertain label (-1), a missing one, a missing score, or one that is no probability.

    >>> checked([0, 1], [0.2, 0.9])[0].tolist()
    [0.0, 1.0]
    """
    labels, scores = np.asarray(present, dtype=np.float64), np.asarray(score, dtype=np.float64)
    if labels.shape != scores.shape:
        raise DataError(f"Labels of shape {labels.shape} and scores of shape {scores.shape}. Expected the same.")
    known = ~np.isnan(labels)
    if not ((labels == 0) | (labels == 1) | (~known if unknown else False)).all():
        strange = labels[~((labels == 0) | (labels == 1) | (~known & unknown))]
        raise DataError(
            f"{len(strange):,} labels are neither 0 nor 1, as {strange[0]:g}. Expected uncertain and missing ones left "
            "out first, with their scores; `hilum.evaluation.evaluate` does so and counts them."
        )
    nameless = np.isnan(scores) & known
    if nameless.any():
        raise DataError(f"{int(nameless.sum()):,} scores are missing (nan). Expected their images left out first.")
    if probability and scores.size and (np.nanmin(scores) < 0 or np.nanmax(scores) > 1):
        raise DataError(
            f"Scores from {np.nanmin(scores):g} to {np.nanmax(scores):g}. Expected probabilities, in [0, 1]."
        )
    return labels, scores
