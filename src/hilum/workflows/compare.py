"""Compare: models side by side, as a page, a table and JSON."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hilum.audit.filters import Filters, filtered
from hilum.evaluation import Comparison
from hilum.evaluation import compare as measure
from hilum.evaluation.cuts import Threshold
from hilum.evaluation.levels import cohort_at, predictions_at
from hilum.evaluation.margins import with_verdicts
from hilum.evaluation.matching import Hit
from hilum.evaluation.metrics import of_order
from hilum.evaluation.published import beside, datasets_published
from hilum.reports import comparison_page
from hilum.schema import Cohort, ConfigError, Findings, Predictions, as_labels
from hilum.schema.files import write_json, write_text
from hilum.workflows.cohorts import as_split_by, seen_before
from hilum.workflows.compare_boxes import compare_boxes as _of_boxes
from hilum.workflows.compare_boxes import of_boxes
from hilum.workflows.evaluate import run_of

if TYPE_CHECKING:  # with it comes PyTorch
    from hilum.runs import Run


def compare(
    models: Sequence[Path],
    cohort: Cohort,
    out: Path,
    *,
    split: str | None = None,
    prefix: str = "",
    metrics: Sequence[str] | None = None,
    reference: str | None = None,
    threshold: Threshold | None = None,
    test: str = "interval",
    correction: str = "holm",
    replicates: int = 1000,
    seed: int = 0,
    interval: str = "wilson",
    level: str | None = None,
    aggregate: str = "mean",
    margin: float | None = None,
    hit: Hit = 0.4,
    filters: Filters | None = None,
) -> Comparison:
    """Models on the images that all of them hold; writes comparison.html, .csv and .json into `out`.

    Where some are a reader's calls, 0 or 1, also readers.csv: the others at the reader's operating point.

    Args:
        models: predictions (Parquet, CSV), evaluation folders, which keep a copy of theirs, or Runs, which are asked
            now. Where a Run is among them, the split is that of the first one.
        cohort: the images with their labels.
        out: the folder.
        split: only one split.
        prefix: what stands before a finding in a column's name, as prob_.
        metrics: `hilum ls metrics`; AUROC and average precision if left out.
        reference: the name of the model that the others are compared with; the first if left out.
        threshold: where a probability becomes a call, as in `hilum.evaluation.compare`.
        test: interval, permutation or delong.
        correction: holm or benjamini_hochberg.
        replicates: of the bootstrap, over patients.
        seed: of the bootstrap.
        interval: wilson, percentile or bca.
        level: study or patient: one row each; images if left out.
        aggregate: of a study's images: mean or max.
        margin: of non-inferiority and equivalence, in the unit of the metric; adds a column `verdict`.
        hit: of boxes, what counts as found: an overlap, or `center`.
        filters: which images are compared; all if left out.
    """
    names = [path.name if path.is_dir() else path.stem for path in models]
    if len(set(names)) < len(names):
        raise ConfigError(f"Two of the models are called the same: {', '.join(names)}. Rename a file.")
    first = next((path for path in models if (path / "recipe.yaml").is_file()), None)
    cohort = as_split_by(_run(first), cohort) if first else cohort
    if of_boxes(models):
        cohort = cohort if filters is None else filtered(cohort, filters, cohort.findings)
        return _of_boxes(
            models, cohort, out, split=split, metrics=metrics, reference=reference, threshold=threshold, hit=hit,
            correction=correction, replicates=replicates, seed=seed, interval=interval, margin=margin,
        )  # fmt: skip
    scores = of_order(metrics)
    predictions = {
        name: _predictions(path, prefix, cohort, split, scores=scores) for name, path in zip(names, models, strict=True)
    }
    before = cohort
    if filters is not None:
        cohort = filtered(cohort, filters, _shared(predictions))
    given, images = predictions, cohort
    if level is not None:
        predictions = {name: predictions_at(one, images, level, aggregate) for name, one in predictions.items()}
        cohort = cohort_at(images, level)
    found = measure(
        predictions,
        cohort,
        split=split,
        reference=reference,
        metrics=metrics,
        threshold=threshold,
        test=test,
        correction=correction,
        replicates=replicates,
        seed=seed,
        interval=interval,
    )
    found = found if margin is None else with_verdicts(found, margin)
    found.provenance["seen_before"] = _seen_before(given, images.split(split) if split else images)
    found.provenance["notes"] += [*images.notes[len(before.notes) :], *found.provenance["seen_before"]]
    write_text(out / "comparison.csv", found.table.to_csv(index=False))
    rows, readers = (table.to_dict("records") for table in (found.table, found.readers))
    write_json(out / "comparison.json", {"provenance": found.provenance, "rows": rows, "readers": readers})
    if len(found.readers):
        write_text(out / "readers.csv", found.readers.to_csv(index=False))
    others = beside(found, cohort.name) if cohort.name in datasets_published() else None
    write_text(out / "comparison.html", comparison_page(found, published=others))
    return found


def _run(folder: Path) -> "Run":
    from hilum.runs import Run

    return Run.open(folder)


def _shared(predictions: Mapping[str, Predictions]) -> Findings:
    """The findings of which all of them speak."""
    first, *others = (one.findings for one in predictions.values())
    for findings in others:
        first = first.shared(findings)
    return first


def _seen_before(predictions: Mapping[str, Predictions], cohort: Cohort) -> list[str]:
    """A sentence for each model whose Run learned from images that are compared here, or of which nobody knows."""
    shared = set.intersection(*(set(one.table.image_id) for one in predictions.values()))
    compared = cohort.where(cohort.images.image_id.isin(shared), "Compared")
    notes = (seen_before(name, run_of(one), compared) for name, one in predictions.items())
    return [note for note in notes if note]


def _predictions(path: Path, prefix: str, cohort: Cohort, split: str | None, *, scores: bool) -> Predictions:
    if not path.is_dir():
        return Predictions.load(path, prefix, scores=scores)
    if (path / "predictions.parquet").is_file():
        return Predictions.load(path / "predictions.parquet")
    from hilum.inference import Predictor

    run = _run(path)
    return as_labels(Predictor.open(run).predict(run.readable(cohort.split(split) if split else cohort)))
