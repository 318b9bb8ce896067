"""Localize: boxes from heatmaps, as predictions that anything else can be compared with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.data import Source
from hilum.engine import progress
from hilum.evaluation.localization import best_threshold
from hilum.explain.regions import OTSU, Cut
from hilum.inference import Predictor
from hilum.runs.provenance import versions
from hilum.schema import Boxes, BoxPredictions, Cohort, DataError, Explanation, LabelPredictions
from hilum.schema.boxes import COLUMNS
from hilum.schema.header import Header
from hilum.workflows.heatmap_truth import Truths, with_truth

GRID = tuple(round(0.2 + 0.1 * step, 1) for step in range(6))  # thresholds that are tried, as cheXlocalize's
FROM_VALIDATION = "validation"


@dataclass(frozen=True)
class HeatmapSettings:
    """How heatmaps are made, and which parts of them are regions; each field as the command names it.

    Args:
        method: an explainer, or `auto`.
        zero: what counts as no evidence (`hilum.explain.scale`).
        smoothing: of a Gaussian over each map, as a share of the image's side.
        threshold: a number in (0, 1), `otsu`, or `validation`: of each finding the one whose regions overlap the true
            ones of validation patients best.
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
            DataError: when no validation image shows where a finding lies.
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
            shown = with_truth(cohort.split("val"), predictor.run.findings)
        except DataError as error:
            raise DataError(
                f"{cohort.name}: no validation image with a place of the Run's findings, so that no threshold can be "
                f"chosen on them, and on scored images none may be ({error}) Expected --threshold otsu, or a number."
            ) from error
        overlap: dict[str, dict[float, list[float]]] = {}
        truths = Truths(shown)
        for one in self.explanations(predictor, predictor.source(shown)):
            truth = truths.of(one)
            if truth is not None:
                heatmap, region = one.heatmap, truth.region
                for level in GRID:
                    mask = (heatmap >= level) & (heatmap > 0)
                    shared = float((mask & region).sum() / (mask | region).sum())
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


def by_image(maps: Iterator[Explanation]) -> Iterator[tuple[str, dict[str, Explanation]]]:
    """Explanations as they come, an image's together, by finding."""
    for image_id, each in groupby(maps, key=lambda one: one.image_id):
        yield image_id, {one.finding: one for one in each}


def resized(heatmap: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A heatmap over another image of this height and width."""
    return np.asarray(cv2.resize(heatmap, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)


def _said(cut: Cut) -> object:
    return dict(cut.threshold) if isinstance(cut.threshold, Mapping) else cut.threshold
