"""Subgroups: the films of one sex, age band, view, or any column of the cohort."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.schema import ConfigError

AGE_EDGES_YEARS = (18, 40, 60, 80)
MOST_GROUPS = 30


def age_bands(age_years: pd.Series) -> "pd.Series[str]":
    """The band of each age: `0-17`, `18-39`, `40-59`, `60-79`, `80+`.

    >>> age_bands(pd.Series([5.0, 40.0, 91.0])).tolist()
    ['0-17', '40-59', '80+']
    """
    edges = (0, *AGE_EDGES_YEARS)
    names = [*(f"{low}-{high - 1}" for low, high in zip(edges, AGE_EDGES_YEARS, strict=False)), f"{edges[-1]}+"]
    return pd.cut(age_years, [*edges, np.inf], right=False, labels=names).astype("str")


def groups(films: pd.DataFrame, columns: Sequence[str]) -> Iterator[tuple[str, str, NDArray[np.intp]]]:
    """The column, the name (as in `sex=F`) and the rows of every group.

    `age_band` is made of `age_years`. Films of which the column says nothing form the group `unknown`.

    Raises:
        ConfigError: for a column that is not there, or that has more values than one would read.
    """
    for column in columns:
        if column != "age_band" and column not in films:
            known = ", ".join(["age_band", *films.columns])
            raise ConfigError(f"There is no column '{column}' to make subgroups of. Expected one of: {known}.")
        values = age_bands(films.age_years) if column == "age_band" and column not in films else films[column]
        values = values.astype("object").where(values.notna(), "unknown").astype("str")
        if values.nunique() > MOST_GROUPS:
            raise ConfigError(
                f"Column '{column}' has {values.nunique():,} different values, too many for subgroups. "
                f"Expected at most {MOST_GROUPS}: put them into bands first."
            )
        for value in sorted(values.unique()):
            yield column, f"{column}={value}", np.flatnonzero(values == value)
