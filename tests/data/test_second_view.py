"""Which lateral belongs to which frontal image, and what a model of two views is given of it."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import torch

from hilum.data import Augment, CohortSource, MemorySource
from hilum.data.batch import prepared
from hilum.data.second_view import study_views, without_second_views
from hilum.device import CPU
from hilum.images import Preprocess, build_store, read_image
from hilum.schema import Cohort

PREPROCESS = Preprocess(size=16)
ROWS = [  # image, patient, study, view, gray; two patients count their studies alike
    ("pair", "a", "1", "PA", 10),
    ("pair_side", "a", "1", "LATERAL", 20),
    ("pair_another", "a", "1", "LATERAL", 30),
    ("lone", "b", "1", "AP", 40),
    ("lone_side", "b", "2", "LATERAL", 50),
    ("unknown", "c", None, None, 60),
    ("unknown_side", "c", None, "LATERAL", 70),
]


@pytest.fixture
def cohort(tmp_path: Path) -> Cohort:
    table = pd.DataFrame(ROWS, columns=["image_id", "patient_id", "study_id", "view", "gray"])
    table["path"] = [str(tmp_path / f"{name}.png") for name in table.image_id]
    for path, gray in zip(table.path, table.gray, strict=True):
        cv2.imwrite(path, np.full((64, 72), gray, np.uint8))
    table["sequence"] = [0, 2, 1, 0, 0, 0, 0]
    return Cohort("drawn", table)


def test_the_first_lateral_of_the_same_study_of_the_same_patient(cohort: Cohort) -> None:
    views = study_views(cohort)
    ids = views.images.image_id.tolist()
    named = [(ids[front] if front >= 0 else "", ids[side] if side >= 0 else "") for front, side in
             zip(views.frontal, views.lateral, strict=True)]  # fmt: skip
    assert named == [
        ("pair", "pair_another"), ("", "pair_side"), ("", "pair_another"), ("lone", ""), ("", "lone_side"),
        ("unknown", ""), ("", "unknown_side"),
    ]  # fmt: skip
    assert "1 of 3 frontal images have a lateral" in views.notes[0]
    assert "4 laterals are shown without" in views.notes[1]


def test_rows_of_their_own(cohort: Cohort) -> None:
    kept = without_second_views(cohort)
    assert kept.images.image_id.tolist() == ["pair", "lone", "lone_side", "unknown", "unknown_side"]
    assert "5 of 7 images kept" in kept.notes[-1]
    frontals = cohort.where(cohort.images.view.ne("LATERAL"), "Frontal")
    assert without_second_views(frontals) is frontals
    assert study_views(kept).images.image_id.tolist()[-1] == "pair_another"  # from beside the rows


@pytest.mark.parametrize("stored", [True, False])
def test_both_views_of_each_study(cohort: Cohort, tmp_path: Path, stored: bool) -> None:
    kept = without_second_views(cohort)
    everything = study_views(kept).images
    some = everything if stored else everything[:2]  # else one from the store and the others from their files
    store = build_store(some, PREPROCESS, tmp_path / "stores", name="drawn", workers=0)
    source = CohortSource(kept, PREPROCESS, store=store, lateral=True, workers=0)
    batch = next(source.batches([np.array([2, 0, 1])]))
    assert source.failures == []
    assert batch.image_ids == ("lone_side", "pair", "lone")
    assert batch.inputs["image"][:, 0, 0].tolist() == [0, 10, 40]
    assert batch.inputs["lateral"][:, 0, 0].tolist() == [50, 30, 0]
    assert batch.inputs["has_image"].tolist() == [False, True, True]
    assert batch.inputs["has_lateral"].tolist() == [True, True, False]
    assert [(frame.height, frame.width) for frame in batch.frames] == [(64, 72)] * 3


def test_a_lateral_that_cannot_be_read_is_missing_and_named(cohort: Cohort, tmp_path: Path) -> None:
    (tmp_path / "pair_another.png").write_bytes(b"no image")
    source = CohortSource(without_second_views(cohort), PREPROCESS, lateral=True, workers=0)
    batch = source.get(np.array([0, 1]))
    assert batch.image_ids == ("pair", "lone")
    assert batch.inputs["has_lateral"].tolist() == [False, False]
    assert [image_id for image_id, _ in source.failures] == ["pair_another"]


def test_what_is_missing_is_nan_when_prepared(cohort: Cohort) -> None:
    source = CohortSource(without_second_views(cohort), PREPROCESS, lateral=True, workers=0)
    ready = prepared(source.get(np.array([0, 1, 2])), ("image", "lateral"), PREPROCESS, CPU).inputs
    assert list(ready) == ["image", "lateral"]
    assert ready["image"].flatten(1).isnan().all(1).tolist() == [False, False, True]
    assert ready["lateral"].flatten(1).isnan().all(1).tolist() == [False, True, False]
    torch.testing.assert_close(ready["lateral"][0], torch.full((1, 16, 16), 30 / 255 * 2 - 1))


def test_both_views_are_augmented_and_what_is_missing_stays_missing(cohort: Cohort) -> None:
    augment = Augment({"affine": {}, "mixup": {}})
    source = CohortSource(without_second_views(cohort), PREPROCESS, lateral=True, workers=0)
    batch = source.get(np.array([0, 1, 2]))
    batch = replace(batch, targets={"labels": torch.eye(3), "weights": torch.ones(3, 3)})
    plain = prepared(batch, ("image", "lateral"), PREPROCESS, CPU).inputs
    generator = torch.Generator().manual_seed(0)
    moved = prepared(batch, ("image", "lateral"), PREPROCESS, CPU, transform=augment, generator=generator).inputs
    for name in ("image", "lateral"):
        assert torch.equal(moved[name].isnan(), plain[name].isnan())
        assert not torch.equal(moved[name][0], plain[name][0])


def test_images_at_hand_have_no_lateral(cohort: Cohort) -> None:
    images = [read_image(path) for path in cohort.images.path[:2]]
    ready = prepared(
        MemorySource(images, PREPROCESS, lateral=True).get(np.array([1])), ("image", "lateral"), PREPROCESS, CPU
    ).inputs
    assert ready["lateral"].isnan().all()
    assert ready["image"].isfinite().all()
