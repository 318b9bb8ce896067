"""Subgroups: the images of one sex, age band, view, or any column of the cohort, and the gap between them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm, studentized_range

from hilum.evaluation.alignment import Aligned
from hilum.evaluation.bootstrap import Draws
from hilum.evaluation.differences import Difference
from hilum.evaluation.metrics import of_family
from hilum.evaluation.metrics.sums import Values
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


class Gap(NamedTuple):
    """The best of some groups less the worst; reads like a `Result`.

    Args:
        difference: between the two.
        groups: among how many they were found.
    """

    difference: Difference
    groups: int

    @property
    def finding(self) -> str:
        """Whose gap it is."""
        return self.difference.ours.finding

    @property
    def metric(self) -> str:
        """Of which metric."""
        return self.difference.ours.metric

    @property
    def values(self) -> Values:
        """(C,) the gap, its replicates, its jackknife."""
        return self.difference.values

    @property
    def present(self) -> int:
        """Labels of both groups that are present."""
        return self.difference.ours.present + self.difference.theirs.present

    @property
    def absent(self) -> int:
        """Labels of both groups that are absent."""
        return self.difference.ours.absent + self.difference.theirs.absent

    @property
    def too_few(self) -> bool:
        """Whether one of the groups is of too few patients."""
        return self.difference.too_few

    def interval(self, draws: Draws, level: float) -> tuple[float, float, str]:
        """Low and high end, which allow for the choice of the two among all, and the method they come from."""
        return self.difference.interval(draws, level_of_pair(level, self.groups))

    def left_out(self, draws: Draws) -> int:
        """In how many of the replicates it is not defined."""
        return int(np.isnan(self.values[1 : 1 + draws.replicates]).sum())


@cache
def level_of_pair(level: float, groups: int) -> float:
    """The level of one pair's interval at which the intervals of all pairs of groups hold together.

    Source: Tukey 1953, The problem of multiple comparisons; Kramer 1956, Biometrics 12:307-310 (groups of any sizes).

    >>> round(level_of_pair(0.95, 2), 3), round(level_of_pair(0.95, 8), 4)
    (0.95, 0.9976)
    """
    reach = float(studentized_range.ppf(level, groups, np.inf)) / np.sqrt(2)
    return float(1 - 2 * norm.sf(reach))


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


def gaps(found: Sequence[Group], results: Mapping[str, Sequence[Result]]) -> Iterator[tuple[str, Gap]]:
    """For each column, metric and finding the group with the highest value less the one with the lowest.

    Both are measured on the same patients and replicates, so the interval is that of the paired difference. The two
    groups are chosen by their values: of many groups, some gap is always there, so the interval is as wide as one that
    must hold for every pair of them. Small groups take no part. The gap of `macro` is over the findings that are
    small in no group.

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


def _gap(of: Mapping[str, Result]) -> tuple[str, Gap]:
    high = max(of, key=lambda name: of[name].values[0])
    low = min(of, key=lambda name: of[name].values[0])
    column, _, value = high.partition("=")
    return f"{column}: {value} - {low.partition('=')[2]}", Gap(Difference(of[high], of[low]), len(of))


def _macro_gaps(held: Mapping[str, Mapping[tuple[str, str], Result]]) -> Iterator[tuple[str, Gap]]:
    large = {name: values for name, values in held.items() if values}
    shared = [key for key in next(iter(large.values()), {}) if all(key in values for values in large.values())]
    for metric in dict.fromkeys(metric for _, metric in shared):
        of = {}
        for name, values in large.items():
            chosen = [values[key] for key in shared if key[1] == metric]
            of[name] = mean_result("macro", chosen, metric)
        if len(of) > 1:
            yield _gap(of)
