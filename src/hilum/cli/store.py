"""`hilum store`: decode and shrink every image once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Dataset, Engine, Root
from hilum.cli.cohorts import open_cohort
from hilum.schema.files import check_out_folder

if TYPE_CHECKING:
    from hilum.images import Preprocess


@app.command()
def store(
    dataset: Dataset,
    root: Root,
    out: Annotated[Path, typer.Option(help="Folder of stores; one store a Preprocess lies in it.")],
    size: Annotated[int, typer.Option(min=16, help="Pixels a side.")] = 256,
    recipe: Annotated[str | None, typer.Option(help="Take the Preprocess of this recipe instead of --size.")] = None,
    engine: Engine = "local",
    workers: Annotated[int | None, typer.Option(help="Processes; all cores when left out.")] = None,
) -> None:
    """Decode and shrink every image once, into one packed file that training reads at memory speed.

    A store that was cut off is continued by the same command.

    Example: `hilum store nih14 data/nih --out stores --size 256`
    """
    from hilum.images import Preprocess, build_store

    check_out_folder(out)
    preprocess = _of_recipe(recipe) if recipe else Preprocess(size=size)
    images = open_cohort(dataset, root).with_files().images
    built = build_store(images, preprocess, out, name=dataset, engine=engine, workers=workers)
    failed = int(built.index.failure.notna().sum())
    typer.echo(f"{built.folder}: {len(built):,} images; {failed:,} could not be read (see index.parquet).")


def _of_recipe(name: str) -> "Preprocess":
    from hilum.runs import load_recipe  # with it comes torch, which takes seconds

    return load_recipe(name).preprocess
