"""How a metric is called on a page, and which ones belong together."""

from hilum.schema import Evaluation
from hilum.schema.findings import display

NAMES = {
    "auroc": "AUROC",
    "partial_auroc": "Partial AUROC",
    "average_precision": "Average precision",
    "brier": "Brier score",
    "expected_calibration_error": "Calibration error",
    "precision": "Precision (PPV)",
    "recall": "Recall (sensitivity)",
    "f1": "F1",
    "mcc": "MCC",
    "lrap": "Label ranking average precision",
}
RANKING = ("auroc", "average_precision")
PROBABILITY = ("brier", "log_loss", "expected_calibration_error")
DECISION = ("precision", "recall", "specificity", "f1", "mcc", "balanced_accuracy")
COUNTS = ("true_positives", "false_positives", "false_negatives", "true_negatives")
MEANS = {
    "macro": "Mean over findings (macro)",
    "weighted": "Mean weighted by films with the finding",
    "micro": "All labels pooled (micro)",
}
SETS = ("hamming_loss", "exact_match", "coverage_error", "lrap")  # of a film's whole set of findings


def title(metric: str) -> str:
    """The metric as a person reads it.

    >>> title("auroc"), title("net_benefit")
    ('AUROC', 'Net benefit')
    """
    return NAMES.get(metric, metric.replace("_", " ").capitalize())


def finding_name(name: str) -> str:
    """A finding, or a mean over them, as a person reads it.

    >>> finding_name("Pleural_Thickening"), finding_name("macro")
    ('Pleural thickening', 'Mean over findings (macro)')
    """
    return MEANS.get(name, display(name))


def measured(evaluation: Evaluation) -> list[str]:
    """The metrics an evaluation holds for all films together, in its own order."""
    return list(dict.fromkeys(evaluation.rows.metric[evaluation.rows.subgroup == "all"]))


def findings_of(evaluation: Evaluation) -> list[str]:
    """The findings an evaluation speaks of, without the means over them."""
    return [name for name in dict.fromkeys(evaluation.rows.finding) if name not in MEANS]
