"""What an evaluation's folder holds: numbers, page, predictions; images as examples where a Run is at hand."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hilum.cli.cohort import as_split_by
from hilum.schema import Cohort, Evaluation, ImageError, Predictions, RunError
from hilum.schema.files import write_text
from hilum.schema.findings import key

if TYPE_CHECKING:
    from hilum.reports import Example
    from hilum.runs import Run

EXAMPLES = 6


def evaluation_folder(
    predictions: Predictions,
    cohort: Cohort,
    out: Path,
    *,
    split: str | None = None,
    run: Path | None = None,
    subgroups: Sequence[str] = (),
    replicates: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Evaluate, and write evaluation.json, report.html and a copy of the predictions into `out`.

    A finding is called at the operating point that travels with the predictions, and at 0.5 where none does.

    Args:
        predictions: probabilities.
        cohort: the images with their labels and boxes.
        out: the folder.
        split: only one split.
        run: the Run's folder, for learning curves and heatmaps; when left out, the one that the predictions'
            provenance names, if it is still there.
        subgroups: cohort columns to break numbers down by.
        replicates: of the bootstrap.
        seed: of the bootstrap.
    """
    from hilum.engine import progress
    from hilum.evaluation import evaluate
    from hilum.evaluation.published import beside, datasets_published
    from hilum.reports import evaluation_page

    opened = run_of(predictions, run)
    cohort = as_split_by(opened, cohort)
    result = evaluate(
        predictions,
        cohort,
        split=split,
        threshold=predictions.provenance.get("operating_points", {}).get("thresholds", 0.5),
        subgroups=subgroups,
        replicates=replicates,
        seed=seed,
        watch=lambda work: progress(work, total=len(work), what="findings and groups measured"),
    )
    result.save(out / "evaluation.json")
    predictions.save(out / "predictions.parquet")
    chosen = cohort.split(split) if split else cohort
    seeing = opened if opened and opened.sees_images else None
    shown = () if seeing is None else examples(seeing, predictions, chosen)
    mistakes = worst_examples(seeing, predictions, chosen)
    log = None if opened is None else opened.log
    others = beside(result, cohort.name) if cohort.name in datasets_published() else None
    title = f"{_name_of(predictions)} on {cohort.name}"
    page = evaluation_page(result, log=log, examples=shown, worst=mistakes, published=others, title=title)
    write_text(out / "report.html", page)
    return result


def examples(run: "Run", predictions: Predictions, cohort: Cohort, most: int = EXAMPLES) -> "list[Example]":
    """Images that truly show a finding, one a finding, drawn with a fixed seed and not by how well the model did.

    Findings with boxes come first, so that heatmap and box can be compared; within a finding, images with a box.
    """
    drawn = _draw(predictions, cohort, most)
    return list(filter(None, (_example(run, predictions, cohort, *each) for each in drawn)))


def worst_examples(
    run: "Run | None", predictions: Predictions, cohort: Cohort, most: int = EXAMPLES
) -> "list[Example]":
    """The images at hand that were ranked most wrongly, with what spoke for the finding where the Run is known."""
    from hilum.evaluation.alignment import align
    from hilum.evaluation.worst_errors import worst_errors

    there = set(cohort.images.image_id[cohort.images.path.notna()])
    mistakes = worst_errors(align(predictions, cohort), most=1)
    rows = mistakes[mistakes.image_id.isin(there)].itertuples()
    readable = (_example(run, predictions, cohort, str(row.finding), str(row.image_id)) for row in rows)
    return list(islice(filter(None, readable), most))


def _draw(predictions: Predictions, cohort: Cohort, most: int) -> list[tuple[str, str]]:
    """Pairs of finding and image."""
    generator = np.random.default_rng(0)
    ids = cohort.images.image_id.where(
        cohort.images.path.notna() & cohort.images.image_id.isin(predictions.table.image_id)
    )
    labels = cohort.labels_for(predictions.findings)
    boxes = pd.DataFrame(columns=["finding", "image_id"]) if cohort.boxes is None else cohort.boxes.table
    boxed = boxes.groupby(boxes.finding.map(key)).image_id.agg(set).to_dict()
    drawn: list[tuple[bool, str, str]] = []
    for place, finding in enumerate(predictions.findings):
        present = set(ids[labels[:, place] == 1].dropna())
        candidates = sorted(present & boxed.get(key(finding), set())) or sorted(present)
        if candidates:
            drawn.append((key(finding) not in boxed, finding, str(generator.choice(candidates))))
    return [(finding, image_id) for _, finding, image_id in sorted(drawn)][:most]


def _example(
    run: "Run | None", predictions: Predictions, cohort: Cohort, finding: str, image_id: str
) -> "Example | None":
    """An image with what is known of it; None for a file that cannot be read."""
    from hilum.images import read_image
    from hilum.reports import Example
    from hilum.runs import explain

    row = int(np.flatnonzero(cohort.images.image_id == image_id)[0])
    try:
        image = read_image(str(cohort.images.path.iat[row]))
    except ImageError:
        return None
    height, width = image.gray.shape
    boxes = cohort.boxes_on(image_id, width=width, height=height)
    return Example(
        image=image,
        finding=finding,
        probability=float(predictions.table.loc[predictions.table.image_id == image_id, finding].iloc[0]),
        label=float(cohort.labels_for(predictions.findings)[row, predictions.findings.position(finding)]),
        explanation=None if run is None else explain(run, [image], findings=[finding])[0],
        boxes=boxes[boxes.finding.map(key) == key(finding)],
    )


def _name_of(predictions: Predictions) -> str:
    """Who made the predictions: a recipe with its Run, else the file they came in."""
    told = predictions.provenance
    if "recipe" not in told:
        return Path(str(told.get("predictions", "Predictions"))).stem
    run = told.get("run", told["recipe"])
    return str(run) if run == told["recipe"] else f"{told['recipe']} ({run})"


def run_of(predictions: Predictions, folder: Path | None) -> "Run | None":
    """The Run that made the predictions: the one named, else the one in their provenance when it is still there."""
    from hilum.runs import Run

    if folder is not None:
        return Run.open(folder)
    named = Path(predictions.provenance.get("run_folder", ""))
    if not (named / "recipe.yaml").is_file():
        return None
    try:
        run = Run.open(named)
    except RunError:
        return None
    same = run.provenance["weights"]["sha256"] == predictions.provenance.get("weights_sha256")
    return run if same else None
