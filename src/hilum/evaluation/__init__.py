"""How good: metrics, intervals, comparison, fusion, operating points, calibration, subgroups."""

from hilum.evaluation.box_cuts import fit_box_cuts
from hilum.evaluation.box_fusion import fuse_boxes
from hilum.evaluation.calibration import Calibration, fit_calibration
from hilum.evaluation.calibrators import calibrators
from hilum.evaluation.compare import Comparison, compare
from hilum.evaluation.compare_boxes import compare_boxes
from hilum.evaluation.delong import delong, delong_test
from hilum.evaluation.evaluate import evaluate
from hilum.evaluation.evaluate_boxes import evaluate_boxes
from hilum.evaluation.fusion import fuse, fusions
from hilum.evaluation.metrics import metrics
from hilum.evaluation.operating_points import operating_points
from hilum.evaluation.thresholds import OperatingPoints, fit_operating_points

__all__ = [
    "Calibration",
    "Comparison",
    "OperatingPoints",
    "calibrators",
    "compare",
    "compare_boxes",
    "delong",
    "delong_test",
    "evaluate",
    "evaluate_boxes",
    "fit_box_cuts",
    "fit_calibration",
    "fit_operating_points",
    "fuse",
    "fuse_boxes",
    "fusions",
    "metrics",
    "operating_points",
]
