"""`hilum summary`: what is in a dataset."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.cohorts import open_cohort, pairs
from hilum.schema.files import check_out_folder, write_json, write_text

Sources = Annotated[
    list[str], typer.Argument(metavar="DATASET ROOT …", help="One dataset and its folder, or several pairs.")
]


@app.command()
def summary(
    what: Sources,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for summary.html, summary.json and the figures.")],
) -> None:
    """What is in a dataset: one page, its figures as SVG, its numbers as JSON; two datasets stand side by side.

    Example: `hilum summary nih14 data/nih -o summary`
    """
    from hilum.audit import summary as summarize
    from hilum.reports import summary_figures, summary_page

    check_out_folder(out)
    numbers = [summarize(open_cohort(name, root)).numbers for name, root in pairs(what)]
    write_json(out / "summary.json", numbers if len(numbers) > 1 else numbers[0])
    for held in numbers:
        for figure, svg in summary_figures(held).items():
            write_text(out / "figures" / f"{held['cohort']}-{figure}.svg", svg)
    write_text(out / "summary.html", summary_page(numbers))
    for held in numbers:
        counts = held["label_counts"]
        typer.echo(
            f"{held['cohort']}: {held['images']:,} images, {held['patients']:,} patients; "
            f"{counts['one_label']:,} with one label ({counts['no_finding']:,} No Finding, "
            f"{counts['one_finding']:,} one finding), {counts['several']:,} with several."
        )
    typer.echo(f"{out / 'summary.html'}")
