"""Predictions that look at no image: what every table of figures must be compared with."""

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.evaluation import fit_operating_points
from hilum.schema import Cohort, Findings, LabelPredictions
from hilum.schema.findings import NO_FINDING
from hilum.schema.split import hold_out

Constant = Literal["absent", "prevalence", "no_finding"]


def said_of_every_image(cohort: Cohort, constant: Constant, rule: str = "") -> tuple[LabelPredictions, Cohort]:
    """The same probabilities for every test image, and the test images.

    `absent` calls nothing. `no_finding` calls No Finding and nothing else. `prevalence` gives each finding's share of
    the training images, and calls it by the rule, which on a constant calls every image or none.

    Args:
        cohort: with its splits; where it has no `val`, a tenth of the training patients is drawn for the rule.
        constant: which.
        rule: of the operating points of `prevalence`; empty for 0.5.
    """
    if not (cohort.images.split == "val").any():
        cohort = hold_out(cohort, fraction=0.1, seed=0)
    findings, test = cohort.labeled, cohort.split("test")
    labels = cohort.split("train").labels_for(findings)
    shares = np.nan_to_num(np.nanmean(np.where(labels >= 0, labels, np.nan), axis=0))
    if constant == "absent":
        shares = np.zeros(len(findings))
    elif constant == "no_finding":
        shares = np.array([float(name == NO_FINDING) for name in findings])
    said = {part: _said(one, findings, shares) for part, one in (("val", cohort.split("val")), ("test", test))}
    if constant != "prevalence" or not rule:
        return said["test"], test
    points = fit_operating_points(said["val"], cohort.split("val"), split=None, rule=rule)
    facts = {"rule": points.rule, "options": points.options, "thresholds": points.thresholds}
    provenance = {"operating_points": facts | {"fitted_on": points.fitted_on}}
    return LabelPredictions(said["test"].table, provenance), test


def _said(cohort: Cohort, findings: Findings, shares: NDArray[np.float64]) -> LabelPredictions:
    table = pd.DataFrame(np.tile(shares, (len(cohort), 1)), columns=list(findings))
    table.insert(0, "image_id", cohort.images.image_id.to_numpy())
    return LabelPredictions(table)
