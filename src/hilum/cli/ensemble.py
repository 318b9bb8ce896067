"""`hilum ensemble`: several Runs as one."""

from pathlib import Path
from typing import Annotated, Any

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Device, Stores
from hilum.cli.cohorts import open_cohort
from hilum.schema import ConfigError
from hilum.schema.files import check_out_folder


@app.command()
def ensemble(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN…", help="Run folders; one with --checkpoints.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The new Run: a new folder, with copies of the Runs.")],
    join: Annotated[bool, typer.Option("--join", help="Runs of different findings, put side by side.")] = False,
    checkpoints: Annotated[
        bool, typer.Option("--checkpoints", help="Each Run's checkpoints in place of its best epoch.")
    ] = False,
    average_weights: Annotated[
        bool, typer.Option("--average-weights", help="One network with the mean of the weights.")
    ] = False,
    combine: Annotated[str, typer.Option(help="The mean of probabilities, or of logits.")] = "probabilities",
    variant: Annotated[
        list[str] | None,
        typer.Option(help="A further look at each image, as zoom:factor=1.05; hilum ls variants; may be repeated."),
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="Choose the weights on this dataset's validation images.")] = None,
    root: Annotated[Path | None, typer.Option(help="Its folder.")] = None,
    stores: Stores = None,
    device: Device = "auto",
) -> None:
    """Several Runs, or several checkpoints of one, as a Run like any other: predicted, evaluated, read the same way.

    Example: `hilum ensemble runs/densenet121 runs/densenet169 runs/densenet201 -o runs/three`
    """
    from hilum.runs import Run
    from hilum.workflows.ensemble import ensemble as assemble
    from hilum.workflows.ensemble import soup

    if (dataset is None) != (root is None):
        raise ConfigError("--dataset and --root belong together. Expected both, or neither.")
    if combine not in ("probabilities", "logits"):
        raise ConfigError(f"--combine {combine}: expected probabilities or logits.")
    check_out_folder(out)
    opened = [Run.open(run) for run in runs]
    if average_weights:
        if join or variant or dataset:
            raise ConfigError("--average-weights gives one network. Leave out --join, --variant and --dataset.")
        made = soup(opened, out, checkpoints=checkpoints)
        typer.echo(f"{made.folder}: the mean of {len(made.provenance['weights']['mean_of'])} weights.")
        return
    made = assemble(
        opened,
        out,
        join=join,
        checkpoints=checkpoints,
        combine="logits" if combine == "logits" else "probabilities",
        variants=[_component(word) for word in variant or []],
        cohort=open_cohort(dataset, root) if dataset and root else None,
        stores=stores,
        device=device,
    )
    assert made.ensemble is not None
    for member in made.ensemble.members:
        typer.echo(f"  {member.weight:.3f}  {member.name}")
    typer.echo(f"{made.folder}: {len(made.members)} Runs of {len(made.findings)} findings, mean of {combine}.")


def _component(word: str) -> dict[str, Any]:
    """`zoom:factor=1.05` as `{"name": "zoom", "factor": 1.05}`; several settings are set apart by commas."""
    name, _, rest = word.partition(":")
    pairs = [pair.partition("=") for pair in rest.split(",") if pair]
    try:
        return {"name": name} | {key.strip(): float(value) for key, _, value in pairs}
    except ValueError:
        raise ConfigError(f"--variant {word}: expected NAME:setting=number, as in zoom:factor=1.05.") from None
