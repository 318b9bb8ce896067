"""Where pixels lie on the original image, whatever source they come from; a tall image tells height from width."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from hilum.data import CohortSource, MemorySource, Source
from hilum.images import Preprocess, build_store, read_image
from hilum.schema import Cohort

PREPROCESS = Preprocess(size=32)
TALL, WIDE = (120, 80), (70, 140)


@pytest.fixture
def cohort(tmp_path: Path) -> Cohort:
    draw = np.random.default_rng(0)
    paths = [tmp_path / "tall.png", tmp_path / "wide.png"]
    for path, shape in zip(paths, (TALL, WIDE), strict=True):
        cv2.imwrite(str(path), draw.integers(0, 256, shape, dtype=np.uint8))
    table = {"image_id": ["tall", "wide"], "patient_id": ["a", "b"], "path": list(map(str, paths))}
    return Cohort("two", pd.DataFrame(table))


def sources(cohort: Cohort, folder: Path) -> dict[str, Source]:
    store = build_store(cohort.images, PREPROCESS, folder, name="two", workers=0)
    images = [read_image(path) for path in cohort.images.path]
    return {
        "store": CohortSource(cohort, PREPROCESS, store=store),
        "files": CohortSource(cohort, PREPROCESS, workers=0),
        "memory": MemorySource(images, PREPROCESS),
    }


@pytest.mark.parametrize("name", ["store", "files", "memory"])
def test_frames_lead_back_to_the_original_image(cohort: Cohort, tmp_path: Path, name: str) -> None:
    batch = sources(cohort, tmp_path / "stores")[name].get(np.array([1, 0]))
    assert batch.image_ids == ("wide", "tall")
    assert [(frame.height, frame.width) for frame in batch.frames] == [WIDE, TALL]
    assert batch.frames[0].heatmap_to_original(np.ones((4, 4))).shape == WIDE
    whole = batch.frames[1].boxes_to_original(np.array([[0, 0, 32, 32]]))
    np.testing.assert_allclose(whole, [[0, 0, TALL[1], TALL[0]]])


def test_every_source_gives_the_same_pixels(cohort: Cohort, tmp_path: Path) -> None:
    every = [one.get(np.arange(2)).inputs["image"].numpy() for one in sources(cohort, tmp_path / "stores").values()]
    assert np.array_equal(every[0], every[1])
    assert np.array_equal(every[0], every[2])
