"""Regions of a heatmap: where it is above a threshold, in connected parts, and the boxes around them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from hilum.schema import ConfigError

Heatmap = NDArray[np.float32]
OTSU: Final = "otsu"


@dataclass(frozen=True)
class Cut:
    """Which parts of a heatmap become boxes.

    Args:
        threshold: of the heatmap, in (0, 1); one number, `otsu` (each heatmap its own, between its dark and its bright
            places), or one number a finding.
        parts: the largest connected part alone, or all of them.
        smallest: share of the image that a part must cover; smaller ones are left out.
        otherwise: threshold of a finding that `threshold` does not name.

    Raises:
        ConfigError: for a threshold or share outside its range.
    """

    threshold: float | Literal["otsu"] | Mapping[str, float] = OTSU
    parts: Literal["largest", "all"] = "all"
    smallest: float = 0.001
    otherwise: float | Literal["otsu"] = OTSU

    def __post_init__(self) -> None:
        given = self.threshold.values() if isinstance(self.threshold, Mapping) else [self.threshold]
        for one in (*given, self.otherwise):
            if one != OTSU and not (isinstance(one, (int, float)) and 0 < one < 1):
                raise ConfigError(
                    f"A heatmap's threshold of {one} was asked for. Expected a number in (0, 1), or otsu."
                )
        if not 0 <= self.smallest < 1:
            raise ConfigError(
                f"Parts that cover {self.smallest} of an image were asked for. Expected a share in [0, 1)."
            )

    def mask(self, heatmap: Heatmap, finding: str) -> NDArray[np.bool_]:
        """(H, W) where the heatmap reaches the finding's threshold; nowhere in a map that is zero everywhere."""
        held = self.threshold
        chosen = held.get(finding, self.otherwise) if isinstance(held, Mapping) else held
        level = otsu(heatmap) if chosen == OTSU else float(chosen)
        return np.asarray((heatmap >= level) & (heatmap > 0))

    def boxes(self, heatmap: Heatmap, finding: str) -> NDArray[np.float64]:
        """(M, 5) x0 y0 x1 y1 in the heatmap's pixels and its highest value inside, the largest part first."""
        mask = self.mask(heatmap, finding)
        count, *drawn, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
        labels, found = (np.asarray(one, np.int32) for one in drawn)
        order = [place for place in np.argsort(-found[:, cv2.CC_STAT_AREA], kind="stable") if place]  # 0: the rest
        kept = [place for place in order if found[place, cv2.CC_STAT_AREA] >= self.smallest * mask.size]
        return np.array([_box(heatmap, labels, found, place) for place in kept[: self._most(count)]]).reshape(-1, 5)

    def _most(self, count: int) -> int:
        return 1 if self.parts == "largest" else count


def otsu(heatmap: Heatmap) -> float:
    """The level that parts a heatmap's values into two groups that differ most, each alike in itself.

    Source: Otsu 1979, IEEE Trans. Sys. Man. Cyber. 9:62-66.
    """
    level, _ = cv2.threshold(np.rint(heatmap * 255).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)
    return float((level + 0.5) / 255)  # the lighter group lies above the level


def _box(heatmap: Heatmap, labels: NDArray[np.int32], found: NDArray[np.int32], place: int) -> list[float]:
    left, top, width, height, _ = (int(value) for value in found[place])
    inside = (slice(top, top + height), slice(left, left + width))
    peak = heatmap[inside][labels[inside] == place].max()
    return [left, top, left + width, top + height, float(peak)]
