"""`hilum cp`: a recipe to start from."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.schema.errors import ConfigError
from hilum.schema.files import check_out_file, write_text


@app.command()
def cp(
    recipe: Annotated[str, typer.Argument(help="Name of a recipe: hilum ls recipes.")],
    file: Annotated[Path, typer.Argument(help="Where to put the copy.")],
) -> None:
    """Copy a recipe to a file of your own.

    Example: `hilum cp nih14-densenet121 mine.yaml`
    """
    from hilum.runs.recipes import recipe_paths

    check_out_file(file)
    if file.exists():
        raise ConfigError(f"{file}: there is a file already. Expected a new name; remove it first or choose another.")
    known = recipe_paths()
    if recipe not in known:
        raise ConfigError(f"There is no recipe '{recipe}'. Expected one of: {', '.join(known)}.")
    write_text(file, known[recipe].read_text(encoding="utf-8"))
    typer.echo(f"{file}: a copy of {recipe}. Change it, then: hilum check {file}")
