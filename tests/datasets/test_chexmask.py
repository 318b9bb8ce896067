"""CheXmask: the tables of five owners in the published columns, run lengths row by row, and the grade."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from hilum.datasets import datasets
from hilum.images.mask_tables import CohortMasks
from hilum.schema import DataError
from hilum.schema.run_lengths import encode_runs

OWNERS = {  # table, its column of names, a name of each of three images, where the image lies
    "nih": ("ChestX-Ray8.csv", "Image Index", "0000000{}_000.png", "images_001/images/0000000{}_000.png"),
    "chexpert": (
        "Chexpert.csv", "Path", "train/patient0000{}/study1/view1_frontal.jpg",
        "train/patient0000{}/study1/view1_frontal.jpg",
    ),
    "mimic": ("MIMIC-CXR-JPG.csv", "dicom_id", "02aa-{}", "files/02aa-{}.png"),
    "padchest": ("Padchest.csv", "ImageID", "21684_{}.png", "images/21684_{}.png"),
    "vindr": ("VinDr-CXR.csv", "image_id", "a4{}", "train/a4{}.png"),
}  # fmt: skip


def region(x0: int) -> np.ndarray:
    mask = np.zeros((20, 30), bool)
    mask[3:15, x0 : x0 + 6] = True
    return mask


def write(root: Path, owner: str) -> None:
    table, column, name, place = OWNERS[owner]
    for number in (1, 2):
        path = root / place.format(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.zeros((20, 30), np.uint8))
    rows = [
        {
            column: name.format(number), "Dice RCA (Max)": 0.95, "Dice RCA (Mean)": grade, "Landmarks": "[1,2]",
            "Left Lung": encode_runs(region(20)), "Right Lung": encode_runs(region(2)),
            "Heart": encode_runs(region(12)), "Height": 20, "Width": 30,
        }
        for number, grade in ((1, 0.9), (2, 0.6), (3, 0.9))
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(root / table, index=False)


@pytest.mark.parametrize("owner", OWNERS)
def test_masks_of_images_that_are_there_and_graded_well(owner: str, tmp_path: Path) -> None:
    write(tmp_path, owner)
    cohort = datasets["chexmask"](tmp_path)
    assert len(cohort) == 3
    assert cohort.images.path.notna().tolist() == [True, True, False]
    assert cohort.images.dice_rca_mean.tolist() == [0.9, 0.6, 0.9]
    for structure, x0 in (("left_lung", 20), ("right_lung", 2), ("heart", 12)):
        masks = CohortMasks(cohort, structure)
        assert list(masks) == [cohort.images.image_id[0]]
        assert np.array_equal(masks[cohort.images.image_id[0]], region(x0))
    assert any("1 images are graded below 0.7" in note for note in cohort.notes)
    assert any("names no patients" in note for note in cohort.notes) == (owner not in ("nih", "chexpert"))


def test_patients_of_nih_stand_in_the_names(tmp_path: Path) -> None:
    write(tmp_path, "nih")
    assert datasets["chexmask"](tmp_path).images.patient_id.tolist() == ["00000001", "00000002", "00000003"]


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "VinDr-CXR.csv").write_text("image_id,class_name\na,b\n")
    with pytest.raises(DataError, match="no column Dice RCA"):
        datasets["chexmask"](tmp_path)
    (tmp_path / "VinDr-CXR.csv").unlink()
    with pytest.raises(DataError, match=r"ChestX-Ray8\.csv"):
        datasets["chexmask"](tmp_path)
