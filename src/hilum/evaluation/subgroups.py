"""Subgroups: the images of one sex, age band, view, or any column of the cohort, and the gap between them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.evaluation.alignment import Aligned
from hilum.evaluation.metrics import of_family
from hilum.evaluation.study import Result, mean_result
from hilum.schema import ConfigError

AGE_EDGES_YEARS = (18, 40, 60, 80)
MOST_GROUPS = 30
FEWEST_PATIENTS = 10  # with and without a finding; a group with fewer is small, and no part of a gap


class Group(NamedTuple):
    """Some images of one kind.

    Args:
        column: what they were chosen by, as in `sex`.
        name: as in `sex=F`.
        rows: which of the aligned images.
        small: the findings on which too few of its patients are positive or negative to say much.
    """

    column: str
    name: str
    rows: NDArray[np.intp]
    small: tuple[str, ...]


def usual_columns(images: pd.DataFrame) -> list[str]:
    """Those of sex, age band and view that the images tell, and not of all the same."""
    usual = {"sex": images.sex, "age_band": images.age_years, "view": images["view"]}
    return [name for name, values in usual.items() if values.nunique() > 1]


def age_bands(age_years: "pd.Series[float]") -> "pd.Series[str]":
    """The band of each age: `0-17`, `18-39`, `40-59`, `60-79`, `80+`.

    >>> age_bands(pd.Series([5.0, 40.0, 91.0])).tolist()
    ['0-17', '40-59', '80+']
    """
    edges = (0, *AGE_EDGES_YEARS)
    names = [*(f"{low}-{high - 1}" for low, high in zip(edges, AGE_EDGES_YEARS, strict=False)), f"{edges[-1]}+"]
    return pd.cut(age_years, [*edges, np.inf], right=False, labels=names).astype("str")


def groups(aligned: Aligned, columns: Sequence[str]) -> Iterator[Group]:
    """Every group of every column.

    `age_band` is made of `age_years`. Images of which the column says nothing form the group `unknown`.

    Raises:
        ConfigError: for a column that is not there, or that has more values than one would read.
    """
    images = aligned.images
    for column in columns:
        if column != "age_band" and column not in images:
            known = ", ".join(["age_band", *images.columns])
            raise ConfigError(f"There is no column '{column}' to make subgroups of. Expected one of: {known}.")
        values = images[column] if column in images else age_bands(images.age_years)
        values = values.astype("object").where(values.notna(), "unknown").astype("str")
        if values.nunique() > MOST_GROUPS:
            raise ConfigError(
                f"Column '{column}' has {values.nunique():,} different values, too many for subgroups. "
                f"Expected at most {MOST_GROUPS}: put them into bands first."
            )
        for value in sorted(values.unique()):
            rows = np.flatnonzero(values == value)
            yield Group(column, f"{column}={value}", rows, small(aligned, rows))


def gaps(found: Sequence[Group], results: Mapping[str, Sequence[Result]]) -> Iterator[tuple[str, Result]]:
    """For each column, metric and finding the group with the highest value less the one with the lowest.

    Both are measured on the same replicates, so the interval is that of the paired difference. The two groups are
    chosen by their values: of many groups, some gap is always there, and its interval does not know of the choice.
    Small groups take no part. The gap of `macro` is over the findings that are small in no group.

    Yields:
        The name, as in `sex: F - M`, and the difference, on the images of both groups.
    """
    for _, members in groupby(found, key=lambda group: group.column):
        held = {group.name: _comparable(group, results[group.name]) for group in members}
        for finding, metric in dict.fromkeys(key for values in held.values() for key in values):
            of = {name: values[finding, metric] for name, values in held.items() if (finding, metric) in values}
            of = {name: result for name, result in of.items() if not np.isnan(result.values[0])}
            if finding != "macro" and len(of) > 1:
                yield _gap(of)
        yield from _macro_gaps(held)


def small(aligned: Aligned, rows: NDArray[np.intp]) -> tuple[str, ...]:
    """The findings that fewer than `FEWEST_PATIENTS` of these patients have, or have not."""
    patient, labels = pd.factorize(aligned.images.patient_id)[0][rows], aligned.present[rows]
    fewest = [
        min(np.count_nonzero(np.bincount(patient[labels[:, k] == label], minlength=1)) for label in (0, 1))
        for k in range(labels.shape[1])
    ]
    return tuple(name for name, count in zip(aligned.findings, fewest, strict=True) if count < FEWEST_PATIENTS)


def _comparable(group: Group, results: Sequence[Result]) -> dict[tuple[str, str], Result]:
    aside = {*group.small, "macro", "weighted", "micro"}
    counts = of_family("count")  # they differ as groups differ in size
    return {
        (result.finding, result.metric): result
        for result in results
        if result.finding not in aside and result.metric not in counts
    }


def _gap(of: Mapping[str, Result]) -> tuple[str, Result]:
    high = max(of, key=lambda name: of[name].values[0])
    low = min(of, key=lambda name: of[name].values[0])
    top, bottom = of[high], of[low]
    column, _, value = high.partition("=")
    images = top.present + bottom.present, top.absent + bottom.absent
    patients = min(top.patients[0], bottom.patients[0]), min(top.patients[1], bottom.patients[1])
    name = f"{column}: {value} - {low.partition('=')[2]}"
    return name, Result(top.finding, top.metric, top.values - bottom.values, *images, patients)


def _macro_gaps(held: Mapping[str, Mapping[tuple[str, str], Result]]) -> Iterator[tuple[str, Result]]:
    large = {name: values for name, values in held.items() if values}
    shared = [key for key in next(iter(large.values()), {}) if all(key in values for values in large.values())]
    for metric in dict.fromkeys(metric for _, metric in shared):
        of = {}
        for name, values in large.items():
            chosen = [values[key] for key in shared if key[1] == metric]
            of[name] = mean_result("macro", chosen, metric)
        if len(of) > 1:
            yield _gap(of)
