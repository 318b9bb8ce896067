"""Localize: boxes from heatmaps, as predictions that anything else can be compared with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.data import Source
from hilum.engine import progress
from hilum.evaluation.localization import best_threshold, inside
from hilum.explain.regions import OTSU, Cut
from hilum.inference import Predictor
from hilum.runs.provenance import versions
from hilum.schema import Boxes, BoxPredictions, Cohort, DataError, Explanation, LabelPredictions
from hilum.schema.boxes import COLUMNS, EDGES
from hilum.schema.findings import key
from hilum.schema.header import Header

GRID = tuple(round(0.2 + 0.1 * step, 1) for step in range(6))  # thresholds that are tried, as cheXlocalize's
FROM_VALIDATION = "validation"


@dataclass(frozen=True)
class HeatmapSettings:
    """How heatmaps are made, and which parts of them are regions; each field as the command names it.

    Args:
        method: an explainer, or `auto`.
        zero: what counts as no evidence (`hilum.explain.scale`).
        smoothing: of a Gaussian over each map, as a share of the image's side.
        threshold: a number in (0, 1), `otsu`, or `validation`: of each finding the one whose regions overlap true boxes
            of validation patients best.
        parts: the largest connected part alone, or all.
        smallest: share of the image that a part must cover.
    """

    method: str = "auto"
    zero: Literal["mean", "relu", "min"] = "mean"
    smoothing: float = 0.0
    threshold: float | str = OTSU
    parts: Literal["largest", "all"] = "all"
    smallest: float = 0.001

    def cut(self, predictor: Predictor, cohort: Cohort) -> Cut:
        """The cut; where the threshold is `validation`, chosen on the cohort's split val as the Run drew it.

        Raises:
            DataError: when no validation image has a box.
        """
        if self.threshold != FROM_VALIDATION:
            return Cut(self.threshold, self.parts, self.smallest)  # type: ignore[arg-type]
        return Cut(self._chosen(predictor, cohort), self.parts, self.smallest)

    def explanations(
        self, predictor: Predictor, source: Source, findings: Sequence[str] | None = None
    ) -> Iterator[Explanation]:
        """Heatmaps, image by image."""
        return predictor.explanations(
            source, findings=findings, method=self.method, zero=self.zero, smoothing=self.smoothing
        )

    def _chosen(self, predictor: Predictor, cohort: Cohort) -> dict[str, float]:
        try:
            boxed = with_boxes(cohort.split("val"), predictor)
        except DataError as error:
            raise DataError(
                f"{cohort.name}: no validation image with a box of the Run's findings, so that no threshold can be "
                f"chosen on them, and on scored images none may be ({error}) Expected --threshold otsu, or a number."
            ) from error
        overlap: dict[str, dict[float, list[float]]] = {}
        for one in self.explanations(predictor, predictor.source(boxed)):
            true = boxes_of(boxed, one)
            if len(true):
                heatmap, truth = one.heatmap, inside(true, one.shape)
                for level in GRID:
                    mask = (heatmap >= level) & (heatmap > 0)
                    shared = float((mask & truth).sum() / (mask | truth).sum())
                    overlap.setdefault(one.finding, {}).setdefault(level, []).append(shared)
        return {finding: best_threshold(found) for finding, found in overlap.items()}


USUAL = HeatmapSettings()


def localize(
    predictor: Predictor,
    cohort: Cohort,
    settings: HeatmapSettings = USUAL,
    *,
    chosen: Cohort | None = None,
    findings: Sequence[str] | None = None,
) -> BoxPredictions:
    """Boxes around the regions of heatmaps, each with the finding's probability times its region's height as score.

    Args:
        predictor: a Run that looks at images.
        cohort: the images, with the Run's split where thresholds are chosen on validation images.
        settings: how.
        chosen: the images to localize on; all of the cohort if left out.
        findings: of the Run; all if left out.
    """
    images = predictor.run.readable(cohort if chosen is None else chosen)
    cut = settings.cut(predictor, cohort)
    predictions = predictor.predict(images)
    assert isinstance(predictions, LabelPredictions)
    source, rows = predictor.source(images), []
    probability = predictions.table.set_index("image_id").to_dict("index")
    maps = settings.explanations(predictor, source, findings)
    count = len(findings or predictor.run.findings)
    method = settings.method
    for one in progress(maps, total=len(images) * count, what="heatmaps"):
        method = one.method
        for *corners, height in cut.boxes(one.heatmap, one.finding):
            score = float(probability[one.image_id][one.finding]) * height
            rows.append([one.image_id, one.finding, *corners, score])
    table = pd.DataFrame(rows, columns=[*COLUMNS, "score"]).astype({"image_id": "str", "finding": "str"})
    provenance = {
        "run": predictor.run.folder.name,
        "weights_sha256": predictor.run.provenance.get("weights", {}).get("sha256", ""),
        "heatmaps": {"method": method, "zero": settings.zero, "smoothing": settings.smoothing},
        "regions": {"threshold": _said(cut), "parts": cut.parts, "smallest": cut.smallest},
        "versions": versions(),
    }
    ids = tuple(predictions.table.image_id)
    return BoxPredictions(Boxes(table), Header(ids, provenance, predictions.failures))


def with_boxes(cohort: Cohort, predictor: Predictor) -> Cohort:
    """The images with a file and a true box of one of the Run's findings; boxes without a finding are left out, said.

    Raises:
        DataError: when none has one.
    """
    nameless = 0 if cohort.boxes is None else int(cohort.boxes.table.finding.isna().sum())
    if cohort.boxes is None or len(cohort.boxes) == nameless:
        raise DataError(f"{cohort.name}: no image has a true box, so that no heatmap can be scored. Expected boxes.")
    table = cohort.boxes.table.dropna(subset="finding")
    if nameless:
        note = f"Boxes that name no finding: {nameless:,} of {len(cohort.boxes):,} left out."
        cohort = replace(cohort, boxes=Boxes(table), notes=(*cohort.notes, note))
    known = {name for name in table.finding.unique() if predictor.run.findings.find(name) is not None}
    ids = set(table.image_id[table.finding.isin(known)])
    keep = cohort.images.image_id.isin(ids) & cohort.images.path.notna()
    if not keep.any():
        raise DataError(
            f"{cohort.name}: no image at hand has a true box of {', '.join(predictor.run.findings)}. Expected images "
            f"with boxes; the cohort's are of {', '.join(sorted(table.finding.unique())) or 'nothing'}."
        )
    return cohort.where(keep, "True box of one of the Run's findings, and image file present")


def boxes_of(cohort: Cohort, one: Explanation) -> NDArray[np.float64]:
    """(N, 4) the true boxes of an explanation's finding on its image, in the heatmap's pixels."""
    height, width = one.shape
    boxes = cohort.boxes_on(one.image_id, width=width, height=height)
    return np.asarray(boxes[[key(name) == key(one.finding) for name in boxes.finding]][EDGES].to_numpy(np.float64))


def by_image(maps: Iterator[Explanation]) -> Iterator[tuple[str, dict[str, Explanation]]]:
    """Explanations as they come, an image's together, by finding."""
    for image_id, each in groupby(maps, key=lambda one: one.image_id):
        yield image_id, {one.finding: one for one in each}


def resized(heatmap: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A heatmap over another image of this height and width."""
    return np.asarray(cv2.resize(heatmap, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)


def _said(cut: Cut) -> object:
    return dict(cut.threshold) if isinstance(cut.threshold, Mapping) else cut.threshold
