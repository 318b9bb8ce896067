"""A server's parts in one process, on drawn images: what waits is read by a worker that the test calls."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydicom
import pytest
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian, generate_uid

pytest.importorskip("fastapi")

from hilum.serve.audit_log import AuditLog
from hilum.serve.door import Door
from hilum.serve.intake import Intake
from hilum.serve.keys import Keys
from hilum.serve.metrics import Metrics
from hilum.serve.recovery import open_folder
from hilum.serve.served import Served
from hilum.serve.settings import Settings
from hilum.serve.supervisor import Supervisor

NAME, PATIENT = "Secret^Name", "SECRET-4711"
POINT = {
    "threshold": 0.0,
    "sensitivity": 1.0,
    "specificity": 0.0,
    "ppv": 0.5,
    "present": 5,
    "absent": 5,
    "fitted": True,
}
POINTS = {"rule": "youden", "options": {}, "points": [{"finding": "Mass", **POINT},
          {"finding": "Nodule", **POINT, "threshold": 1.0}], "fitted_on": {}}  # fmt: skip


def drawn_dicom(seed: int = 0, **header: Any) -> bytes:
    """A CR file of noise, (64, 64) of 8 bits; keywords replace header values."""
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    pixels = np.random.default_rng(seed).integers(0, 256, (64, 64), dtype=np.uint8)
    values = {
        "SOPClassUID": ComputedRadiographyImageStorage,
        "SOPInstanceUID": generate_uid(entropy_srcs=["image", str(seed)]),
        "StudyInstanceUID": generate_uid(entropy_srcs=["study", str(seed)]),
        "SeriesInstanceUID": generate_uid(entropy_srcs=["series", str(seed)]),
        "Modality": "CR", "PatientName": NAME, "PatientID": PATIENT, "AccessionNumber": "ACC-1", "ViewPosition": "PA",
        "Rows": 64, "Columns": 64, "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "SamplesPerPixel": 1,
        "PixelRepresentation": 0, "PhotometricInterpretation": "MONOCHROME2", "PixelData": pixels.tobytes(),
    } | header  # fmt: skip
    with pydicom.config.disable_value_validation():
        for keyword, value in values.items():
            setattr(dataset, keyword, value)
        dataset["PixelData"].VR = "OB"
        written = io.BytesIO()
        dataset.save_as(written, enforce_file_format=True)
    return written.getvalue()


def drawn_png(seed: int = 0, side: int = 64) -> bytes:
    """A PNG file of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side), dtype=np.uint8)
    return bytes(cv2.imencode(".png", pixels)[1])


@pytest.fixture(scope="session")
def dicom() -> Callable[..., bytes]:
    return drawn_dicom


@pytest.fixture(scope="session")
def png() -> Callable[..., bytes]:
    return drawn_png


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(folder=tmp_path / "serve", dicom_port=0, least_free_bytes=0, most_file_bytes=10**6, device="cpu")


@pytest.fixture
def make_door() -> Iterator[Callable[[Settings], Door]]:
    """Open a server's folder; no worker is started."""
    opened = []

    def make(settings: Settings) -> Door:
        folder = open_folder(settings)
        opened.append(folder)
        supervisor = Supervisor(settings, folder.database)
        supervisor._hear("idle")
        intake = Intake(settings, folder.database, folder.secret)
        parts = Keys(settings.folder), AuditLog(settings.folder), Metrics(folder.database)
        return Door(settings, folder.database, intake, supervisor, *parts)

    yield make
    for folder in opened:
        folder.close()


@pytest.fixture
def door(settings: Settings, make_door: Callable[[Settings], Door]) -> Door:
    return make_door(settings)


@pytest.fixture
def send(door: Door) -> Callable[..., Any]:
    """Give bytes to the intake, as every way in does."""

    def give(content: bytes, source: str = "http") -> Any:
        file = door.settings.arrival()
        file.write_bytes(content)
        return door.intake.receive(file, source)

    return give


@pytest.fixture
def client(door: Door) -> Iterator[Any]:
    from fastapi.testclient import TestClient

    from hilum.serve.app import make_app

    with TestClient(make_app(door)) as client:
        yield client


@pytest.fixture
def read_all(door: Door, make_run: Callable[..., Any]) -> Callable[[], int]:
    """Read all that waits with a Run of random weights and an operating point; how many images."""
    import dataclasses

    from hilum.schema.files import write_json
    from hilum.serve import queue
    from hilum.serve.worker import Worker

    def read() -> int:
        run = make_run("served")
        write_json(run.folder / "operating_points.json", POINTS)
        worker = Worker(dataclasses.replace(door.settings, runs=(Served(run.folder),)), io.StringIO(), "")
        worker.readers = dataclasses.replace(worker.readers, outliner=None)  # which would find no lung in noise
        count = 0
        while (claim := queue.claim(worker.database, worker.name)) is not None:
            worker.read(claim)
            count += 1
        return count

    return read
