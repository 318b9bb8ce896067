"""Who the patient is and how the image was taken: age, sex, view."""

from typing import Literal

import numpy as np
import pandas as pd

from hilum.registry import register
from hilum.schema import Cohort, ConfigError, Features

OLDEST = 100.0  # years; all older ages share the last bucket


@register
def demographics(
    cohort: Cohort,
    *,
    facts: tuple[Literal["age", "sex", "view"], ...] = ("age", "sex", "view"),
    age: Literal["years", "buckets", "both"] = "both",
    bucket_years: float = 10.0,
) -> Features:
    """Age, sex and view of each image.

    Columns: `age_years`; `age_0`, `age_10`, … one a bucket (1 where the age lies in it, the name says where it begins);
    `sex_female`; `view_ap`, `view_lateral`. NaN where the fact is not known, in every column that speaks of it: of a
    FRONTAL image `view_lateral` is 0 and `view_ap` not known.

    Args:
        cohort: the images; labels are not looked at.
        facts: which of them.
        age: as a number, in buckets, or both.
        bucket_years: width of a bucket in years; the last one reaches from 100 upward.

    Source: the buckets follow Herlihy, Hilton & Mukadam 2018, section 6.
    """
    unknown = [name for name in facts if name not in ("age", "sex", "view")]
    if unknown or not facts:
        raise ConfigError(f"demographics: there are no facts {unknown}. Expected some of: age, sex, view.")
    if age not in ("years", "buckets", "both"):
        raise ConfigError(f"demographics: there is no age '{age}'. Expected years, buckets or both.")
    if not 1 <= bucket_years <= OLDEST:
        raise ConfigError(f"demographics: buckets of {bucket_years:g} years. Expected 1 to {OLDEST:g}.")
    images = cohort.images
    columns: dict[str, pd.Series] = {}
    if "age" in facts and age != "buckets":
        columns["age_years"] = images.age_years
    if "age" in facts and age != "years":
        bucket = images.age_years.clip(0, OLDEST) // bucket_years
        for place in range(int(OLDEST // bucket_years) + 1):
            columns[f"age_{place * bucket_years:g}"] = _is(bucket, place)
    if "sex" in facts:
        columns["sex_female"] = _is(images.sex, "F")
    if "view" in facts:
        view = images["view"]
        columns["view_ap"] = _is(view.mask(view == "FRONTAL"), "AP")
        columns["view_lateral"] = _is(view, "LATERAL")
    return Features(pd.DataFrame({"image_id": images.image_id, **columns}))


def _is(facts: pd.Series, value: object) -> pd.Series:
    """1 or 0; NaN where the fact is not known."""
    return (facts == value).astype(np.float32).where(facts.notna())
