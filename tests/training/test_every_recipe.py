"""Every recipe that comes with Hilum learns a few steps on drawn chests, as small as its network allows."""

import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hilum.datasets import datasets
from hilum.datasets.nih14 import QUALITY
from hilum.phantom import layouts
from hilum.runs import Recipe, Run, load_recipe
from hilum.runs.recipes import recipe_paths, with_overrides
from hilum.schema import Cohort, Features
from hilum.tasks import Task
from hilum.training import train

SIZES = {
    "inception_v3": 75,
    "swin_tiny_patch4_window7_224": 56,
}  # the smallest that the network takes, where 32 is less
STAND_IN = {
    "vit_base_patch14_dinov2": "vit_tiny_patch16_224",
    "darknet53": "test_resnet",
}  # where a step and a file would take too long
NARROW = {"width": 64, "proposals": 20, "sampled": 16}  # of detectors, at which a step takes no second
COMMON = "Pneumonia"  # stands in for a finding that is learned alone: so few drawn chests need not show it
LAYOUTS = {"nih14": 36, "chexpert": 40, "montgomery": 12, "wingspan": 12, "rsna_pneumonia": 24}  # images


PLAYED_BY = {"jsrt": "wingspan"}  # a dataset whose layout nobody draws, by one that outlines part of the same


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recipes")


@pytest.fixture(scope="module")
def roots(folder: Path) -> dict[str, Path]:
    for name, images in LAYOUTS.items():
        layouts[name](folder / name, images=images, seed=3, size=64, workers=0)
    lists = folder / "nih14" / "quality_lists"
    lists.mkdir()
    for flag in QUALITY.values():
        (lists / flag).write_text("")
    return {name: folder / name for name in LAYOUTS}


@pytest.fixture(scope="module")
def first_run(folder: Path, roots: dict[str, Path]) -> Run:
    """What a recipe asks for that lets a first Run fill in labels."""
    recipe = small(
        load_recipe("report3-ignore", ["model.encoder=test_resnet"]), datasets["chexpert"](roots["chexpert"])
    )
    return train(recipe, datasets["chexpert"](roots["chexpert"]), folder / "first", stores=folder / "stores")


def small(recipe: Recipe, cohort: Cohort) -> Recipe:
    """A few steps of a few small images, and nothing else changed."""
    settings = ["training.batch_size=8", "training.epochs=1", "training.warmup_epochs=0", "training.precision=fp32"]
    settings += ["data.val_fraction=0.3", "training.accumulate=1"]
    if "encoder" in recipe.model:
        encoder = STAND_IN.get(recipe.model["encoder"], recipe.model["encoder"])
        settings += ["model.pretrained=none", f"model.encoder={encoder}", f"preprocess.size={SIZES.get(encoder, 32)}"]
    elif recipe.model["name"] == "plain_unet":  # no encoder of timm, and as slow as its image is large
        settings += ["preprocess.size=32"]
    settings += [f"model.{name}={value}" for name, value in NARROW.items() if name in recipe.model]
    if recipe.training.checkpoints.keep:
        settings.append("training.checkpoints.every=1")
    alone = isinstance(recipe.findings, tuple) and len(recipe.findings) == 1
    if alone:
        settings.append(f"findings=[{COMMON}]")
    sampler: Any = recipe.training.sampler
    if "counts" in sampler:
        there = (cohort.labels == 1).groupby(cohort.images.split).sum().loc["train"]
        names = [COMMON, "none"] if alone else sampler["counts"]
        counts = {name: 3 for name in names if name == "none" or there.get(name, 0)}
        settings.append(f"training.sampler.counts={counts}")
    return with_overrides(recipe, settings)


def made_before(cohort: Cohort, path: Path) -> Path:
    """What a recipe asks for that is fed columns, or maps, of a table."""
    values = np.random.default_rng(0).random((len(cohort), 64), np.float32)
    table = pd.DataFrame(values, columns=[f"cell_{place}" for place in range(64)])
    Features(table.assign(image_id=cohort.images.image_id)).save(path)
    return path


@pytest.mark.parametrize("name", recipe_paths())
def test_it_learns_a_few_steps(name: str, roots: dict[str, Path], folder: Path, request: pytest.FixtureRequest) -> None:
    recipe = load_recipe(name)
    if "self_trained" in str(recipe.task):
        recipe = with_overrides(recipe, [f"task.policy.run={request.getfixturevalue('first_run').folder}"])
    dataset = PLAYED_BY.get(recipe.data.dataset, recipe.data.dataset)
    cohort = datasets[dataset](roots[dataset])
    for name_of_set in {"stored", "attention"} & set(recipe.features):
        path = made_before(cohort, folder / "columns.parquet")
        recipe = with_overrides(recipe, [f"features.{name_of_set}.path={path}"])
    out = folder / name
    try:
        run = train(small(recipe, cohort), cohort, out, stores=folder / "stores")
        assert run.provenance["recipe"] == name
        assert len(run.log) == len(recipe.training.phases)
        assert np.isfinite(run.log.loss).all()
        if isinstance(run.recipe.build_task(), Task):  # an objective without labels has no figure but its loss
            assert all(math.isfinite(run.log[f"val_{figure}"].iloc[-1]) for figure in run.task.figures)
    finally:
        shutil.rmtree(out, ignore_errors=True)  # some networks take hundreds of MB


def test_there_are_as_many_as_the_folder_holds() -> None:
    found = list(recipe_paths())
    assert len(found) > 40
    assert len(found) == len(
        [path for path in recipe_paths()["nih14-small"].parent.iterdir() if path.suffix == ".yaml"]
    )


def test_what_is_made_small_is_only_what_must_be(roots: dict[str, Path]) -> None:
    """Of the networks that the recipes name, most are tried themselves."""
    encoders = {recipe.model["encoder"] for recipe in _all() if "encoder" in recipe.model}
    assert len(encoders) >= 12
    assert len(encoders & set(STAND_IN)) <= 2


def _all() -> Iterator[Recipe]:
    return (load_recipe(name) for name in recipe_paths())
