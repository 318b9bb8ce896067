"""The ways in which boxes that lie over each other become one."""

from hilum.registry import Registry

box_fusions = Registry("hilum.evaluation.box_fusions", "box fusion")

__all__ = ["box_fusions"]
