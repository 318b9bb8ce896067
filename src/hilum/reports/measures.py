"""Which metrics belong together on a page, and which ones an evaluation holds."""

from hilum.evaluation.names import MEANS
from hilum.schema import Evaluation

RANKING = ("auroc", "average_precision")
OF_CALLS = ("recall", "specificity")  # what stands first where there is no ranking
PROBABILITY = (
    *("brier", "brier_skill", "brier_miscalibration", "brier_resolution", "log_loss"),
    *("expected_calibration_error", "integrated_calibration_index"),
)
CALIBRATION = ("calibration_slope", "calibration_intercept", "observed_to_expected")
SUBGROUPS = ("auroc", "recall", "specificity", "calibration_intercept")  # shown by sex, age and view
ODDS = (
    *("negative_predictive_value", "positive_likelihood_ratio", "negative_likelihood_ratio"),
    *("ppv_at_prevalence", "npv_at_prevalence"),
)
DECISION = ("precision", "recall", "specificity", "f1", "mcc", "balanced_accuracy")
COUNTS = ("true_positives", "false_positives", "false_negatives", "true_negatives")
SETS = ("hamming_loss", "exact_match", "coverage_error", "lrap")  # of an image's whole set of findings


def measured(evaluation: Evaluation) -> list[str]:
    """The metrics an evaluation holds for all images together, in its own order."""
    return list(dict.fromkeys(evaluation.rows.metric[evaluation.rows.subgroup == "all"]))


def findings_of(evaluation: Evaluation) -> list[str]:
    """The findings an evaluation speaks of, without the means over them."""
    return [name for name in dict.fromkeys(evaluation.rows.finding) if name not in MEANS]
