"""Corrections of p: many findings, many tests, and p values that stand beside each other honestly."""

from hilum.registry import Registry

corrections = Registry("hilum.evaluation.corrections", "correction")

__all__ = ["corrections"]
