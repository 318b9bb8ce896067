"""A drawn image as a DICOM file with a patient, and what is said of it."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import which

import numpy as np
import pandas as pd
import pydicom
import pytest
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian, generate_uid

from hilum.images import read_image
from hilum.schema import Assessment, Explanation, Measurement, Reading

HEIGHT, WIDTH = 96, 128  # not square: rows and columns cannot be taken for each other
Make = Callable[..., Path]


@pytest.fixture
def make_source(tmp_path: Path) -> Make:
    """A function that writes a valid CR file of 96 rows and 128 columns; keywords replace header values."""

    def make(name: str = "image.dcm", **header: object) -> Path:
        dataset = pydicom.Dataset()
        dataset.file_meta = pydicom.dataset.FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.SOPClassUID = ComputedRadiographyImageStorage
        uids = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
        pixels = np.tile(np.linspace(0, 4095, WIDTH, dtype=np.uint16), (HEIGHT, 1))
        values = {uid: generate_uid(entropy_srcs=[uid, name]) for uid in uids} | {
            "Modality": "CR", "PatientName": "Secret^Name", "PatientID": "SECRET-4711", "PatientBirthDate": "19500101",
            "PatientSex": "F", "PatientAge": "075Y", "StudyDate": "20250102", "StudyTime": "030405", "StudyID": "S1",
            "SeriesDate": "20250102", "SeriesTime": "030405", "AccessionNumber": "A-1", "ReferringPhysicianName": "",
            "StudyDescription": "Chest", "SeriesNumber": 1, "InstanceNumber": 1, "PatientOrientation": ["L", "F"],
            "Laterality": "", "ViewPosition": "PA", "Manufacturer": "Drawn", "BodyPartExamined": "CHEST",
            "ImageType": ["ORIGINAL", "PRIMARY"], "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2",
            "Rows": HEIGHT, "Columns": WIDTH, "BitsAllocated": 16, "BitsStored": 12, "HighBit": 11,
            "PixelRepresentation": 0, "ImagerPixelSpacing": [0.2, 0.2], "WindowCenter": 2048, "WindowWidth": 4096,
            "PixelData": pixels.tobytes(),
        } | header  # fmt: skip
        with pydicom.config.disable_value_validation():
            for keyword, value in values.items():
                if value is not None:
                    setattr(dataset, keyword, value)
            dataset.save_as(tmp_path / name, enforce_file_format=True)
        return tmp_path / name

    return make


@pytest.fixture
def make_reading() -> Callable[[Path], Reading]:
    """A function that makes a reading of an image: a mass in a box up left, lungs, a heatmap, a ratio."""
    return reading_of


def reading_of(path: Path) -> Reading:
    image = read_image(path)
    height, width = image.pixels.shape
    rows, columns = np.mgrid[:height, :width]

    def ellipse(x: float) -> np.ndarray:
        return ((rows / height - 0.5) / 0.4) ** 2 + ((columns / width - x) / 0.15) ** 2 < 1

    heatmap = (ellipse(0.3) & (rows < height / 2)).astype(np.float32)
    box = {"image_id": image.image_id, "finding": "Mass", "score": 0.7}
    edges = {"x0": width * 0.2, "y0": height * 0.15, "x1": width * 0.4, "y1": height * 0.3}
    return Reading(
        image.image_id,
        image.pixels_8bit,
        (
            Assessment("Mass", 0.81234, 0.5),
            Assessment("Effusion", 0.1, 0.2),
            Assessment("Pleural_Thickening", float("nan"), 0.2),
            Assessment("Fracture", 0.3),
        ),
        heatmaps=(
            Explanation(image.image_id, "Mass", heatmap, "cam"),
            Explanation(image.image_id, "Effusion", heatmap, "cam"),
        ),
        boxes=pd.DataFrame([box | edges]),
        masks={"right_lung": ellipse(0.3), "left_lung": ellipse(0.7)},
        measurements=(Measurement("cardiothoracic_ratio", 0.51234),),
        view=image.view,
        notes=("cropped",),
        provenance={"run": "drawn", "weights_sha256": "ab" * 32, "versions": {"hilum": "0.1.0"}},
    )


@pytest.fixture
def validate() -> Callable[[Path], list[str]]:
    """Errors that dciodvfy (dicom3tools) names; the test is skipped, aloud, without it."""
    if which("dciodvfy") is None:
        pytest.skip("dciodvfy is not installed (Debian package dicom3tools)")

    def errors(path: Path) -> list[str]:
        found = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
        lines = [line for line in found.stderr.splitlines() if line.strip()]
        assert lines, "dciodvfy names the kind of object at least"
        return [line for line in lines if line.startswith("Error")]

    return errors
