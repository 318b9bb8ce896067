"""What a metric, a finding, a mean over findings or a subgroup is called, in a table and in a sentence."""

import re

from hilum.schema.findings import display

MEANS = {
    "macro": "Mean over findings (macro)",
    "weighted": "Mean weighted by how many have the finding",
    "micro": "All labels pooled (micro)",
}
METRICS = {
    "auroc": "AUROC",
    "partial_auroc": "partial AUROC",
    "rsna_score": "RSNA score",
    "coco_average_precision": "COCO average precision",
    "box_average_precision": "average precision of boxes",
    "froc_score": "FROC score",
    "froc_sensitivity": "FROC sensitivity",
    "image_auroc": "AUROC of images",
    "box_sensitivity": "sensitivity of boxes",
    "box_precision": "precision of boxes",
    "false_boxes": "false boxes an image",
    "brier": "Brier score",
    "lrap": "label-ranking average precision",
    "precision": "precision (PPV)",
    "recall": "recall (sensitivity)",
    "f1": "F1",
    "mcc": "MCC",
    "cohen_kappa": "Cohen's kappa",
    "hamming_loss": "Hamming loss",
    "expected_calibration_error": "calibration error (ECE)",
    "integrated_calibration_index": "calibration index (ICI)",
    "brier_skill": "Brier skill",
    "brier_miscalibration": "miscalibration (Brier)",
    "brier_resolution": "resolution (Brier)",
    "negative_predictive_value": "NPV",
    "positive_likelihood_ratio": "LR+",
    "negative_likelihood_ratio": "LR−",
    "observed_to_expected": "observed to expected",
    "ppv_at_prevalence": "PPV at the stated prevalence",
    "npv_at_prevalence": "NPV at the stated prevalence",
}  # as in a sentence; the others are their own name without underscores


def spoken(metric: str) -> str:
    """The metric inside a sentence.

    >>> spoken("auroc"), spoken("net_benefit"), spoken("froc_sensitivity@0.5")
    ('AUROC', 'net benefit', 'FROC sensitivity at 0.5')
    """
    name, at, point = metric.partition("@")
    return METRICS.get(name, name.replace("_", " ")) + (f" at {point}" if at else "")


def title(metric: str) -> str:
    """The metric at the head of a column.

    >>> title("lrap"), title("net_benefit")
    ('Label-ranking average precision', 'Net benefit')
    """
    words = spoken(metric)
    return words[:1].upper() + words[1:]


def finding_name(name: str) -> str:
    """A finding, or a mean over them, as a person reads it.

    >>> finding_name("Pleural_Thickening"), finding_name("macro")
    ('Pleural thickening', 'Mean over findings (macro)')
    """
    return MEANS.get(name, display(name))


def group_name(group: str) -> str:
    """A subgroup, or its value alone, as a person reads it.

    >>> group_name("age_band=18-39"), group_name("18-39"), group_name("sex=F")
    ('age band 18–39', '18–39', 'sex F')
    """
    return re.sub(r"(?<=\d)-(?=\d)", "–", group.replace("_", " ").replace("=", " "))
