"""`hilum feedback`: what readers said at a server, as a dataset of the site's own."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import SERVE_FOLDER, ServeFolder
from hilum.schema.files import check_out_folder


@app.command()
def feedback(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the dataset.")],
    folder: ServeFolder = SERVE_FOLDER,
) -> None:
    """Write what readers said at a server as a dataset, with each reader's calls and the model's predictions.

    Example: `hilum feedback -o site`, then `hilum calibrate runs/mine table site --split all`
    """
    from hilum.serve.settings import Settings
    from hilum.serve.site import export_site

    check_out_folder(out)
    images = export_site(Settings(folder=folder.resolve()), out)
    typer.echo(f"{out}: {images:,} images that readers spoke of. Next: hilum calibrate RUN table {out} --split all")
