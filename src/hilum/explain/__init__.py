"""Where it looked: one map per image and finding, from a model and a batch. Knows no Run and no file."""

from hilum.registry import Registry

explainers = Registry("hilum.explain.methods", "explainer")

__all__ = ["explainers"]
