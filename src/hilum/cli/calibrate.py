"""`hilum calibrate`: honest probabilities, and where a finding is called."""

from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Dataset, Device, Root, RunFolder, Stores
from hilum.cli.cohorts import open_cohort
from hilum.schema import ConfigError
from hilum.schema.files import check_out_folder


@app.command()
def calibrate(
    run: RunFolder,
    dataset: Dataset,
    root: Root,
    split: Annotated[str, typer.Option(help="The split to fit on: val, or all for a site of your own.")] = "val",
    method: Annotated[str, typer.Option(help="hilum ls calibrators.")] = "platt",
    point: Annotated[str, typer.Option(help="hilum ls operating-points.")] = "youden",
    set_: Annotated[list[str] | None, typer.Option("--set", help="Of the point, as sensitivity=0.95.")] = None,
    stores: Stores = None,
    device: Device = "auto",
) -> None:
    """Fit calibration and operating points on validation images, and keep them in the Run for every later reading.

    Example: `hilum calibrate runs/small nih14 data/nih --split val --point fixed_sensitivity --set sensitivity=0.95`
    """
    from hilum.runs import Run
    from hilum.workflows.calibrate import calibrate as fit
    from hilum.workflows.cohorts import as_split_by

    opened = Run.open(run)
    check_out_folder(run)
    cohort = opened.readable(as_split_by(opened, open_cohort(dataset, root)))
    fitted = None if split == "all" else split
    calibration, points = fit(
        opened,
        cohort,
        split=fitted,
        method=method,
        rule=point,
        options=_numbers(set_ or []),
        stores=stores,
        device=device,
    )
    for one in points.points:
        sure = f"sensitivity {one.sensitivity:.2f}, specificity {one.specificity:.2f}" if one.fitted else "not fitted"
        typer.echo(f"{one.finding:22} called from {one.threshold:.3f}: {sure}")
    images = points.fitted_on["images"]
    typer.echo(f"{run}: {calibration.method} calibration and {points.rule} points, fitted on {images:,} images.")


def _numbers(words: list[str]) -> dict[str, float]:
    pairs = [word.partition("=") for word in words]
    try:
        return {name: float(value) for name, _, value in pairs}
    except ValueError:
        raise ConfigError(f"{', '.join(words)}: expected name=number, as in sensitivity=0.95.") from None
