"""Operating points of detectors: the rules by which it is chosen from which score on a box is drawn."""

from hilum.registry import Registry

box_operating_points = Registry("hilum.evaluation.box_operating_points", "box operating point")

__all__ = ["box_operating_points"]
