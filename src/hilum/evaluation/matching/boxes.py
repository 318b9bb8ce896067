"""Boxes matched: how far each predicted box lies over each true one; who found whom follows for any rule of a hit."""

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.evaluation.metrics.sums import Values
from hilum.schema import Boxes, BoxPredictions, ConfigError, DataError
from hilum.schema.boxes import EDGES, overlaps
from hilum.schema.errors import listed
from hilum.schema.findings import key

Hit: TypeAlias = float | str  # the least intersection over union, or `center`: the box's center lies in the true one
CENTER = "center"


@dataclass(frozen=True)
class BoxMatch:
    """M predicted boxes of one finding beside the true ones, at most G on each of N images.

    Args:
        image: (M,) which of the N images each predicted box is on.
        score: (M,) of each predicted box.
        overlap: (M, G) intersection over union with each true box of its image; -1 where there is none.
        inside: (M, G) whether its center lies in that true box.
        actual: (N,) true boxes of each image.
        rows: (N,) which of the images of the replicates each is.
    """

    image: NDArray[np.intp]
    score: Values
    overlap: Values
    inside: NDArray[np.bool_]
    actual: Values
    rows: NDArray[np.intp]
    _found: dict[Hit, NDArray[np.bool_]] = field(default_factory=dict, repr=False, compare=False)

    def found(self, hit: Hit = 0.4) -> NDArray[np.bool_]:
        """(M,) whether each box found a true one; decided once for each rule of a hit.

        On each image the surest box chooses first: the true box that it overlaps most, of those not yet taken, where
        that overlap is enough. So whether a box counts does not depend on less sure ones, and a cut may come later.

        Args:
            hit: intersection over union that is enough, or `center`.

        Source: Lin et al. 2014, Microsoft COCO, ECCV (its evaluation code).
        """
        if hit not in self._found:
            self._found[hit] = self._greedy(*self._near(hit))
        return self._found[hit]

    def turns(self) -> NDArray[np.intp]:
        """(M,) which place each box has on its image, the surest first; equal scores in order of the rows."""
        order = np.lexsort((-self.score, self.image))
        image = self.image[order]
        turn = np.empty(len(order), dtype=np.intp)
        turn[order] = np.arange(len(order)) - np.searchsorted(image, image)
        return turn

    def among(self, images: NDArray[np.intp]) -> "BoxMatch":
        """The match on some of the images alone, by their places in rising order."""
        place = np.full(len(self.actual), -1)
        place[images] = np.arange(len(images))
        kept = place[self.image] >= 0
        return BoxMatch(
            place[self.image[kept]], self.score[kept], self.overlap[kept], self.inside[kept],
            self.actual[images], self.rows[images],
        )  # fmt: skip

    def _near(self, hit: Hit) -> tuple[Values, float]:
        """(M, G) how near each box is to each true one, and what is near enough."""
        if hit == CENTER:
            return np.where(self.inside, self.overlap, -1.0), 0.0
        if isinstance(hit, str) or not 0 < hit <= 1:
            raise ConfigError(f"A hit by an overlap (IoU) of {hit}. Expected a number in (0, 1], or {CENTER}.")
        return self.overlap, float(hit)

    def _greedy(self, near: Values, enough: float) -> NDArray[np.bool_]:
        """All images take their turns at once: the surest box of each, then the second, …"""
        found = np.zeros(len(self.image), dtype=bool)
        could = np.flatnonzero((near >= enough).any(axis=1))
        free = np.ones((len(self.actual), near.shape[1]), dtype=bool)
        turn = self.turns()[could]
        could, turn = could[np.argsort(turn, kind="stable")], np.sort(turn)
        for boxes in np.split(could, np.flatnonzero(np.diff(turn)) + 1) if len(could) else []:
            image = self.image[boxes]
            left = np.where(free[image], near[boxes], -1.0)
            best = left.argmax(axis=1)
            hit = left[np.arange(len(boxes)), best] >= enough
            found[boxes[hit]] = True
            free[image[hit], best[hit]] = False
        return found


def match_boxes(predictions: BoxPredictions, truth: Boxes, finding: str) -> BoxMatch:
    """Lay predicted boxes of a finding over the true ones, image by image.

    Args:
        predictions: boxes with scores; the images are those of its header, in order.
        truth: the true boxes of these images; an image without any has none.
        finding: only boxes of this one; synonyms are one.

    Raises:
        DataError: when the truth holds boxes of images that were not read.
    """
    place = {image_id: row for row, image_id in enumerate(predictions.header.image_ids)}
    drawn, true = (_of(table, finding) for table in (predictions.boxes.table, truth.table))
    strange = sorted(set(true.image_id) - set(place))
    if strange:
        raise DataError(
            f"True boxes lie on {len(strange)} images without predictions: {listed(strange)}. "
            "Expected the boxes of the predicted images: choose them with `boxes.among(image_ids)`."
        )
    image, owner = (
        np.array([place[name] for name in table.image_id.tolist()], dtype=np.intp) for table in (drawn, true)
    )
    actual = np.bincount(owner, minlength=len(place)).astype(np.float64)
    overlap = np.full((len(drawn), max(1, int(actual.max(initial=0)))), -1.0)
    inside = np.zeros(overlap.shape, dtype=bool)
    corners, corners_true = (table[EDGES].to_numpy(np.float64) for table in (drawn, true))
    boxes_of, true_of = pd.Series(image).groupby(image).indices, pd.Series(owner).groupby(owner).indices
    for row in boxes_of.keys() & true_of.keys():
        first, second = corners[boxes_of[row]], corners_true[true_of[row]]
        overlap[boxes_of[row], : len(second)] = overlaps(first, second)
        inside[boxes_of[row], : len(second)] = centered(first, second)
    return BoxMatch(image, drawn.score.to_numpy(np.float64), overlap, inside, actual, np.arange(len(place)))


def centered(first: Values, second: Values) -> NDArray[np.bool_]:
    """(M, N) whether the center of each first box lies in each second one."""
    center = (first[:, None, :2] + first[:, None, 2:]) / 2
    return np.asarray(((center >= second[None, :, :2]) & (center < second[None, :, 2:])).all(axis=2))


def _of(table: pd.DataFrame, finding: str) -> pd.DataFrame:
    """The boxes of one finding, under whatever synonym."""
    same = {name: key(name) == key(finding) for name in table.finding.unique()}
    return table[table.finding.map(same).astype(bool)]
