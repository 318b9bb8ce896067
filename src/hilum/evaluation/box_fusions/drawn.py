"""What is to be fused: the boxes of one finding on one image, by one model or several."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hilum.schema import ConfigError

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """M boxes by S sources.

    Args:
        corners: (M, 4) `x0 y0 x1 y1`, in one unit.
        score: (M,) in [0, 1].
        source: (M,) which of the sources drew each; all the first if left out.
        trust: (S,) how much each source weighs; one source of weight 1 if left out.
    """

    corners: Values
    score: Values
    source: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))
    trust: Values = field(default_factory=lambda: np.ones(1))

    def __post_init__(self) -> None:
        if not len(self.source):
            object.__setattr__(self, "source", np.zeros(len(self.score), dtype=np.intp))

    def __len__(self) -> int:
        return len(self.score)

    @property
    def weighed(self) -> Values:
        """(M,) scores times the trust in who drew them, on the scale of scores: the most trusted keep theirs."""
        return np.asarray(self.score * self.trust[self.source] / self.trust.max())

    def become(self, corners: Values, score: Values) -> "Drawn":
        """Fused boxes, the surest first; of no one source."""
        order = np.argsort(-score, kind="stable")
        return Drawn(corners[order], score[order])


def overlap_of(corner: Values, corners: Values) -> Values:
    """(M,) intersection over union of one box (4,) with others (M, 4): a row of `overlaps`, quickly."""
    wide = np.minimum(corner[2], corners[:, 2]) - np.maximum(corner[0], corners[:, 0])
    high = np.minimum(corner[3], corners[:, 3]) - np.maximum(corner[1], corners[:, 1])
    shared = np.maximum(wide, 0) * np.maximum(high, 0)
    areas = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    return np.asarray(shared / ((corner[2] - corner[0]) * (corner[3] - corner[1]) + areas - shared))


def check_overlap(iou: float) -> None:
    """Refuse an overlap that is none."""
    if not 0 < iou < 1:
        raise ConfigError(
            f"Boxes are to be fused from an overlap (IoU) of {iou} on. Expected a number between 0 and 1."
        )
