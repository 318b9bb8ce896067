"""What is to be joined: the probabilities of several sources, and what a fusion may learn from."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

Values = NDArray[np.float64]
SMALLEST = 1e-6  # probabilities are held this far inside (0, 1) before the logarithm


# S sources, N images, K findings, C columns
@dataclass(frozen=True)
class Sources:
    """What is to be joined.

    Args:
        scores: (S, N, K) probabilities; NaN where a source says nothing.
        labels: (N, K) 1 or 0; NaN where not known. None when no cohort was given.
        fold: (N,) which part of the patients each image belongs to, in 0 … folds - 1; empty without a cohort.
        columns: per finding (N, C) further numbers to learn from; NaN where not known.
        precision: of the stack's prior.
        notes: sentences for the provenance, filled on the way.
    """

    scores: Values
    labels: Values | None
    fold: NDArray[np.intp]
    columns: Sequence[Values]
    precision: float
    notes: list[str] = field(default_factory=list)

    @property
    def log_odds(self) -> Values:
        """(S, N, K), finite, NaN where a source says nothing."""
        return np.asarray(logit(self.scores.clip(SMALLEST, 1 - SMALLEST)))
