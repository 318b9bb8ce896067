"""Augment: a page of what a recipe makes of a dataset's images before its network sees them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.data import Batch, CohortSource
from hilum.data.augment import augmented, mixes
from hilum.data.registries import transforms
from hilum.registry import meanings
from hilum.reports.augmentation import Drawn, Shown, Square, Step, augmentation_page
from hilum.reports.reading import without_folder
from hilum.runs import Recipe
from hilum.schema import Cohort, ConfigError, DataError, Findings
from hilum.schema.boxes import EDGES
from hilum.schema.findings import display
from hilum.tasks import Task, tasks
from hilum.tasks.task import LearnsFromRuns

EXTREMES = 5
PAIRS, ROUNDS = 6, 8  # an image and another beside each other, so many times in a batch; and so many batches
COARSE = 3  # every third pixel decides which draws differ most
Settings = Mapping[str, Mapping[str, Any]]


def augment(recipe: Recipe, cohort: Cohort, *, images: int = 4, draws: int = 5, seed: int = 0) -> str:
    """What a recipe's augmentation does to some training images, as one HTML file.

    Args:
        recipe: whose preprocess and transforms.
        cohort: whose images; some with boxes and some with a finding come first, else they are drawn.
        images: how many of them.
        draws: of the whole recipe, for each image.
        seed: of images and draws.

    Raises:
        ConfigError: when the recipe changes no image.
        DataError: when no image can be read.
    """
    if not recipe.augment:
        raise ConfigError(
            f"Recipe '{recipe.name}' augments nothing. Expected transforms under `augment` (hilum ls transforms), as "
            "with --set augment.affine.degrees=10."
        )
    batch, notes = _batch(recipe, _chosen(recipe, cohort, images, seed))
    findings = Findings.of(recipe.findings)
    plain = augmented(batch, {}, seed)
    many = [_labels_alone(batch) if mixes(recipe.augment) else batch] * draws
    seeds = np.random.default_rng(seed).integers(2**31, size=draws).tolist()
    drawn = [augmented(one, recipe.augment, number) for one, number in zip(many, seeds, strict=True)]
    shown = Shown(
        recipe=recipe.name,
        dataset=cohort.name,
        size=recipe.preprocess.size,
        images=[_drawn(plain, place, [(one, place) for one in drawn], findings) for place in range(len(batch))],
        steps=[_step(batch, *step, findings) for step in _steps(recipe.augment)],
        tried=PAIRS * ROUNDS,
        notes=[*notes, *_notes(recipe, batch)],
    )
    return augmentation_page(shown)


def _chosen(recipe: Recipe, cohort: Cohort, images: int, seed: int) -> Cohort:
    """Training images with files: up to half with boxes, then those with a finding, then any; by chance."""
    there = cohort.with_files()
    if recipe.data.views is not None:
        there = there.where(there.images.view.isin(recipe.data.views), "Views")
    if (there.images.split == "train").any():
        there = there.split("train")
    if not len(there):
        raise DataError(f"Cohort '{cohort.name}' has no images to show: {' '.join(there.notes)}")
    order = np.random.default_rng(seed).permutation(len(there))
    boxed = there.images.image_id.isin([] if there.boxes is None else there.boxes.table.image_id).to_numpy()[order]
    ill = (there.labels_for(Findings.of(recipe.findings)) == 1).any(axis=1)[order]
    first = order[boxed][: (images + 1) // 2]
    rest = order[~np.isin(order, first)]
    rest = rest[np.argsort(~ill[~np.isin(order, first)], kind="stable")]
    return there.take(np.concatenate([first, rest])[:images], "Shown")


def _batch(recipe: Recipe, chosen: Cohort) -> tuple[Batch, list[str]]:
    """The images as a source gives them, with labels, weights and boxes; and what could not be read."""
    task = recipe.build_task()
    taught = isinstance(task, LearnsFromRuns) and task.teachers()  # first Runs are not asked to show some pixels
    if taught or not isinstance(task, Task):  # it learns without labels; what the images show is told all the same
        task = tasks["classify"](findings=Findings.of(recipe.findings))
    targets = task.targets(chosen, recipe.preprocess)
    source = CohortSource(chosen, recipe.preprocess, targets=targets, workers=0)
    batch = source.get(np.arange(len(chosen)))
    if not len(batch):
        raise DataError(f"Cohort '{chosen.name}': none of the images could be read. {source.failures[0][1]}")
    boxes = []
    for image_id, frame in zip(batch.image_ids, batch.frames, strict=True):
        own = chosen.boxes_on(image_id, width=frame.width, height=frame.height)
        square = recipe.preprocess.boxes_from_original(own[EDGES].to_numpy(float), frame.height, frame.width)
        boxes.append(batch.inputs["image"].new_tensor(square).float())
    return replace(batch, targets={**batch.targets, "boxes": boxes}), [
        f"{image_id} could not be read: {without_folder(why)}" for image_id, why in source.failures
    ]


def _labels_alone(batch: Batch) -> Batch:
    """Without boxes, which have no mixture."""
    return replace(batch, targets={name: value for name, value in batch.targets.items() if name != "boxes"})


def _notes(recipe: Recipe, batch: Batch) -> Iterator[str]:
    if any(len(boxes) for boxes in batch.targets["boxes"]):
        yield "White lines are the dataset's boxes, moved with the pixels."
        if mixes(recipe.augment):
            yield "Under the whole recipe no boxes are drawn, since it mixes images."
    if mixes(recipe.augment):
        yield (
            "Where images were mixed, the labels below are what the mixture teaches: 1 present, 0 absent, and between "
            "them the shares of the two; after “counts” stands the weight of a label that only one of the two has. "
            "Findings at 0 are not written."
        )
    elif len(batch):
        yield "The labels of an image stand below it; no step changes them."


def _steps(settings: Settings, before: str = "") -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """What is shown, the transform and its settings: each of the recipe, then those that it draws from."""
    for name, keywords in settings.items():
        yield before + name, name, keywords
        yield from _steps(keywords.get("of", {}), f"{before}{name}: ")


def _step(batch: Batch, shown: str, name: str, keywords: Mapping[str, Any], findings: Findings) -> Step:
    said = meanings(transforms[name])
    settings = [(key, _value(value), said.get(key, "").rstrip(".").replace("`", "")) for key, value in keywords.items()]
    drawn = _extremes(batch, {name: {**keywords, "chance": 1.0}}, findings)
    return Step(shown, transforms.summary(name).replace("`", ""), settings, drawn)


def _value(value: Any) -> str:
    return ", ".join(value) if isinstance(value, Mapping) else f"{value:g}" if isinstance(value, float) else str(value)


def _extremes(batch: Batch, settings: Settings, findings: Findings) -> Drawn:
    """Draws of the first image that differ most from it and from each other, each time the one farthest from the rest.

    Other images stand between, for what mixes.
    """
    given = _labels_alone(batch) if mixes(settings) else batch
    others = [*range(1, len(batch))] or [0]
    batches = []
    for number in range(ROUNDS):
        beside = [others[(number * PAIRS + pair) % len(others)] for pair in range(PAIRS)]
        batches.append(augmented(given.take([place for other in beside for place in (other, 0)]), settings, number))
    plain = augmented(batch, {}, 0)
    places = [(one, 2 * pair + 1) for one in batches for pair in range(PAIRS)]
    pixels = np.stack([_pixels(*place)[::COARSE, ::COARSE] for place in places])
    nearest = np.abs(pixels - _pixels(plain, 0)[::COARSE, ::COARSE]).mean(axis=(1, 2))
    chosen: list[int] = []
    while len(chosen) < EXTREMES and nearest.max() > 0:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, np.abs(pixels - pixels[chosen[-1]]).mean(axis=(1, 2)))
    return _drawn(plain, 0, [places[number] for number in chosen], findings)


def _drawn(plain: Batch, place: int, draws: Sequence[tuple[Batch, int]], findings: Findings) -> Drawn:
    words = _words(plain, place, findings)
    told = [(batch, at, _words(batch, at, findings)) for batch, at in draws]
    squares = [_square(batch, at, "" if said == words else said) for batch, at, said in told]
    return Drawn(plain.image_ids[place], _square(plain, place, words), squares)


def _square(batch: Batch, place: int, words: str) -> Square:
    boxes = batch.targets["boxes"][place].numpy() if "boxes" in batch.targets else np.empty((0, 4))
    return Square(_pixels(batch, place), words, pd.DataFrame(boxes, columns=EDGES) if len(boxes) else None)


def _pixels(batch: Batch, place: int) -> NDArray[np.float32]:
    pixels: NDArray[np.float32] = batch.inputs["image"][place, 0].numpy()
    return pixels


def _words(batch: Batch, place: int, findings: Findings) -> str:
    """What an image teaches, finding by finding; those that it teaches to be absent are not named."""
    if "labels" not in batch.targets:
        return ""
    labels, weights = (batch.targets[name][place].numpy().round(2) for name in ("labels", "weights"))
    said = []
    for finding, label, weight in zip(findings, labels, weights, strict=True):
        if label > 0 and weight > 0:
            value = "" if label == 1 else f" {label:.2f}"
            said.append(f"{display(finding)}{value}" + ("" if weight == 1 else f" (counts {weight:.2f})"))
    unknown = int((weights == 0).sum())
    silent = f"{unknown} of {len(weights)} findings not known" if unknown else ""
    return "; ".join(filter(None, [", ".join(said) or ("no finding" if unknown < len(weights) else ""), silent])) + "."
