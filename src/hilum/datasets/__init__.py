"""Where cohorts come from: one file a dataset, tables only, never pixels.

`datasets["nih14"](root)` gives a Cohort of every film its owner lists; what is missing is counted in its notes.
"""

from hilum.registry import Registry

datasets = Registry("hilum.datasets", "dataset")

__all__ = ["datasets"]
