"""`hilum heatmaps`: how well a Run's heatmaps find true boxes, and whether they follow the model."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import (
    Dataset,
    Device,
    ExplainMethod,
    RegionThreshold,
    Replicates,
    Root,
    RunFolder,
    Seed,
    Smoothing,
    Split,
    Zero,
)
from hilum.cli.cohorts import open_cohort
from hilum.cli.localize import number_or_word
from hilum.schema.files import check_out_folder


@app.command()
def heatmaps(
    run: RunFolder,
    dataset: Dataset,
    root: Root,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for heatmaps.json and report.html.")],
    split: Split = None,
    method: ExplainMethod = "auto",
    zero: Zero = "mean",
    smoothing: Smoothing = 0.0,
    threshold: RegionThreshold = "otsu",
    faithfulness: Annotated[int, typer.Option(min=0, help="Pairs whose pixels are taken away and brought back.")] = 20,
    randomization: Annotated[int, typer.Option(min=0, help="Pairs looked at with random weights.")] = 20,
    agreement: Annotated[int, typer.Option(min=0, help="Pairs on which methods are compared.")] = 4,
    steps: Annotated[int, typer.Option(min=1, help="Parts in which pixels go or come.")] = 50,
    replicates: Replicates = 1000,
    seed: Seed = 0,
    device: Device = "auto",
) -> None:
    """Score heatmaps against true boxes, beside controls and published figures, with a page.

    Example: `hilum heatmaps runs/small nih14 data/nih --split test -o heatmaps`
    """
    from hilum.inference import Predictor
    from hilum.runs import Run
    from hilum.workflows.cohorts import as_split_by
    from hilum.workflows.heatmap_checks import Checks
    from hilum.workflows.heatmaps import heatmaps as score
    from hilum.workflows.localize import HeatmapSettings

    check_out_folder(out)
    settings = HeatmapSettings(method, zero, smoothing, number_or_word(threshold))
    opened = Run.open(run)
    cohort = as_split_by(opened, open_cohort(dataset, root))
    checks = Checks(faithfulness, randomization, agreement, steps)
    predictor = Predictor.open(opened, device=device)
    found = score(predictor, cohort, out, settings, checks, split=split, replicates=replicates, seed=seed)
    pooled = found.rows[(found.rows.finding == "all") & (found.rows.metric == "pointing_game")]
    typer.echo(f"Strongest place in a true box, {int(pooled.present.iloc[0]):,} pairs of image and finding:")
    for row in pooled.to_dict("records"):
        typer.echo(f"  {row['map']:16} {row['value']:.3f}  ({row['low']:.3f} to {row['high']:.3f})")
    if found.curves.get("randomization", {}).get("broken"):
        typer.echo("Broken: the maps stay the same when all weights are random.")
    typer.echo(f"{out / 'report.html'}")
