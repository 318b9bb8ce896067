"""`hilum check`: is the data sound, or the recipe."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Engine
from hilum.cli.cohorts import pairs
from hilum.schema.errors import ConfigError
from hilum.schema.files import write_json, write_text

Sources = Annotated[
    list[str], typer.Argument(metavar="DATASET ROOT …", help="One dataset and its folder, or several pairs.")
]

STYLES = {"error": typer.colors.RED, "warning": typer.colors.YELLOW, "note": typer.colors.BLUE}


@app.command()
def check(
    what: Annotated[
        list[str], typer.Argument(metavar="DATASET ROOT … | RECIPE", help="Datasets with their folders, or a recipe.")
    ],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for check.html and check.json.")] = None,
    pixels: Annotated[bool, typer.Option(help="Also decode every image: unreadable files, copies, quality.")] = True,
    engine: Engine = "local",
) -> None:
    """Look for what would make a result a lie: leaks, copies, contradictions, files that are missing or broken.

    Exit code 1 when there is an error. Of a recipe every setting is checked, and its model is built once.

    Example: `hilum check nih14 data/nih rsna_pneumonia data/rsna -o check`, `hilum check mine.yaml`
    """
    if len(what) == 1:
        _check_recipe(what[0])
        return
    from hilum.audit import check as audit
    from hilum.datasets import datasets
    from hilum.reports import check_page

    sources = pairs(what)
    found = audit([partial(datasets[name], root) for name, root in sources], pixels=pixels, engine=engine)
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
    if out:
        write_json(out / "check.json", found.to_dict())
        write_text(out / "check.html", check_page(found.to_dict()))
        typer.echo(f"{out / 'check.html'}")
    raise typer.Exit(found.exit_code)


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
