"""`hilum ls`: what there is to choose from."""

from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hilum.cli.app import app
from hilum.registry import nearest, registries
from hilum.schema.errors import ConfigError
from hilum.schema.findings import VOCABULARIES

OTHERS = ("encoders", "findings", "recipes", "weights")


@app.command()
def ls(
    kind: Annotated[str, typer.Argument(help="What to list; all kinds when left out.")] = "",
    part: Annotated[str, typer.Argument(help="Only names that contain this.")] = "",
) -> None:
    """List what there is to choose from.

    Example: `hilum ls datasets`, `hilum ls encoders densenet`
    """
    if not kind:
        typer.echo("\n".join(kinds()))
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

        from hilum.models.variants import VARIANTS

        return dict.fromkeys(sorted([*timm.list_models(), *VARIANTS]), "")
    if kind == "findings":
        return {name: ", ".join(findings) for name, findings in VOCABULARIES.items()}
    if kind == "weights":
        return _weights()
    if kind not in registries():
        raise ConfigError(f"There is nothing to list called '{kind}'. {nearest(kind, kinds())}")
    registry = registries()[kind]
    return {entry: registry.summary(entry) for entry in registry}


def _weights() -> dict[str, str]:
    """Name of each published weights; findings, license, size, where from, and whether they are at hand."""
    from hilum.models.published import catalog
    from hilum.models.published.places import at_hand

    return {
        weights.full_name: "; ".join(
            [
                f"{len(weights.findings)} findings: {', '.join(weights.findings)}"
                if weights.findings
                else "an encoder",
                f"learned from {weights.learned_from}",
                f"license: {weights.license}",
                f"{weights.megabytes:.0f} MB",
                weights.address,
                f"at hand: {place}" if (place := at_hand(weights)) else "not on this machine",
            ]
        )
        for weights in catalog()
    }


def kinds() -> list[str]:
    """All that can be listed."""
    return sorted([*registries(), *OTHERS])
