"""`hilum features`: columns of numbers, one row an image."""

import inspect
import shutil
from pathlib import Path
from typing import Annotated, Any

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Dataset, Device, Root, Split, Stores
from hilum.cli.cohorts import open_cohort
from hilum.schema import Cohort, ConfigError
from hilum.schema.errors import listed
from hilum.schema.files import check_out_file
from hilum.schema.yaml_files import load_yaml

Masks = Annotated[
    Path | None, typer.Option(help="Lungs: predicted masks, as .parquet; the dataset's own when left out.")
]


@app.command()
def features(
    dataset: Dataset,
    root: Root,
    out: Annotated[Path, typer.Option("--out", "-o", help="Parquet file to write; parts are kept beside it.")],
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="hilum ls feature-sets; or a setting of one, as history.skip_previous=true; repeatable."
        ),
    ] = None,
    embed: Annotated[Path | None, typer.Option(help="A Run whose vectors become columns.")] = None,
    control: Annotated[
        str, typer.Option(help="With --embed: lungs_removed, lungs_only, other_lungs, border or brightness.")
    ] = "none",
    masks: Masks = None,
    split: Split = None,
    stores: Stores = None,
    device: Device = "auto",
) -> None:
    """Columns of numbers, one row an image: demographics, history, texture, gray values, lung shape, a Run's vectors.

    Given again after it was cut off, it goes on where it was.

    Example: `hilum features nih14 data/nih --set lbp.zones=lungs --set hog --masks lungs.parquet -o texture.parquet`
    """
    from hilum.features import extract
    from hilum.features.controls import checked_control

    check_out_file(out, (".parquet",))
    chosen = _with_settings(sets or ([] if embed else ["demographics", "history"]))
    cohort = prepared(open_cohort(dataset, root), masks, split, files=embed is not None or _opens_images(chosen))
    work = out.with_name(out.name + ".parts")
    found = extract(cohort, list(chosen), chosen, work=work) if chosen else None
    if embed is not None:
        from hilum.runs import Run
        from hilum.workflows.image_features import embeddings

        hidden = checked_control(control)
        vectors = embeddings(Run.open(embed), cohort, control=hidden, work=work, stores=stores, device=device)
        found = vectors if found is None else found.joined(vectors)
    assert found is not None
    found.save(out)
    shutil.rmtree(work, ignore_errors=True)
    typer.echo(f"{out}: {len(found):,} rows, {len(found.names)} columns.")
    empty = [name for name in found.names if found.table[name].isna().all()]
    if empty:
        typer.echo(f"Without any value: {listed(empty)}. The cohort does not say what they are made of.", err=True)
    if found.failures:
        typer.echo(f"{len(found.failures):,} images have no values in some columns, such as:", err=True)
    for image_id, reason in list(found.failures.items())[:5]:
        typer.echo(f"  {image_id}: {reason}", err=True)


def prepared(cohort: Cohort, masks: Path | None, split: str | None, *, files: bool) -> Cohort:
    """The cohort with other masks, of one split, and with its files alone where images are opened."""
    if masks is not None:
        from hilum.features.lungs import with_masks
        from hilum.schema import MaskPredictions

        cohort = with_masks(cohort, MaskPredictions.load(masks).table)
    cohort = cohort.split(split) if split else cohort
    return cohort.with_files() if files else cohort


def _opens_images(sets: dict[str, dict[str, Any]]) -> bool:
    from hilum.features import feature_sets

    return any("work" in inspect.signature(feature_sets[name]).parameters for name in sets)


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
    return {
        name: checked(feature_sets[name], given, where=f"features.{name}", supplied=("work",))
        for name, given in sets.items()
    }


def _value(key: str, text: str) -> Any:
    return load_yaml(text, f"--set {key}: '{text}'")
