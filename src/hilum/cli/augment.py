"""`hilum augment`: what a recipe makes of images before a network sees them."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Root
from hilum.cli.cohorts import open_cohort
from hilum.schema.files import check_out_file, write_text


@app.command()
def augment(
    recipe: Annotated[str, typer.Argument(help="A recipe's name (hilum ls recipes) or a YAML file.")],
    root: Root,
    out: Annotated[Path, typer.Option("--out", "-o", help="The page to write, .html.")],
    set_: Annotated[list[str] | None, typer.Option("--set", help="key=value, as in augment.affine.degrees=5.")] = None,
    images: Annotated[int, typer.Option(min=1, help="How many images are shown.")] = 4,
    draws: Annotated[int, typer.Option(min=1, help="How many draws of each.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Of the images and the draws.")] = 0,
) -> None:
    """Show what a recipe's augmentation does: images beside several draws, then each step alone at its extremes.

    Example: `hilum augment nih14-densenet121 data/nih -o augment.html --set augment.mixup.alpha=0.4`
    """
    from hilum.runs import load_recipe
    from hilum.workflows.augment import augment as page_of

    check_out_file(out, (".html",))
    chosen = load_recipe(recipe, set_ or [])
    write_text(out, page_of(chosen, open_cohort(chosen.data.dataset, root), images=images, draws=draws, seed=seed))
    typer.echo(f"{out}")
