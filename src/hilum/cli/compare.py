"""`hilum compare`: models side by side."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from hilum.cli.app import app
from hilum.cli.arguments import Prefix, Split
from hilum.cli.cohorts import open_cohort
from hilum.schema.files import check_out_folder


@app.command()
def compare(
    models: Annotated[list[Path], typer.Argument(help="Predictions (Parquet, CSV), evaluation folders or Runs.")],
    dataset: Annotated[str, typer.Option(help="The dataset that holds the labels.")],
    root: Annotated[Path, typer.Option(help="Its folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for comparison.html, .csv and .json.")],
    split: Split = None,
    prefix: Prefix = "",
    metric: Annotated[list[str] | None, typer.Option(help="hilum ls metrics; may be repeated.")] = None,
    test: Annotated[str, typer.Option(help="bootstrap, permutation or delong.")] = "bootstrap",
    replicates: Annotated[int, typer.Option(min=1, help="Bootstrap replicates, over patients.")] = 1000,
) -> None:
    """Models on the images that all of them hold: differences with intervals and corrected p, published figures beside.

    Where a Run is among them, the split is that of the first one.

    Example: `hilum compare ours.parquet theirs.csv --dataset nih14 --root data/nih --split test -o comparison`
    """
    from hilum.workflows.compare import METRICS
    from hilum.workflows.compare import compare as measure

    check_out_folder(out)
    found = measure(
        models,
        open_cohort(dataset, root),
        out,
        split=split,
        prefix=prefix,
        metrics=metric or METRICS,
        test=test,
        replicates=replicates,
    )
    for note in found.provenance["seen_before"]:
        typer.secho(note, fg=typer.colors.YELLOW)
    means = found.table[
        found.table.finding.isin(["macro", "micro"])
    ]  # micro alone for an image's whole set of findings
    for row in means.drop_duplicates(["metric", "model"]).to_dict("records"):
        gap = f"  difference {row['difference']:+.4f}" if pd.notna(row["difference"]) else ""
        gap += f", p {row['p']:.3f}" if pd.notna(row["p"]) else ""
        typer.echo(f"{row['model']:24} {row['metric']} {row['value']:.4f} ({row['low']:.4f} to {row['high']:.4f}){gap}")
    typer.echo(f"{out / 'comparison.html'}")
