"""`hilum phantom`, `store`, `train`: from films to a Run."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Dataset, Engine, Root
from hilum.cli.cohort import open_cohort


@app.command()
def phantom(
    layout: Annotated[str, typer.Argument(help="Whose layout to write: hilum ls layouts.")],
    out: Annotated[Path, typer.Argument(help="A new folder.")],
    images: Annotated[int, typer.Option(min=1, help="How many films.")] = 800,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
) -> None:
    """Draw chests with lesions, written as a real dataset is published.

    Example: `hilum phantom nih14 data/phantom --images 800 --seed 0`
    """
    from hilum.phantom import layouts

    layouts[layout](out, images=images, seed=seed)
    typer.echo(f"{out}: {images} drawn films in the layout of {layout}.")


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
    """Decode and shrink every film once, into one packed file that training reads at memory speed.

    A store that was cut off is continued by the same command.

    Example: `hilum store nih14 data/nih --out stores --size 256`
    """
    from hilum.images import Preprocess, build_store
    from hilum.runs import load_recipe

    preprocess = load_recipe(recipe).preprocess if recipe else Preprocess(size=size)
    films = open_cohort(dataset, root).with_files().films
    built = build_store(films, preprocess, out, name=dataset, engine=engine, workers=workers)
    failed = int(built.index.failure.notna().sum())
    typer.echo(f"{built.folder}: {len(built):,} films; {failed:,} could not be read (see index.parquet).")


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help="A recipe's name (hilum ls recipes) or a YAML file.")],
    root: Annotated[Path, typer.Option(help="Folder of the recipe's dataset.")],
    out: Annotated[Path, typer.Option(help="The Run: a new folder, or with --resume the old one.")],
    set_: Annotated[list[str] | None, typer.Option("--set", help="key=value, as in training.lr=3e-4.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where learning was cut off.")] = False,
    stores: Annotated[Path | None, typer.Option(help="Folder of packed stores; beside the Run when left out.")] = None,
) -> None:
    """Learn from a dataset what a recipe says.

    Example: `hilum train nih14-small --root data/nih --out runs/small --set training.lr=3e-4`
    """
    from hilum.runs import load_recipe
    from hilum.training import train as learn

    chosen = load_recipe(recipe, set_ or [])
    cohort = open_cohort(chosen.data.dataset, root, aloud=False)
    run = learn(chosen, cohort, out, resume=resume, stores=stores or out.parent / "stores")
    best = run.provenance["weights"]
    typer.echo(
        f"{run.folder}: best epoch {best['epoch']}. Next: hilum predict {run.folder} {chosen.data.dataset} {root}"
    )
