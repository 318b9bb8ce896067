"""Metrics of masks, one a file: `name(match, weight=None, *, …)`, found by `hilum.evaluation.metrics`."""
