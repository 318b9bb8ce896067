"""`hilum key`: who may come in where a server asks for keys."""

from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import SERVE_FOLDER, ServeFolder


@app.command()
def key(
    name: Annotated[str | None, typer.Argument(help="Whose key; left out, all are listed.")] = None,
    folder: ServeFolder = SERVE_FOLDER,
    scope: Annotated[
        list[str] | None, typer.Option(help="submit, read, feedback or admin; may be repeated; all when left out.")
    ] = None,
    revoke: Annotated[bool, typer.Option(help="Make this one's key worthless.")] = False,
) -> None:
    """Make, list or revoke the keys of a server. A key is shown once; only its hash is kept.

    Example: `hilum key modality --scope submit`, `hilum key modality --revoke`, `hilum key`
    """
    from hilum.serve.keys import SCOPES, Keys

    keys = Keys(folder)
    if name is None:
        for each in keys.all():
            typer.echo(f"{each.name}: {', '.join(each.scopes)}")
        typer.echo("" if keys.all() else "There are no keys: only this machine can come in.")
    elif revoke:
        keys.revoke(name)
        typer.echo(f"{name}: revoked.")
    else:
        typer.echo(keys.add(name, scope or list(SCOPES)))
        typer.echo("Keep it now: it is not shown again.", err=True)
