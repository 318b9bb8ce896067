"""`hilum compare`: models side by side."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from hilum.cli.app import app
from hilum.cli.arguments import Prefix, Split
from hilum.cli.cohort import as_split_by, open_cohort
from hilum.schema import Cohort, ConfigError, Predictions, RunError
from hilum.schema.files import write_json, write_text


@app.command()
def compare(
    models: Annotated[list[Path], typer.Argument(help="Predictions (Parquet, CSV), evaluation folders or Runs.")],
    dataset: Annotated[str, typer.Option(help="The dataset that holds the labels.")],
    root: Annotated[Path, typer.Option(help="Its folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for comparison.html, .csv and .json.")],
    split: Split = None,
    prefix: Prefix = "",
    metric: Annotated[list[str] | None, typer.Option(help="hilum ls metrics; may be repeated.")] = None,
    test: Annotated[str, typer.Option(help="bootstrap, permutation or delong.")] = "bootstrap",
    replicates: Annotated[int, typer.Option(min=1, help="Bootstrap replicates, over patients.")] = 1000,
) -> None:
    """Models on the images that all of them hold: differences with intervals and corrected p, published figures beside.

    Where a Run is among them, the split is that of the first one.

    Example: `hilum compare ours.parquet theirs.csv --dataset nih14 --root data/nih --split test -o comparison`
    """
    from hilum.evaluation import compare as measure
    from hilum.evaluation.published import beside, datasets_published
    from hilum.reports import comparison_page
    from hilum.runs import Run

    cohort = open_cohort(dataset, root)
    runs = [path for path in models if (path / "recipe.yaml").is_file()]
    cohort = as_split_by(Run.open(runs[0]), cohort) if runs else cohort
    told = {_name(path): _predictions(path, prefix, cohort, split) for path in models}
    if len(told) < len(models):
        raise ConfigError(f"Two of the models are called the same: {', '.join(map(_name, models))}. Rename a file.")
    found = measure(
        told, cohort, split=split, metrics=metric or ("auroc", "average_precision"), test=test, replicates=replicates
    )
    seen = list(_seen_before(told, cohort.split(split) if split else cohort))
    found.provenance["notes"] += seen
    for note in seen:
        typer.secho(note, fg=typer.colors.YELLOW)
    write_text(out / "comparison.csv", found.table.to_csv(index=False))
    write_json(out / "comparison.json", {"provenance": found.provenance, "rows": found.table.to_dict("records")})
    others = beside(found, cohort.name) if cohort.name in datasets_published() else None
    write_text(out / "comparison.html", comparison_page(found, published=others))
    means = found.table[
        found.table.finding.isin(["macro", "micro"])
    ]  # micro alone for an image's whole set of findings
    for row in means.drop_duplicates(["metric", "model"]).to_dict("records"):
        gap = f"  difference {row['difference']:+.4f}" if pd.notna(row["difference"]) else ""
        gap += f", p {row['p']:.3f}" if pd.notna(row["p"]) else ""
        typer.echo(f"{row['model']:24} {row['metric']} {row['value']:.4f} ({row['low']:.4f} to {row['high']:.4f}){gap}")
    typer.echo(f"{out / 'comparison.html'}")


def _name(path: Path) -> str:
    return path.name if path.is_dir() else path.stem


def _seen_before(told: dict[str, Predictions], cohort: Cohort) -> Iterator[str]:
    """A sentence for each model whose Run learned from images that are compared here, or of which nobody knows."""
    from hilum.cli.report import run_of

    shared = set.intersection(*(set(one.table.image_id) for one in told.values()))
    images = cohort.images.image_id[cohort.images.image_id.isin(shared)]
    for name, one in told.items():
        run = run_of(one, None)
        try:
            learned = (
                0 if run is None or not run.knew(cohort) else run.split.reindex(images).isin(["train", "val"]).sum()
            )
        except RunError as error:  # it was passed on without its split
            yield f"{name}: {error}"
            continue
        if learned:
            yield (
                f"{name} learned from {learned:,} of these {len(images):,} images, or chose its epoch by them: "
                "its figures here are too good."
            )


def _predictions(path: Path, prefix: str, cohort: Cohort, split: str | None) -> Predictions:
    """Predictions from a file, from an evaluation's folder, which keeps a copy, or made now by a Run."""
    if not path.is_dir():
        return Predictions.load(path, prefix)
    if (path / "predictions.parquet").is_file():
        return Predictions.load(path / "predictions.parquet")
    from hilum.runs import Run, predict

    run = Run.open(path)
    return predict(run, run.readable(cohort.split(split) if split else cohort))
