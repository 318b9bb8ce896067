"""Weighted sums for many replicates at once: what every metric is made of.

A replicate of a bootstrap is a column of weights. A metric needs its rows summed by some property (called or not,
which bin, between which two scores), and these sums are one product of a sparse (segments, patients) matrix with the
dense (patients, replicates) weights. Nothing is sorted or copied more than once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from hilum.schema import DataError

Values: TypeAlias = NDArray[np.float64]
Measure: TypeAlias = float | Values
CELLS = 1_000_000  # sums held at a time: 8 MB, few enough for the processor's cache to help


@dataclass(frozen=True)
class Weights:
    """How often each row counts, in each of R replicates, when the rows of a group always count alike.

    Args:
        table: (G, R) weight of each group (a patient) in each replicate.
        group: (N,) the group of each row.
    """

    table: Values
    group: NDArray[np.intp]
    _last: list[Any] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def of(cls, weight: "ArrayLike | Weights | None", rows: int) -> "Weights":
        """From what a metric was given: nothing (all ones), (N,), (N, R), or Weights."""
        if isinstance(weight, Weights):
            return weight
        held = np.ones(rows) if weight is None else np.asarray(weight, dtype=np.float64)
        if held.ndim not in (1, 2) or len(held) != rows:
            raise DataError(f"Weights of shape {held.shape} for {rows} rows. Expected ({rows},) or ({rows}, R).")
        return cls(held if held.ndim == 2 else held[:, None], np.arange(rows))

    def at(self, rows: NDArray[np.intp]) -> "Weights":
        """The weights of these rows."""
        return Weights(self.table, self.group[rows])

    def sums(self, segment: NDArray[np.integer], count: int, value: Values | None = None) -> Values:
        """(count, R) sum of `value * weight` over the rows of each segment.

        Args:
            segment: (N,) which of `count` segments each row belongs to.
            count: number of segments.
            value: (N,); ones if left out.

        >>> weights = Weights.of(np.array([[1.0, 0], [1, 1], [1, 3]]), 3)
        >>> weights.sums(np.array([0, 2, 2]), 3).tolist()
        [[1.0, 0.0], [0.0, 0.0], [2.0, 4.0]]
        """
        return np.asarray(self._matrix(segment, count, value) @ self.table)

    def counts(self, segment: NDArray[np.integer], count: int) -> Values:
        """The sums of `sums`, made once where one metric after the other asks for the same."""
        if not self._last or not np.array_equal(self._last[0], segment):
            self._last[:] = [segment, self.sums(segment, count)]
        return np.asarray(self._last[1])

    def sums_in_parts(self, segment: NDArray[np.integer], count: int) -> Iterator[Values]:
        """The same sums, a few replicates at a time, so that many segments do not fill the memory."""
        matrix, width = self._matrix(segment, count), max(8, CELLS // max(1, count))
        for start in range(0, self.table.shape[1], width):
            yield np.asarray(matrix @ np.ascontiguousarray(self.table[:, start : start + width]))

    def parts(self, count: int) -> "Iterator[Weights]":
        """The replicates, a few at a time, so that `count` sums of each do not fill the memory."""
        width = max(8, CELLS // max(1, count))
        for start in range(0, self.table.shape[1], width):
            yield Weights(self.table[:, start : start + width], self.group)

    def _matrix(self, segment: NDArray[np.integer], count: int, value: Values | None = None) -> sparse.csr_array:
        """(count, G) what each group has in each segment."""
        held = np.ones(len(segment)) if value is None else np.asarray(value, dtype=np.float64)
        return sparse.coo_array((held, (segment, self.group)), shape=(count, len(self.table))).tocsr()

    def total(self, value: Values) -> Values:
        """(R,) sum of `value * weight` over all rows."""
        return np.asarray(np.bincount(self.group, value, len(self.table)) @ self.table)

    @cached_property
    def size(self) -> Values:
        """(R,) sum of the weights of all rows."""
        return self.total(np.ones(len(self.group)))

    def mean(self, value: Values) -> Values:
        """(R,) weighted mean of `value` (N,); nan where the weights sum to zero."""
        return ratio(self.total(value), self.size)


Weight: TypeAlias = ArrayLike | Weights | None


def answer(values: Values, weight: Weight) -> Measure:
    """(R,) values as they were asked for: a float unless `weight` had a column for each replicate."""
    many = isinstance(weight, Weights) or (weight is not None and np.ndim(weight) == 2)
    return values if many else float(values[0])


def ratio(top: Values, bottom: Values, empty: float = np.nan) -> Values:
    """`top / bottom`, and `empty` where the bottom is zero."""
    return np.asarray(np.divide(top, bottom, out=np.full(np.shape(bottom), empty), where=bottom != 0))
