"""`hilum phantom`: drawn chests in the layout of a real dataset."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.schema.files import check_out_folder


@app.command()
def phantom(
    layout: Annotated[str, typer.Argument(help="Whose layout to write: hilum ls layouts.")],
    out: Annotated[Path, typer.Argument(help="A new folder.")],
    images: Annotated[int, typer.Option(min=1, help="How many images.")] = 800,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
) -> None:
    """Draw chests with lesions, written as a real dataset is published.

    Example: `hilum phantom nih14 data/phantom --images 800 --seed 0`
    """
    from hilum.phantom import layouts

    check_out_folder(out)
    layouts[layout](out, images=images, seed=seed)
    typer.echo(f"{out}: {images} drawn images in the layout of {layout}.")
