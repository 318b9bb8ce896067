"""Which of a cohort's images a recipe keeps; each filter is counted in the cohort's notes."""

import pandas as pd

from hilum.audit.tables import diseases, no_finding
from hilum.runs.recipe import Recipe
from hilum.schema import Cohort, ConfigError, DataError, Findings
from hilum.schema.errors import listed


def filtered(recipe: Recipe, cohort: Cohort) -> Cohort:
    """The images that `data.views`, `data.leave_out` and `data.keep` leave.

    Raises:
        ConfigError: for a flag that the cohort does not have.
        DataError: when nothing is left, or normal images are asked for and the owner calls none so.
    """
    views = recipe.data.views
    if views is not None:
        cohort = cohort.where(cohort.images.view.isin(views), f"Views {', '.join(views)}")
    for flag in recipe.data.leave_out:
        cohort = cohort.where(~_flagged(cohort, flag), f"Without images flagged {flag}")
    if recipe.data.keep == "abnormal":
        return cohort.where(_any(cohort, Findings(tuple(diseases(cohort)))), "With a finding of any kind")
    if recipe.data.keep == "findings_or_normal":
        return _against_normal(cohort, Findings.of(recipe.findings))
    return cohort


def _flagged(cohort: Cohort, flag: str) -> "pd.Series[bool]":
    images = cohort.images
    if flag not in images or not pd.api.types.is_bool_dtype(images[flag]):
        flags = [name for name in images if pd.api.types.is_bool_dtype(images[name])]
        raise ConfigError(
            f"data.leave_out: cohort '{cohort.name}' has no flag '{flag}'. It has {listed(flags, 20) or 'none'}. "
            "Those of nih14's quality come from the lists in its folder's quality_lists/."
        )
    return images[flag].astype(bool)


def _any(cohort: Cohort, findings: Findings) -> "pd.Series[bool]":
    return pd.Series((cohort.labels_for(findings) == 1).any(axis=1))


def _against_normal(cohort: Cohort, findings: Findings) -> Cohort:
    normal = no_finding(cohort)
    if not normal.any():
        raise DataError(
            f"data.keep: the owner of cohort '{cohort.name}' says of no image that it shows nothing. Expected a label "
            "or a column no_finding; or data.keep: all."
        )
    present = _any(cohort, findings)
    why = f"With {', '.join(findings)} ({present.sum():,}) or normal ({(normal & ~present).sum():,})"
    return cohort.where(present | normal, why)
