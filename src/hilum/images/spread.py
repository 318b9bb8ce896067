"""How widely an image's values are spread, and whether a way of showing them leaves one gray of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

TAILS = 0.005, 0.995  # shares of the pixels between which the bulk of an image lies
LEAST_SPREAD = 0.1  # of the bulk's own spread; a display that keeps less of it shows one gray
MOST_PIXELS = 1 << 17  # counted, about; of larger images every second row and column, or fewer


@dataclass(frozen=True)
class Shares:
    """How often each stored value stands in an image, padding left out.

    Args:
        counts: (n,) for the values from the darkest on.
        low, high: place of the least and of the largest value among them.
    """

    counts: NDArray[np.int64]
    low: int
    high: int

    @classmethod
    def of(cls, stored: NDArray[np.integer], padding: NDArray[np.bool_] | None, darkest: int) -> "Shares":
        """Count an image's values, from its darkest on."""
        meant = stored if padding is None else stored[~padding]
        low, high = int(meant.min()) - darkest, int(meant.max()) - darkest
        step = max(1, int((stored.size / MOST_PIXELS) ** 0.5 + 0.5))
        few = stored[::step, ::step]
        if padding is not None:
            few = few[~padding[::step, ::step]]
        counts = np.bincount((few.astype(np.int32) - darkest).ravel(), minlength=high + 1)
        counts[[low, high]] += 1  # they stand in the image, though perhaps not among those counted
        return cls(counts, low, high)

    def ends(self, values: NDArray[Any]) -> tuple[float, float]:
        """Least and largest of the values that stand in the image; `values` rise or fall with the stored ones."""
        low, high = sorted((float(values[self.low]), float(values[self.high])))
        return low, high

    def present(self, values: NDArray[Any]) -> NDArray[Any]:
        """Those values that stand in the image."""
        found: NDArray[Any] = values[: len(self.counts)][self.counts > 0]
        return found

    def central(self, values: NDArray[Any]) -> tuple[float, float]:
        """Between which values the bulk of the pixels lies."""
        present, counts = self.present(values), self.counts[self.counts > 0]
        order = np.argsort(present, kind="stable")
        reached = np.cumsum(counts[order])
        low, high = (float(present[order][np.searchsorted(reached, share * reached[-1])]) for share in TAILS)
        return low, high

    def is_flat(self, shown: NDArray[Any], least: float = LEAST_SPREAD) -> bool:
        """Whether [0, 1] values that are shown hardly differ (by no more than `least`), while stored ones do."""
        present = np.clip(self.present(shown), 0, 1)
        if self.low == self.high:
            return False
        if float(present.max()) == float(present.min()):
            return True
        places = np.arange(len(shown)) / (self.high - self.low)
        own, seen = (high - low for low, high in (self.central(places), self.central(np.clip(shown, 0, 1))))
        return seen < least * own
