"""Operating points: the rules by which it is chosen from which probability on a finding is called."""

from hilum.registry import Registry

operating_points = Registry("hilum.evaluation.operating_points", "operating point")

__all__ = ["operating_points"]
