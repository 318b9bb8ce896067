"""CheXpert, in the layout of its small release; the folder stands for the owner's `CheXpert-v1.0-small`.

    train.csv, valid.csv                                 the owner's columns; paths begin with CheXpert-v1.0-small/
    train/patient00001/study1/view1_frontal.jpg          a patient's images; a study is a visit
    train/patient00001/study1/view2_lateral.jpg          beside every third PA image

Training labels speak as reports do: 1 named as present, 0 denied, -1 uncertain, blank not mentioned. A subtle finding
is often uncertain, an absent one mostly not mentioned. Validation labels know only 0 and 1. Labels belong to the study.
Fractures are not drawn; emphysema and hernia have no column here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hilum.phantom.chance import chance
from hilum.phantom.patient import Patient, Visit, patient
from hilum.phantom.radiograph import lateral_radiograph, radiograph
from hilum.phantom.roster import drawn, held_out, only, people, write_jpeg
from hilum.registry import register
from hilum.schema.files import write_text
from hilum.schema.findings import CHEXPERT14

OWNER = "CheXpert-v1.0-small"
HEADER = ",".join(["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", *CHEXPERT14])
MEANS = {  # what the owner's labeler would call a drawn finding
    "Atelectasis": ("Atelectasis",),
    "Cardiomegaly": ("Cardiomegaly", "Enlarged Cardiomediastinum"),
    "Effusion": ("Pleural Effusion",),
    "Infiltration": ("Lung Opacity",),
    "Mass": ("Lung Lesion",),
    "Nodule": ("Lung Lesion",),
    "Pneumonia": ("Pneumonia", "Lung Opacity"),
    "Pneumothorax": ("Pneumothorax",),
    "Consolidation": ("Consolidation",),
    "Edema": ("Edema",),
    "Emphysema": (),
    "Fibrosis": ("Lung Opacity",),
    "Pleural_Thickening": ("Pleural Other",),
    "Hernia": (),
}
SUBTLE = 0.45  # severity below which a finding may be called uncertain
HEDGED = 0.45  # chance that it then is
FEARED = {"Atelectasis": 0.05, "Consolidation": 0.05, "Pneumonia": 0.05}  # chance of uncertainty without the finding
DENIED = 0.18  # chance that an absent finding is denied rather than not mentioned


@dataclass(frozen=True)
class Image:
    """One file of the layout."""

    person: Patient
    visit: Visit
    side: str
    lateral: bool

    @property
    def name(self) -> str:
        """Its path below the root."""
        view = "view2_lateral" if self.lateral else "view1_frontal"
        return f"{self.side}/patient{self.person.number:05d}/study{self.visit.number + 1}/{view}.jpg"


@register
def chexpert(out: str | Path, *, images: int, seed: int, size: int = 320, workers: int | None = None) -> None:
    """A phantom in the layout of CheXpert: frontal and lateral images, uncertain and blank labels.

    Args:
        out: folder to write into, which plays the owner's `CheXpert-v1.0-small`.
        images: how many images, lateral ones included.
        seed: of everything; the same seed gives the same bytes, whatever `workers` is.
        size: pixels of a side; the owner's small images have 320 at the shorter one.
        workers: processes; None for all cores, 0 for this one.
    """
    root, files = Path(out), _images(images, seed)
    only(root, {image.name for image in files}, "*/patient*/study*/*.jpg")
    rows = pd.DataFrame(
        {
            "path": [str(root / image.name) for image in files],
            "seed": seed,
            "size": size,
            "patient": [image.person.number for image in files],
            "visit": [image.visit.number for image in files],
            "lateral": [image.lateral for image in files],
        }
    )
    drawn(_draw, rows, workers=workers)
    for side in ("train", "valid"):
        lines = [_line(seed, image) for image in files if image.side == side]
        write_text(root / f"{side}.csv", "\n".join([HEADER, *lines]) + "\n")


def _images(images: int, seed: int) -> list[Image]:
    files: list[Image] = []
    visits = people(images, seed)
    test = held_out(visits)
    for person, visit in visits:
        side = "valid" if person.number in test else "train"
        files.append(Image(person, visit, side, lateral=False))
        if visit.view == "PA" and chance(seed, "has lateral", person.number, visit.number).random() < 1 / 3:
            files.append(Image(person, visit, side, lateral=True))
    return files[:images]


def _draw(row: dict[str, Any]) -> dict[str, Any]:
    person = patient(row["seed"], row["patient"])
    visit = person.visits[row["visit"]]
    if row["lateral"]:
        pixels = lateral_radiograph(row["seed"], person, visit, row["size"])
    else:
        pixels = radiograph(row["seed"], person, visit, row["size"]).pixels
    write_jpeg(Path(row["path"]), pixels)
    return {}


def _line(seed: int, image: Image) -> str:
    facts = [
        f"{OWNER}/{image.name}",
        "Female" if image.person.sex == "F" else "Male",
        str(image.visit.age_years),
        "Lateral" if image.lateral else "Frontal",
        "" if image.lateral else image.visit.view,
    ]
    rng = chance(seed, "report", image.person.number, image.visit.number)
    labels = _report(image.visit, rng) if image.side == "train" else _consensus(image.visit)
    return ",".join(facts + ["" if label is None else f"{label:.1f}" for label in labels])


def _present(visit: Visit) -> dict[str, float]:
    """The owner's names of what is there, with the severity of the grossest."""
    there: dict[str, float] = {}
    for found in visit.found:
        for name in MEANS[found.finding]:
            there[name] = max(found.severity, there.get(name, 0.0))
    if visit.devices:
        there["Support Devices"] = 1.0
    return there


def _consensus(visit: Visit) -> list[float | None]:
    """Labels by readers: 0 or 1 everywhere."""
    there = _present(visit)
    healthy = not (there.keys() - {"Support Devices"})
    return [float(healthy if name == "No Finding" else name in there) for name in CHEXPERT14]


def _report(visit: Visit, rng: np.random.Generator) -> list[float | None]:
    """Labels by a report: present, uncertain, denied, or not mentioned."""
    there = _present(visit)
    labels: list[float | None] = []
    for name in CHEXPERT14[1:]:
        hedge, feared, denied = rng.random(3)
        if name in there:
            labels.append(-1.0 if there[name] < SUBTLE and hedge < HEDGED else 1.0)
        elif feared < FEARED.get(name, 0.01):
            labels.append(-1.0)
        else:
            labels.append(0.0 if denied < DENIED else None)
    spoken = {label for name, label in zip(CHEXPERT14[1:], labels, strict=True) if name != "Support Devices"}
    return [None if spoken & {1.0, -1.0} else 1.0, *labels]
