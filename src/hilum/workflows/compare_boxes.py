"""Compare boxes: detectors, and anybody's boxes, side by side as a page, a table and JSON."""

from collections.abc import Sequence
from pathlib import Path

from hilum.evaluation import Comparison
from hilum.evaluation.box_files import holds_boxes, load_boxes
from hilum.evaluation.compare_boxes import compare_boxes as measure
from hilum.evaluation.cuts import Threshold
from hilum.evaluation.margins import with_verdicts
from hilum.evaluation.matching.boxes import Hit
from hilum.reports import comparison_page
from hilum.schema import BoxPredictions, Cohort, ConfigError, DataError
from hilum.schema.files import write_json, write_text
from hilum.workflows.cohorts import as_split_by, seen_before
from hilum.workflows.evaluate import run_of

KEPT = "predictions.parquet"  # in an evaluation's folder


def of_boxes(models: Sequence[Path]) -> bool:
    """Whether one of the models is a file of boxes, an evaluation of boxes, or a Run that draws them."""
    return any(_draws(path) if (path / "recipe.yaml").is_file() else holds_boxes(_file(path)) for path in models)


def compare_boxes(
    models: Sequence[Path],
    cohort: Cohort,
    out: Path,
    *,
    split: str | None = None,
    metrics: Sequence[str] | None = None,
    reference: str | None = None,
    threshold: Threshold | None = None,
    hit: Hit = 0.4,
    correction: str = "holm",
    replicates: int = 1000,
    seed: int = 0,
    interval: str = "percentile",
    margin: float | None = None,
) -> Comparison:
    """Boxes on the images that all models read; writes comparison.html, .csv and .json into `out`.

    Args:
        models: files of boxes of any format, evaluation folders, or Runs, which are asked now.
        cohort: the images with their boxes.
        out: the folder.
        split: only one split.
        metrics: as in `hilum.evaluation.compare_boxes`.
        reference: the name of the model that the others are compared with; the first if left out.
        threshold: from which score on a box counts.
        hit: what counts as found: an overlap or `center`.
        correction: holm or benjamini_hochberg.
        replicates: of the bootstrap, over patients.
        seed: of the bootstrap.
        interval: percentile or bca.
        margin: of non-inferiority and equivalence; adds a column `verdict`.
    """
    names = [path.name if path.is_dir() else path.stem for path in models]
    if len(set(names)) < len(names):
        raise ConfigError(f"Two of the models are called the same: {', '.join(names)}. Rename a file.")
    images = cohort.split(split) if split else cohort
    predictions = {name: _predictions(path, images) for name, path in zip(names, models, strict=True)}
    found = measure(
        predictions, cohort, split=split, reference=reference, metrics=metrics, threshold=threshold, hit=hit,
        correction=correction, replicates=replicates, seed=seed, interval=interval,
    )  # fmt: skip
    found = found if margin is None else with_verdicts(found, margin)
    shared = set.intersection(*(set(one.header.image_ids) for one in predictions.values()))
    compared = images.where(images.images.image_id.isin(shared), "Compared")
    notes = (seen_before(name, run_of(one), as_split_by(run_of(one), compared)) for name, one in predictions.items())
    found.provenance["seen_before"] = [note for note in notes if note]
    found.provenance["notes"] += found.provenance["seen_before"]
    write_text(out / "comparison.csv", found.table.to_csv(index=False))
    write_json(out / "comparison.json", {"provenance": found.provenance, "rows": found.table.to_dict("records")})
    write_text(out / "comparison.html", comparison_page(found))
    return found


def _file(path: Path) -> Path:
    return path / KEPT if path.is_dir() else path


def _draws(run: Path) -> bool:
    from hilum.runs import Run

    return getattr(Run.open(run).task, "kind", "") == "boxes"


def _predictions(path: Path, cohort: Cohort) -> BoxPredictions:
    if not (path / "recipe.yaml").is_file():
        return load_boxes(_file(path), cohort)
    from hilum.inference import Predictor
    from hilum.runs import Run

    run = Run.open(path)
    made = Predictor.open(run).predict(run.readable(cohort))
    if not isinstance(made, BoxPredictions):
        raise DataError(f"{path}: predicts {made.kind}, but others of the models draw boxes. Expected boxes of all.")
    return made
