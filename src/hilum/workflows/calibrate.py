"""What a model learns from validation images after its weights: honest probabilities, and where a finding is called.

A Run keeps both as JSON artifacts, `calibration.json` and `operating_points.json`, and they travel into every later
Predictions table. Anyone's table is calibrated into another table. They are fitted on images that no figure is quoted
for: validation, a user's own site, or, of a table, other patients than those it is scored on.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hilum.evaluation import Calibration, OperatingPoints, fit_calibration, fit_operating_points
from hilum.evaluation.box_cuts import fit_box_cuts
from hilum.evaluation.tables import cross_fitted, fitted_elsewhere
from hilum.schema import BoxPredictions, Cohort, ConfigError, DataError, Predictions, RunError, as_labels
from hilum.workflows.predict import predict

if TYPE_CHECKING:  # with it comes PyTorch
    from hilum.runs import Run


def calibrate(
    run: "Run",
    cohort: Cohort,
    *,
    split: str | None = "val",
    method: str = "platt",
    rule: str = "youden",
    options: Mapping[str, float] | None = None,
    stores: Path | None = None,
    device: str = "auto",
) -> tuple[Calibration, OperatingPoints]:
    """Fit calibration and operating points on one split of a cohort, and keep them in the Run in place of older ones.

    Args:
        run: the Run.
        cohort: the images with their labels; the whole cohort when it is the one that the Run learned from.
        split: the split to fit on; None for all images, as for a site of one's own.
        method: a calibrator (`hilum ls calibrators`).
        rule: an operating point (`hilum ls operating-points`).
        options: of the rule, as `{"sensitivity": 0.95}`.
        stores: a folder of stores, used when it holds the cohort's.
        device: `auto`, `cpu`, `cuda` …

    Raises:
        RunError: when `split` is the split that the Run learned from or the one that figures are quoted for, or all
            images are asked for and such images are among them.
    """
    if split in ("train", "test"):
        raise RunError(
            f"Calibration was asked for on '{split}'. Expected images that the Run did not learn from and that no "
            "figure is quoted for: val, or another site's cohort."
        )
    if split is None:
        _refuse_own(run, cohort)
    chosen = cohort.split(split) if split else cohort
    if run.task.kind == "boxes":
        raise RunError(f"{run.folder}: it gives boxes, whose score has a cut and no calibration: see `choose_cut`.")
    raw = as_labels(predict(run, chosen, stores=stores, device=device, calibrated=False))
    calibration = fit_calibration(raw, chosen, split=None, method=method)
    points = fit_operating_points(calibration.apply(raw), chosen, split=None, rule=rule, options=options)
    fitted = {"split": split or "all"}
    calibration = replace(calibration, fitted_on=calibration.fitted_on | fitted)
    points = replace(points, fitted_on=points.fitted_on | fitted)
    run.save_artifact("calibration", calibration.to_dict())
    run.save_artifact("operating_points", points.to_dict())
    return calibration, points


def choose_cut(
    run: "Run",
    cohort: Cohort,
    *,
    split: str = "val",
    rule: str = "best_rsna_score",
    options: Mapping[str, float] | None = None,
    stores: Path | None = None,
    device: str = "auto",
) -> OperatingPoints:
    """Choose from which score on a detector's box is drawn, and keep it in the Run in place of an older choice.

    Arguments as for `calibrate`; `rule` is a name in `hilum ls box-operating-points`.

    Raises:
        RunError: when `split` is the one that the Run learned from or the one that figures are quoted for.
    """
    if split in ("train", "test"):
        raise RunError(f"A cut was asked for on '{split}'. Expected images that no figure is quoted for: val.")
    chosen = cohort.split(split)
    boxes = predict(run, chosen, stores=stores, device=device)
    assert isinstance(boxes, BoxPredictions)
    points = fit_box_cuts(boxes, chosen, split=None, rule=rule, options=options)
    points = replace(points, fitted_on=points.fitted_on | {"split": split})
    run.save_artifact("operating_points", points.to_dict())
    return points


def calibrate_table(
    predictions: Predictions,
    cohort: Cohort,
    *,
    scored: Predictions | None = None,
    split: str | None = "val",
    folds: int | None = None,
    method: str = "platt",
    rule: str = "youden",
    options: Mapping[str, float] | None = None,
) -> Predictions:
    """Anyone's predictions, calibrated, with operating points that `evaluate`, `compare` and `read` take from them.

    Args:
        predictions: of the model, as it gave them.
        cohort: images with labels and patients.
        scored: predictions to calibrate by what `predictions` teach; the images of `predictions` that are not fitted
            on where left out.
        split: the images of `predictions` to fit on; all of them if None.
        folds: cross-fit over so many parts of the patients instead: no image is judged by what its patient taught.
        method: a calibrator (`hilum ls calibrators`).
        rule: an operating point (`hilum ls operating-points`).
        options: of the rule.

    Raises:
        DataError: when a patient is fitted on and scored, or nothing is left to score.
        ConfigError: when both a table and folds are asked for.
    """
    chosen = {"method": method, "rule": rule, "options": options}
    if folds is not None:
        if scored is not None:
            raise ConfigError("Both folds and another table were given. Expected one of them.")
        return cross_fitted(predictions, cohort, folds=folds, **chosen)  # type: ignore[arg-type]
    fitted = predictions.table.image_id.isin((cohort.split(split) if split else cohort).images.image_id).to_numpy()
    if not fitted.any():
        raise DataError(f"No predicted image stands in cohort '{cohort.name}', split {split or 'all'}, to fit on.")
    if scored is None:
        if fitted.all():
            raise DataError(
                "All predicted images would be fitted on, and none is left to be scored. Expected other images in the "
                "table, another table (--apply), or cross-fitting over patients (--folds 5)."
            )
        scored = _rows(predictions, ~fitted)
    return fitted_elsewhere(_rows(predictions, fitted), scored, cohort, **chosen)[0]  # type: ignore[arg-type]


def _rows(predictions: Predictions, chosen: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Predictions:
    return replace(predictions, table=predictions.table[chosen])


def _refuse_own(run: "Run", cohort: Cohort) -> None:
    """All images of a cohort are too many when it is the one that the Run learned from."""
    own = int(run.split_of(cohort).isin(["train", "test"]).sum()) if run.knew(cohort) else 0
    if own:
        raise RunError(
            f"Calibration was asked for on all images of '{cohort.name}', and {own:,} of them are on the Run's train "
            "or test split. Expected images that the Run did not learn from and that no figure is quoted for: val, or "
            "another site's cohort."
        )
