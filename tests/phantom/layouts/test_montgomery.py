from pathlib import Path

import cv2
import numpy as np
import pytest

from hilum.phantom import layouts


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("montgomery")
    layouts["montgomery"](folder, images=14, seed=2, size=128, workers=0)
    return folder


def test_names_tell_tuberculosis_in_the_owners_share(root: Path) -> None:
    names = sorted(path.stem for path in (root / "CXR_png").iterdir())
    assert names[0] == "MCUCXR_0001_0"
    assert [name[-1] for name in names] == ["0"] * 8 + ["1"] * 6


def test_masks_are_of_the_patients_own_sides(root: Path) -> None:
    """The patient's right lung lies left on the image."""
    columns = np.arange(128)
    for path in (root / "CXR_png").iterdir():
        image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        right, left = (cv2.imread(str(root / "ManualMask" / side / path.name), 0) for side in ("rightMask", "leftMask"))
        assert image.shape == right.shape == left.shape == (128, 128)
        assert not (right & left).any()
        assert (right.sum(axis=0) * columns).sum() / right.sum() < 64 < (left.sum(axis=0) * columns).sum() / left.sum()
        assert right.sum() > left.sum() * 0.9  # the heart takes room on the left


def test_readings_are_written_as_the_owner_does(root: Path) -> None:
    for path in (root / "ClinicalReadings").iterdir():
        sex, age, reading = path.read_text().splitlines()
        assert sex.strip() in {"Patient's Sex: F", "Patient's Sex: M"}
        assert age.startswith("Patient's Age: 0")
        assert age.endswith("Y")
        assert ("TB" in reading) == path.stem.endswith("_1")
        assert (reading == "normal") == path.stem.endswith("_0")
