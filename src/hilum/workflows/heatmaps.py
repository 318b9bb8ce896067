"""Heatmaps scored: against true boxes, beside controls, and put to the test whether they follow the model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.data import Source
from hilum.engine import progress
from hilum.evaluation.alignment import images_hash
from hilum.evaluation.localization import LEVELS, scored, summarized
from hilum.evaluation.published import beside
from hilum.explain import explainers
from hilum.explain.controls import box_elsewhere, centered
from hilum.explain.randomization import unchanged
from hilum.explain.regions import Cut
from hilum.inference import Predictor
from hilum.inference.explaining import Settings
from hilum.inference.heatmap_tests import agreeing, faithful, randomized
from hilum.reports import heatmaps_page
from hilum.reports.heatmaps import ShownMap
from hilum.runs.provenance import versions
from hilum.schema import Cohort, Evaluation, Explanation
from hilum.schema.files import write_text
from hilum.workflows.cohorts import seen_before
from hilum.workflows.localize import USUAL, HeatmapSettings, boxes_of, by_image, resized, with_boxes

DRAWS = 5  # places of the random box, of each pair
SHOWN = 12  # images on the page
WANG = (Cut(LEVELS[0]), Cut(LEVELS[1]))  # both at once, as Wang cuts
AGREEING = ("cam", "gradcam", "gradcam_plus_plus", "layercam", "attention_rollout", "integrated_gradients", "occlusion")


@dataclass(frozen=True)
class Checks:
    """How much is done to find out whether the maps follow the model; each is slow.

    Args:
        faithfulness: pairs of image and finding whose pixels are taken away and brought back; 0 for none.
        randomization: images whose maps are drawn by networks with ever more random weights; 0 for none.
        agreement: images on which methods are compared; 0 for none.
        steps: parts in which pixels go or come.
    """

    faithfulness: int = 20
    randomization: int = 20
    agreement: int = 4
    steps: int = 50


USUAL_CHECKS = Checks()


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
        cohort: with boxes, and with the Run's split (`workflows.cohorts.as_split_by`).
        out: the folder.
        settings: how heatmaps are made and cut.
        checks: how many images are put to the tests of faithfulness.
        split: only its images; all with boxes if left out, which the page says.
        replicates: of the bootstrap over patients.
        seed: of it, and of the controls that are drawn.
    """
    chosen = with_boxes(cohort if split is None else cohort.split(split), predictor)
    cut = settings.cut(predictor, cohort)
    shown: list[ShownMap] = []
    pairs = pair_scores(predictor, chosen, settings, cut, seed=seed, shown=shown)
    rows = rows_of([(pairs, chosen)], replicates=replicates, seed=seed)
    held = provenance_of(predictor, chosen, settings, cut, split) | {"method": str(pairs["map"].iloc[0])}
    tested, found = _tested(predictor, chosen, pairs, settings, checks, seed)
    if tested is not None:
        rows = pd.concat([rows, rows_of([(tested, chosen)], replicates=replicates, seed=seed)], ignore_index=True)
    evaluation = Evaluation(rows, held | {"replicates": replicates, "seed": seed}, found)
    pairs.to_parquet(_folder(out) / "pairs.parquet")
    evaluation.save(out / "heatmaps.json")
    published = beside(evaluation, "localization") if cohort.name == "nih14" else None
    write_text(out / "report.html", heatmaps_page(evaluation, shown, published=published))
    return evaluation


def pair_scores(
    predictor: Predictor,
    chosen: Cohort,
    settings: HeatmapSettings,
    cut: Cut,
    *,
    seed: int = 0,
    shown: list[ShownMap] | None = None,
) -> pd.DataFrame:
    """Scores of each pair of image and finding with a true box, of the Run's map and of its controls.

    Args:
        predictor: the Run.
        chosen: images with boxes.
        settings: how maps are made.
        cut: the threshold of `miou`, and which regions count for the random box.
        seed: of the controls.
        shown: takes up the first maps, for a page.

    Returns:
        As `hilum.evaluation.localization.summarized` takes them.
    """
    generator, rows = np.random.default_rng(seed), list[dict[str, Any]]()
    others = _Others(generator)
    source = predictor.source(chosen)
    maps = by_image(settings.explanations(predictor, source))
    for image_id, of_image in progress(maps, total=len(chosen), what="images"):
        boxed = {name: boxes for name, one in of_image.items() if len(boxes := boxes_of(chosen, one))}
        for name, boxes in boxed.items():
            kinds = _kinds(of_image[name], others.of(of_image, name, list(boxed)), cut, generator)
            for kind, draw, heatmap in kinds:
                rows.append(
                    {
                        "image_id": image_id,
                        "finding": name,
                        "map": kind,
                        "draw": draw,
                        **_scores(heatmap, boxes, cut, name),
                    }
                )
            if shown is not None and len(shown) < SHOWN:
                shown.append(
                    ShownMap(of_image[name], boxes, cut.boxes(of_image[name].heatmap, name), _path(chosen, image_id))
                )
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
        "cohort": chosen.name, "split": split or "all images with boxes",
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


def _scores(heatmap: NDArray[np.float32], true: NDArray[np.float64], cut: Cut, finding: str) -> dict[str, float]:
    drawn = np.concatenate([level.boxes(heatmap, finding)[:, :4] for level in WANG])
    return scored(heatmap, cut.mask(heatmap, finding), np.unique(drawn, axis=0), true)


def _tested(
    predictor: Predictor, chosen: Cohort, pairs: pd.DataFrame, settings: HeatmapSettings, checks: Checks, seed: int
) -> tuple[pd.DataFrame | None, dict[str, Any]]:
    """Scores of faithfulness, and what became of maps under random weights and other methods."""
    if predictor.run.members:
        return None, {}  # several networks, of which each has its own maps
    how = Settings(None, settings.method, settings.zero, settings.smoothing)
    first = pairs.drop_duplicates(["image_id", "finding"])
    found: dict[str, Any] = {}

    def some(count: int) -> tuple[Source, dict[str, list[str]]]:
        drawn = first.sample(min(count, len(first)), random_state=seed)
        named = {str(name): rows.finding.tolist() for name, rows in drawn.groupby("image_id")}
        return predictor.source(chosen.where(chosen.images.image_id.isin(named), "Tested")), named

    if checks.randomization:
        cascade = randomized(predictor, *some(checks.randomization), how)
        broken = unchanged(float(cascade.correlation.iloc[-1]))
        found["randomization"] = {"rows": cascade.to_dict("records"), "broken": broken}
    if checks.agreement:
        methods = [name for name in AGREEING if name in explainers]
        table = agreeing(predictor, *some(checks.agreement), how, methods)
        found["agreement"] = {"methods": list(table.columns), "rows": table.round(3).to_numpy().tolist()}
    tested = faithful(predictor, *some(checks.faithfulness), how, steps=checks.steps) if checks.faithfulness else None
    return tested, found


def _path(cohort: Cohort, image_id: str) -> Path:
    return Path(str(cohort.images.path[cohort.images.image_id == image_id].iloc[0]))


def _folder(out: Path) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    return out
