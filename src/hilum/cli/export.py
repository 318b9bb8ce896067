"""`hilum export`: a Run's network for a faster engine."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import RunFolder, Stores
from hilum.cli.cohorts import open_cohort
from hilum.schema import ConfigError
from hilum.schema.files import check_out_folder


@app.command()
def export(
    run: RunFolder,
    to: Annotated[str, typer.Option(help="openvino (the fastest on a processor) or onnx.")] = "openvino",
    int8: Annotated[
        bool, typer.Option("--int8", help="In whole numbers, where validation images show no loss. Needs --dataset.")
    ] = False,
    dataset: Annotated[str | None, typer.Option(help="Of --int8: the dataset that the Run learned from.")] = None,
    root: Annotated[Path | None, typer.Option(help="Its folder.")] = None,
    stores: Stores = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="A folder for a copy, for use without Hilum.")] = None,
) -> None:
    """Write a Run's network for a faster engine, into the Run: `predict` and `read` then use it by themselves.

    Example: `hilum export runs/small --to openvino`

    Example: `hilum export runs/small --to openvino --int8 --dataset nih14 --root data/nih`
    """
    from hilum.runs import Run
    from hilum.workflows.export import copy_export
    from hilum.workflows.export import export as write

    if int8 != (dataset is not None) or int8 != (root is not None):
        raise ConfigError("--int8, --dataset and --root belong together: int8 is fitted and judged on the Run's data.")
    check_out_folder(run)
    if out is not None:
        check_out_folder(out)
    opened = Run.open(run)
    cohort = open_cohort(dataset, root) if dataset and root else None
    for folder, exported in write(opened, to, cohort=cohort, stores=stores):
        typer.echo(
            f"{folder}: {exported.backend} in {exported.precision}; probabilities differ from PyTorch's by at most "
            f"{exported.largest_difference:.2g} ({exported.compared_on})."
        )
        if exported.accuracy:
            typer.echo(
                f"  Mean AUROC {exported.accuracy['mean_before']:.4f} in fp32, {exported.accuracy['mean_after']:.4f} "
                f"in int8; the largest fall is {exported.accuracy['worst_finding']}'s, "
                f"{exported.accuracy['worst_fall']:.4f}."
            )
            if back := exported.accuracy.get("layers_given_back"):
                typer.echo(f"  {back} places of the network stay in fp32, without which too much was lost.")
        if exported.fits:
            typer.echo(f"  Fitted again for it: {', '.join(exported.fits).replace('_', ' ')}.")
    if out is not None:
        copy_export(opened, to, out)
        typer.echo(f"{out}: a copy, with the findings and how an image is prepared.")
