import hashlib
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from hilum.phantom import layouts
from hilum.phantom.layouts.nih14 import BOX_HEADER, HEADER
from hilum.schema.findings import NIH14

BOXED = {"Atelectasis", "Cardiomegaly", "Effusion", "Infiltrate", "Mass", "Nodule", "Pneumonia", "Pneumothorax"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nih14")
    layouts["nih14"](folder, images=60, seed=3, size=128, workers=0)
    return folder


@pytest.fixture(scope="module")
def table(root: Path) -> pd.DataFrame:
    return pd.read_csv(root / "Data_Entry_2017_v2020.csv")


def files(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_headers_are_the_owners(root: Path) -> None:
    assert (root / "Data_Entry_2017_v2020.csv").read_text().splitlines()[0] == HEADER
    assert (root / "BBox_List_2017.csv").read_text().splitlines()[0] == BOX_HEADER


@pytest.mark.real
def test_headers_equal_those_of_the_real_files(real_data: Path) -> None:
    for name, header in (("Data_Entry_2017_v2020.csv", HEADER), ("BBox_List_2017.csv", BOX_HEADER)):
        with (real_data / "nih" / name).open() as real:
            assert real.readline().rstrip("\r\n") == header


def test_every_row_has_its_image_and_mask(root: Path, table: pd.DataFrame) -> None:
    assert len(table) == 60
    for name in table["Image Index"]:
        image = cv2.imread(str(root / "images_001" / "images" / name), cv2.IMREAD_UNCHANGED)
        mask = cv2.imread(str(root / "masks" / name), cv2.IMREAD_UNCHANGED)
        assert image.shape == mask.shape == (128, 128)
        assert image.dtype == np.uint8
        assert set(np.unique(mask)) == {0, 255}
        assert 0.10 < (mask > 0).mean() < 0.55


def test_labels_are_nihs_words(table: pd.DataFrame) -> None:
    words = table["Finding Labels"].str.split("|").explode()
    assert set(words) <= {*NIH14, "No Finding"}
    assert not (
        table["Finding Labels"].str.contains("No Finding") & table["Finding Labels"].str.contains("|", regex=False)
    ).any()


def test_boxes_belong_to_labels_and_lie_on_the_canvas(root: Path, table: pd.DataFrame) -> None:
    boxes = pd.read_csv(root / "BBox_List_2017.csv").iloc[:, :6]
    boxes.columns = pd.Index(["image", "finding", "x", "y", "w", "h"])
    labels = table.set_index("Image Index")["Finding Labels"]
    assert len(boxes) > 10
    assert set(boxes.finding) <= BOXED
    for image, finding in zip(boxes.image, boxes.finding, strict=True):
        assert finding.replace("Infiltrate", "Infiltration") in labels[image].split("|")
    assert (boxes[["w", "h"]] > 0).all(axis=None)
    assert (boxes[["x", "y"]] >= 0).all(axis=None)
    assert (boxes.x + boxes.w <= 1024).all()
    assert (boxes.y + boxes.h <= 1024).all()


def test_split_is_by_patient_and_whole(root: Path, table: pd.DataFrame) -> None:
    sides = {name: set((root / name).read_text().split()) for name in ("train_val_list.txt", "test_list.txt")}
    assert sides["train_val_list.txt"] | sides["test_list.txt"] == set(table["Image Index"])
    patients = {name: {image[:8] for image in images} for name, images in sides.items()}
    assert not patients["train_val_list.txt"] & patients["test_list.txt"]
    share = len(patients["test_list.txt"]) / table["Patient ID"].nunique()
    assert 0.1 < share < 0.3


def test_follow_up_counts_a_patients_images(table: pd.DataFrame) -> None:
    for _, images in table.groupby("Patient ID"):
        assert list(images["Follow-up #"]) == list(range(len(images)))
        assert images["Patient Age"].is_monotonic_increasing
        assert images["Patient Gender"].nunique() == 1


def test_a_smaller_phantom_is_the_beginning_of_a_larger_one(root: Path, tmp_path: Path) -> None:
    layouts["nih14"](tmp_path, images=3, seed=3, size=128, workers=0)
    small, large = files(tmp_path), files(root)
    images = [name for name in small if name.endswith(".png")]
    assert len(images) == 6
    assert all(small[name] == large[name] for name in images)
