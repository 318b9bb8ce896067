"""The metrics: one decorated function each, pure, a file each, in a folder for each kind of Predictions.

A metric of labels has the form `name(present (N,), score (N,), weight=None, *, …)`; one of the family `set`, over all
findings, the same with (N, K). One of boxes or masks has the form `name(match, weight=None, *, …)`. `weight` says how
often each row (of boxes and masks: each image) counts: (N,) for one answer, (N, R) for R answers at once, one for each
column. The second form is what makes a bootstrap fast: the rows are sorted or matched once and only the sums are made R
times. A metric that looks at decisions takes the keyword `threshold`.
"""

from collections.abc import Sequence

from hilum.evaluation.metrics.families import Family, family_of
from hilum.registry import Registry

metrics = Registry("hilum.evaluation.metrics.labels", "metric")
box_metrics = Registry("hilum.evaluation.metrics.boxes", "box metric")
mask_metrics = Registry("hilum.evaluation.metrics.masks", "mask metric")


def of_family(name: Family) -> list[str]:
    """The metrics of labels that look at this."""
    return [metric for metric in metrics if family_of(metrics[metric]) == name]


def of_order(names: Sequence[str] | None) -> bool:
    """Whether metrics are asked for by name, and the order of scores is all that they look at."""
    return bool(names) and all(name in of_family("ranking") for name in names or ())


__all__ = ["box_metrics", "mask_metrics", "metrics", "of_family", "of_order"]
