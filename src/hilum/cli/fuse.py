"""`hilum fuse`: several predictions of the same images into one."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import TABLES, Prefix
from hilum.cli.cohorts import open_cohort
from hilum.schema import ConfigError, Predictions
from hilum.schema.files import check_out_file

BOXES = ".json"  # how fused boxes may be written beside TABLES


@app.command()
def fuse(
    predictions: Annotated[
        list[Path], typer.Argument(help="Predictions of the same images: Parquet or CSV; two or more.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="To write: .parquet, or .csv, which keeps no provenance.")],
    method: Annotated[
        str, typer.Option(help="log-odds, mean or stack; of boxes weighted-boxes, nms or soft-nms.")
    ] = "log-odds",
    dataset: Annotated[
        str | None, typer.Option(help="For stack, which learns: the dataset that holds the labels.")
    ] = None,
    root: Annotated[Path | None, typer.Option(help="Its folder.")] = None,
    earlier_errors: Annotated[
        bool, typer.Option(help="For stack: also how wrong the first was on the patient's earlier images.")
    ] = False,
    prefix: Prefix = "",
    iou: Annotated[float | None, typer.Option(help="Of boxes: the overlap from which two are one.")] = None,
    shrink: Annotated[float, typer.Option(help="Of boxes: the share of their sides that fused ones keep.")] = 1.0,
) -> None:
    """Join several predictions of the same images into one.

    `log-odds` adds evidence and needs no labels; `stack` learns from other patients' labels whom to trust. Boxes, also
    others' files of them, are joined by `weighted-boxes`, `nms` or `soft-nms`.

    Example: `hilum fuse image.parquet history.parquet --method log-odds -o fused.parquet`
    """
    from hilum.evaluation.box_files import holds_boxes
    from hilum.evaluation.fusion import fuse as join
    from hilum.features import errors_before

    check_out_file(out, (*TABLES, BOXES))
    if any(holds_boxes(path) for path in predictions):
        given = "weighted_boxes" if method == "log-odds" else method
        _fuse_boxes(predictions, out, given, iou=iou, shrink=shrink)
        return
    if (dataset is None) != (root is None):
        raise ConfigError("--dataset and --root belong together. Expected both, or neither.")
    if earlier_errors and (method != "stack" or dataset is None):
        raise ConfigError("--earlier-errors: expected --method stack, --dataset and --root with it.")
    check_out_file(out, TABLES)
    cohort = open_cohort(dataset, root) if dataset and root else None
    told = [Predictions.load(path, prefix) for path in predictions]
    past = errors_before(cohort, told[0]) if cohort is not None and earlier_errors else None
    fused = join(told, method=method, cohort=cohort, features=past)
    fused.save(out)
    typer.echo(f"{out}: {len(fused):,} images, {len(predictions)} predictions joined by {method}.")


def _fuse_boxes(paths: list[Path], out: Path, method: str, *, iou: float | None, shrink: float) -> None:
    from hilum.evaluation.box_files import load_boxes, save_boxes
    from hilum.evaluation.box_fusion import fuse_boxes

    check_out_file(out, (*TABLES, BOXES))
    options = {} if iou is None else {"iou": iou}
    told = [load_boxes(path) for path in paths]
    fused = fuse_boxes(told, method=method, options=options, shrink=shrink)
    save_boxes(fused, out)
    drawn = sum(len(one.boxes) for one in told)
    typer.echo(
        f"{out}: {len(fused):,} images, {drawn:,} boxes of {len(paths)} predictions joined to {len(fused.boxes):,}."
    )
