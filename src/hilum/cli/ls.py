"""`hilum ls`: what there is to choose from."""

from collections.abc import Mapping
from importlib import import_module
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hilum.cli.app import app
from hilum.schema.errors import ConfigError
from hilum.schema.findings import VOCABULARIES

REGISTRIES = {
    "augmentations": ("hilum.training", "augmentations"),
    "calibrators": ("hilum.evaluation", "calibrators"),
    "datasets": ("hilum.datasets", "datasets"),
    "explainers": ("hilum.explain", "explainers"),
    "features": ("hilum.features", "feature_sets"),
    "fusions": ("hilum.evaluation.fusion", "fusions"),
    "heads": ("hilum.models.heads", "heads"),
    "layouts": ("hilum.phantom", "layouts"),
    "losses": ("hilum.tasks", "losses"),
    "metrics": ("hilum.evaluation", "metrics"),
    "models": ("hilum.models", "models"),
    "operating-points": ("hilum.evaluation", "operating_points"),
    "policies": ("hilum.tasks", "policies"),
    "pools": ("hilum.models.pools", "pools"),
}

KINDS = sorted([*REGISTRIES, "findings", "recipes", "encoders"])


@app.command()
def ls(
    kind: Annotated[str, typer.Argument(help="What to list; all kinds when left out.")] = "",
    part: Annotated[str, typer.Argument(help="Only names that contain this.")] = "",
) -> None:
    """List what there is to choose from.

    Example: `hilum ls datasets`, `hilum ls encoders densenet`
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


def _entries(kind: str) -> Mapping[str, str]:
    """Name and one line for each entry of a kind."""
    if kind == "recipes":
        from hilum.runs.recipes import load_recipe, recipe_paths

        return {name: load_recipe(path).description for name, path in recipe_paths().items()}
    if kind == "encoders":
        import timm

        return dict.fromkeys(timm.list_models(), "")
    if kind == "findings":
        return {name: ", ".join(findings) for name, findings in VOCABULARIES.items()}
    if kind not in REGISTRIES:
        raise ConfigError(f"There is nothing to list called '{kind}'. Expected one of: {', '.join(KINDS)}.")
    package, name = REGISTRIES[kind]
    registry = getattr(import_module(package), name)
    return {entry: registry.summary(entry) for entry in registry}
