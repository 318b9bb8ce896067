"""The ways in which several predictions become one, finding by finding."""

from hilum.registry import Registry

fusions = Registry("hilum.evaluation.fusions", "fusion")

__all__ = ["fusions"]
