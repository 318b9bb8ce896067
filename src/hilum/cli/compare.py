"""`hilum compare`: models side by side."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from hilum.cli.app import app
from hilum.cli.arguments import (
    Aggregate,
    HitRule,
    Images,
    Interval,
    Level,
    Metric,
    Prefix,
    Replicates,
    Seed,
    Split,
    Threshold,
)
from hilum.cli.cohorts import open_cohort
from hilum.cli.thresholds import threshold_of
from hilum.schema.files import check_out_folder

if TYPE_CHECKING:
    from hilum.evaluation import Comparison


@app.command()
def compare(
    models: Annotated[list[Path], typer.Argument(help="Predictions (Parquet, CSV), evaluation folders or Runs.")],
    dataset: Annotated[str, typer.Option(help="The dataset that holds the labels.")],
    root: Annotated[Path, typer.Option(help="Its folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for comparison.html, .csv and .json.")],
    split: Split = None,
    images: Images = None,
    prefix: Prefix = "",
    metric: Metric = None,
    reference: Annotated[
        str | None, typer.Option(help="Name of the model that the others are compared with; left out: the first.")
    ] = None,
    threshold: Threshold = None,
    test: Annotated[
        str, typer.Option(help="p from the difference's interval; or from permutation, or delong (AUROC).")
    ] = "interval",
    correction: Annotated[str, typer.Option(help="Of p, over findings and models: hilum ls corrections.")] = "holm",
    margin: Annotated[
        float | None, typer.Option(help="Margin of non-inferiority and equivalence, stated beforehand: 0.05.")
    ] = None,
    level: Level = None,
    aggregate: Aggregate = "mean",
    interval: Interval = "wilson",
    replicates: Replicates = 1000,
    seed: Seed = 0,
    hit: HitRule = "0.4",
) -> None:
    """Models on the images that all of them hold: differences with intervals and corrected p, published figures beside.

    A table of 0 and 1 alone is a reader's calls: the models are measured at the reader's own specificity and recall.
    Where a Run is among the models, the split is that of the first one.

    Example: `hilum compare ours.parquet theirs.csv --dataset nih14 --root data/nih --split test -o comparison`
    """
    from hilum.audit.filters import Filters
    from hilum.evaluation.box_measures import checked_hit
    from hilum.workflows.compare import compare as measure

    check_out_folder(out)
    filters = Filters.of(images, "--images") if images else None
    found = measure(
        models,
        open_cohort(dataset, root),
        out,
        split=split,
        prefix=prefix,
        metrics=metric,
        reference=reference,
        threshold=threshold_of(threshold),
        test=test,
        correction=correction,
        replicates=replicates,
        seed=seed,
        interval=interval,
        level=level,
        aggregate=aggregate,
        margin=margin,
        hit=checked_hit(hit),
        filters=filters,
    )
    for note in found.provenance["seen_before"]:
        typer.secho(note, fg=typer.colors.YELLOW)
    _say(found)
    typer.echo(f"{out / 'comparison.html'}")


def _say(found: "Comparison") -> None:
    """Means over findings, and models beside readers, a line each."""
    from hilum.evaluation.export import p_value

    means = found.table[
        found.table.finding.isin(["macro", "micro"]) & found.table.value.notna()
    ]  # micro alone for an image's whole set of findings
    for row in means.drop_duplicates(["metric", "model"]).to_dict("records"):
        gap = f"  difference {row['difference']:+.4f}" if pd.notna(row["difference"]) else ""
        gap += f", p {p_value(row['p_corrected'])}" if pd.notna(row["p"]) else ""
        typer.echo(f"{row['model']:24} {row['metric']} {row['value']:.4f} ({row['low']:.4f} to {row['high']:.4f}){gap}")
    for row in found.readers.to_dict("records"):
        other = "specificity" if row["side"] == "recall" else "recall"
        typer.echo(
            f"{row['finding']}: {row['side']} at {row['reader']}'s {other}: {row['reader']} {row['reader_value']:.3f}, "
            f"{row['model']} {row['model_value']:.3f}, difference {row['difference']:+.3f} "
            f"({row['low']:+.3f} to {row['high']:+.3f}), p {p_value(row['p_corrected'])}"
        )
