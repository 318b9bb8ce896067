"""Heatmaps scored: against true boxes and outlines, beside controls, and tested whether they follow the model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.engine import progress
from hilum.evaluation.alignment import images_hash
from hilum.evaluation.localization import LEVELS, scored, summarized
from hilum.evaluation.published import beside
from hilum.explain.controls import box_elsewhere, centered
from hilum.explain.regions import Cut
from hilum.inference import Predictor
from hilum.reports import heatmaps_page
from hilum.reports.heatmaps import ShownMap, heatmap_scores
from hilum.runs.provenance import versions
from hilum.schema import Cohort, DataError, Evaluation, Explanation, LabelPredictions
from hilum.schema.files import write_text
from hilum.workflows.cohorts import seen_before
from hilum.workflows.full_set import OF_CALLS, OF_VALIDATION, called_from, chosen_cuts, on_full_set
from hilum.workflows.heatmap_checks import UNCHECKED, USUAL_CHECKS, Checks, checked
from hilum.workflows.heatmap_truth import Truth, Truths, with_truth
from hilum.workflows.localize import FROM_VALIDATION, USUAL, HeatmapSettings, by_image, resized

DRAWS = 5  # places of the random box, of each pair
SHOWN = 12  # images on the page
WANG = (Cut(LEVELS[0]), Cut(LEVELS[1]))  # both at once, as Wang cuts


def heatmaps(
    predictor: Predictor,
    cohort: Cohort,
    out: Path,
    settings: HeatmapSettings = USUAL,
    checks: Checks = USUAL_CHECKS,
    *,
    split: str | None = None,
    replicates: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Score a Run's heatmaps, and write heatmaps.json, pairs.parquet and report.html into `out`.

    Args:
        predictor: a Run that looks at images.
        cohort: with boxes or masks of findings, and with the Run's split (`workflows.cohorts.as_split_by`).
        out: the folder.
        settings: how heatmaps are made and cut.
        checks: how many images are put to the tests of faithfulness.
        split: only its images; all with a true place if left out, which the page says.
        replicates: of the bootstrap over patients.
        seed: of it, and of the controls that are drawn.
    """
    made = score(predictor, cohort, settings, checks, split=split, replicates=replicates, seed=seed)
    out.mkdir(parents=True, exist_ok=True)
    made.save(out)
    write_text(out / "report.html", heatmaps_page(made.evaluation, made.shown, published=made.published))
    return made.evaluation


@dataclass(frozen=True)
class Scored:
    """Scores of a Run's heatmaps.

    Args:
        evaluation: means with intervals.
        pairs: what they are means of, one row a pair of image and finding and a kind of map.
        shown: the first maps, for a page.
        published: figures of others, where there are any of this dataset.
    """

    evaluation: Evaluation
    pairs: pd.DataFrame
    shown: list[ShownMap]
    published: pd.DataFrame | None

    def save(self, out: Path) -> None:
        """Write heatmaps.json and pairs.parquet."""
        self.evaluation.save(out / "heatmaps.json")
        self.pairs.to_parquet(out / "pairs.parquet")

    def page(self) -> dict[str, Any]:
        """What an evaluation's page shows of them."""
        return heatmap_scores(self.evaluation, self.shown, published=self.published)


def usual(predictor: Predictor, cohort: Cohort, split: str | None, method: str) -> HeatmapSettings:
    """Heatmaps by a method, cut where validation images say, if they show a place and are not to be scored."""
    settings = HeatmapSettings(method)
    if split in (None, "val"):
        return settings
    try:
        with_truth(cohort.split("val"), predictor.run.findings)
    except DataError:
        return settings
    return replace(settings, threshold=FROM_VALIDATION)


def score(
    predictor: Predictor,
    cohort: Cohort,
    settings: HeatmapSettings = USUAL,
    checks: Checks = UNCHECKED,
    *,
    split: str | None = None,
    predictions: LabelPredictions | None = None,
    replicates: int = 1000,
    seed: int = 0,
) -> Scored:
    """What `heatmaps` measures, without a page of its own; arguments as there.

    Args:
        predictor: a Run.
        cohort: its images.
        settings: of heatmaps.
        checks: of faithfulness; none if left out.
        split: only its images.
        predictions: what the Run says of them: then also cheXlocalize's full set, images without the finding included.
        replicates: of the bootstrap.
        seed: of it.
    """
    wanted = _wanted(cohort, settings, split, predictions)
    chosen, cut = with_truth(wanted, predictor.run.findings), settings.cut(predictor, cohort)
    shown: list[ShownMap] = []
    pairs = pair_scores(predictor, chosen, settings, cut, seed=seed, shown=shown)
    rows = [rows_of([(pairs, chosen)], replicates=replicates, seed=seed)]
    held = provenance_of(predictor, chosen, settings, cut, split) | {"method": str(pairs["map"].iloc[0])}
    if predictions is not None:
        on_val = settings.threshold == FROM_VALIDATION
        cuts = chosen_cuts(predictor, cohort, settings, cut) if on_val else called_from(predictions)
        cuts = {name: value for name, value in cuts.items() if name in set(pairs.finding)}
        held["full_set"] = {"cuts": cuts, "chosen": OF_VALIDATION if on_val else OF_CALLS, "holds": ""}
        if cuts:
            full, held["full_set"]["holds"] = on_full_set(pairs, wanted, predictions, cuts)
            rows.append(rows_of([(full, wanted)], replicates=replicates, seed=seed))
    follows, found = checked(predictor, chosen, pairs, settings, checks, seed=seed)
    if follows is not None:
        rows.append(rows_of([(follows, chosen)], replicates=replicates, seed=seed))
    held |= {"replicates": replicates, "seed": seed}
    evaluation = Evaluation(pd.concat(rows, ignore_index=True), held, found)
    published = beside(evaluation, "localization") if cohort.name == "nih14" else None
    return Scored(evaluation, pairs, shown, published)


def _wanted(
    cohort: Cohort, settings: HeatmapSettings, split: str | None, predictions: LabelPredictions | None
) -> Cohort:
    """The images that may be scored: what was chosen on an image says nothing of it."""
    wanted = cohort if split is None else cohort.split(split)
    if predictions is not None:
        wanted = wanted.where(wanted.images.image_id.isin(predictions.table.image_id), "Predicted")
    chosen_on = wanted.images.split == "val"
    if settings.threshold == FROM_VALIDATION and chosen_on.any():
        wanted = wanted.where(~chosen_on, "Not a validation image, on which thresholds are chosen")
    return wanted


def pair_scores(
    predictor: Predictor,
    chosen: Cohort,
    settings: HeatmapSettings,
    cut: Cut,
    *,
    seed: int = 0,
    shown: list[ShownMap] | None = None,
) -> pd.DataFrame:
    """Scores of each pair of image and finding whose place is known, of the Run's map and of its controls.

    Args:
        predictor: the Run.
        chosen: images with boxes or outlines (`with_truth`).
        settings: how maps are made.
        cut: the threshold of `miou`, and which regions count for the random box.
        seed: of the controls.
        shown: takes up the first maps, for a page.

    Returns:
        As `hilum.evaluation.localization.summarized` takes them.
    """
    generator, rows = np.random.default_rng(seed), list[dict[str, Any]]()
    others, truths = _Others(generator), Truths(chosen)
    source = predictor.source(chosen)
    maps = by_image(settings.explanations(predictor, source))
    for image_id, of_image in progress(maps, total=len(chosen), what="images"):
        true = {name: truth for name, one in of_image.items() if (truth := truths.of(one)) is not None}
        for name, truth in true.items():
            kinds = _kinds(of_image[name], others.of(of_image, name, list(true)), cut, generator)
            for kind, draw, heatmap in kinds:
                pair = {"image_id": image_id, "finding": name, "map": kind, "draw": draw}
                rows.append(pair | _scores(heatmap, truth, cut, name))
            if shown is not None and len(shown) < SHOWN:
                drawn = cut.boxes(of_image[name].heatmap, name)
                shown.append(ShownMap(of_image[name], truth.boxes, drawn, _path(chosen, image_id)))
        others.seen(of_image)
    return pd.DataFrame(rows)


def rows_of(parts: Sequence[tuple[pd.DataFrame, Cohort]], *, replicates: int, seed: int) -> pd.DataFrame:
    """Means and intervals of pairs that several Runs scored, each its own images (as in folds)."""
    patients: dict[str, str] = {}
    for _, cohort in parts:
        patients |= dict(zip(cohort.images.image_id, cohort.images.patient_id, strict=True))
    return summarized(pd.concat([pairs for pairs, _ in parts]), patients, replicates=replicates, seed=seed)


def provenance_of(
    predictor: Predictor, chosen: Cohort, settings: HeatmapSettings, cut: Cut, split: str | None
) -> dict[str, Any]:
    """What a reader must know of the images, the maps and the thresholds."""
    run, seen = predictor.run, seen_before(predictor.run.folder.name, predictor.run, chosen)
    threshold = dict(cut.threshold) if isinstance(cut.threshold, Mapping) else cut.threshold
    return {
        "run": run.folder.name, "weights_sha256": run.provenance.get("weights", {}).get("sha256", ""),
        "cohort": chosen.name, "split": split or "all images with a true place",
        "images": len(chosen), "patients": chosen.patients, "images_hash": images_hash(chosen.images.image_id),
        "method": settings.method, "zero": settings.zero, "smoothing": settings.smoothing,
        "region_threshold": threshold, "chosen_on": "val" if isinstance(cut.threshold, Mapping) else "",
        "versions": versions(), "notes": [*([] if seen is None else [seen]), *chosen.notes],
    }  # fmt: skip


class _Others:
    """Maps of another finding on the same image; of another image where the Run speaks of one finding alone."""

    def __init__(self, generator: np.random.Generator) -> None:
        self.generator, self.last = generator, dict[str, Explanation]()

    def of(
        self, of_image: Mapping[str, Explanation], finding: str, present: Sequence[str]
    ) -> tuple[str, NDArray[np.float32]] | None:
        absent = [name for name in of_image if name not in present]
        if absent:
            return "another finding", of_image[str(self.generator.choice(absent))].heatmap
        last = self.last.get(finding)
        return None if last is None else ("another image", resized(last.heatmap, of_image[finding].shape))

    def seen(self, of_image: Mapping[str, Explanation]) -> None:
        self.last = dict(of_image)


def _kinds(
    one: Explanation, other: tuple[str, NDArray[np.float32]] | None, cut: Cut, generator: np.random.Generator
) -> Iterator[tuple[str, int, NDArray[np.float32]]]:
    """The map under its method's name, then its controls, each with the number of its draw."""
    heatmap = one.heatmap
    yield one.method, 0, heatmap
    regions = cut.boxes(heatmap, one.finding)
    box = regions[0, :4] if len(regions) else np.array([0.0, 0, 1, 1])
    for draw in range(DRAWS):
        yield "random box", draw, box_elsewhere(one.shape, box, generator)
    yield "center", 0, centered(one.shape)
    if other is not None:
        yield other[0], 0, other[1]


def _scores(heatmap: NDArray[np.float32], truth: Truth, cut: Cut, finding: str) -> dict[str, float]:
    drawn = np.concatenate([level.boxes(heatmap, finding)[:, :4] for level in WANG])
    return scored(heatmap, cut.mask(heatmap, finding), np.unique(drawn, axis=0), truth.boxes, truth.region)


def _path(cohort: Cohort, image_id: str) -> Path:
    return Path(str(cohort.images.path[cohort.images.image_id == image_id].iloc[0]))
