"""`hilum features`: columns that are not pixels."""

from pathlib import Path
from typing import Annotated, Any

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Dataset, Root
from hilum.cli.cohorts import open_cohort
from hilum.schema import ConfigError
from hilum.schema.errors import listed
from hilum.schema.files import check_out_file
from hilum.schema.yaml_files import load_yaml


@app.command()
def features(
    dataset: Dataset,
    root: Root,
    out: Annotated[Path, typer.Option("--out", "-o", help="Parquet file to write.")],
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="hilum ls feature-sets; or a setting of one, as history.skip_previous=true; repeatable."
        ),
    ] = None,
) -> None:
    """Columns that are not pixels: demographics and the patient's history, one row an image.

    Example: `hilum features nih14 data/nih --set demographics.age=buckets --set history -o features.parquet`
    """
    from hilum.features import extract

    check_out_file(out, (".parquet",))
    chosen = _with_settings(sets or ["demographics", "history"])
    found = extract(open_cohort(dataset, root), list(chosen), chosen)
    found.save(out)
    typer.echo(f"{out}: {len(found):,} rows, {len(found.names)} columns.")
    empty = [name for name in found.names if found.table[name].isna().all()]
    if empty:
        typer.echo(f"Without any value: {listed(empty)}. The cohort does not say what they are made of.", err=True)


def _with_settings(words: list[str]) -> dict[str, dict[str, Any]]:
    """Feature sets with their keywords, from `history` and `history.skip_previous=true`."""
    from hilum.features import feature_sets
    from hilum.registry import checked

    sets: dict[str, dict[str, Any]] = {}
    for word in words:
        key, equals, text = word.partition("=")
        name, dot, setting = key.partition(".")
        if bool(equals) != bool(dot):
            raise ConfigError(f"--set {word}: expected a feature set, or set.setting=value.")
        sets.setdefault(name, {}).update({setting: _value(key, text)} if dot else {})
    return {name: checked(feature_sets[name], given, where=f"features.{name}") for name, given in sets.items()}


def _value(key: str, text: str) -> Any:
    return load_yaml(text, f"--set {key}: '{text}'")
