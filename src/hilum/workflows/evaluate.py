"""Evaluate: numbers, page and a copy of the predictions in one folder; images as examples where a Run is at hand."""

from collections.abc import Sequence
from pathlib import Path

from hilum.engine import progress
from hilum.evaluation import evaluate as measure
from hilum.evaluation.published import beside, datasets_published
from hilum.inference import Predictor
from hilum.reports import evaluation_page
from hilum.runs import Run
from hilum.schema import Cohort, Evaluation, Predictions, RunError
from hilum.schema.files import write_text
from hilum.workflows.cohorts import as_split_by
from hilum.workflows.examples import examples, worst_examples


def evaluate(
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
    opened = run_of(predictions, run)
    cohort = as_split_by(opened, cohort)
    result = measure(
        predictions,
        cohort,
        split=split,
        subgroups=subgroups,
        replicates=replicates,
        seed=seed,
        watch=lambda work: progress(work, total=len(work), what="findings and groups measured"),
    )
    result.save(out / "evaluation.json")
    predictions.save(out / "predictions.parquet")
    chosen = cohort.split(split) if split else cohort
    predictor = Predictor.open(opened) if opened is not None and opened.sees_images else None
    page = evaluation_page(
        result,
        log=None if opened is None else opened.log,
        examples=() if predictor is None else examples(predictor, predictions, chosen),
        worst=worst_examples(predictor, predictions, chosen),
        published=beside(result, cohort.name) if cohort.name in datasets_published() else None,
        title=f"{_name_of(predictions)} on {cohort.name}",
    )
    write_text(out / "report.html", page)
    return result


def run_of(predictions: Predictions, folder: Path | None = None) -> Run | None:
    """The Run that made the predictions: the one named, else the one in their provenance when it is still there."""
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


def _name_of(predictions: Predictions) -> str:
    """Who made the predictions: a recipe with its Run, else the file they came in."""
    provenance = predictions.provenance
    if "recipe" not in provenance:
        return Path(str(provenance.get("predictions", "Predictions"))).stem
    run = provenance.get("run", provenance["recipe"])
    return str(run) if run == provenance["recipe"] else f"{provenance['recipe']} ({run})"
