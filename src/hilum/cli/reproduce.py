"""`hilum reproduce`: a report's tables, made again and set beside the printed ones."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Device


@app.command()
def reproduce(
    report: Annotated[str, typer.Argument(help="report1 to report5, or a YAML file of that form.")],
    root: Annotated[Path, typer.Option(help="Folder of the report's dataset.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the page and a folder a row; give it again.")],
    rows: Annotated[list[str] | None, typer.Option(help="A row's name; may be repeated. Left out: all.")] = None,
    scale: Annotated[float, typer.Option(min=0.001, max=1, help="Share of the training patients.")] = 1.0,
    epochs: Annotated[int | None, typer.Option(min=1, help="The most epochs of a phase.")] = None,
    size: Annotated[int | None, typer.Option(min=16, help="The most pixels a side.")] = None,
    small: Annotated[
        bool, typer.Option("--small", help="The -small recipe, for two cores, where a row's has one.")
    ] = False,
    set_: Annotated[list[str] | None, typer.Option("--set", help="key=value in every row's recipe.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw of patients.")] = 0,
    stores: Annotated[Path | None, typer.Option(help="Folder of packed stores; in the folder when left out.")] = None,
    masks: Annotated[
        Path | None, typer.Option(help="Lungs on the report's images: predicted masks, as .parquet.")
    ] = None,
    device: Device = "auto",
    replicates: Annotated[int, typer.Option(min=1, help="Bootstrap replicates, over patients.")] = 1000,
) -> None:
    """Train a report's rows in order, and write one page with its tables beside ours. Give it again to go on.

    Example: `hilum reproduce report2 --root data/nih -o report2 --scale 0.1 --epochs 3`
    """
    from hilum.schema import MaskPredictions
    from hilum.training import train
    from hilum.workflows.reproduce import PAGE
    from hilum.workflows.reproduce import reproduce as make
    from hilum.workflows.reproduce_scale import Scale

    outcomes = make(
        report,
        root,
        out,
        train=train,
        rows=rows,
        scale=Scale(scale, epochs, size, tuple(set_ or ()), seed, small),
        stores=stores,
        masks=MaskPredictions.load(masks) if masks else None,
        device=device,
        replicates=replicates,
        say=lambda text: typer.echo(text, err=True),
    )
    failed = [name for name, outcome in outcomes.items() if outcome.failure]
    measured = sum(outcome.evaluation is not None for outcome in outcomes.values())
    typer.echo(f"{out / PAGE}: {measured} of {len(outcomes)} rows measured{_of(failed)}")


def _of(failed: list[str]) -> str:
    return f"; failed: {', '.join(failed)}" if failed else ""
