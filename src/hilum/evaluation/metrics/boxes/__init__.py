"""Metrics of boxes, one a file: `name(match, weight=None, *, …)`, found by `hilum.evaluation.metrics`."""
