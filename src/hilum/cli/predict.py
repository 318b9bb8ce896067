"""`hilum predict`: from a Run to probabilities."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import TABLES, Backend, Dataset, Device, Engine, Root, RunFolder, Split, Stores
from hilum.cli.cohorts import open_cohort
from hilum.schema.files import check_out_file


@app.command()
def predict(
    run: RunFolder,
    dataset: Dataset,
    root: Root,
    out: Annotated[Path, typer.Option("--out", "-o", help="To write: .parquet, or .csv, which keeps no provenance.")],
    split: Split = None,
    stores: Stores = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Images a step.")] = 64,
    device: Device = "auto",
    backend: Backend = "auto",
    engine: Engine = "local",
) -> None:
    """Probabilities of a Run's findings for every image of a dataset.

    Example: `hilum predict runs/small nih14 data/nih --split test -o predictions.parquet`
    """
    from hilum.runs import Run
    from hilum.workflows import predict as apply
    from hilum.workflows.cohorts import one_split

    check_out_file(out, TABLES)
    opened = Run.open(run)
    cohort = open_cohort(dataset, root)
    cohort = opened.readable(one_split(cohort, split, opened))
    predictions = apply(
        opened, cohort, stores=stores, batch_size=batch_size, device=device, backend=backend, engine=engine
    )
    predictions.save(out)
    typer.echo(f"{out}: {len(predictions):,} images; {len(predictions.failures):,} could not be read.")
    for row in predictions.failures.head(5).itertuples():
        typer.echo(f"  {row.image_id}: {row.reason}", err=True)
