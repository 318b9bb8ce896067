"""`hilum import`: weights that others published, as a Run."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.schema.errors import ConfigError


@app.command("import")
def import_weights(
    source: Annotated[str, typer.Argument(help="A name from hilum ls weights, or a file (.pth, .safetensors).")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The Run: a new folder. Of an encoder, a .safetensors file.")
    ],
    file: Annotated[Path | None, typer.Option(help="The weights' file, where it need not be fetched.")] = None,
    recipe: Annotated[
        str, typer.Option(help="For a file: the recipe whose classifier, findings and preprocess are the file's.")
    ] = "",
    set_: Annotated[list[str] | None, typer.Option("--set", help="key=value in that recipe.")] = None,
    by_order: Annotated[
        bool, typer.Option("--by-order", help="For a file: take the encoder's tensors in their order, not by name.")
    ] = False,
) -> None:
    """Make a Run of weights that others published, to read, predict, evaluate and calibrate like any other.

    A file's code is never run: names and tensors are read, nothing else.

    Example: `hilum import txrv:densenet121-res224-all -o runs/txrv`
    """
    from hilum.workflows import import_weights as made

    if Path(source).is_file():
        if not recipe:
            raise ConfigError(f"{source}: which network is it? Give the recipe that fits with --recipe.")
        from hilum.runs import load_recipe

        run = made.import_file(Path(source), load_recipe(recipe, set_ or []), out, by_order=by_order)
    elif out.suffix == ".safetensors":
        for note in made.import_encoder(source, out, file=file):
            typer.echo(note, err=True)
        typer.echo(f"{out}: an encoder. Next: hilum train … --set model.pretrained={out}")
        return
    else:
        run = made.import_weights(source, out, file=file)
    for note in run.provenance["model"]["notes"]:
        typer.echo(note, err=True)
    typer.echo(f"{run.folder}: {len(run.findings)} findings. Next: hilum read {run.folder} IMAGE -o reading.html")
