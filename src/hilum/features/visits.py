"""The patient's last visits one by one: what a recurrent network walks through."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hilum.features.earlier import timeline
from hilum.registry import register
from hilum.schema import Cohort, ConfigError, Features, Findings

FACTS = ("there", "nothing", "ap", "years_ago", "numbers_ago")  # before the findings of each visit
YEARS, NUMBERS = 10.0, 5.0  # scale of the gaps: after ten years or e^5 images more hardly matters


@register
def visits(
    cohort: Cohort,
    *,
    last: int = 16,
    uncertain: float = 0.0,
    skip_previous: bool = False,
    strictly_younger: bool = False,
    findings: str | Sequence[str] | None = None,
) -> Features:
    """The last visits before each image, oldest first, one group of columns a visit.

    Columns of the n-th last visit: `visit<n>_there` (1; 0 in all columns where the patient had fewer), `_nothing` (1
    where it has no finding), `_ap`, `_years_ago` (in decades, at most 1; 0 where an age is not known), `_numbers_ago`
    (log(1 + sequence numbers since) / 5), and `visit<n>_<finding>`. No value is missing, and none is from the image's
    own visit or later; see `hilum.features.earlier`.

    Args:
        cohort: the images with their labels; earlier images must be in it to be known.
        last: how many visits back.
        uncertain: what an uncertain label counts, in [0, 1].
        skip_previous: leave out the newest earlier visit, which often belongs to the same hospital stay.
        strictly_younger: only visits at a smaller age in whole years.
        findings: a vocabulary or names; the cohort's own if left out.
    """
    if last < 1:
        raise ConfigError(f"visits: the last {last} were asked for. Expected 1 or more.")
    past = timeline(
        cohort,
        findings=None if findings is None else Findings.of(findings),
        uncertain=uncertain,
        skip_previous=skip_previous,
        strictly_younger=strictly_younger,
    )
    width = len(FACTS) + len(past.findings)
    values = np.zeros((len(past), last, width), np.float32)
    names: list[str] = []
    for column, steps in enumerate(range(last, 0, -1)):
        place, there = past.back(steps)
        years = np.nan_to_num(past.age_years - past.age_years[place]).clip(0, YEARS) / YEARS
        numbers = np.log1p(past.numbers_since(place)) / NUMBERS
        present = past.present[place]
        facts = [np.ones(len(past)), ~present.any(axis=1), past.ap[place], years, numbers]
        values[:, column] = np.where(there[:, None], np.column_stack([*facts, present]), 0.0)
        names += [f"visit{steps}_{name}" for name in (*FACTS, *past.findings)]
    table = pd.DataFrame(past.of_images(values.reshape(len(past), -1), 0.0), columns=names)
    table.insert(0, "image_id", cohort.images.image_id)
    return Features(table)
