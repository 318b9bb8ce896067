"""Evaluate: numbers, page and a copy of the predictions in one folder; images as examples where a Run is at hand."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hilum.audit.filters import Filters, filtered
from hilum.engine import progress
from hilum.evaluation import evaluate as measure
from hilum.evaluation.cohort_table import cohort_table
from hilum.evaluation.cuts import Threshold
from hilum.evaluation.levels import cohort_at, predictions_at
from hilum.evaluation.matching import Hit
from hilum.evaluation.prevalence import with_prevalence
from hilum.evaluation.published import beside, datasets_published
from hilum.evaluation.sensitivity import sensitivity
from hilum.reports import evaluation_page
from hilum.schema import (
    AnyPredictions,
    BoxPredictions,
    Cohort,
    ConfigError,
    Evaluation,
    Findings,
    LabelPredictions,
    RunError,
)
from hilum.schema.files import write_text
from hilum.workflows.cohorts import as_split_by
from hilum.workflows.evaluate_boxes import evaluate_boxes
from hilum.workflows.examples import examples, worst_examples

if TYPE_CHECKING:  # with them comes PyTorch, for which a table of predictions need not wait
    from hilum.inference import Predictor
    from hilum.runs import Run
    from hilum.workflows.heatmaps import Scored


def evaluate(
    predictions: LabelPredictions | BoxPredictions,
    cohort: Cohort,
    out: Path,
    *,
    split: str | None = None,
    run: Path | None = None,
    metrics: Sequence[str] | None = None,
    threshold: Threshold | None = None,
    subgroups: Sequence[str] = (),
    replicates: int = 1000,
    seed: int = 0,
    interval: str = "wilson",
    prevalence: float | Mapping[str, float] | None = None,
    level: str | None = None,
    aggregate: str = "mean",
    hit: Hit = 0.4,
    heatmaps: str | None = None,
    filters: Filters | None = None,
) -> Evaluation:
    """Evaluate, and write evaluation.json, report.html and a copy of the predictions into `out`.

    Args:
        predictions: probabilities; or boxes, which have metrics and a page of their own.
        cohort: the images with their labels and boxes.
        out: the folder.
        split: only one split.
        run: the Run's folder, for learning curves and heatmaps; when left out, the one that the predictions'
            provenance names, if it is still there.
        metrics: `hilum ls metrics`; all if left out.
        threshold: where a probability becomes a call, as in `hilum.evaluation.evaluate`.
        subgroups: cohort columns to break numbers down by.
        replicates: of the bootstrap.
        seed: of the bootstrap.
        interval: wilson, percentile or bca.
        prevalence: of which PPV and NPV are also given: one share for all findings, or one a finding.
        level: study or patient: one row each; images if left out.
        aggregate: of a study's images: mean or max.
        hit: of boxes, what counts as found: an overlap, or `center`.
        heatmaps: an explainer, or `auto`: the Run's heatmaps are scored against true boxes and outlines as well, on the
            page and in heatmaps.json and pairs.parquet. Thresholds are chosen on validation images that show a place
            and are not among the evaluated ones; else maps are cut at Otsu's.
        filters: which images are scored; all if left out.
    """
    opened = run_of(predictions, run)
    cohort = as_split_by(opened, cohort)
    _check_heatmaps(heatmaps, predictions, opened, level)
    cohort = cohort if filters is None else filtered(cohort, filters, _spoken_of(predictions, cohort))
    if isinstance(predictions, BoxPredictions):
        return evaluate_boxes(
            predictions,
            cohort,
            out,
            split=split,
            metrics=metrics,
            threshold=threshold,
            hit=hit,
            subgroups=subgroups,
            replicates=replicates,
            seed=seed,
            interval=interval,
            log=None if opened is None else opened.log,
            title=f"{_name_of(predictions)} on {cohort.name}",
        )
    if level is not None:  # a study is no picture to draw a heatmap on
        predictions, cohort = predictions_at(predictions, cohort, level, aggregate), cohort_at(cohort, level)
    result = measure(
        predictions,
        cohort,
        split=split,
        metrics=metrics,
        threshold=threshold,
        subgroups=subgroups,
        replicates=replicates,
        seed=seed,
        interval=interval,
        watch=lambda work: progress(work, total=len(work), what="findings and groups measured"),
    )
    measured = cohort.images[cohort.images.image_id.isin(predictions.table.image_id)]
    result.provenance["cohort_table"] = cohort_table(measured[measured.split == split] if split else measured)
    if filters is not None:
        result.provenance["filters"] = filters.words()
    result.provenance["sensitivity"] = sensitivity(result, predictions, cohort)
    result = result if prevalence is None else with_prevalence(result, prevalence)
    result.save(out / "evaluation.json")
    predictions.save(out / "predictions.parquet")
    chosen = cohort.split(split) if split else cohort
    predictor = _predictor(opened) if level is None else None
    maps = None
    if heatmaps is not None and predictor is not None:
        maps = _scored(predictor, cohort, heatmaps, split=split, predictions=predictions, draws=(replicates, seed))
        maps.save(out)
    page = evaluation_page(
        result,
        log=None if opened is None else opened.log,
        examples=() if predictor is None else examples(predictor, predictions, chosen),
        worst=worst_examples(predictor, predictions, chosen),
        heatmaps=None if maps is None else maps.page(),
        published=beside(result, cohort.name) if cohort.name in datasets_published() else None,
        title=f"{_name_of(predictions)} on {cohort.name}",
    )
    write_text(out / "report.html", page)
    return result


def _scored(
    predictor: "Predictor",
    cohort: Cohort,
    method: str,
    *,
    split: str | None,
    predictions: LabelPredictions,
    draws: tuple[int, int],
) -> "Scored":
    from hilum.workflows.heatmaps import score, usual  # here: with them comes PyTorch

    how, (replicates, seed) = usual(predictor, cohort, split, method), draws
    return score(predictor, cohort, how, split=split, predictions=predictions, replicates=replicates, seed=seed)


def _check_heatmaps(method: str | None, predictions: AnyPredictions, run: "Run | None", level: str | None) -> None:
    """Refuse to score heatmaps of what has none."""
    if method is None:
        return
    if not isinstance(predictions, LabelPredictions) or level is not None:
        raise ConfigError("Heatmaps are of probabilities of single images. Expected no boxes, and no --level.")
    if run is None or not run.sees_images:
        raise ConfigError(
            "Heatmaps were asked for, but no Run that looks at images is at hand. Give its folder with --run."
        )


def _spoken_of(predictions: LabelPredictions | BoxPredictions, cohort: Cohort) -> Findings:
    return cohort.findings if isinstance(predictions, BoxPredictions) else predictions.findings


def run_of(predictions: AnyPredictions, folder: Path | None = None) -> "Run | None":
    """The Run that made the predictions: the one named, else the one in their provenance when it is still there."""
    named = Path(predictions.provenance.get("run_folder", ""))
    if folder is None and not (named / "recipe.yaml").is_file():
        return None
    from hilum.runs import Run

    if folder is not None:
        return Run.open(folder)
    try:
        run = Run.open(named)
    except RunError:
        return None
    same = run.provenance["weights"]["sha256"] == predictions.provenance.get("weights_sha256")
    return run if same else None


def _predictor(run: "Run | None") -> "Predictor | None":
    """Of a Run that sees images; for heatmaps."""
    if run is None or not run.sees_images:
        return None
    from hilum.inference import Predictor

    return Predictor.open(run)


def _name_of(predictions: LabelPredictions | BoxPredictions) -> str:
    """Who made the predictions: a recipe with its Run, else the file they came in."""
    provenance = predictions.provenance
    if "recipe" not in provenance:
        return Path(str(provenance.get("predictions", "Predictions"))).stem
    run = provenance.get("run", provenance["recipe"])
    return str(run) if run == provenance["recipe"] else f"{provenance['recipe']} ({run})"
