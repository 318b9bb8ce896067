"""`hilum calibrate`, `fuse`, `features`: make probabilities honest, join models, columns that are not pixels."""

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from hilum.cli.app import app
from hilum.cli.arguments import Dataset, Device, Prefix, Root, RunFolder, Stores
from hilum.cli.cohort import as_split_by, open_cohort
from hilum.schema import ConfigError, Predictions
from hilum.schema.errors import listed


@app.command()
def calibrate(
    run: RunFolder,
    dataset: Dataset,
    root: Root,
    split: Annotated[str, typer.Option(help="The side to fit on: val, or all for a site of your own.")] = "val",
    method: Annotated[str, typer.Option(help="hilum ls calibrators.")] = "platt",
    point: Annotated[str, typer.Option(help="hilum ls operating-points.")] = "youden",
    set_: Annotated[list[str] | None, typer.Option("--set", help="Of the point, as sensitivity=0.95.")] = None,
    stores: Stores = None,
    device: Device = "auto",
) -> None:
    """Fit calibration and operating points on validation films, and keep them in the Run for every later reading.

    Example: `hilum calibrate runs/small nih14 data/nih --split val --point fixed_sensitivity --set sensitivity=0.95`
    """
    from hilum.runs import Run
    from hilum.runs.calibrate import calibrate as fit

    opened = Run.open(run)
    cohort = opened.readable(as_split_by(opened, open_cohort(dataset, root)))
    side = None if split == "all" else split
    calibration, points = fit(
        opened,
        cohort,
        split=side,
        method=method,
        rule=point,
        options=_numbers(set_ or []),
        stores=stores,
        device=device,
    )
    for one in points.points:
        sure = f"sensitivity {one.sensitivity:.2f}, specificity {one.specificity:.2f}" if one.fitted else "not fitted"
        typer.echo(f"{one.finding:22} called from {one.threshold:.3f}: {sure}")
    films = points.fitted_on["films"]
    typer.echo(f"{run}: {calibration.method} calibration and {points.rule} points, fitted on {films:,} films.")


@app.command()
def fuse(
    predictions: Annotated[
        list[Path], typer.Argument(help="Predictions of the same films: Parquet or CSV; two or more.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Parquet file to write.")],
    method: Annotated[str, typer.Option(help="log-odds, mean or stack.")] = "log-odds",
    dataset: Annotated[
        str | None, typer.Option(help="For stack, which learns: the dataset that holds the labels.")
    ] = None,
    root: Annotated[Path | None, typer.Option(help="Its folder.")] = None,
    earlier_errors: Annotated[
        bool, typer.Option(help="For stack: also how wrong the first was on the patient's earlier films.")
    ] = False,
    prefix: Prefix = "",
) -> None:
    """Join several predictions of the same films into one.

    `log-odds` adds evidence and needs no labels; `stack` learns from other patients' labels whom to trust.

    Example: `hilum fuse image.parquet history.parquet --method log-odds -o fused.parquet`
    """
    from hilum.evaluation.fusion import fuse as join
    from hilum.features import errors_before

    if (dataset is None) != (root is None):
        raise ConfigError("--dataset and --root belong together. Expected both, or neither.")
    if earlier_errors and (method != "stack" or dataset is None):
        raise ConfigError("--earlier-errors: expected --method stack, --dataset and --root with it.")
    cohort = open_cohort(dataset, root) if dataset and root else None
    told = [Predictions.load(path, prefix) for path in predictions]
    past = errors_before(cohort, told[0]) if cohort is not None and earlier_errors else None
    fused = join(told, method=method, cohort=cohort, features=past)
    fused.save(out)
    typer.echo(f"{out}: {len(fused):,} films, {len(predictions)} predictions joined by {method}.")


@app.command()
def features(
    dataset: Dataset,
    root: Root,
    out: Annotated[Path, typer.Option("--out", "-o", help="Parquet file to write.")],
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="hilum ls features; or a setting of one, as history.skip_previous=true; repeatable."
        ),
    ] = None,
) -> None:
    """Columns that are not pixels: demographics and the patient's history, one row an image.

    Example: `hilum features nih14 data/nih --set demographics.age=buckets --set history -o features.parquet`
    """
    from hilum.features import extract

    chosen = _with_settings(sets or ["demographics", "history"])
    found = extract(open_cohort(dataset, root), list(chosen), chosen)
    found.save(out)
    typer.echo(f"{out}: {len(found):,} rows, {len(found.names)} columns.")
    empty = [name for name in found.names if found.table[name].isna().all()]
    if empty:
        typer.echo(f"Without any value: {listed(empty)}. The cohort does not say what they are made of.", err=True)


def _numbers(words: list[str]) -> dict[str, float]:
    pairs = [word.partition("=") for word in words]
    try:
        return {name: float(value) for name, _, value in pairs}
    except ValueError:
        raise ConfigError(f"{', '.join(words)}: expected name=number, as in sensitivity=0.95.") from None


def _with_settings(words: list[str]) -> dict[str, dict[str, Any]]:
    """Feature sets with their keywords, from `history` and `history.skip_previous=true`."""
    from hilum.features import feature_sets
    from hilum.runs.settings import checked

    sets: dict[str, dict[str, Any]] = {}
    for word in words:
        key, equals, text = word.partition("=")
        name, dot, setting = key.partition(".")
        if bool(equals) != bool(dot):
            raise ConfigError(f"--set {word}: expected a feature set, or set.setting=value.")
        sets.setdefault(name, {}).update({setting: _value(key, text)} if dot else {})
    return {name: checked(feature_sets[name], given, where=f"features.{name}") for name, given in sets.items()}


def _value(key: str, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {key}: '{text}' is not readable as YAML. Expected a value, as in [a, b].") from error
