"""Intervals: how far a value may lie from the truth, where images of one patient resemble each other.

`wilson` is in closed form, for the metrics that `closed` holds and their mean over findings; `percentile` and
`bca` come from a bootstrap over patients, for every metric. docs/explanation/intervals.md says how they were chosen.
"""

from hilum.registry import Registry

closed = Registry("hilum.evaluation.intervals.closed_forms", "closed-form interval")
METHODS = ("wilson", "percentile", "bca")
WITHOUT = ("expected_calibration_error",)  # chance raises it, and resampling adds chance: its replicates lie above it
FEWEST_PATIENTS = 15  # with and without a finding: down to here the simulation holds; below, an interval says little

__all__ = ["FEWEST_PATIENTS", "METHODS", "WITHOUT", "closed"]
