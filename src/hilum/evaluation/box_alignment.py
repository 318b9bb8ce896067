"""Predicted boxes beside true ones, on the images that both speak of, and an account of all that is left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.evaluation.alignment import Aligned, account_of, notes_of
from hilum.evaluation.matching.boxes import BoxMatch, match_boxes
from hilum.evaluation.metrics.boxes.image_auroc import best_score
from hilum.schema import Boxes, BoxPredictions, Cohort, DataError, Findings, Header
from hilum.schema.boxes import EDGES
from hilum.schema.errors import listed
from hilum.schema.findings import display, key

Table = NDArray[np.float64]


@dataclass(frozen=True)
class AlignedBoxes:
    """The images that have both predictions and a row in the cohort.

    Args:
        images: what stands for each image as labels do: whether it bears a true box, and the score of its best one.
        matches: one a finding; each on the images whose boxes are known, `rows` of `images`.
        predictions: the boxes that count.
        truth: the true ones.
    """

    images: Aligned
    matches: tuple[BoxMatch, ...]
    predictions: BoxPredictions
    truth: Boxes

    def __len__(self) -> int:
        return len(self.images)

    @property
    def findings(self) -> Findings:
        """Those that both have boxes of."""
        return self.images.findings

    @property
    def account(self) -> dict[str, Any]:
        """What was asked for and what is left out."""
        return self.images.account


def align_boxes(predictions: BoxPredictions, cohort: Cohort, *, split: str | None = None) -> AlignedBoxes:
    """Match predictions to the cohort by image id, and boxes by their overlap.

    An image on which the cohort's labels call a finding present or uncertain, or say nothing of it, but of which it
    holds no such box, is left out for that finding: nobody knows where it lies. Where the cohort has no labels of a
    finding, an image without its box is without it. Predicted boxes are cut at the image's edge where the cohort knows
    its size; what lies wholly beside it, and what stands twice, is left out. All of it is counted.

    Args:
        predictions: boxes with scores.
        cohort: the images with their boxes.
        split: only this split; every image that both hold if left out.

    Raises:
        DataError: when the cohort has no boxes, or they share no image or no finding.
    """
    if cohort.boxes is None or not len(cohort.boxes):
        raise DataError(f"Cohort '{cohort.name}' has no boxes. Expected one that does, to hold predicted ones against.")
    chosen = cohort if split is None else cohort.split(split)
    ids = pd.Series(predictions.header.image_ids, dtype="str")
    place = pd.Index(chosen.images.image_id).get_indexer(pd.Index(ids))
    rows = place[place >= 0]
    if not len(rows):
        raise DataError(
            f"None of the {len(ids):,} predicted images stands in cohort '{cohort.name}'"
            f"{f', split {split}' if split else ''}: predictions name {listed(ids, 2)}, "
            f"the cohort {listed(chosen.images.image_id, 2)}. Expected the same image ids."
        )
    images = chosen.images.iloc[rows].reset_index(drop=True)
    findings, left = _findings(predictions, cohort)
    table, counts = _sound(predictions.boxes.among(images.image_id).table, images)
    table = table[np.array([name in findings for name in table.finding], dtype=bool)]
    drawn = BoxPredictions(Boxes(table), Header(tuple(images.image_id)))
    truth = cohort.boxes.among(images.image_id)
    labels = chosen.labels_for(findings)[rows]
    matches = tuple(_match(drawn, truth, name, _unknown(labels[:, k], name, cohort)) for k, name in enumerate(findings))
    account = account_of(ids, predictions.failures, cohort, images, split=split) | left
    account["findings"] = {
        name: {"present": int((match.actual > 0).sum()), "absent": int((match.actual == 0).sum()),
               "boxes": int(match.actual.sum()), "predicted": len(match.score),
               "unknown": len(images) - len(match.rows)}
        for name, match in zip(findings, matches, strict=True)
    }  # fmt: skip
    account["boxes_left_out"] = counts
    account["notes"] = [*notes_of(account), *_notes(account), *_unnamed(predictions.provenance)]
    return AlignedBoxes(_as_labels(images, findings, matches, account), matches, drawn, truth)


def _findings(predictions: BoxPredictions, cohort: Cohort) -> tuple[Findings, dict[str, list[str]]]:
    """Those that both speak of, as the cohort spells them, and what is left out; who drew no box names no finding."""
    assert cohort.boxes is not None
    true = Findings(tuple(cohort.boxes.table.finding.unique()))
    told = predictions.provenance.get("findings")
    names = [*(told if isinstance(told, list) else []), *predictions.boxes.table.finding.unique()]
    distinct = tuple({key(str(name)): str(name) for name in reversed(names)}.values())
    drawn = Findings(distinct) if distinct else true
    shared = true.shared(drawn)
    if not len(shared):
        raise DataError(
            f"Predicted boxes of {listed(drawn)} and cohort '{cohort.name}' with boxes of {listed(true)} share no "
            "finding. Rename the predicted ones to the cohort's."
        )
    left = {
        "findings_not_labeled": [name for name in drawn if name not in shared],
        "findings_not_predicted": [name for name in true if name not in shared],
    }
    return shared, left


def _sound(table: pd.DataFrame, images: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """The boxes cut at the edges of their images, each once; and how many were cut and left out."""
    size = images.set_index("image_id")[["width", "height"]].reindex(table.image_id).to_numpy(np.float64)
    edges = table[EDGES].to_numpy(np.float64)
    most = np.where(np.isnan(size), np.inf, size)[:, [0, 1, 0, 1]]
    cut = np.minimum(edges, most)
    whole = (cut[:, 2] > cut[:, 0]) & (cut[:, 3] > cut[:, 1])
    sound = table.assign(**dict(zip(EDGES, cut.T, strict=True)))[whole]
    once = sound[~sound.duplicated(["image_id", "finding", *EDGES, "score"])]
    counts = {
        "cut": int(((cut != edges).any(axis=1) & whole).sum()),
        "beside": int((~whole).sum()),
        "twice": len(sound) - len(once),
    }
    return once, counts


def _unknown(labels: NDArray[np.float32], finding: str, cohort: Cohort) -> NDArray[np.bool_]:
    """(N,) where an image without a box may still show the finding."""
    return np.zeros(len(labels), bool) if finding not in cohort.labeled else np.asarray(labels != 0)


def _match(drawn: BoxPredictions, truth: Boxes, finding: str, unknown: NDArray[np.bool_]) -> BoxMatch:
    match = match_boxes(drawn, truth, finding)
    return match.among(np.flatnonzero((match.actual > 0) | ~unknown))


def _as_labels(
    images: pd.DataFrame, findings: Findings, matches: tuple[BoxMatch, ...], account: dict[str, Any]
) -> Aligned:
    present, score = (np.full((len(images), len(findings)), np.nan) for _ in range(2))
    for k, match in enumerate(matches):
        present[match.rows, k], score[match.rows, k] = match.actual > 0, best_score(match)
    return Aligned(images, findings, present, score, account)


def _unnamed(provenance: dict[str, Any]) -> Iterator[str]:
    """What the reader of a file of others counted."""
    for counted, words in {
        "images_without_a_row": "images have no row in the file of predictions and count as read, without a box",
        "boxes_cut": "predicted boxes reach over the upper or left edge and are cut there",
        "boxes_beyond": "predicted boxes lie wholly beyond the upper or left edge and are left out",
    }.items():
        if provenance.get(counted):
            yield f"{provenance[counted]:,} {words}."


def _notes(account: dict[str, Any]) -> Iterator[str]:
    counts = account["boxes_left_out"]
    if counts["cut"]:
        yield f"{counts['cut']:,} predicted boxes reach over their image's edge and are cut there."
    if counts["beside"]:
        yield f"{counts['beside']:,} predicted boxes lie beside their image and are left out."
    if counts["twice"]:
        yield f"{counts['twice']:,} predicted boxes stand twice, with the same score, and count once."
    for name, held in account["findings"].items():
        if held["unknown"]:
            yield (
                f"{display(name)}: {held['unknown']:,} images are left out, as their label is not absent and no box "
                "says where it lies."
            )
