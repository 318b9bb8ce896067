"""Export: a Run's network for a faster engine; int8 only where validation images show no loss."""

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hilum.evaluation import fit_calibration, fit_operating_points
from hilum.evaluation.acceptance import Acceptance, judged
from hilum.schema import Cohort, ConfigError, LabelPredictions, RunError, as_labels
from hilum.schema.files import replacing

if TYPE_CHECKING:  # with them comes PyTorch
    from hilum.inference.exported import Exported
    from hilum.runs import Run

BESIDE = ("findings.json", "preprocess.json")  # what who reads without Hilum needs to know


def export(
    run: "Run", backend: str, *, cohort: Cohort | None = None, stores: Path | None = None
) -> "list[tuple[Path, Exported]]":
    """Write a Run's network, or those of an ensemble, for another engine; in int8 when there is a cohort to judge by.

    Args:
        run: the Run.
        backend: `openvino` or `onnx`.
        cohort: the one that the Run learned from, for int8: ranges are fitted on its training images, and the loss is
            measured on its validation images.
        stores: a folder of stores, used when it holds the cohort's.

    Returns:
        Folder and export, of each Run.

    Raises:
        RunError: when int8 loses more than is allowed; the Run is then as it was before.
        ConfigError: when the network cannot be exported, or int8 is asked of another engine or of an ensemble.
    """
    from hilum.inference import exporting
    from hilum.inference.registries import exporters

    exporters[backend]  # an unknown name is refused before anything is done
    if cohort is None:
        return [(one.folder, exporting.export(one, backend)) for one in run.members or (run,)]
    if backend != "openvino":
        raise ConfigError(f"--int8 is for openvino, and {backend} was asked for. Expected --to openvino.")
    if run.members:
        raise ConfigError(f"{run.folder}: an ensemble. int8 is for one Run; export it without --int8.")
    return [(run.folder, export_int8(run, cohort, stores=stores))]


def export_int8(run: "Run", cohort: Cohort, *, stores: Path | None = None) -> "Exported":
    """Write a Run's network in int8 and keep it, when AUROC on validation images does not fall.

    Where it falls, the layers that hurt most stay in fp32, as many as it takes.

    Args:
        run: the Run.
        cohort: the one that it learned from.
        stores: a folder of stores, used when it holds the cohort's.

    Raises:
        RunError: with the figures, when the mean AUROC falls by more than 0.002 or a finding's by more than 0.005; the
            Run is then as it was before.
    """
    from hilum.inference import Predictor, exporting
    from hilum.inference.exported import Exported, fits_beside
    from hilum.inference.quantizing import quantized
    from hilum.inference.restoring import layers_in_int8, restored

    known = run.readable(run.with_split(cohort))
    train, val = known.split("train"), known.split("val")
    plain = Predictor.open(run, device="cpu")
    with exporting.staged(run, "openvino") as folder:
        path = exporting.written(run, "openvino", folder)
        quantized(run, path, plain.source(train, stores=stores))
        before = as_labels(plain.predict(val, stores=stores, calibrated=False))

        def judge() -> tuple[LabelPredictions, Acceptance]:
            whole = Predictor(run, exporting.opened("openvino", path, "int8"))
            told = as_labels(whole.predict(val, stores=stores, calibrated=False))
            return told, judged(before, told, val)

        (after, found), given_back = judge(), 0
        if not found.accepted:
            given_back = layers_in_int8(path)
            exporting.written(run, "openvino", folder)
            restored(run, path, plain.source(train, stores=stores), plain.source(val, stores=stores),
                     partial(_burden, before, val))  # fmt: skip
            given_back -= layers_in_int8(path)
            after, found = judge()
        if not found.accepted:
            raise RunError(
                f"{run.folder}: int8 is refused: {found}. The Run keeps what it had; export it without --int8."
            )
        exported = Exported(
            backend="openvino",
            precision="int8",
            **exporting.described(run, folder),
            largest_difference=found.largest_difference,
            compared_on=f"{found.images:,} validation images",
            accuracy=found.to_dict() | {"layers_given_back": given_back},
            fits=_fitted_again(run, after, val),
            fitted_beside=fits_beside(run),
        )
        return exporting.kept(run, folder, exported)


def _burden(before: LabelPredictions, val: Cohort, after: LabelPredictions) -> float:
    """How much is lost on those of the validation images that a network has spoken of."""
    same = before.table.set_index("image_id").loc[after.table.image_id].reset_index()
    return judged(replace(before, table=same), after, val).burden


def copy_export(run: "Run", backend: str, out: Path) -> None:
    """Copy a Run's exported files, with its findings and its preprocess, for use without Hilum."""
    from hilum.inference.exported import exported_file

    if run.members:
        raise ConfigError(f"{run.folder}: an ensemble has several networks. Expected one Run for --out.")
    path, exported = exported_file(run, backend)
    for name in (*exported.files, f"{path.stem}.json", *BESIDE):
        with replacing(out / name) as temporary:
            shutil.copyfile(run.folder / name, temporary)


def _fitted_again(run: "Run", predictions: LabelPredictions, val: Cohort) -> dict[str, Any]:
    """Calibration and operating points by the Run's own methods, of what int8 says; nothing where the Run has none."""
    from hilum.inference.fitted import calibration_of, points_of

    fits: dict[str, Any] = {}
    own, points = calibration_of(run), points_of(run)
    if own is not None:
        calibration = fit_calibration(predictions, val, split=None, method=own.method)
        predictions, fits["calibration"] = calibration.apply(predictions), calibration.to_dict()
    if points is not None:
        again = fit_operating_points(predictions, val, split=None, rule=points.rule, options=points.options)
        fits["operating_points"] = again.to_dict()
    for fit in fits.values():
        fit["fitted_on"]["split"] = "val"
    return fits
