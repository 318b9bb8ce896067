"""`hilum demo`: the whole way on drawn chests, from nothing to a report a person can open."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hilum.cli.app import app
from hilum.cli.cohorts import open_cohort
from hilum.schema import as_labels
from hilum.schema.files import check_out_folder

if TYPE_CHECKING:
    from hilum.schema import Cohort

RECIPE = "phantom-small"


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for everything; run again to go on after an interruption.")] = Path(
        "demo"
    ),
    images: Annotated[int, typer.Option(min=100, help="How many images to draw.")] = 800,
    seed: Annotated[int, typer.Option(min=0, help="Of the drawing.")] = 0,
) -> None:
    """Draw chests, learn from them, evaluate on patients held out, and read one image.

    Example: `hilum demo --out demo`
    """
    from hilum.inference import Predictor
    from hilum.phantom import layouts
    from hilum.runs import load_recipe
    from hilum.training import train
    from hilum.workflows.calibrate import calibrate
    from hilum.workflows.evaluate import evaluate
    from hilum.workflows.read import read

    check_out_folder(out)
    began = time.monotonic()
    data = out / "data"
    _say("1/5", f"Draw {images} chest images into {data}")
    if not (data / "test_list.txt").is_file():
        layouts["nih14"](data, images=images, seed=seed)
    cohort = open_cohort("nih14", data, aloud=False)
    _say("2/5", f"Learn with the recipe {RECIPE}")
    run = train(load_recipe(RECIPE), cohort, out / "run", resume=(out / "run").exists(), stores=out / "stores")
    calibrate(run, run.with_split(cohort), stores=out / "stores")
    test = cohort.split("test")
    _say("3/5", f"Predict {len(test)} images of {test.patients} patients it has not seen")
    predictor = Predictor.open(run)
    predictions = as_labels(predictor.predict(test, stores=out / "stores"))
    predictions.save(out / "predictions.parquet")
    _say("4/5", "Evaluate, with intervals from a bootstrap over patients")
    evaluation = evaluate(
        predictions, cohort, out / "evaluation", split="test", run=run.folder, subgroups=("sex", "view")
    )
    _say("5/5", "Read one image")
    read(predictor, [_plain_case(test)]).save(out / "reading.html")
    macro = evaluation.rows.query("finding == 'macro' and metric == 'auroc' and subgroup == 'all'").iloc[0]
    typer.echo(
        f"\nMacro AUROC on held-out phantom patients: {macro.value:.3f} ({macro.low:.3f} to {macro.high:.3f}), "
        f"in {time.monotonic() - began:.0f} s.\n"
        f"Report:  {(out / 'evaluation' / 'report.html').resolve()}\nReading: {(out / 'reading.html').resolve()}\n"
        "For research, not a medical device."
    )


def _plain_case(cohort: "Cohort") -> str:
    """The file of the first image that shows one finding alone, and has a box for it."""
    boxed = cohort.images.image_id.isin([] if cohort.boxes is None else cohort.boxes.table.image_id)
    alone = (cohort.labels == 1).sum(axis=1) == 1
    return str(cohort.images.path.iat[int((boxed & alone).to_numpy().argmax())])


def _say(step: str, text: str) -> None:
    typer.secho(f"[{step}] {text}", bold=True)
