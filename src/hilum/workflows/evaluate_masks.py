"""Evaluate masks: numbers, page and a copy of the predictions in one folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from hilum.engine import progress
from hilum.evaluation.evaluate_masks import dice_of_each, evaluate_masks
from hilum.evaluation.matching import MaskMatch, match_masks
from hilum.features.shape import cardiothoracic_ratio
from hilum.features.thorax import HEART, LEFT, RIGHT
from hilum.images import read_image
from hilum.images.mask_tables import CohortMasks, PredictedMasks, predicted_sizes
from hilum.reports.masks_evaluation import Outlined, masks_page
from hilum.schema import Cohort, DataError, Evaluation, ImageError, MaskPredictions
from hilum.schema.errors import listed
from hilum.schema.files import write_text
from hilum.workflows.cohorts import as_split_by

if TYPE_CHECKING:
    from hilum.runs import Run

WORST = 12  # images shown


def evaluate(
    predictions: MaskPredictions,
    cohort: Cohort,
    out: Path,
    *,
    split: str | None = None,
    run: "Run | None" = None,
    metrics: Sequence[str] | None = None,
    replicates: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Evaluate masks, and write evaluation.json, report.html and a copy of the predictions into `out`.

    Distances are in millimeters where the cohort gives the spacing of all images, else in pixels.

    Args:
        predictions: masks in original pixels.
        cohort: the images with their masks.
        out: the folder.
        split: only one split.
        run: the Run that made them, for the split that it drew.
        metrics: `hilum ls mask-metrics`; all if left out.
        replicates: of the bootstrap.
        seed: of the bootstrap.

    Raises:
        DataError: when the two share no image, or no structure.
    """
    cohort = as_split_by(run, cohort)
    chosen = cohort.split(split) if split else cohort
    images = _measured(predictions, chosen)
    sizes = predicted_sizes(predictions)
    matches = _matches(predictions, chosen, images, sizes)
    ratios = _ratios(predictions, chosen, images, sizes) if {HEART, LEFT, RIGHT} <= set(matches) else None
    result = evaluate_masks(
        matches, images, ratios=ratios, metrics=metrics, replicates=replicates, seed=seed, notes=chosen.notes
    )
    result.provenance.update(predictions=predictions.provenance, cohort=cohort.name, split=split)
    result.save(out / "evaluation.json")
    predictions.save(out / "predictions.parquet")
    each = dice_of_each(matches, images)
    worst = _worst(predictions, chosen, each, sizes)
    title = f"{predictions.provenance.get('recipe', 'Masks')} on {cohort.name}"
    write_text(out / "report.html", masks_page(result, each, worst, title=title))
    return result


def _measured(predictions: MaskPredictions, cohort: Cohort) -> pd.DataFrame:
    """The rows of the cohort's images of which there are predictions, in the predictions' order."""
    rows = cohort.images.set_index("image_id", drop=False)
    ids = [image_id for image_id in predictions.header.image_ids if image_id in rows.index]
    if not ids:
        raise DataError(
            f"The predictions and cohort '{cohort.name}' share no image. They hold "
            f"{listed(predictions.header.image_ids, 2)} and {listed(cohort.images.image_id, 2)}. "
            "Expected the same image ids."
        )
    return rows.loc[ids].reset_index(drop=True)


def _matches(
    predictions: MaskPredictions, cohort: Cohort, images: pd.DataFrame, sizes: Mapping[str, tuple[int, int]]
) -> dict[str, MaskMatch]:
    ids, spacing = images.image_id.tolist(), _spacings(images, sizes)
    found = {}
    names = list(dict.fromkeys(predictions.table.structure))
    for name in progress(names, total=len(names), what="structures measured"):
        truth = CohortMasks(cohort, name, sizes)
        if any(image_id in truth for image_id in ids):
            found[name] = match_masks(ids, PredictedMasks(predictions, name), truth, spacing_mm=spacing)
    if not found:
        raise DataError(
            f"Cohort '{cohort.name}' outlines none of {listed(names)} on these images. "
            f"It has masks of {listed([] if cohort.masks is None else cohort.masks.structure.unique())}."
        )
    return found


def _spacings(images: pd.DataFrame, sizes: Mapping[str, tuple[int, int]]) -> dict[str, tuple[float, float]]:
    """Millimeters a pixel of the predicted canvas, where the table knows spacing and size of the image as published."""
    if not {"spacing_mm_x", "spacing_mm_y"} <= set(images):
        return {}
    known = images.dropna(subset=["spacing_mm_x", "spacing_mm_y", "width", "height"])
    found = {}
    for row in known.to_dict("records"):
        height, width = sizes.get(row["image_id"], (row["height"], row["width"]))
        found[row["image_id"]] = (
            row["spacing_mm_y"] * row["height"] / height,
            row["spacing_mm_x"] * row["width"] / width,
        )
    return found


def _ratios(
    predictions: MaskPredictions, cohort: Cohort, images: pd.DataFrame, sizes: Mapping[str, tuple[int, int]]
) -> pd.DataFrame:
    """Cardiothoracic ratios of the images whose three structures are outlined and predicted."""
    truth = [CohortMasks(cohort, name, sizes) for name in (RIGHT, LEFT, HEART)]
    drawn = [PredictedMasks(predictions, name) for name in (RIGHT, LEFT, HEART)]
    rows = []
    for place, image_id in enumerate(images.image_id):
        if all(image_id in masks for masks in (*truth, *drawn)):
            told, true = (cardiothoracic_ratio(*(masks[image_id] for masks in three)) for three in (drawn, truth))
            if told is not None and true is not None:
                rows.append({"row": place, "image_id": image_id, "predicted": told.value, "actual": true.value})
    return pd.DataFrame(rows, columns=["row", "image_id", "predicted", "actual"])


def _worst(
    predictions: MaskPredictions, cohort: Cohort, each: pd.DataFrame, sizes: Mapping[str, tuple[int, int]]
) -> list[Outlined]:
    """The images of the worst regions, those whose files are there."""
    paths = cohort.images.set_index("image_id").path.dropna()
    shown = []
    for row in each.drop_duplicates("image_id").head(WORST).to_dict("records"):
        image_id = row["image_id"]
        if image_id in paths.index:
            try:
                image = read_image(paths[image_id])
            except ImageError:
                continue
            names = each.structure[each.image_id == image_id]
            own = {name: CohortMasks(cohort, name, sizes).get(image_id) for name in names}
            drawn = {name: PredictedMasks(predictions, name).get(image_id) for name in names}
            shown.append(Outlined(image, row["structure"], row["dice"], drawn, own))
    return shown
