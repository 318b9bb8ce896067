"""`hilum ls` and `hilum cp`: what there is to choose from, and a recipe to start from."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hilum.cli.app import app
from hilum.schema.errors import ConfigError
from hilum.schema.files import write_text
from hilum.schema.findings import VOCABULARIES

REGISTRIES = {
    "augmentations": ("hilum.training", "augmentations"),
    "calibrators": ("hilum.evaluation", "calibrators"),
    "datasets": ("hilum.datasets", "datasets"),
    "explainers": ("hilum.explain", "explainers"),
    "features": ("hilum.features", "feature_sets"),
    "fusions": ("hilum.evaluation.fusion", "fusions"),
    "layouts": ("hilum.phantom", "layouts"),
    "losses": ("hilum.tasks", "losses"),
    "metrics": ("hilum.evaluation", "metrics"),
    "models": ("hilum.models", "models"),
    "operating-points": ("hilum.evaluation", "operating_points"),
    "policies": ("hilum.tasks", "policies"),
}
KINDS = sorted([*REGISTRIES, "findings", "recipes", "trunks"])


@app.command()
def ls(
    kind: Annotated[str, typer.Argument(help="What to list; all kinds when left out.")] = "",
    part: Annotated[str, typer.Argument(help="Only names that contain this.")] = "",
) -> None:
    """List what there is to choose from.

    Example: `hilum ls datasets`, `hilum ls trunks densenet`
    """
    if not kind:
        typer.echo("\n".join(KINDS))
        return
    entries = {name: line for name, line in _entries(kind).items() if part in name}
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, line in entries.items():
        table.add_row(name, line)
    Console().print(table, highlight=False, markup=False)


@app.command()
def cp(
    recipe: Annotated[str, typer.Argument(help="Name of a recipe: hilum ls recipes.")],
    file: Annotated[Path, typer.Argument(help="Where to put the copy.")],
) -> None:
    """Copy a recipe to a file of your own.

    Example: `hilum cp nih14-densenet121 mine.yaml`
    """
    from hilum.runs.recipes import recipe_paths

    if file.exists():
        raise ConfigError(f"{file}: there is a file already. Expected a new name; remove it first or choose another.")
    known = recipe_paths()
    if recipe not in known:
        raise ConfigError(f"There is no recipe '{recipe}'. Expected one of: {', '.join(known)}.")
    write_text(file, known[recipe].read_text(encoding="utf-8"))
    typer.echo(f"{file}: a copy of {recipe}. Change it, then: hilum check {file}")


def _entries(kind: str) -> Mapping[str, str]:
    """Name and one line for each entry of a kind."""
    if kind == "recipes":
        from hilum.runs.recipes import load_recipe, recipe_paths

        return {name: load_recipe(path).description for name, path in recipe_paths().items()}
    if kind == "trunks":
        import timm

        return dict.fromkeys(timm.list_models(), "")
    if kind == "findings":
        return {name: ", ".join(findings) for name, findings in VOCABULARIES.items()}
    if kind not in REGISTRIES:
        raise ConfigError(f"There is nothing to list called '{kind}'. Expected one of: {', '.join(KINDS)}.")
    room, name = REGISTRIES[kind]
    registry = getattr(import_module(room), name)
    return {entry: registry.summary(entry) for entry in registry}
