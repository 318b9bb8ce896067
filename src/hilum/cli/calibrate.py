"""`hilum calibrate`: honest probabilities, and where a finding is called."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hilum.cli.app import app
from hilum.cli.arguments import TABLES, Dataset, Device, Prefix, Root, Stores
from hilum.cli.cohorts import open_cohort
from hilum.schema import ConfigError, Predictions
from hilum.schema.files import check_out_file, check_out_folder

if TYPE_CHECKING:
    from hilum.runs import Run
    from hilum.schema import Cohort


@app.command()
def calibrate(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A Run folder, or anyone's predictions (Parquet, CSV).")
    ],
    dataset: Dataset,
    root: Root,
    split: Annotated[str, typer.Option(help="The split to fit on: val, or all for a site of your own.")] = "val",
    method: Annotated[str, typer.Option(help="hilum ls calibrators.")] = "platt",
    point: Annotated[
        str | None, typer.Option(help="hilum ls operating-points, or of a detector box-operating-points.")
    ] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="Of the point, as sensitivity=0.95.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Of predictions: the calibrated table.")] = None,
    apply: Annotated[
        Path | None, typer.Option(help="Of predictions: the table to calibrate; left out: their other images.")
    ] = None,
    folds: Annotated[
        int | None, typer.Option(min=2, help="Of predictions: cross-fit over so many parts of the patients.")
    ] = None,
    prefix: Prefix = "",
    stores: Stores = None,
    device: Device = "auto",
) -> None:
    """Fit calibration and operating points on validation images, and keep them with the model for every later reading.

    A Run keeps them itself. Of predictions, another table is written that carries them; no patient is both fitted on
    and scored: fit on a validation table, or cross-fit over patients.

    Example: `hilum calibrate runs/small nih14 data/nih --split val --point fixed_sensitivity --set sensitivity=0.95`

    Example: `hilum calibrate theirs_val.csv nih14 data/nih --apply theirs_test.csv -o theirs.parquet`

    Example: `hilum calibrate theirs.csv nih14 data/nih --folds 5 -o theirs.parquet`
    """
    chosen = {"rule": point} if point else {}
    how = {"split": None if split == "all" else split, "method": method, **chosen, "options": _numbers(set_ or [])}
    if model.is_dir() or model.suffix.lower() not in TABLES:
        if out is not None or apply is not None or folds is not None or prefix:
            raise ConfigError("--out, --apply, --folds and --prefix are for predictions. A Run keeps its calibration.")
        _run(model, dataset, root, how, stores=stores, device=device)
        return
    if out is None:
        raise ConfigError("Where should the calibrated table go? Expected --out with a name in .parquet.")
    check_out_file(out, (".parquet",))
    _table(model, apply, open_cohort(dataset, root), out, how, folds=folds, prefix=prefix)


def _run(model: Path, dataset: str, root: Path, how: Mapping[str, Any], **where: Any) -> None:
    from hilum.runs import Run
    from hilum.workflows.calibrate import calibrate as fit
    from hilum.workflows.cohorts import as_split_by

    opened = Run.open(model)
    check_out_folder(model)
    cohort = opened.readable(as_split_by(opened, open_cohort(dataset, root)))
    if opened.task.kind == "boxes":
        _cut(opened, cohort, {name: value for name, value in how.items() if name != "method"}, **where)
        return
    calibration, points = fit(opened, cohort, **how, **where)
    for one in points.points:
        sure = f"sensitivity {one.sensitivity:.2f}, specificity {one.specificity:.2f}" if one.fitted else "not fitted"
        typer.echo(f"{one.finding:22} called from {one.threshold:.3f}: {sure}")
    images = points.fitted_on["images"]
    typer.echo(f"{model}: {calibration.method} calibration and {points.rule} points, fitted on {images:,} images.")


def _cut(run: "Run", cohort: "Cohort", how: Mapping[str, Any], **where: Any) -> None:
    from hilum.workflows.calibrate import choose_cut

    points = choose_cut(run, cohort, **how, **where)
    for one in points.points:
        typer.echo(f"{one.finding:22} boxes drawn from {one.threshold:.3f}{'' if one.fitted else ': not fitted'}")
    typer.echo(f"{run.folder}: {points.rule} cuts, fitted on {points.fitted_on['images']:,} images.")


def _table(
    model: Path,
    apply: Path | None,
    cohort: "Cohort",
    out: Path,
    how: Mapping[str, Any],
    *,
    folds: int | None,
    prefix: str,
) -> None:
    from hilum.workflows.calibrate import calibrate_table

    scored = None if apply is None else Predictions.load(apply, prefix)
    found = calibrate_table(Predictions.load(model, prefix), cohort, scored=scored, folds=folds, **how)
    found.save(out)
    points = found.provenance["operating_points"]
    each = points["thresholds"] if folds else [points["thresholds"]]
    for finding in found.findings:
        places = [f"{one[finding]:.3f}" for one in each if finding in one]
        typer.echo(f"{finding:22} called from {', '.join(places) or 'nowhere: not fitted'}")
    typer.echo(f"{out}: {len(found):,} images, {found.provenance['calibration']} calibration, {points['rule']} points.")


def _numbers(words: list[str]) -> dict[str, float]:
    pairs = [word.partition("=") for word in words]
    try:
        return {name: float(value) for name, _, value in pairs}
    except ValueError:
        raise ConfigError(f"{', '.join(words)}: expected name=number, as in sensitivity=0.95.") from None
