"""What the two tuberculosis screening sets of the National Library of Medicine share: names, readings, lung masks.

`MCUCXR_0104_1.png`: set, number, and 1 for tuberculosis or 0 for none. A text file of the same name holds sex, age and
the radiologist's reading. A patient who was imaged again is named in the reading only (`same pt as MCUCXR_0162_1`).
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from hilum.datasets.facts import SEX
from hilum.datasets.folder import PICTURES, Folder
from hilum.schema import Cohort
from hilum.schema.ages import age_in_years
from hilum.schema.findings import TUBERCULOSIS

IMAGES = ("CXR_png", "*/CXR_png", "images", "image", ".")
READINGS = ("ClinicalReadings", "*/ClinicalReadings")
MASKS = {  # structure: folders that hold a mask an image
    "left_lung": ("ManualMask/leftMask", "*/ManualMask/leftMask"),
    "right_lung": ("ManualMask/rightMask", "*/ManualMask/rightMask"),
    "lungs": ("masks", "mask", "*/masks", "*/mask"),
}
SAME = re.compile(r"same p(?:atien)?t as (\w+)", re.IGNORECASE)
SEX_WORD = re.compile(r"\b(female?|male|[MFO])(?![a-z])", re.IGNORECASE)
AGE = re.compile(r"\d+\s*[ymwd]", re.IGNORECASE)  # years, months, weeks, days; a number alone says nothing


def screening_cohort(folder: Folder, prefix: str, view: str | None = None) -> Cohort:
    """The images of one of the sets: those that lie there, and those that only a reading speaks of."""
    files = _named(folder.files(*IMAGES, suffixes=PICTURES), prefix)
    readings = _named(folder.files(*READINGS, suffixes=(".txt",)), prefix)
    ids = pd.Series(sorted(files.keys() | readings.keys()), dtype="str")
    if ids.empty:
        raise folder.refusal(f"holds no {prefix}_*.png")
    folder.note(f"{len(ids):,} images are listed by image or reading; {len(readings):,} readings are there.")
    images = _images(ids, readings, folder)
    images["path"] = folder.paths(ids, files)
    images["view"] = pd.Series(view, images.index, "str")
    present = ids.str.endswith("_1")
    folder.note(f"{present.sum():,} images show tuberculosis, {(~present).sum():,} do not, as their names say.")
    labels = pd.DataFrame({TUBERCULOSIS[0]: present.astype("float32")})
    masks = _masks(ids, prefix, folder)
    return Cohort(folder.dataset, images, labels, masks=masks, root=folder.root, notes=tuple(folder.notes))


def _named(found: dict[str, str], prefix: str) -> dict[str, str]:
    return {name: path for name, path in found.items() if re.fullmatch(rf"{prefix}_\d+_[01]", name)}


def _images(ids: "pd.Series[str]", readings: dict[str, str], folder: Folder) -> pd.DataFrame:
    texts = [
        Path(readings[name]).read_text(encoding="utf-8", errors="replace") if name in readings else "" for name in ids
    ]
    facts = [_facts(text) for text in texts]
    images = pd.DataFrame(facts, columns=["sex", "age_years", "reading", "same_as"])
    images.insert(0, "image_id", ids)
    images["patient_id"] = images.same_as.astype("str").fillna(ids)
    images["reading"] = images.reading.astype("str")
    images["sex"] = folder.words(images.sex, SEX, "sex")
    again = int((images.patient_id != ids).sum())
    if again:
        folder.note(f"{again:,} images are of the patient of another image, as their readings say.")
    unread = images.age_years.isna() & images.image_id.isin(list(readings))
    if unread.any():
        folder.note(f"{unread.sum():,} readings give no age with its unit: not known.")
    return images.drop(columns="same_as")


def _facts(text: str) -> tuple[str | None, float, str | None, str | None]:
    r"""Sex, age in years, the reading, and the image of the same patient, from one text file.

    >>> _facts("Patient's Sex: F\nPatient's Age: 027Y\nnormal")
    ('f', 27.0, 'normal', None)
    >>> _facts("male 6month\nPTB in the right upper field")
    ('male', 0.5, 'PTB in the right upper field', None)
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    headed = [line for line in lines if line.startswith("Patient's")] or lines[:1]
    head = " ".join(headed).replace("Patient's", "")
    sex, age, same = SEX_WORD.search(head), AGE.search(head), SAME.search(text)
    return (
        sex[1].lower() if sex else None,
        age_in_years(age[0]) if age else np.nan,
        " ".join(line for line in lines if line not in headed) or None,
        same[1] if same else None,
    )


def _masks(ids: "pd.Series[str]", prefix: str, folder: Folder) -> pd.DataFrame:
    tables = []
    for structure, places in MASKS.items():
        found = folder.files(*places, suffixes=PICTURES)
        found = _named({name.removesuffix("_mask"): path for name, path in found.items()}, prefix)
        kept = [name for name in ids if name in found]
        if found:
            folder.note(
                f"{len(kept):,} images have a mask of {structure}; {len(found) - len(kept):,} masks have no image."
            )
        tables.append(pd.DataFrame({"image_id": kept, "structure": structure, "path": [found[name] for name in kept]}))
    masks = pd.concat(tables, ignore_index=True)
    if masks.empty:
        folder.note("No lung masks are there.")
    return masks
