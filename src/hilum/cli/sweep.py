"""`hilum sweep`: which settings of a recipe are best, found by trying."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Device
from hilum.cli.cohorts import open_cohort
from hilum.schema.files import check_out_folder


@app.command()
def sweep(
    recipe: Annotated[str, typer.Argument(help="A recipe's name (hilum ls recipes) or a YAML file.")],
    root: Annotated[Path, typer.Option(help="Folder of the recipe's dataset.")],
    space: Annotated[Path, typer.Option(help="YAML: settings, each with choices or {low, high, step, log}.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the sweep; a cut-off one is gone on with.")],
    trials: Annotated[int, typer.Option(min=1, help="How many trials in all.")] = 20,
    set_: Annotated[list[str] | None, typer.Option("--set", help="key=value, the same for every trial.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the search.")] = 0,
    stores: Annotated[Path | None, typer.Option(help="Folder of packed stores; in --out when left out.")] = None,
    device: Device = "auto",
) -> None:
    """Try settings of a recipe, each trial chosen by those before it, and judged on validation images alone.

    Example: `hilum sweep nih14-small --root data/nih --space space.yaml --trials 20 -o sweeps/small`
    """
    from hilum.runs import load_recipe
    from hilum.training.space import Space
    from hilum.training.sweep import BEST, PAGE
    from hilum.training.sweep import sweep as search

    check_out_folder(out)
    chosen, tried = load_recipe(recipe, set_ or []), Space.load(space)
    cohort = open_cohort(chosen.data.dataset, root, aloud=False)
    found = search(chosen, tried, cohort, out, trials=trials, seed=seed, stores=stores, device=device)
    done = sum(trial.state == "complete" for trial in found)
    typer.echo(f"{out / PAGE}: {len(found)} trials, {done} of them complete. Next: hilum train {out / BEST} …")
