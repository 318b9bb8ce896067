"""RSNA Pneumonia 2018, as the challenge published it.

    stage_2_train_images/<patientId>.dcm     CR as Secondary Capture, JPEG Baseline, 8 bits; age written `51`
    stage_2_train_labels.csv                 a row a box, or one row without numbers where there is none
    stage_2_detailed_class_info.csv          Lung Opacity, No Lung Opacity / Not Normal, Normal; a row a box too

A `patientId` names an image, not a person, as the owner's does: images of one patient stand under several. Boxes live
on the canvas of 1024 that the owner's images have; with another `size` they keep these coordinates.
"""

import uuid
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydicom import DataElement, Dataset, FileDataset, FileMetaDataset, config
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit, SecondaryCaptureImageStorage, generate_uid

from hilum.phantom.chance import chance
from hilum.phantom.patient import Patient, Visit, patient
from hilum.phantom.radiograph import radiograph
from hilum.phantom.roster import drawn, only, people
from hilum.registry import register
from hilum.schema.files import replacing, write_text

OPACITY, ABNORMAL, NORMAL = "Lung Opacity", "No Lung Opacity / Not Normal", "Normal"
OPACITIES = {"Pneumonia", "Consolidation", "Infiltration"}  # what suggests pneumonia on the image alone
SPACINGS = (0.139, 0.143, 0.168, 0.194)
FOLDER = "stage_2_train_images"


@register
def rsna_pneumonia(out: str | Path, *, images: int, seed: int, size: int = 1024, workers: int | None = None) -> None:
    """A phantom in the layout of the RSNA pneumonia challenge: DICOM, boxes of lung opacities, three classes.

    Args:
        out: folder to write into.
        images: how many images.
        seed: of everything; the same seed gives the same bytes, whatever `workers` is.
        size: pixels of a side; the owner's have 1024.
        workers: processes; None for all cores, 0 for this one.
    """
    root, visits = Path(out), people(images, seed)
    only(root / FOLDER, {f"{_name(seed, person, visit)}.dcm" for person, visit in visits}, "*.dcm")
    rows = pd.DataFrame(
        {
            "root": str(root),
            "seed": seed,
            "size": size,
            "patient": [person.number for person, _ in visits],
            "visit": [visit.number for _, visit in visits],
        }
    )
    labels, classes = ["patientId,x,y,width,height,Target"], ["patientId,class"]
    for answer in sorted(drawn(_draw, rows, workers=workers), key=lambda answer: str(answer["name"])):
        name, boxes = answer["name"], answer["boxes"]
        labels += [f"{name},{box},1" for box in boxes] or [f"{name},,,,,0"]
        classes += [f"{name},{answer['class']}"] * max(1, len(boxes))
    write_text(root / "stage_2_detailed_class_info.csv", "\n".join(classes) + "\n")
    write_text(root / "stage_2_train_labels.csv", "\n".join(labels) + "\n")


def _name(seed: int, person: Patient, visit: Visit) -> str:
    """A name like the owner's that says nothing of the person."""
    data = chance(seed, "name", person.number, visit.number).bytes(16)
    return str(uuid.UUID(bytes=data, version=4))


def _draw(row: dict[str, Any]) -> dict[str, Any]:
    """Draw one image; its class, and its boxes as the owner writes them."""
    person = patient(row["seed"], row["patient"])
    visit = person.visits[row["visit"]]
    name = _name(row["seed"], person, visit)
    image = radiograph(row["seed"], person, visit, row["size"])
    spacing = float(chance(row["seed"], "spacing", person.number).choice(SPACINGS))
    with replacing(Path(row["root"]) / FOLDER / f"{name}.dcm") as path:
        _dicom(image.pixels, name, person, visit, spacing).save_as(path, enforce_file_format=True)
    boxes = [corners for finding, corners in image.boxes if finding in OPACITIES]
    lines = [f"{x0:.1f},{y0:.1f},{x1 - x0:.1f},{y1 - y0:.1f}" for x0, y0, x1, y1 in boxes]
    return {"name": name, "boxes": lines, "class": OPACITY if lines else ABNORMAL if visit.found else NORMAL}


def _dicom(pixels: NDArray[np.uint8], name: str, person: Patient, visit: Visit, spacing: float) -> Dataset:
    """The image with the header that the challenge left."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = JPEGBaseline8Bit
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[name, "image"])
    image = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    image.SOPClassUID, image.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    image.Modality, image.ConversionType, image.SeriesDescription = "CR", "WSD", f"view: {visit.view}"
    image.PatientName = image.PatientID = name
    image.PatientSex = person.sex
    image.add(DataElement("PatientAge", "AS", str(visit.age_years), validation_mode=config.IGNORE))
    image.BodyPartExamined, image.ViewPosition = "CHEST", visit.view
    image.StudyInstanceUID = generate_uid(entropy_srcs=[name, "study"])
    image.SeriesInstanceUID = generate_uid(entropy_srcs=[name, "series"])
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.Rows, image.Columns = pixels.shape
    image.PixelSpacing = [spacing, spacing]
    image.BitsAllocated = image.BitsStored = 8
    image.HighBit, image.PixelRepresentation = 7, 0
    image.LossyImageCompression, image.LossyImageCompressionMethod = "01", "ISO_10918_1"
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])
    assert done
    image.PixelData = encapsulate([data.tobytes()])
    image["PixelData"].VR = "OB"
    return image
