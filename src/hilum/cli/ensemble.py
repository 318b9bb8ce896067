"""`hilum ensemble`: several Runs as one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Device, Stores
from hilum.cli.cohorts import open_cohort
from hilum.schema import ConfigError
from hilum.schema.files import check_out_folder

if TYPE_CHECKING:
    from hilum.runs import Run


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
    fusion: Annotated[
        str, typer.Option(help="Of detectors: what becomes of boxes over each other; hilum ls box-fusions.")
    ] = "weighted_boxes",
    shrink: Annotated[float, typer.Option(help="Of detectors: share of their sides that fused boxes keep.")] = 1.0,
    gate: Annotated[
        list[Path] | None, typer.Option(help="Of detectors: a classifier's Run before the boxes; may be repeated.")
    ] = None,
    gate_how: Annotated[
        str, typer.Option(help="Its probability times scores, or before them: times, before.")
    ] = "times",
    gate_least: Annotated[float, typer.Option(help="No boxes where its probability is less.")] = 0.0,
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
        **_of_boxes(opened, _component(fusion, "fusion"), shrink, gate, gate_how, gate_least),
    )
    assert made.ensemble is not None
    for member in made.ensemble.members:
        typer.echo(f"  {member.weight:.3f}  {member.name}")
    how = f"mean of {combine}" if made.ensemble.boxes is None else f"boxes by {made.ensemble.boxes.fusion['name']}"
    typer.echo(f"{made.folder}: {len(made.members)} Runs of {len(made.findings)} findings, {how}.")


def _of_boxes(
    runs: "list[Run]", fusion: dict[str, Any], shrink: float, gate: list[Path] | None, how: str, least: float
) -> dict[str, Any]:
    """What is said of boxes, where the Runs give any."""
    from hilum.runs import Run

    if runs[0].task.kind != "boxes":
        if gate:
            raise ConfigError(f"--gate: {runs[0].folder} gives {runs[0].task.kind}. Expected Runs that give boxes.")
        return {}
    if how not in ("times", "before"):
        raise ConfigError(f"--gate-how {how}: expected times or before.")
    held = {"fusion": fusion, "shrink": shrink, "how": how, "least": least}
    return {"boxes": held, "gate": [Run.open(one) for one in gate or []]}


def _component(word: str, option: str = "variant") -> dict[str, Any]:
    """`zoom:factor=1.05` as `{"name": "zoom", "factor": 1.05}`; several settings are set apart by commas."""
    name, _, rest = word.partition(":")
    pairs = [pair.partition("=") for pair in rest.split(",") if pair]
    try:
        return {"name": name} | {key.strip(): float(value) for key, _, value in pairs}
    except ValueError:
        raise ConfigError(f"--{option} {word}: expected NAME:setting=number, as in zoom:factor=1.05.") from None
