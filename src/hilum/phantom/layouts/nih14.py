"""NIH ChestX-ray14, as its owner publishes it.

Data_Entry_2017_v2020.csv    one row an image, the owner's columns and spelling
BBox_List_2017.csv           boxes of eight findings on the canvas of 1024 (the owner boxes test images only; here all)
train_val_list.txt           images of about 80 % of the patients
test_list.txt                the other patients' images
images_001/images/*.png      the images, 8-bit gray
masks/*.png                  not the owner's: lung fields under the image's own name, 255 inside and 0 outside;
                             between heart, diaphragm and chest wall, also where a lesion covers them
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hilum.phantom.chance import chance
from hilum.phantom.patient import Patient, Visit, patient
from hilum.phantom.radiograph import radiograph
from hilum.phantom.roster import drawn, held_out, only, people, write_png
from hilum.registry import register
from hilum.schema.files import write_text

HEADER = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]"
)
BOX_HEADER = "Image Index,Finding Label,Bbox [x,y,w,h],,,"
DETECTORS = ((2992, 2991, 0.143), (2500, 2048, 0.168), (2048, 2500, 0.171), (2544, 3056, 0.139))
BOXED = {  # the eight findings that the owner boxes, and its spelling of them there
    "Atelectasis": "Atelectasis",
    "Cardiomegaly": "Cardiomegaly",
    "Effusion": "Effusion",
    "Infiltration": "Infiltrate",
    "Mass": "Mass",
    "Nodule": "Nodule",
    "Pneumonia": "Pneumonia",
    "Pneumothorax": "Pneumothorax",
}
IMAGES, MASKS = "images_001/images", "masks"


@register
def nih14(out: str | Path, *, images: int, seed: int, size: int = 512, workers: int | None = None) -> None:
    """A phantom in the layout of NIH ChestX-ray14: 14 findings, boxes, visits, lung masks.

    Args:
        out: folder to write into; files of the same phantom are written again, others refused.
        images: how many images.
        seed: of everything; the same seed gives the same bytes, whatever `workers` is.
        size: pixels of a side.
        workers: processes; None for all cores, 0 for this one.
    """
    root, visits = Path(out), people(images, seed)
    names = [_name(person, visit) for person, visit in visits]
    for folder in (IMAGES, MASKS):
        only(root / folder, set(names), "*.png")
    rows = pd.DataFrame(
        {
            "root": str(root),
            "seed": seed,
            "size": size,
            "patient": [person.number for person, _ in visits],
            "visit": [visit.number for _, visit in visits],
        }
    )
    boxes = [line for answer in drawn(_draw, rows, workers=workers) for line in answer["boxes"]]
    test = held_out(visits)
    sides = {True: "", False: ""}
    for name, (person, _) in zip(names, visits, strict=True):
        sides[person.number in test] += name + "\n"
    write_text(root / "test_list.txt", sides[True])
    write_text(root / "train_val_list.txt", sides[False])
    write_text(root / "BBox_List_2017.csv", "\n".join([BOX_HEADER, *boxes]) + "\n")
    entries = [_entry(seed, person, visit) for person, visit in visits]
    write_text(root / "Data_Entry_2017_v2020.csv", "\n".join([HEADER, *entries]) + "\n")


def _draw(row: dict[str, Any]) -> dict[str, Any]:
    """Draw one image and its mask; the lines of its boxes."""
    person = patient(row["seed"], row["patient"])
    visit = person.visits[row["visit"]]
    image, name = radiograph(row["seed"], person, visit, row["size"]), _name(person, visit)
    write_png(Path(row["root"]) / IMAGES / name, image.pixels)
    write_png(Path(row["root"]) / MASKS / name, (image.lungs[0] | image.lungs[1]).astype(np.uint8) * 255)
    boxes = [(BOXED[finding], *corners) for finding, corners in image.boxes if finding in BOXED]
    return {"boxes": [f"{name},{word},{x0:g},{y0:g},{x1 - x0:g},{y1 - y0:g}" for word, x0, y0, x1, y1 in boxes]}


def _name(person: Patient, visit: Visit) -> str:
    return f"{person.number:08d}_{visit.number:03d}.png"


def _entry(seed: int, person: Patient, visit: Visit) -> str:
    rng = chance(seed, "detector", person.number, visit.number)
    width, height, spacing = DETECTORS[int(rng.integers(len(DETECTORS)))]
    labels = "|".join(sorted(visit.findings)) or "No Finding"
    facts = (visit.number, person.number, visit.age_years, person.sex, visit.view, width, height, spacing, spacing)
    return ",".join([_name(person, visit), labels, *map(str, facts)])
