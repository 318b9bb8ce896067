"""`hilum convert-boxes`: predicted boxes from one format into another."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.cohorts import open_cohort
from hilum.schema import ConfigError
from hilum.schema.files import check_out_file


@app.command()
def convert_boxes(
    boxes: Annotated[Path, typer.Argument(help="Ours (.parquet), COCO's JSON, the RSNA challenge's CSV, or a table.")],
    out: Annotated[Path, typer.Argument(help="To write: .parquet keeps all; .json is COCO's; .csv a table.")],
    form: Annotated[str | None, typer.Option(help="Of a CSV: box_table or rsna_submission.")] = None,
    coco: Annotated[
        Path | None, typer.Option(help="For a bare list of COCO results: the COCO file that names its images.")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="The dataset of the images, for their sizes and names.")] = None,
    root: Annotated[Path | None, typer.Option(help="Its folder.")] = None,
) -> None:
    """Predicted boxes from one format into another; what is no box is refused by its row.

    Example: `hilum convert-boxes boxes.parquet submission.csv --form rsna_submission`
    """
    from hilum.evaluation.box_files import load_boxes, save_boxes

    if (dataset is None) != (root is None):
        raise ConfigError("--dataset and --root belong together. Expected both, or neither.")
    check_out_file(out, (".parquet", ".json", ".csv"))
    cohort = open_cohort(dataset, root) if dataset and root else None
    predictions = load_boxes(boxes, cohort, coco=coco)
    save_boxes(predictions, out, form=form, cohort=cohort)
    typer.echo(f"{out}: {len(predictions.boxes):,} boxes, {len(predictions):,} images.")
