"""`hilum train`: from a cohort to a Run."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Device
from hilum.cli.cohorts import open_cohorts
from hilum.schema import Findings
from hilum.schema.errors import ConfigError
from hilum.schema.files import check_out_folder


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help="A recipe's name (hilum ls recipes) or a YAML file.")],
    root: Annotated[Path, typer.Option(help="Folder of the recipe's dataset.")],
    out: Annotated[Path, typer.Option(help="The Run: a new folder, or with --resume the old one.")],
    set_: Annotated[list[str] | None, typer.Option("--set", help="key=value, as in training.lr=3e-4.")] = None,
    also: Annotated[
        list[str] | None, typer.Option(help="A further dataset to learn from, as dataset=folder; may be repeated.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where learning was cut off.")] = False,
    stores: Annotated[Path | None, typer.Option(help="Folder of packed stores; beside the Run when left out.")] = None,
    device: Device = "auto",
    devices: Annotated[int, typer.Option(min=1, help="How many of that kind share each batch.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, help="Train so often, each time with another seed.")] = 1,
    hook: Annotated[list[str] | None, typer.Option(help="What watches it: tensorboard, mlflow.")] = None,
) -> None:
    """Learn from a dataset what a recipe says.

    Example: `hilum train nih14-small --root data/nih --out runs/small --set training.lr=3e-4`
    """
    from hilum.runs import load_recipe
    from hilum.training import train as fit
    from hilum.training.processes import speaks
    from hilum.training.seeds import train_seeds

    check_out_folder(out)
    if stores:
        check_out_folder(stores)
    if seeds > 1 and devices > 1:
        raise ConfigError(
            f"--seeds {seeds} with --devices {devices}: several processes train one Run. Give one of the two; "
            "a command a seed does the same, with --set training.seed=1."
        )
    chosen, hooks = load_recipe(recipe, set_ or []), tuple(hook or ())
    cohort = open_cohorts(chosen.data.dataset, root, also or [], Findings.of(chosen.findings))
    if seeds > 1:
        found = train_seeds(chosen, cohort, out, seeds=seeds, resume=resume, stores=stores, device=device, hooks=hooks)
        typer.echo(f"{out}: {found.sentence()}, on the validation images.")
        return
    run = fit(chosen, cohort, out, resume=resume, stores=stores, device=device, devices=devices, hooks=hooks)
    best = run.provenance["weights"]
    if speaks():
        typer.echo(
            f"{run.folder}: best epoch {best['epoch']}. Next: hilum predict {run.folder} {chosen.data.dataset} {root}"
        )
