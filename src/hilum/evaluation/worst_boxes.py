"""The worst images of a detector: true boxes that it missed, and false ones of which it was most sure."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hilum.evaluation.box_alignment import AlignedBoxes
from hilum.evaluation.matching.boxes import BoxMatch, Hit


def worst_boxes(aligned: AlignedBoxes, thresholds: Sequence[float], *, hit: Hit = 0.4) -> list[dict[str, Any]]:
    """Images by how wrong their boxes are at the cut, worst first; misses and false boxes take turns.

    Args:
        aligned: the boxes.
        thresholds: (K,) the cut of each finding.
        hit: what counts as found.

    Returns:
        Rows of `image_id`, `finding`, `missed` and `false` (numbers of boxes) and `surest_false` (its score, 0
        without). Among images of most misses the one whose best box has the lowest score stands first. An image
        without an error is not among them.
    """
    held = zip(aligned.findings, aligned.matches, thresholds, strict=True)
    rows = [row for name, match, cut in held for row in _of_finding(aligned, name, match, cut, hit)]
    missed = sorted((row for row in rows if row["missed"]), key=lambda row: (-row["missed"], row["_best"]))
    false = sorted((row for row in rows if row["false"]), key=lambda row: -row["surest_false"])
    turns = [row for pair in zip(missed, false, strict=False) for row in pair]
    rest = missed[len(false) :] + false[len(missed) :]
    once: dict[tuple[str, str], dict[str, Any]] = {}
    for row in turns + rest:
        once.setdefault((row["image_id"], row["finding"]), row)
    return [{key: value for key, value in row.items() if key != "_best"} for row in once.values()]


def _of_finding(aligned: AlignedBoxes, finding: str, match: BoxMatch, cut: float, hit: Hit) -> list[dict[str, Any]]:
    drawn = match.score >= cut
    found = match.found(hit)
    count = len(match.actual)
    missed = match.actual - np.bincount(match.image[found & drawn], minlength=count)
    false = np.bincount(match.image[~found & drawn], minlength=count)
    surest, best = np.zeros(count), np.zeros(count)
    np.maximum.at(surest, match.image[~found & drawn], match.score[~found & drawn])
    np.maximum.at(best, match.image, match.score)
    ids = aligned.images.images.image_id.to_numpy()
    return [
        {"image_id": str(ids[match.rows[place]]), "finding": finding, "missed": int(missed[place]),
         "false": int(false[place]), "surest_false": float(surest[place]), "_best": float(best[place])}
        for place in np.flatnonzero((missed > 0) | (false > 0))
    ]  # fmt: skip
