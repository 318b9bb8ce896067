"""What a Run learns from validation images after its weights: honest probabilities, and where a finding is called.

Both are kept in the Run as JSON artifacts, `calibration.json` and `operating_points.json`, and travel into every later
Predictions table. They are fitted on images that no figure is quoted for: validation, or a user's own site.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hilum.evaluation import Calibration, OperatingPoints, fit_calibration, fit_operating_points
from hilum.runs import Run
from hilum.schema import Cohort, RunError
from hilum.workflows.predict import predict


def calibrate(
    run: Run,
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
    raw = predict(run, chosen, stores=stores, device=device, calibrated=False)
    calibration = fit_calibration(raw, chosen, split=None, method=method)
    points = fit_operating_points(calibration.apply(raw), chosen, split=None, rule=rule, options=options)
    fitted = {"split": split or "all"}
    calibration = replace(calibration, fitted_on=calibration.fitted_on | fitted)
    points = replace(points, fitted_on=points.fitted_on | fitted)
    run.save_artifact("calibration", calibration.to_dict())
    run.save_artifact("operating_points", points.to_dict())
    return calibration, points


def _refuse_own(run: Run, cohort: Cohort) -> None:
    """All images of a cohort are too many when it is the one that the Run learned from."""
    own = int(run.split_of(cohort).isin(["train", "test"]).sum()) if run.knew(cohort) else 0
    if own:
        raise RunError(
            f"Calibration was asked for on all images of '{cohort.name}', and {own:,} of them are on the Run's train "
            "or test split. Expected images that the Run did not learn from and that no figure is quoted for: val, or "
            "another site's cohort."
        )
