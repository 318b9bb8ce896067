"""What every test may ask for."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pandas as pd
import pytest

from hilum.phantom import layouts
from hilum.schema import Cohort

if TYPE_CHECKING:  # torch is imported by the tests that ask for a Run, and by no other
    from hilum.runs import Recipe, Run


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real images and tables that `HILUM_REAL_DATA` names; the test is skipped, aloud, without it."""
    folder = os.environ.get("HILUM_REAL_DATA")
    if not folder:
        pytest.skip("HILUM_REAL_DATA names no folder of real images")
    assert Path(folder).is_dir(), f"HILUM_REAL_DATA={folder}: no such folder"
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def tiny_cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """80 images of 40 patients, 64 pixels, noise with a bright square up left (Mass) or down right (Nodule) or both."""
    folder = tmp_path_factory.mktemp("tiny")
    draw = np.random.default_rng(0)
    present = draw.integers(0, 2, (80, 2))
    images = []
    for number, (mass, nodule) in enumerate(present):
        pixels = draw.normal(90, 15, (64, 64))
        pixels[10:26, 8:24] += 80 * mass
        pixels[38:54, 40:56] += 80 * nodule
        path = folder / f"{number // 2:04}_{number % 2:03}.png"
        cv2.imwrite(str(path), pixels.clip(0, 255).astype(np.uint8))
        images.append({"image_id": path.stem, "patient_id": path.stem[:4], "path": str(path), "view": "PA"})
    return Cohort("tiny", pd.DataFrame(images), pd.DataFrame(present, columns=["Mass", "Nodule"]))


@pytest.fixture(scope="session")
def tiny_recipe(tmp_path_factory: pytest.TempPathFactory) -> "Recipe":
    """A recipe for `tiny_cohort` that takes a few seconds."""
    from hilum.runs import load_recipe

    path = tmp_path_factory.mktemp("recipe") / "tiny.yaml"
    path.write_text(
        "findings: [Mass, Nodule]\n"
        "model: {encoder: test_resnet}\n"
        "preprocess: {size: 32}\n"
        "data: {val_fraction: 0.25}\n"
        "training: {batch_size: 8, precision: fp32, phases: [{epochs: 6, lr: 1e-2}]}\n"
    )
    return load_recipe(path)


@pytest.fixture(scope="session")
def tiny_run(tiny_cohort: Cohort, tiny_recipe: "Recipe", tmp_path_factory: pytest.TempPathFactory) -> "Run":
    """A Run learned from `tiny_cohort`; its store lies beside it. Copy the folder before changing it."""
    from hilum.training import train

    return train(tiny_recipe, tiny_cohort, tmp_path_factory.mktemp("runs") / "tiny")


@pytest.fixture
def make_run(tiny_recipe: "Recipe", tiny_cohort: Cohort, tmp_path: Path) -> "Callable[..., Run]":
    """Make a Run of the tiny recipe with some settings changed; its weights are random, which tells who says what."""

    import torch

    from hilum.data import TabularInputs
    from hilum.runs import Recipe, Run
    from hilum.runs.build import build_model
    from hilum.runs.save import save_provenance, save_setup, save_weights
    from hilum.schema import Findings
    from hilum.schema.split import hold_out

    def make(name: str, *, findings: Sequence[str] = ("Mass", "Nodule"), seed: int = 0, **changed: Any) -> Run:
        values = tiny_recipe.model_dump(mode="json") | {"name": name, "findings": findings} | changed
        recipe = Recipe.model_validate(values)
        cohort = hold_out(tiny_cohort, fraction=0.25, seed=seed)
        ids = cohort.images.image_id
        tabular = TabularInputs.fit(recipe.features, Findings.of(findings), cohort, ids)[0] if recipe.features else None
        folder = tmp_path / "made" / name
        save_setup(folder, recipe, cohort, tabular)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model = build_model(recipe, pretrained=False, tabular=tabular)
            for weight in model.parameters():
                if weight.ndim > 1:
                    torch.nn.init.normal_(weight, 0.0, 0.2)  # so that images differ in what is said of them
            weights = save_weights(folder, model, 1)
        save_provenance(folder, {"weights": weights, "cohort": {"name": cohort.name}})
        return Run.open(folder)

    return make


@pytest.fixture(scope="session")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 small drawn images in NIH's layout."""
    folder = tmp_path_factory.mktemp("phantoms") / "nih"
    layouts["nih14"](folder, images=48, seed=3, size=128, workers=0)
    return folder


@pytest.fixture
def full_disk() -> Callable[[int], AbstractContextManager[None]]:
    """`with full_disk(4096)`: no file may grow beyond so many bytes, which is what a full disk does to a writer."""
    if sys.platform == "win32":
        pytest.skip("no limit on the size of files there")
    import resource

    @contextmanager
    def limit(size: int) -> Iterator[None]:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)

    return limit
