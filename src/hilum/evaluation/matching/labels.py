"""Labels matched: probabilities beside labels, for one finding, for all pooled, or for whole sets of findings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hilum.evaluation.alignment import Aligned
from hilum.evaluation.metrics.sums import Values, Weights

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class LabelMatch:
    """Labels and probabilities, all of them known.

    Args:
        present: (M,) 0 or 1; (M, K) for whole sets of findings, where a label that is not known is nan.
        score: the same shape, probabilities.
        rows: (M,) which of the aligned images each is of; an image stands several times where findings are pooled.
        finding: (M,) which finding each is of, where findings are pooled.
    """

    present: Values
    score: Values
    rows: Rows
    finding: Rows | None = None


def of_finding(aligned: Aligned, k: int, part: Rows) -> LabelMatch:
    """The images of this part on which one finding can be judged."""
    rows = part[~np.isnan(aligned.present[part, k])]
    return LabelMatch(aligned.present[rows, k], aligned.score[rows, k], rows)


def pooled(aligned: Aligned, part: Rows) -> LabelMatch:
    """All labels of these images, as if they were of one finding."""
    place, k = np.nonzero(~np.isnan(aligned.present[part]))
    rows = part[place]
    return LabelMatch(aligned.present[rows, k], aligned.score[rows, k], rows, k)


def whole_sets(aligned: Aligned, part: Rows) -> LabelMatch:
    """Each image with its whole set of findings."""
    return LabelMatch(aligned.present[part], aligned.score[part], part)


def on_match(functions: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[[LabelMatch, Weights], Any]]:
    """Metrics of labels, functions of (present, score, weight), as functions of a match and weights."""

    def bound(function: Callable[..., Any]) -> Callable[[LabelMatch, Weights], Any]:
        return lambda match, weights: function(match.present, match.score, weights)

    return {name: bound(function) for name, function in functions.items()}
