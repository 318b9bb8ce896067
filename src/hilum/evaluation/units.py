"""What a row of an evaluation is: an image, a study or a patient; and sentences that say so."""

import re
from collections.abc import Mapping
from typing import Any

IMAGE = "image"
PLURAL = {IMAGE: "images", "study": "studies", "patient": "patients"}


def unit_of(predictions: Mapping[str, Any]) -> str:
    """From the provenance of predictions, which `hilum.evaluation.levels` writes: image where it says nothing.

    >>> unit_of({"study": "mean"}), unit_of({"run": "small"})
    ('study', 'image')
    """
    return next((unit for unit in PLURAL if unit in predictions and unit != IMAGE), IMAGE)


def in_units(text: str, unit: str) -> str:
    """A sentence about images, said of what the rows are.

    Args:
        text: in which an image is one row.
        unit: image, study or patient.

    >>> in_units("An image counts once; images of 3 patients.", "study")
    'A study counts once; studies of 3 patients.'
    """
    if unit == IMAGE:
        return text
    words = (("An image", f"A {unit}"), ("an image", f"a {unit}"), ("Images", PLURAL[unit].capitalize()),
             ("images", PLURAL[unit]), ("Image", unit.capitalize()), ("image", unit))  # fmt: skip
    for said, meant in words:
        text = re.sub(rf"\b{said}\b", meant, text)
    return text


def counted(rows: int, patients: int, unit: str) -> str:
    """So many rows of so many patients; patients are counted once.

    >>> counted(1200, 300, "study"), counted(300, 300, "patient")
    ('1,200 studies of 300 patients', '300 patients')
    """
    return f"{rows:,} {PLURAL[unit]}" + ("" if unit == "patient" else f" of {patients:,} patients")
