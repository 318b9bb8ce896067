"""The thresholds there are to choose from, and what each would give."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hilum.schema import ConfigError


@dataclass(frozen=True)
class Choices:
    """What each possible threshold would give: every distinct score, lowest first."""

    threshold: NDArray[np.float64]
    true: NDArray[np.float64]  # images with the finding that are called
    false: NDArray[np.float64]  # images without it that are called
    present: int
    absent: int

    @classmethod
    def of(cls, present: ArrayLike, score: ArrayLike) -> "Choices":
        """Count the calls at every distinct score."""
        positive, scores = np.asarray(present) == 1, np.asarray(score, dtype=np.float64)
        threshold, place = np.unique(scores, return_inverse=True)
        true, false = (np.bincount(place[rows], minlength=len(threshold)) for rows in (positive, ~positive))
        true_called, false_called = (np.cumsum(counts[::-1])[::-1].astype(np.float64) for counts in (true, false))
        return cls(threshold, true_called, false_called, int(positive.sum()), int((~positive).sum()))

    def best(self, worth: NDArray[np.float64]) -> float:
        """The threshold worth most; of equals the highest, which calls the fewest images."""
        return float(self.threshold[np.flatnonzero(worth == worth.max())[-1]])


def share(name: str, value: float) -> float:
    """The value of a rule's option, refused where it is no share above 0."""
    if not 0 < value <= 1:
        raise ConfigError(f"A {name} of {value} was asked for. Expected a number above 0 and at most 1.")
    return value
