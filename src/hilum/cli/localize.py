"""`hilum localize`: boxes around what a Run's heatmaps point at."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from hilum.cli.app import app
from hilum.cli.arguments import (
    Dataset,
    Device,
    ExplainMethod,
    RegionThreshold,
    Root,
    RunFolder,
    Smoothing,
    Split,
    Zero,
)
from hilum.cli.cohorts import open_cohort
from hilum.schema.files import check_out_file


@app.command()
def localize(
    run: RunFolder,
    dataset: Dataset,
    root: Root,
    out: Annotated[Path, typer.Option("--out", "-o", help="Parquet file of boxes to write.")],
    split: Split = None,
    finding: Annotated[
        list[str] | None, typer.Option(help="Which findings; all when left out; may be repeated.")
    ] = None,
    method: ExplainMethod = "auto",
    zero: Zero = "mean",
    smoothing: Smoothing = 0.0,
    threshold: RegionThreshold = "otsu",
    parts: Annotated[Literal["largest", "all"], typer.Option(help="Of a heatmap's connected parts.")] = "all",
    smallest: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of the image a part must cover.")] = 0.001,
    device: Device = "auto",
) -> None:
    """Boxes from heatmaps, each with a score, as predictions that true boxes can be compared with.

    Example: `hilum localize runs/small nih14 data/nih --split test -o boxes.parquet`
    """
    from hilum.inference import Predictor
    from hilum.runs import Run
    from hilum.workflows.cohorts import as_split_by
    from hilum.workflows.localize import HeatmapSettings
    from hilum.workflows.localize import localize as find

    check_out_file(out, (".parquet",))
    settings = HeatmapSettings(method, zero, smoothing, number_or_word(threshold), parts, smallest)
    opened = Run.open(run)
    cohort = as_split_by(opened, open_cohort(dataset, root)).with_files()
    predictor = Predictor.open(opened, device=device)
    found = find(predictor, cohort, settings, chosen=cohort.split(split) if split else None, findings=finding)
    found.save(out)
    typer.echo(
        f"{out}: {len(found.boxes):,} boxes on {len(found):,} images; {len(found.failures):,} could not be read."
    )


def number_or_word(text: str) -> float | str:
    """A number where it is one.

    >>> number_or_word("0.4"), number_or_word("otsu")
    (0.4, 'otsu')
    """
    try:
        return float(text)
    except ValueError:
        return text
