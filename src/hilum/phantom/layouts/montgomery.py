"""Montgomery County, as the National Library of Medicine publishes it; the folder stands for `MontgomerySet`.

    CXR_png/MCUCXR_0001_0.png             images; tuberculosis (1) or none (0), those without come first
    ManualMask/leftMask/, rightMask/      masks of the patient's left and right lung, 255 inside, under the image's name
    ClinicalReadings/MCUCXR_0001_0.txt    sex, age, and a reading

Lungs are the fields between heart, diaphragm and wall, also where disease covers them. One image a patient, all PA.
"""

from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hilum.phantom.chance import chance
from hilum.phantom.patient import Found, Patient, Visit
from hilum.phantom.radiograph import radiograph
from hilum.phantom.roster import drawn, only, write_png
from hilum.registry import register
from hilum.schema import ConfigError
from hilum.schema.files import write_text

SICK = 58 / 138  # the owner's share of images with tuberculosis
FOLDERS = ("CXR_png", "ManualMask/leftMask", "ManualMask/rightMask")


@register
def montgomery(out: str | Path, *, images: int, seed: int, size: int = 512, workers: int | None = None) -> None:
    """A phantom in the layout of the Montgomery County set: masks of either lung, tuberculosis or none.

    Args:
        out: folder to write into, which plays the owner's `MontgomerySet`.
        images: how many images.
        seed: of everything; the same seed gives the same bytes, whatever `workers` is.
        size: pixels of a side; the owner's images have over 4000, and are not square.
        workers: processes; None for all cores, 0 for this one.
    """
    if images < 1:
        raise ConfigError(f"{images} images were asked for. Expected at least 1.")
    root, healthy = Path(out), images - round(SICK * images)
    names = [f"MCUCXR_{number:04d}_{int(place >= healthy)}" for place, number in zip(range(images), count(1))]
    for folder in FOLDERS:
        only(root / folder, {f"{name}.png" for name in names}, "*.png")
    rows = pd.DataFrame({"root": str(root), "seed": seed, "size": size, "name": names})
    drawn(_draw, rows, workers=workers)


def _draw(row: dict[str, Any]) -> dict[str, Any]:
    """Draw one image with its masks, and write its reading."""
    root, name, number = Path(row["root"]), row["name"], int(row["name"].split("_")[1])
    person, reading = _person(row["seed"], number, name.endswith("_1"))
    image = radiograph(row["seed"], person, person.visits[0], row["size"])
    write_png(root / "CXR_png" / f"{name}.png", image.pixels)
    for mask, side in zip(image.lungs, ("rightMask", "leftMask"), strict=True):
        write_png(root / "ManualMask" / side / f"{name}.png", mask.astype(np.uint8) * 255)
    age = person.visits[0].age_years
    text = f"Patient's Sex: {person.sex} \nPatient's Age: {age:03d}Y\n{reading}\n"
    write_text(root / "ClinicalReadings" / f"{name}.txt", text)
    return {}


def _person(seed: int, number: int, sick: bool) -> tuple[Patient, str]:
    """Who is imageed, and what the reading says."""
    rng = chance(seed, "screening", number)
    sex, age = str(rng.choice(["F", "M"])), int(np.clip(rng.normal(42, 17), 15, 88))
    side, severity, lesion = int(rng.choice([-1, 1])), float(rng.uniform(0.15, 1.0)), int(rng.integers(2**31))
    found: tuple[Found, ...] = ()
    reading = "normal"
    if sick:
        found = (Found("Tuberculosis", side, severity, lesion),)
        lung = "right" if side < 0 else "left"
        reading = f"{lung} upper lobe {'cavity' if severity > 0.45 else 'infiltrate'}, TB"
        if rng.random() < 0.2:
            found = (*found, Found("Effusion", side, 0.3 * severity, lesion))
            reading += f"; {lung} effusion"
    return Patient(number, sex, (Visit(0, age, "PA", found),)), reading
