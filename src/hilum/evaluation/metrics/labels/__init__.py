"""Metrics of labels, one a file: `name(present, score, weight=None, *, …)`, found by `hilum.evaluation.metrics`."""
