"""The arguments that several commands share, described once."""

from pathlib import Path
from typing import Annotated

import typer

Dataset = Annotated[str, typer.Argument(help="A dataset: hilum ls datasets.")]
Root = Annotated[Path, typer.Argument(help="The dataset's folder, as its owner publishes it.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A Run folder, made by hilum train.")]
Split = Annotated[str | None, typer.Option(help="Only one split: train, val or test.")]
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
Engine = Annotated[str, typer.Option(help="local: this machine's cores; spark: a cluster.")]
TABLES = (".parquet", ".csv")  # how a table of predictions may be written; only Parquet keeps where they come from
