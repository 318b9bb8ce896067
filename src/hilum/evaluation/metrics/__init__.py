"""The metrics: one decorated function each, pure, on labels and probabilities.

A metric of one finding has the form `name(present (N,), score (N,), weight=None, *, …)`; one over all findings, in
`multilabel.py`, the same with (N, K). `weight` says how often each row counts: (N,) for one answer, (N, R) for R
answers at once, one for each column. The second form is what makes a bootstrap fast: the rows are sorted once and
only the sums are made R times. A metric that looks at decisions takes the keyword `threshold`.
"""

from hilum.registry import Registry

metrics = Registry("hilum.evaluation.metrics", "metric")
per_image = Registry("hilum.evaluation.metrics.multilabel", "image metric")
counted = Registry("hilum.evaluation.metrics.counts", "count")

__all__ = ["counted", "metrics", "per_image"]
