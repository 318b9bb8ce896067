"""How good: metrics, intervals, comparison, operating points, calibration, subgroups."""

from hilum.evaluation.evaluate import evaluate
from hilum.evaluation.metrics import metrics

__all__ = ["evaluate", "metrics"]
