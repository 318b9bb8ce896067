"""Intervals: how far a value may lie from the truth, where images of one patient resemble each other.

`wilson` is in closed form, for the metrics that `closed` holds and their mean over findings; `percentile` and
`bca` come from a bootstrap over patients, for every metric. docs/explanation/intervals.md says how they were chosen.
"""

from collections.abc import Iterable

from hilum.registry import Registry

closed = Registry("hilum.evaluation.intervals.closed_forms", "closed-form interval")
METHODS = ("wilson", "percentile", "bca")
# Chance raises them, and resampling adds chance: their replicates lie above them.
WITHOUT = ("expected_calibration_error", "integrated_calibration_index", "brier_miscalibration", "brier_resolution")
LINES = ("calibration_intercept", "calibration_slope")  # any number, not a share: Student's t, patients as clusters
FEWEST_PATIENTS = 15  # with and without a finding: down to here the simulation holds; below, an interval says little

__all__ = ["FEWEST_PATIENTS", "LINES", "METHODS", "WITHOUT", "closed", "in_closed_form"]


def in_closed_form(metrics: Iterable[str], method: str) -> bool:
    """Whether none of these metrics needs bootstrap replicates for its interval.

    >>> in_closed_form(["auroc", "recall"], "wilson"), in_closed_form(["auroc", "mcc"], "wilson")
    (True, False)
    """
    return all(name in WITHOUT or (method == "wilson" and name in closed) for name in metrics)
