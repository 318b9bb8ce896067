"""`hilum check`: is the data sound, or the recipe."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Engine
from hilum.cli.cohorts import pairs
from hilum.schema import Cohort
from hilum.schema.errors import ConfigError
from hilum.schema.files import check_out_folder, write_csv, write_json, write_text
from hilum.schema.split import check_split_there, split_list, without_copies

if TYPE_CHECKING:
    from hilum.audit import Audit

STYLES = {"error": typer.colors.RED, "warning": typer.colors.YELLOW, "note": typer.colors.BLUE}


@app.command()
def check(
    what: Annotated[
        list[str], typer.Argument(metavar="DATASET ROOT … | RECIPE", help="Datasets with their folders, or a recipe.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for check.html, check.json, copies.csv and flags.csv.")
    ] = None,
    pixels: Annotated[
        bool, typer.Option(help="Also decode every image and mask: unreadable files, copies, quality.")
    ] = True,
    drop: Annotated[
        str | None,
        typer.Option(
            metavar="copies",
            help="Also write clean_split.csv (image_id, split): without the training images that are copies of test or "
            "validation images. In Python: hilum.schema.split.with_split_list(cohort, 'clean_split.csv').",
        ),
    ] = None,
    engine: Engine = "local",
) -> None:
    """Look for what would make a result a lie: leaks, copies, contradictions, files that are missing or broken.

    Exit code 1 when there is an error. Of a recipe every setting is checked, and its model is built once.

    Example: `hilum check nih14 data/nih -o check --drop copies`, `hilum check mine.yaml`
    """
    _check_drop(drop, out, pixels=pixels, recipe=len(what) == 1)
    if len(what) == 1:
        _check_recipe(what[0])
        return
    from hilum.audit import check as audit
    from hilum.datasets import datasets

    if out:
        check_out_folder(out)
    sources = [cache(partial(datasets[name], root)) for name, root in pairs(what)]
    for source in sources if drop else []:
        check_split_there(source())
    found = audit(sources, pixels=pixels, engine=engine)
    _print(found)
    if out:
        _write(found, out)
        if drop:
            _write_clean_splits(found, sources, out)
        typer.echo(f"{out / 'check.html'}")
    raise typer.Exit(found.exit_code)


def _check_drop(drop: str | None, out: Path | None, *, pixels: bool, recipe: bool) -> None:
    if drop is None:
        return
    if drop != "copies":
        raise ConfigError(f"--drop {drop}: nothing is dropped under this name. Expected --drop copies.")
    if recipe or not pixels or out is None:
        raise ConfigError(
            "--drop copies needs a dataset with its images and a folder for the list. "
            "Expected: hilum check DATASET ROOT --out FOLDER --drop copies."
        )


def _print(found: "Audit") -> None:
    for cohort in found.cohorts:
        splits = ", ".join(f"{count:,} {split}" for split, count in cohort["split"].items()) or "no split"
        owners = {True: " (the owner's)", False: " (NOT the owner's)"}.get(cohort["owners_split"], "")
        typer.secho(
            f"{cohort['name']}: {cohort['images']:,} rows, {cohort['patients']:,} patients, ", nl=False, bold=True
        )
        typer.secho(f"{cohort['files']:,} images present; {splits}{owners}", bold=True)
    for issue in found.issues:
        typer.secho(f"  {issue.severity:8}", fg=STYLES[issue.severity], nl=False)
        typer.echo(f"{issue.cohort}: {issue.message}" if issue.cohort else issue.message)


def _write(found: "Audit", out: Path) -> None:
    from hilum.reports import check_page

    write_json(out / "check.json", found.to_dict())
    write_text(out / "check.html", check_page(found.to_dict()))
    for name, table in (("copies", found.copies), ("flags", found.flags)):
        if len(table.columns):  # none when no image was looked at
            write_csv(out / f"{name}.csv", table)
            typer.echo(f"{out / name}.csv: {len(table):,} rows.")


def _write_clean_splits(found: "Audit", sources: Sequence[Callable[[], Cohort]], out: Path) -> None:
    """One list a cohort; of several, each has the cohort's place and name in its file's name."""
    if not len(found.images):
        raise ConfigError("--drop copies: no image is there, so no copies were looked for. Give their folder.")
    for place, source in enumerate(sources, start=1):
        own = found.copies.copy()
        for end in "ab":  # two cohorts may have one name
            own[f"cohort_{end}"] = own[f"cohort_{end}"].where(own[f"source_{end}"] == place - 1)
        clean = without_copies(source(), own)
        file = out / ("clean_split.csv" if len(sources) == 1 else f"clean_split-{place}-{clean.name}.csv")
        write_csv(file, split_list(clean))
        typer.echo(f"{file}: {clean.notes[-1]}")


def _check_recipe(name: str) -> None:
    from hilum.datasets import datasets
    from hilum.runs import load_recipe
    from hilum.training.dry_run import dry_run

    if name in datasets:
        raise ConfigError(f"'{name}' is a dataset. Give its folder too: hilum check {name} FOLDER.")
    recipe = load_recipe(name)
    weights = sum(weight.numel() for weight in dry_run(recipe).parameters())
    epochs = recipe.training.epochs
    typer.echo(f"{name}: a sound recipe for {recipe.data.dataset}: {epochs} epochs, {weights:,} weights to learn.")
