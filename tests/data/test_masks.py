"""Masks as channels: what an owner outlines, what is made of it, and what nobody knows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hilum.data import masks as module
from hilum.data.loader import chosen
from hilum.data.masks import UNKNOWN, MaskRows
from hilum.datasets import datasets
from hilum.images import Preprocess
from hilum.images.mask_tables import CohortMasks
from hilum.phantom import layouts
from hilum.schema import Cohort
from hilum.schema.run_lengths import encode_runs

SQUARE = Preprocess(size=32)
STRUCTURES = ("left_lung", "right_lung", "heart")


@pytest.fixture(scope="module")
def wingspan(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    folder = tmp_path_factory.mktemp("wingspan")
    layouts["wingspan"](folder, images=4, seed=1, size=64, workers=0)
    cohort: Cohort = datasets["wingspan"](folder)
    return cohort


def test_channels_are_the_structures_in_order(wingspan: Cohort) -> None:
    rows = MaskRows(wingspan, STRUCTURES, SQUARE)
    assert rows.named.all()
    batch = rows.gathered(np.array([2, 0]))
    assert batch.shape == (2, 3, 32, 32)
    assert set(batch.unique().tolist()) == {0, 1}
    columns = np.arange(32)
    left, right, heart = (float((plane.numpy().sum(0) * columns).sum() / plane.sum()) for plane in batch[0])
    assert right < heart < left, "the patient's left lies right"
    true = CohortMasks(wingspan, "heart")[wingspan.images.image_id[2]]
    assert batch[0, 2].float().mean() == pytest.approx(true.mean(), abs=0.01)


def test_what_is_not_outlined_is_not_known(wingspan: Cohort) -> None:
    rows = MaskRows(wingspan, ("left_clavicle", "heart"), SQUARE)
    assert rows.named.tolist() == [[False, True]] * 4
    assert (rows[0][0] == UNKNOWN).all()
    assert not (rows[0][1] == UNKNOWN).any()


def lungs_as_one(both: list[np.ndarray]) -> Cohort:
    ids = [f"i{number}" for number in range(len(both))]
    images = pd.DataFrame({"image_id": ids, "patient_id": ids, "height": 16, "width": 20})
    masks = pd.DataFrame({"image_id": ids, "structure": "lungs", "rle": [encode_runs(one) for one in both]})
    return Cohort("one", images, masks=masks)


def test_lungs_outlined_as_one_teach_either_side_unless_they_touch() -> None:
    apart, touching = np.zeros((2, 16, 20), bool)
    apart[2:14, 2:8] = apart[2:14, 12:18] = True
    touching[2:14, 2:18] = True
    cohort = lungs_as_one([apart, touching])
    rows = MaskRows(cohort, ("left_lung", "right_lung", "lungs"), Preprocess(size=20))
    assert rows.named.all()
    left, right, lungs = (plane.numpy() for plane in rows[0])
    assert np.array_equal((left == 1) | (right == 1), lungs == 1)
    assert (np.flatnonzero((left == 1).any(axis=0)) >= 12).all()
    assert (rows[1][:2] == UNKNOWN).all()
    assert (rows[1][2] == 1).any()
    assert [len(CohortMasks(cohort, name)) for name in ("left_lung", "heart")] == [2, 0]


def test_memory_is_bounded_and_changes_nothing(wingspan: Cohort, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = MaskRows(wingspan, STRUCTURES, SQUARE)
    monkeypatch.setattr(module, "MEMORY", 900)  # one image's bits: 2 x 3 x 32 x 4 = 768 bytes
    little = MaskRows(wingspan, STRUCTURES, SQUARE)
    for _ in range(2):
        assert all((little[row] == whole[row]).all() for row in range(4))
    assert len(little.kept) == 1


def test_rows_are_taken_without_reading(wingspan: Cohort, tmp_path: Path) -> None:
    rows = MaskRows(wingspan, STRUCTURES, SQUARE)
    part = chosen({"masks": rows}, np.array([3, 1]))["masks"]
    assert len(part) == 2
    assert not part.kept
    assert (part[0] == rows[3]).all()
