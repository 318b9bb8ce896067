"""What the figures of an evaluation are drawn from: short lists of numbers, with bands, as JSON values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hilum.evaluation.alignment import Aligned
from hilum.evaluation.bootstrap import Draws
from hilum.evaluation.confusion import label_matrix
from hilum.evaluation.decision_curve import decision_curve
from hilum.evaluation.metrics.sums import Values, Weights, ratio
from hilum.evaluation.readers import calls
from hilum.evaluation.reliability import reliability
from hilum.evaluation.worst_errors import worst_errors

MOST_POINTS = 120
MOST_REPLICATES = 400  # behind a band: its ends are drawn, not read to the third digit
FEWEST_REPLICATES = 50  # of so many patients that a band is a line
BAND_CELLS = 8_000_000  # weights behind bands, held as floats: 64 MB
BANDS = (2.5, 97.5)
BINS = 20
ORDERED = ("roc", "precision_recall")
DIGITS = 5


def curves(aligned: Aligned, thresholds: Values, draws: Draws, *, ordered: bool = False) -> dict[str, Any]:
    """Everything a page draws; of scores of which only the order tells (`ordered`), `roc` and `precision_recall`.

    A finding given as calls, 0 or 1, has no curve.

    For each finding of which both classes are there, a dict under its name; all lists of one kind are equally long,
    `low` and `high` are pointwise 95 % bands from the first `MOST_REPLICATES` replicates of the table's bootstrap:

    * `roc`: `false_positive_rate`, `recall`, `low`, `high` (of recall at that false-positive rate);
    * `precision_recall`: `recall`, `precision`, `low`, `high` (of precision at that recall);
    * `thresholds`: `threshold` (rising), `precision`, `recall`, `specificity`, `f1`, `called` (share of images), and
      `precision_low`, `precision_high`, `recall_low`, `recall_high`;
    * `reliability`: ten equally full bins: `predicted`, `observed`, `low`, `high`, `images`;
    * `decision`: `threshold`, `net_benefit`, `low`, `high`, `all` (net benefit of calling every image);
    * `scores`: `edges` (21), `present`, `absent` (20 each): images in each twentieth of the probability scale.

    Beside them, under names no finding has:

    * `label_matrix`: `names` (the findings and `No Finding`), `counts` [true][called] of images, `images` of each row;
    * `worst_errors`: records of `image_id`, `finding`, `label`, `probability`, `outranked`, the most confident first.
    """
    shown = 1 + replicates_shown(draws.replicates, draws.patients)
    table = draws.weights[:, :shown].astype(np.float64, order="C")
    kinds, called = (ORDERED if ordered else None), calls(aligned)
    held: dict[str, Any] = {
        finding: {
            kind: _rounded(lists)
            for kind, lists in _of_finding(aligned, k, draws, table)
            if kinds is None or kind in kinds
        }
        for k, finding in enumerate(aligned.findings)
        if not called[k] and len(np.unique(aligned.present[aligned.known(k), k])) == 2
    }
    if ordered:
        return held
    held["label_matrix"] = label_matrix(aligned, thresholds)
    held["worst_errors"] = worst_errors(aligned).to_dict("records")
    return held


def replicates_shown(replicates: int, patients: int) -> int:
    """How many of the replicates stand behind a band.

    >>> replicates_shown(1000, 500), replicates_shown(1000, 40_000), replicates_shown(1000, 1_000_000)
    (400, 200, 50)
    """
    return min(replicates, max(FEWEST_REPLICATES, min(MOST_REPLICATES, BAND_CELLS // patients)))


def _of_finding(aligned: Aligned, k: int, draws: Draws, table: Values) -> Iterator[tuple[str, dict[str, Any]]]:
    rows = aligned.known(k)
    present, score = aligned.present[rows, k], aligned.score[rows, k]
    weights = Weights(table, draws.patient[rows])
    steps = Steps.of(present, score, weights)
    yield "roc", roc(steps)
    yield "precision_recall", _precision_recall(steps)
    yield "thresholds", _thresholds(steps)
    yield "reliability", reliability(present, score, weights)
    yield "decision", decision_curve(present, score, weights)
    edges = np.linspace(0, 1, BINS + 1)
    by_label = {
        name: np.histogram(score[present == label], edges)[0] for name, label in (("present", 1), ("absent", 0))
    }
    yield "scores", {"edges": edges, **by_label}


@dataclass(frozen=True)
class Steps:
    """Images called at each of T thresholds, under each of C columns of weights.

    Args:
        threshold: (T,) falling, so that more and more images are called.
        true: (T, C) images with the finding that are called.
        false: (T, C) images without it that are called.
        present: (C,) images with the finding.
        absent: (C,) images without it.
    """

    threshold: Values
    true: Values
    false: Values
    present: Values
    absent: Values

    @classmethod
    def of(cls, present: Values, score: Values, weights: Weights) -> "Steps":
        """Thresholds at even steps of recall and of the false-positive rate, at most `MOST_POINTS` of them."""
        even = np.linspace(0, 1, MOST_POINTS // 2)
        marks = [np.quantile(score[present == label], even, method="inverted_cdf") for label in (0, 1)]
        threshold = np.unique(np.concatenate(marks))
        place = np.searchsorted(threshold, score, side="right")  # how many thresholds the image reaches
        count = len(threshold) + 1
        sums = weights.sums(place + count * (present == 1), 2 * count)
        absent, true = sums[:count], sums[count:]
        called = [np.cumsum(held[:0:-1], axis=0) for held in (true, absent)]
        return cls(threshold[::-1], called[0], called[1], true.sum(axis=0), absent.sum(axis=0))

    @property
    def recall(self) -> Values:
        """(T, C) share of the images with the finding that are called."""
        return ratio(self.true, np.broadcast_to(self.present, self.true.shape))

    @property
    def false_positive_rate(self) -> Values:
        """(T, C) share of the images without it that are called."""
        return ratio(self.false, np.broadcast_to(self.absent, self.false.shape))

    @property
    def precision(self) -> Values:
        """(T, C) share of the called images that have it; nan where none is called."""
        return ratio(self.true, self.true + self.false)


def roc(steps: Steps) -> dict[str, Any]:
    """`false_positive_rate`, `recall`, and the band of recall at that rate, from the point (0, 0) on."""
    start = np.zeros((1, steps.true.shape[1]))
    across, up = (np.concatenate([start, rate]) for rate in (steps.false_positive_rate, steps.recall))
    low, high = _band_across(across[:, 0], across[:, 1:], up[:, 1:])
    low = np.where(across[:, 0] == 0, np.minimum(low, up[:, 0]), low)  # the rise at 0, which a replicate ends above
    return {"false_positive_rate": across[:, 0], "recall": up[:, 0], "low": low, "high": high}


def _precision_recall(steps: Steps) -> dict[str, Any]:
    recall, precision = steps.recall, steps.precision
    low, high = _band_across(recall[:, 0], recall[:, 1:], precision[:, 1:])
    return {"recall": recall[:, 0], "precision": precision[:, 0], "low": low, "high": high}


def _thresholds(steps: Steps) -> dict[str, Any]:
    precision, recall = steps.precision[::-1], steps.recall[::-1]
    bands = {"precision": _band(precision[:, 1:]), "recall": _band(recall[:, 1:])}
    true, false = steps.true[::-1, 0], steps.false[::-1, 0]
    present, absent = steps.present[0], steps.absent[0]
    return {
        "threshold": steps.threshold[::-1],
        "precision": precision[:, 0],
        "recall": recall[:, 0],
        "specificity": 1 - false / absent,
        "f1": 2 * true / (true + false + present),
        "called": (true + false) / (present + absent),
        **{
            f"{name}_{end}": edge
            for name, pair in bands.items()
            for end, edge in zip(("low", "high"), pair, strict=True)
        },
    }


def _band(values: Values) -> NDArray[np.float64]:
    """(2, T) lower and upper edge of (T, R), each over the replicates in which it is defined."""
    if not values.shape[1]:
        return np.full((2, len(values)), np.nan)
    held = np.sort(values, axis=1)  # nan last
    defined = (~np.isnan(held)).sum(axis=1)
    ends = []
    for percent in BANDS:
        place = percent / 100 * np.maximum(defined - 1, 0)
        below = np.floor(place).astype(np.intp)
        above = np.minimum(below + 1, np.maximum(defined - 1, 0))
        rows = np.arange(len(held))
        ends.append(held[rows, below] + (place - below) * (held[rows, above] - held[rows, below]))
    return np.array(ends)


def _band_across(at: Values, x: Values, y: Values) -> NDArray[np.float64]:
    """(2, T) band of y over fixed places of x: each replicate's curve is read where ours has points."""
    defined = ~(np.isnan(x) | np.isnan(y))
    read = [np.interp(at, x[keep, r], y[keep, r]) for r, keep in enumerate(defined.T) if keep.any()]
    return _band(np.stack(read, axis=1) if read else np.empty((len(at), 0)))


def _rounded(lists: dict[str, Any]) -> dict[str, Any]:
    return {name: np.round(np.asarray(values), DIGITS).tolist() for name, values in lists.items()}
