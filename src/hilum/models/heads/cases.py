"""What heads that are fitted at once learn one output from: the images whose label is known, as cases with weights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


# N images, M cases
@dataclass(frozen=True)
class Cases:
    """Present and absent cases of one output.

    Args:
        rows: (M,) of the images; one whose label lies between 0 and 1 is a case of each, with shares of its weight.
        present: (M,) 1 present, 0 absent.
        weight: (M,) > 0.
    """

    rows: NDArray[np.intp]
    present: NDArray[np.intp]
    weight: NDArray[np.float64]

    @classmethod
    def of(cls, labels: NDArray[np.float32], weights: NDArray[np.float32]) -> "Cases":
        """The cases of (N,) labels in [0, 1]; those of weight 0 are not known."""
        share = np.stack([1.0 - labels, labels]).astype(np.float64) * weights
        rows, present = np.nonzero(share.T)
        return cls(rows, present, share.T[rows, present])

    @property
    def logit(self) -> float:
        """Log odds of the output among the cases, as if there were half a case more of each."""
        present = float(self.weight[self.present == 1].sum())
        return float(np.log((present + 0.5) / (float(self.weight.sum()) - present + 0.5)))

    @property
    def lack(self) -> str:
        """What is missing to learn from, in words; empty when nothing is."""
        if not len(self.present):
            return "no known label"
        return {0: "no positive", 1: "no negative"}[int(self.present[0])] if len(np.unique(self.present)) == 1 else ""
