"""`hilum readers`: a reader study."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Dataset, Interval, Prefix, Replicates, Root, Seed, Split, Threshold
from hilum.cli.cohorts import open_cohort
from hilum.cli.thresholds import threshold_of
from hilum.schema.files import check_out_folder


@app.command()
def readers(
    readings: Annotated[
        Path,
        typer.Argument(help="Table: image_id, reader, a column a finding (0, 1, YES, NO)."),
    ],
    dataset: Dataset,
    root: Root,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for readers.html, .csv and .json.")],
    model: Annotated[list[Path] | None, typer.Option(help="Predictions to set beside them; may be repeated.")] = None,
    reader: Annotated[list[str] | None, typer.Option(help="Only this reader; may be repeated.")] = None,
    split: Split = None,
    prefix: Prefix = "",
    threshold: Threshold = None,
    margin: Annotated[
        float | None, typer.Option(help="Margin of non-inferiority and equivalence, stated beforehand: 0.05.")
    ] = None,
    correction: Annotated[str, typer.Option(help="Of p, over findings: hilum ls corrections.")] = "holm",
    interval: Interval = "wilson",
    replicates: Replicates = 1000,
    seed: Seed = 0,
) -> None:
    """Several readers of the same images: points on the ROC, their agreement, models beside the average reader.

    With a column `modality` (with and without help, say) modalities are compared for other readers and other patients.

    Example: `hilum readers readings.csv nih14_experts data/nih --model ours.parquet --margin 0.05 -o readers`
    """
    from hilum.evaluation.agreement import ALL
    from hilum.evaluation.export import ends, number
    from hilum.evaluation.names import finding_name
    from hilum.workflows.readers import readers as measure

    check_out_folder(out)
    cohort = open_cohort(dataset, root)
    found = measure(
        readings,
        cohort,
        out,
        models=model or (),
        chosen=reader or (),
        split=split,
        prefix=prefix,
        threshold=threshold_of(threshold),
        margin=margin,
        correction=correction,
        replicates=replicates,
        seed=seed,
        interval=interval,
    )
    for note in found.provenance["notes"]:
        typer.echo(note)
    rows = found.agreement[found.agreement["first"] == ALL].to_dict("records") if len(found.agreement) else []
    names = [finding_name(row["finding"]) for row in rows]
    widest = max(map(len, names), default=0)
    if rows:
        typer.echo(f"{'':{widest}}  Fleiss' kappa  95 % interval")
    for name, row in zip(names, rows, strict=True):
        bounds = ends(row["low"], row["high"], too_few=row["too_few"])
        typer.echo(f"{name:{widest}}  {number(row['value']) if row['value'] == row['value'] else '–':>13}  {bounds}")
    typer.echo(f"{out / 'readers.html'}")
