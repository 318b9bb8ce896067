"""Drawn images in files: no patient's image is needed to test how files are read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian, generate_uid

WriteDicom = Callable[..., Path]


@pytest.fixture
def write_dicom(tmp_path: Path) -> WriteDicom:
    """A function that writes (H, W) or (H, W, 3) stored values as a valid CR file; keywords replace header values."""

    def write(
        pixels: NDArray[Any], *, name: str = "image.dcm", syntax: str = ExplicitVRLittleEndian, **header: Any
    ) -> Path:
        dataset = dicom(pixels, syntax, header)
        with pydicom.config.disable_value_validation():
            dataset.save_as(tmp_path / name, enforce_file_format=True)
        return tmp_path / name

    return write


def dicom(pixels: NDArray[Any], syntax: str, header: dict[str, Any]) -> pydicom.Dataset:
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.SOPClassUID, dataset.SOPInstanceUID = ComputedRadiographyImageStorage, generate_uid(entropy_srcs=["image"])
    bits = pixels.dtype.itemsize * 8
    values = {
        "Modality": "CR",
        "PatientName": "Secret^Name",
        "PatientID": "SECRET-4711",
        "Rows": pixels.shape[0],
        "Columns": pixels.shape[1],
        "BitsAllocated": bits,
        "BitsStored": bits,
        "SamplesPerPixel": 3 if pixels.ndim == 3 else 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
        "PhotometricInterpretation": "RGB" if pixels.ndim == 3 else "MONOCHROME2",
        "PixelData": pixels.tobytes(),
    } | header
    values.setdefault("HighBit", values["BitsStored"] - 1)
    if pixels.ndim == 3:
        values["PlanarConfiguration"] = 0
    with pydicom.config.disable_value_validation():
        for keyword, value in values.items():
            if value is not None:
                setattr(dataset, keyword, value)
    dataset["PixelData"].VR = "OB" if bits == 8 else "OW"
    return dataset


@pytest.fixture
def ramp() -> NDArray[np.uint16]:
    """(64, 64) uint16: 0, 1, … 4095, each value once."""
    return np.arange(4096, dtype=np.uint16).reshape(64, 64)


@pytest.fixture
def images(tmp_path: Path) -> pd.DataFrame:
    """Twelve noise images of 96 x 80, and one file that is none."""
    noise = np.random.default_rng(0)
    folder = tmp_path / "images"
    folder.mkdir()
    paths = [folder / f"{number:02}.png" for number in range(12)]
    for path in paths:
        cv2.imwrite(str(path), noise.integers(0, 256, (96, 80), np.uint8))
    paths.insert(5, folder / "broken.png")
    paths[5].write_bytes(b"no image")
    return pd.DataFrame({"image_id": [path.stem for path in paths], "path": [str(path) for path in paths]})
