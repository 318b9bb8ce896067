"""Thresholds fitted on validation images by an operating point's rule, kept in a Run, applied to every later image."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hilum.evaluation.alignment import align
from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.operating_points import operating_points
from hilum.schema import Cohort, ConfigError, LabelPredictions

UNFITTED = 0.5  # where no image, or every image, has the finding and no rule can speak


@dataclass(frozen=True)
class OperatingPoint:
    """One finding's threshold, and what it gave where it was fitted; `fitted` is false where none could be."""

    finding: str
    threshold: float
    sensitivity: float | None
    specificity: float | None
    ppv: float | None
    present: int
    absent: int
    fitted: bool


@dataclass(frozen=True)
class OperatingPoints:
    """The thresholds of all findings: what a Run keeps, and `evaluate(threshold=points.thresholds)` takes.

    Args:
        rule: name from the registry.
        options: the rule's options.
        points: one a finding.
        fitted_on: images, patients, split and its hash; JSON values.
    """

    rule: str
    options: dict[str, float]
    points: tuple[OperatingPoint, ...]
    fitted_on: dict[str, Any] = field(default_factory=dict)

    @property
    def thresholds(self) -> dict[str, float]:
        """The threshold of each finding."""
        return {point.finding: point.threshold for point in self.points}

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self) | {"points": [asdict(point) for point in self.points]}

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> "OperatingPoints":
        """From what `to_dict` gave."""
        points = tuple(OperatingPoint(**point) for point in held["points"])
        return cls(held["rule"], dict(held["options"]), points, dict(held["fitted_on"]))


def fit_operating_points(
    predictions: LabelPredictions,
    cohort: Cohort,
    *,
    split: str | None = "val",
    rule: str = "youden",
    options: Mapping[str, float] | None = None,
) -> OperatingPoints:
    """Find each finding's threshold on images that are not the test's.

    A finding of which the cohort has no labels is not fitted and stays at 0.5, so that every finding has its point.

    Args:
        predictions: probabilities, calibrated already if they are to be.
        cohort: the images with their labels.
        split: the split to fit on; every image both hold if None.
        rule: name from the registry.
        options: of the rule, as `{"sensitivity": 0.95}`.
    """
    aligned, chosen = align(predictions, cohort, split=split), _rule(rule, options or {})
    points = []
    for k, finding in enumerate(aligned.findings):
        rows = aligned.known(k)
        present, score = aligned.present[rows, k], aligned.score[rows, k]
        counts = int(present.sum()), int(len(present) - present.sum())
        threshold = float(chosen(present, score)) if min(counts) else UNFITTED
        n = Decisions.of(present, score, None, threshold)
        rates = (_rate(n.tp, n.tp + n.fn), _rate(n.tn, n.tn + n.fp), _rate(n.tp, n.tp + n.fp))
        points.append(OperatingPoint(finding, threshold, *rates, *counts, fitted=min(counts) > 0))
    for finding in aligned.account["findings_not_labeled"]:
        points.append(OperatingPoint(finding, UNFITTED, None, None, None, 0, 0, fitted=False))
    fitted_on = {key: aligned.account[key] for key in ("images", "patients", "images_hash", "split", "split_hash")}
    return OperatingPoints(rule, dict(options or {}), tuple(points), {"cohort": cohort.name, **fitted_on})


def _rate(part: NDArray[np.float64], whole: NDArray[np.float64]) -> float | None:
    return float(part[0] / whole[0]) if whole[0] else None


def _rule(name: str, options: Mapping[str, float]) -> Callable[..., float]:
    """The rule with its options, refused by name where it has none such."""
    rule = operating_points[name]
    known = [name for name, held in inspect.signature(rule).parameters.items() if held.kind is held.KEYWORD_ONLY]
    strange = [option for option in options if option not in known]
    if strange:
        raise ConfigError(f"Rule '{name}' has no option {', '.join(strange)}. Expected: {', '.join(known) or 'none'}.")
    return partial(rule, **options)
