"""Wingspan: masks, ratios, and the one image whose masks lie in each other's folder."""

from pathlib import Path

import numpy as np
import pytest

from hilum.datasets import datasets
from hilum.datasets.wingspan import SWAPPED
from hilum.images.mask_tables import CohortMasks
from hilum.phantom import layouts
from hilum.schema import DataError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    layouts["wingspan"](tmp_path, images=3, seed=1, size=64, workers=0)
    return tmp_path


def test_ratios_are_those_of_the_masks(root: Path) -> None:
    cohort = datasets["wingspan"](root)
    assert cohort.masks is not None
    assert cohort.masks.structure.value_counts().to_dict() == {"left_lung": 3, "right_lung": 3, "heart": 3}
    masks = [CohortMasks(cohort, name) for name in ("heart", "lungs")]
    for row in cohort.images.itertuples():
        heart, lungs = (np.flatnonzero(own[row.image_id].any(axis=0)) for own in masks)
        ratio = (heart[-1] + 1 - heart[0]) / (lungs[-1] + 1 - lungs[0])
        assert ratio == pytest.approx(row.cardiothoracic_ratio, abs=1e-4)


def test_masks_in_each_others_folder_are_changed_back(root: Path) -> None:
    name = "1.2.826.0.1.1"
    masks = ("heart", "left_lung", "right_lung")
    plain = {structure: CohortMasks(datasets["wingspan"](root), structure)[name] for structure in masks}
    for path in root.rglob(f"{name}.png"):
        path.rename(path.with_name(f"{SWAPPED[0]}.png"))
    cohort = datasets["wingspan"](root)
    for here, there in (("heart", "left_lung"), ("left_lung", "heart"), ("right_lung", "right_lung")):
        assert np.array_equal(CohortMasks(cohort, here)[SWAPPED[0]], plain[there])
    assert any("each other's folder: changed back" in note for note in cohort.notes)


def test_without_ratios_and_without_images(root: Path, tmp_path: Path) -> None:
    (root / "ctr_ground_truth.csv").unlink()
    cohort = datasets["wingspan"](root)
    assert cohort.images.cardiothoracic_ratio.isna().all()
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no image under images/"):
        datasets["wingspan"](tmp_path / "empty")
