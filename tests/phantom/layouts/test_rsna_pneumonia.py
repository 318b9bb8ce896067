from pathlib import Path

import numpy as np
import pandas as pd
import pydicom
import pytest

from hilum.phantom import layouts
from hilum.phantom.layouts.rsna_pneumonia import ABNORMAL, NORMAL, OPACITY


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rsna")
    layouts["rsna_pneumonia"](folder, images=40, seed=2, size=96, workers=0)
    return folder


@pytest.fixture(scope="module")
def labels(root: Path) -> pd.DataFrame:
    return pd.read_csv(root / "stage_2_train_labels.csv")


def test_a_row_a_box_or_one_row_without(labels: pd.DataFrame) -> None:
    assert list(labels.columns) == ["patientId", "x", "y", "width", "height", "Target"]
    assert set(labels.Target) == {0, 1}
    assert (labels[["x", "y", "width", "height"]].notna().all(axis=1) == (labels.Target == 1)).all()
    assert labels[labels.Target == 0].patientId.is_unique
    assert labels[labels.Target == 1].patientId.duplicated().any()
    inside = labels[labels.Target == 1]
    assert (inside.width > 15).all()
    assert (inside.x + inside.width <= 1024).all()
    assert (inside.y + inside.height <= 1024).all()


def test_three_classes_agree_with_the_boxes(root: Path, labels: pd.DataFrame) -> None:
    classes = pd.read_csv(root / "stage_2_detailed_class_info.csv")
    assert set(classes["class"]) == {OPACITY, ABNORMAL, NORMAL}
    assert list(classes.patientId) == list(labels.patientId)
    assert ((classes["class"] == OPACITY) == (labels.Target == 1)).all()


def test_images_are_dicom_as_the_challenge_wrote_it(root: Path, labels: pd.DataFrame) -> None:
    names = set(labels.patientId)
    found = {path.stem: pydicom.dcmread(path) for path in (root / "stage_2_train_images").glob("*.dcm")}
    assert set(found) == names
    assert len(names) == 40
    for name, image in found.items():
        assert (image.Modality, image.PatientID, image.Rows, image.Columns) == ("CR", name, 96, 96)
        assert image.PhotometricInterpretation == "MONOCHROME2"
        assert image.ViewPosition in {"PA", "AP"}
        assert image.PatientSex in {"F", "M"}
        assert image.PatientAge.isdigit()
        assert len(image.PixelSpacing) == 2
        assert image.pixel_array.dtype == np.uint8
        assert image.pixel_array.std() > 20


def test_a_box_holds_what_it_names(root: Path, labels: pd.DataFrame) -> None:
    """Inside a box the lung is brighter than in the same place of the images without an opacity."""
    images = {path.stem: pydicom.dcmread(path).pixel_array.astype(float) for path in root.rglob("*.dcm")}
    healthy = np.mean([images[name] for name in labels[labels.Target == 0].patientId], axis=0)
    differences = []
    for row in labels[labels.Target == 1].itertuples():
        part = np.s_[
            int(row.y * 96 / 1024) : int((row.y + row.height) * 96 / 1024),
            int(row.x * 96 / 1024) : int((row.x + row.width) * 96 / 1024),
        ]
        differences.append((images[row.patientId][part] - healthy[part]).mean())
    assert np.mean(differences) > 5
