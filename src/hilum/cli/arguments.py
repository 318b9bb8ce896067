"""The arguments that several commands share, described once."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Dataset = Annotated[str, typer.Argument(help="A dataset: hilum ls datasets.")]
Root = Annotated[Path, typer.Argument(help="The dataset's folder, as its owner publishes it.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A Run folder, made by hilum train.")]
Split = Annotated[str | None, typer.Option(help="Only one split: train, val or test.")]
Images = Annotated[
    list[str] | None,
    typer.Option(
        help="Only these, by a filter of recipes' data (repeated): keep=abnormal, views=[PA], leave_out=quality_low."
    ),
]
Prefix = Annotated[str, typer.Option(help="What stands before a finding in a column's name, as prob_.")]
Stores = Annotated[
    Path | None, typer.Option(help="Folder of packed stores; used when it holds these images, else files are decoded.")
]
Metric = Annotated[list[str] | None, typer.Option(help="hilum ls metrics; may be repeated.")]
Threshold = Annotated[
    list[str] | None,
    typer.Option(
        help="From where on a finding is called: 0.3, or Effusion=0.3 (repeated, for each finding), or a JSON file of "
        "operating points. Left out: those that travel with the predictions, else 0.5."
    ),
]
HitRule = Annotated[str, typer.Option("--hit", help="Of boxes, what finds a true one: the least overlap, or center.")]
Interval = Annotated[str, typer.Option(help="wilson (few patients, values near 0 or 1), percentile or bca.")]
Level = Annotated[
    str | None, typer.Option(help="study or patient: one row each instead of one an image; as CheXpert is scored.")
]
Aggregate = Annotated[str, typer.Option(help="Of a study's images, with --level: mean or max probability.")]
Replicates = Annotated[int, typer.Option(min=1, help="Bootstrap replicates, over patients.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 …")]
Backend = Annotated[
    str, typer.Option(help="hilum ls backends; auto: the fastest that the Run was exported for (hilum export).")
]
Engine = Annotated[str, typer.Option(help="local: this machine's cores; spark: a cluster.")]
ExplainMethod = Annotated[str, typer.Option(help="hilum ls explainers; auto: the one that suits the model.")]
Zero = Annotated[
    Literal["mean", "relu", "min"],
    typer.Option(help="What counts as no evidence in a heatmap: the image's mean, the number 0, or the smallest."),
]
Smoothing = Annotated[
    float,
    typer.Option(
        min=0.0, max=0.5, help="Of a Gaussian over heatmaps, as a share of the image's side: 0.03 for maps on pixels."
    ),
]
RegionThreshold = Annotated[
    str,
    typer.Option(
        help="Where a heatmap is cut: otsu, a number in (0, 1), or validation: of each finding the best there."
    ),
]
ServeFolder = Annotated[
    Path, typer.Option(help="Where a server's images, results, queue and keys lie; one server has it at a time.")
]
SERVE_FOLDER = Path("hilum-serve")
TABLES = (".parquet", ".csv")  # how a table of predictions may be written; only Parquet keeps where they come from
