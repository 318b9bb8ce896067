"""`hilum evaluate`: from probabilities to numbers and a page."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import (
    Aggregate,
    Dataset,
    HitRule,
    Images,
    Interval,
    Level,
    Metric,
    Prefix,
    Replicates,
    Root,
    Seed,
    Split,
    Threshold,
)
from hilum.cli.cohorts import open_cohort
from hilum.cli.thresholds import prevalence_of, threshold_of
from hilum.schema import BoxPredictions, ConfigError, Predictions
from hilum.schema.files import check_out_folder
from hilum.schema.prediction_files import kind_of

if TYPE_CHECKING:
    from hilum.schema import Cohort, Evaluation

SHOWN = ("auroc",)  # in the terminal, where no metric is asked for
OF_CALLS = ("recall", "specificity")  # of a reader's calls
OF_BOXES = ("rsna_score", "box_average_precision", "froc_score")


@app.command()
def evaluate(
    predictions: Annotated[
        Path,
        typer.Argument(
            help="Parquet or CSV: image_id and a column a finding; or boxes, also of others (docs: detection)."
        ),
    ],
    dataset: Dataset,
    root: Root,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for evaluation.json and report.html.")],
    split: Split = None,
    images: Images = None,
    prefix: Prefix = "",
    run: Annotated[Path | None, typer.Option(help="The Run, for learning curves and heatmaps on the page.")] = None,
    metric: Metric = None,
    threshold: Threshold = None,
    subgroup: Annotated[
        list[str] | None,
        typer.Option(help="Column of the cohort, or none; may be repeated. Left out: sex, age_band, view where known."),
    ] = None,
    prevalence: Annotated[
        list[str] | None,
        typer.Option(help="Also PPV and NPV where so many have it: 0.02, or Effusion=0.02 (repeated)."),
    ] = None,
    level: Level = None,
    aggregate: Aggregate = "mean",
    interval: Interval = "wilson",
    replicates: Replicates = 1000,
    seed: Seed = 0,
    hit: HitRule = "0.4",
    heatmaps: Annotated[
        str | None,
        typer.Option(
            metavar="METHOD", help="Also score the Run's heatmaps against true boxes and outlines: hilum ls explainers."
        ),
    ] = None,
) -> None:
    """How good predictions are: numbers with intervals, and a page. Also of a reader's calls, 0 or 1.

    Example: `hilum evaluate predictions.parquet nih14 data/nih --split test -o evaluation`
    """
    from hilum.audit.filters import Filters, filtered
    from hilum.evaluation.box_files import holds_boxes, load_boxes
    from hilum.evaluation.box_measures import checked_hit
    from hilum.evaluation.metrics import of_order
    from hilum.evaluation.subgroups import usual_columns
    from hilum.workflows.evaluate import evaluate as measure

    check_out_folder(out)
    filters = Filters.of(images, "--images") if images else None
    cohort = open_cohort(dataset, root)
    boxes = holds_boxes(predictions)
    if not boxes and kind_of(predictions) == "masks":
        if heatmaps is not None:
            raise ConfigError("--heatmaps is of probabilities. Expected no masks.")
        cohort = cohort if filters is None else filtered(cohort, filters, cohort.findings)
        _masks(predictions, cohort, out, split=split, run=run, metrics=metric, replicates=replicates, seed=seed)
        return
    if boxes and (level or prevalence):
        raise ConfigError("--level and --prevalence are of probabilities. Expected neither for boxes.")
    table: Predictions | BoxPredictions
    if boxes:
        table = load_boxes(predictions, cohort.split(split) if split else cohort)
    else:
        table = Predictions.load(predictions, prefix, scores=of_order(metric))
    columns = usual_columns(cohort.images) if subgroup is None else [name for name in subgroup if name != "none"]
    result = measure(
        table,
        cohort,
        out,
        split=split,
        run=run,
        metrics=metric,
        threshold=threshold_of(threshold),
        subgroups=columns,
        replicates=replicates,
        seed=seed,
        interval=interval,
        prevalence=prevalence_of(prevalence),
        level=level,
        aggregate=aggregate,
        hit=checked_hit(hit),
        heatmaps=heatmaps,
        filters=filters,
    )
    for note in result.provenance["notes"]:
        if note not in cohort.notes:  # those are said already
            typer.echo(note)
    measured = list(dict.fromkeys(result.rows.metric))
    for name in (
        metric or [name for name in OF_BOXES if boxes] or [name for name in SHOWN if name in measured][:1] or OF_CALLS
    ):
        _say(result, name)
    typer.echo(f"{out / 'report.html'}")


def _masks(
    predictions: Path,
    cohort: "Cohort",
    out: Path,
    *,
    split: str | None,
    run: Path | None,
    metrics: list[str] | None,
    replicates: int,
    seed: int,
) -> None:
    """Masks have metrics and a page of their own."""
    from hilum.schema import MaskPredictions
    from hilum.workflows.evaluate import run_of
    from hilum.workflows.evaluate_masks import evaluate as measure

    table = MaskPredictions.load(predictions)
    result = measure(
        table, cohort, out, split=split, run=run_of(table, run), metrics=metrics, replicates=replicates, seed=seed
    )
    for row in result.rows.to_dict("records"):
        typer.echo(f"{row['finding']:22}{row['metric']:18}{row['value']:8.4f}  ({row['low']:.4f} to {row['high']:.4f})")
    typer.echo(f"{out / 'report.html'}")


def _say(result: "Evaluation", metric: str) -> None:
    """One metric of every finding, in columns."""
    from hilum.evaluation.export import ends, number
    from hilum.evaluation.names import MEANS, finding_name, title

    rows = result.rows[(result.rows.metric == metric) & (result.rows.subgroup == "all")]
    names = [finding_name(finding) for finding in rows.finding]
    widest, wide = max(map(len, names), default=0), max(6, len(title(metric)))
    typer.echo(f"{'':{widest}}  present  {title(metric):>{wide}}  95 % interval")
    for name, row in zip(names, rows.to_dict("records"), strict=True):
        count = "" if row["finding"] in MEANS else number(row["present"], 0)
        bounds = ends(row["low"], row["high"], 4, too_few=row["too_few"] is True)
        typer.echo(f"{name:{widest}}  {count:>7}  {number(row['value'], 4):>{wide}}  {bounds}")
