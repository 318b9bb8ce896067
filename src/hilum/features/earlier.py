"""What each image may know of its patient: the visits before its own, and no more.

All features of the past are functions of one prefix an image: the visits `first[v]` to `seen[v] - 1` of its patient, in
order of `sequence`. Whatever lies at or behind `seen[v]` (the image itself, images of the same visit, later images)
cannot reach it, because nothing here looks there.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.schema import Cohort, Findings

Values = NDArray[np.float64]
Places = NDArray[np.intp]


# N images, V visits, K findings
@dataclass(frozen=True)
class Timeline:
    """The visits of all patients in a row: patient by patient, each patient's in order.

    A visit is the images of one patient with the same sequence number; they do not see each other. Images without a
    sequence number belong to no visit: they have no history and are nobody's.

    Args:
        visit: (N,) place of each image's visit; -1 for an image without a sequence number.
        first: (V,) place of the patient's first visit.
        seen: (V,) place behind the last visit that may be seen; equal to `first` where none may be.
        present: (V, K) findings of the visit in [0, 1]: 1 where any of its images has it.
        age_years: (V,) the patient's age; NaN where no image tells.
        sequence: (V,) the sequence number.
        now: (V,) the number at which the image stands: its own. Where a limit hides visits, that of the newest one seen
            (0 without any), as the image's own would tell how many are hidden.
        ap: (V,) 1 where an image was taken AP (mostly a patient who could not stand), else 0.
        findings: the K names.
    """

    visit: Places
    first: Places
    seen: Places
    present: Values
    age_years: Values
    sequence: Values
    now: Values
    ap: Values
    findings: Findings

    def __len__(self) -> int:
        return len(self.first)

    @cached_property
    def count(self) -> Places:
        """(V,) how many visits each may see."""
        return self.seen - self.first

    def total(self, values: Values) -> Values:
        """(V, …) sum of `values` over the visits that each may see."""
        sums = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])
        return np.asarray(sums[self.seen] - sums[self.first])

    def back(self, steps: int) -> tuple[Places, NDArray[np.bool_]]:
        """Place of the visit that many steps back from the newest that may be seen (1: that one), and if there is one.

        Where there is none, the place is the patient's first visit and must not be looked at.
        """
        return np.maximum(self.seen - steps, self.first), self.count >= steps

    def numbers_since(self, place: Places) -> Values:
        """(V,) how far the sequence number stands behind that of an earlier visit; 0 where there is none."""
        return np.maximum(self.now - self.sequence[place], 0.0)

    def fading(self, values: Values, decay: float) -> Values:
        """(V, K) mean over the visits that each may see, the n-th newest weighted by decay^(n - 1); NaN without one."""
        faded, weight = values.copy(), np.ones(len(self))
        for places in self._ranks[1:]:  # all patients' second visits, then all third ones, …
            faded[places] += decay * faded[places - 1]
            weight[places] += decay * weight[places - 1]
        newest, there = self.back(1)
        return np.where(there[:, None], faded[newest] / weight[newest][:, None], np.nan)

    @cached_property
    def _ranks(self) -> list[Places]:
        """Places of all first visits, of all second ones, …"""
        rank = np.arange(len(self)) - self.first
        return np.split(np.argsort(rank, kind="stable"), np.cumsum(np.bincount(rank))[:-1]) if len(self) else []

    def mean_of_images(self, values: Values) -> Values:
        """(N, K) of images to (V, K) of visits, the mean of each visit's images."""
        known = self.visit >= 0
        sums = np.zeros((len(self), values.shape[1]))
        np.add.at(sums, self.visit[known], values[known])
        return np.asarray(sums / np.bincount(self.visit[known], minlength=len(self))[:, None])

    def of_images(self, values: NDArray[np.floating], otherwise: float) -> NDArray[np.float32]:
        """(V, …) of visits to (N, …) of images; `otherwise` for images without a visit."""
        if not len(self):
            return np.full((len(self.visit), *values.shape[1:]), otherwise, np.float32)
        out = values.astype(np.float32, copy=False)[np.maximum(self.visit, 0)]
        out[self.visit < 0] = otherwise
        return out


def timeline(
    cohort: Cohort,
    *,
    findings: Findings | None = None,
    uncertain: float = 0.0,
    skip_previous: bool = False,
    strictly_younger: bool = False,
) -> Timeline:
    """Lay the visits of a cohort out and say what each may see.

    Args:
        cohort: the images with their labels, in any order; a patient's earlier images must be in it to be seen.
        findings: whose labels; the cohort's own if left out. A label that the source does not mention counts 0.
        uncertain: what an uncertain label counts, in [0, 1].
        skip_previous: leave out the newest earlier visit, which often belongs to the same hospital stay.
        strictly_younger: only visits at a smaller age in whole years. A patient's visits are then seen up to the first
            whose age is not smaller or not known.
    """
    images = cohort.images
    findings = cohort.findings if findings is None else findings
    known = np.flatnonzero(images.sequence.notna())
    patient, _ = pd.factorize(images.patient_id.iloc[known])
    sequence = images.sequence.to_numpy()[known]
    order = np.lexsort((sequence, patient))
    known, patient, sequence = known[order], patient[order], sequence[order]
    fresh = np.ones(len(known), bool)  # where a visit begins
    fresh[1:] = (patient[1:] != patient[:-1]) | (sequence[1:] != sequence[:-1])
    begins = np.flatnonzero(fresh)
    visit = np.full(len(images), -1, np.intp)
    visit[known] = np.cumsum(fresh) - 1
    patient, sequence = patient[begins], sequence[begins]
    first = np.searchsorted(patient, patient)

    labels = cohort.labels_for(findings)[known].astype(np.float64)
    present = np.where(labels == -1, uncertain, np.nan_to_num(labels))
    years = images.age_years.to_numpy()[known]
    age_years = _most(np.where(np.isnan(years), -np.inf, years), begins)
    age_years[np.isneginf(age_years)] = np.nan
    seen = np.arange(len(begins))
    if strictly_younger:
        seen = np.minimum(seen, _younger(first, age_years))
    if skip_previous:
        seen = np.maximum(np.minimum(seen, np.arange(len(begins)) - 1), first)
    now = sequence if not (skip_previous or strictly_younger) else np.where(seen > first, sequence[seen - 1], 0.0)
    ap = _most((images["view"].to_numpy() == "AP")[known].astype(np.float64), begins)
    return Timeline(visit, first, seen, _most(present, begins), age_years, sequence, now, ap, findings)


def _most(values: Values, begins: Places) -> Values:
    """Largest value of the images of each visit."""
    return np.maximum.reduceat(values, begins) if len(begins) else values


def _younger(first: Places, age_years: Values) -> Places:
    """(V,) place behind the last visit of the patient up to which every age is smaller than the visit's own."""
    whole = np.floor(age_years)
    own = np.where(np.isnan(whole), -1.0, whole)  # an unknown age of one's own sees nothing
    before = np.where(np.isnan(whole), 1e3, whole)  # an unknown age before it ends the view
    reached = np.arange(len(first))
    offset = 1e4 * first  # keeps patients apart in one ascending row
    highest = np.maximum.accumulate(before + offset)
    younger: Places = np.searchsorted(highest, own + offset, side="left")
    return np.minimum(reached, younger).clip(min=first)
