"""`hilum lr`: where to begin looking for a learning rate."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Device
from hilum.cli.cohorts import open_cohort
from hilum.schema.files import check_out_folder, write_json, write_text


@app.command()
def lr(
    recipe: Annotated[str, typer.Argument(help="A recipe's name (hilum ls recipes) or a YAML file.")],
    root: Annotated[Path, typer.Argument(help="Folder of the recipe's dataset.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for lr.html and lr.json.")],
    set_: Annotated[list[str] | None, typer.Option("--set", help="key=value, as in training.batch_size=16.")] = None,
    steps: Annotated[int, typer.Option(min=10, help="Steps of the test.")] = 100,
    lowest: Annotated[float, typer.Option(help="Learning rate of the first step.")] = 1e-6,
    highest: Annotated[float, typer.Option(help="Learning rate of the last step.")] = 1.0,
    stores: Annotated[Path | None, typer.Option(help="Folder of packed stores; in OUT when left out.")] = None,
    device: Device = "auto",
) -> None:
    """Raise the learning rate step by step in a training that is not kept, and see where the loss falls.

    Example: `hilum lr nih14-small data/nih -o lr`
    """
    from hilum.reports.learning_rate import learning_rate_page
    from hilum.runs import load_recipe
    from hilum.training.lr_range import lr_range

    check_out_folder(out)
    chosen = load_recipe(recipe, set_ or [])
    cohort = open_cohort(chosen.data.dataset, root)
    found = lr_range(
        chosen, cohort, stores=stores or out / "stores", steps=steps, lowest=lowest, highest=highest, device=device
    )
    write_json(out / "lr.json", {"recipe": chosen.name, **found.to_json()})
    curves = (found.rates.tolist(), found.losses.tolist(), found.smoothed.tolist())
    write_text(out / "lr.html", learning_rate_page(*curves, suggested=found.suggested, title=chosen.name))
    fell = found.suggested == found.suggested
    said = f"try --set training.lr={found.suggested:.1e}" if fell else "the loss never fell; try more steps"
    typer.echo(f"{out / 'lr.html'}: {said}.")
