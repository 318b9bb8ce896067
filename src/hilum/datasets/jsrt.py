"""JSRT: 247 frontal images of 14 centers, 154 with a lung nodule of known place, outlined by the SCR database.

Counts: 247 raw files of 2048 x 2048 pixels, 12 bits in 16 (big-endian, no header), 0.175 mm a pixel: 154 with one
    nodule (100 malignant, 54 benign), 93 without. SCR: masks of 1024 x 1024 of lungs, heart and clavicles on all.
Labels: confirmed on CT, so the most trustworthy of the public nodule labels; chosen in five grades of subtlety, which
    makes a hard and unnatural mix. `Nodule` is present for each JPCLN image and absent for each JPCNN image. A nodule's
    place is its center, its size the largest diameter; the box here is the square around that circle. Digitized film:
    values follow optical density, so raw pixels look inverted until they are turned over.
Citation: Shiraishi J, Katsuragawa S, Ikezoe J, et al. Development of a digital image database for chest radiographs
    with and without a lung nodule. American Journal of Roentgenology 2000; 174(1):71-74, doi:10.2214/ajr.174.1.1740071.
    Outlines: van Ginneken B, Stegmann MB, Loog M. Segmentation of anatomical structures in chest radiographs using
    supervised methods. Medical Image Analysis 2006; 10(1):19-40.
License: JSRT's images after registration. SCR's outlines for research and education only, no redistribution; cite both.
Split: none by JSRT; SCR proposes two folds, odd and even file numbers, kept here as `scr_fold`.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from hilum.datasets.facts import SEX
from hilum.datasets.folder import PICTURES, Folder
from hilum.registry import register
from hilum.schema import Boxes, Cohort, DataError
from hilum.schema.errors import listed
from hilum.schema.image_ids import image_id_of

SIZE = 2048.0
SPACING_MM = 0.175
IMAGES = ("All247images", "Nodule154images", "NonNodule93images", "images", "*/All247images", ".")
TABLES = ("{}", "Clinical_Information/{}", "*/{}", "clinical/{}", "*/*/{}")
STRUCTURES = ("left lung", "right lung", "heart", "left clavicle", "right clavicle")
MASKS = ("scratch/fold{fold}/masks/{structure}", "fold{fold}/masks/{structure}", "*/fold{fold}/masks/{structure}")
COPIES = ("masks/{structure}", "*/masks/{structure}")  # the folds put together; blanks may be underscores there
NAME = r"(?P<image_id>JPC(?:LN|NN)\d{3})\.IMG"
RECORD = re.compile(r"(?=JPC(?:LN|NN)\d{3}\.IMG)", re.IGNORECASE)  # where a record begins, on a line of its own or not
NODULE = re.compile(
    NAME + r"\s+(?P<subtlety>\d)\s+(?P<size_mm>\d+)\s+(?P<age>\S+)\s+(?P<sex>\w+)\s+(?P<x>\d+)\s+(?P<y>\d+)\s+"
    r"(?P<verdict>malignant|benign)[ \t]*(?P<diagnosis>[^\r\n]*)",
    re.IGNORECASE,
)
PLAIN = re.compile(NAME + r"\s+(?P<age>\S+?)\s+(?P<sex>female|male|\w+)", re.IGNORECASE)


@register
def jsrt(root: str | Path) -> Cohort:
    """JSRT: 247 frontal images, nodules with place, outlines of lungs, heart and clavicles.

    Further columns: `subtlety` (1 extremely subtle to 5 obvious), `nodule_size_mm`, `malignant`, `diagnosis` (with
    its place, in the owner's words), `spacing_mm_x`, `spacing_mm_y`, `scr_fold`.

    Args:
        root: the folder with `JPCLN*.IMG` and `JPCNN*.IMG` (or PNG made of them), `CLNDAT_EN.txt`, `CNNDAT_EN.TXT`, and
            SCR's `fold1` and `fold2` (or `masks/heart`, `masks/left_lung` …, or `masks` with one mask of the lungs an
            image).
    """
    folder = Folder(root, "jsrt", "JPCLN*.IMG and JPCNN*.IMG, CLNDAT_EN.txt, CNNDAT_EN.TXT")
    facts = pd.concat([_facts(folder, "CLNDAT_EN", NODULE), _facts(folder, "CNNDAT_EN", PLAIN)])
    files = _image_files(folder)
    ids = sorted(files.keys() | set(facts.index))
    if not ids:
        raise folder.refusal("holds neither images nor their tables")
    images = _images(pd.Series(ids, dtype="str"), facts.reindex(ids).reset_index(drop=True), folder)
    images["path"] = folder.paths(images.image_id, files)
    masks = _masks(images, folder)
    nodule = images.image_id.str.startswith("JPCLN")
    folder.note(f"{len(images):,} images are listed, {nodule.sum():,} with a nodule.")
    boxes = _boxes(images.image_id, facts.reindex(ids).reset_index(drop=True), folder)
    labels = pd.DataFrame({"Nodule": nodule.astype("float32")})
    return Cohort("jsrt", images, labels, boxes=boxes, masks=masks, root=folder.root, notes=tuple(folder.notes))


def _image_files(folder: Folder) -> dict[str, str]:
    """Path by image id; a picture made of `JPCLN001.IMG` may be called `JPCLN001.IMG.png`."""
    found = folder.files(*IMAGES, suffixes=(".img", *PICTURES))
    longer_first = sorted(found, key=len, reverse=True)  # so that JPCLN001.png is taken before JPCLN001.IMG.png
    ids = {image_id_of(name).upper(): found[name] for name in longer_first}
    return {name: path for name, path in ids.items() if re.fullmatch(r"JPC(LN|NN)\d{3}", name)}


def _facts(folder: Folder, name: str, row: re.Pattern[str]) -> pd.DataFrame:
    """One of the two tables, by image id; its lines end in any of the three ways and its tabs come and go."""
    columns = [*row.groupindex]
    patterns = [place.format(f"{name}.{suffix}") for suffix in ("txt", "TXT") for place in TABLES]
    path = folder.optional(*patterns, otherwise="its ages, sexes and nodules are not known")
    text = path.read_text(encoding="utf-8", errors="replace") if path else ""
    records = RECORD.split(text)[1:]
    matches = [row.match(record) for record in records]
    unread = [record[:12] for record, match in zip(records, matches, strict=True) if match is None]
    if path and (unread or not records):
        folder.note(f"{path.name}: {len(unread):,} of {len(records):,} records cannot be read: {listed(unread)}.")
    table = pd.DataFrame([match.groupdict() for match in matches if match], columns=columns, dtype="str")
    table["image_id"] = table.image_id.str.upper()
    if table.image_id.duplicated().any():
        twice = listed(table.image_id[table.image_id.duplicated()])
        raise DataError(f"{path}: records that stand twice: {twice}. Expected one an image.")
    return table.set_index("image_id")


def _images(ids: "pd.Series[str]", facts: pd.DataFrame, folder: Folder) -> pd.DataFrame:
    images = pd.DataFrame({"image_id": ids, "patient_id": ids, "view": "PA", "width": SIZE, "height": SIZE})
    images["spacing_mm_x"] = images["spacing_mm_y"] = SPACING_MM
    images["sex"] = folder.words(facts.sex, SEX, "sex")
    images["age_years"] = folder.ages(facts.age.replace("?", np.nan))  # so the owner writes what is not known
    images["age_implausible"] = folder.implausible(images.age_years)
    images["subtlety"] = pd.to_numeric(facts.subtlety)
    images["nodule_size_mm"] = pd.to_numeric(facts.size_mm)
    images["malignant"] = facts.verdict.str.lower().map({"malignant": 1.0, "benign": 0.0})
    images["diagnosis"] = facts.diagnosis.str.replace(r"\s+", " ", regex=True).str.strip()
    return images


def _boxes(ids: "pd.Series[str]", facts: pd.DataFrame, folder: Folder) -> Boxes | None:
    """The square around each nodule, cut at the image's edge."""
    center = facts[["x", "y"]].apply(pd.to_numeric).to_numpy(np.float64)
    half = pd.to_numeric(facts.size_mm).to_numpy(np.float64)[:, None] / SPACING_MM / 2
    corners = np.clip(np.hstack([center - half, center + half]), 0, SIZE)
    table = pd.DataFrame(corners, columns=["x0", "y0", "x1", "y1"]).assign(image_id=ids, finding="Nodule")
    table = table[facts.x.notna()]
    folder.note(f"{len(table):,} nodules have a box: the square around the owner's center and diameter.")
    return Boxes(table) if len(table) else None


def _masks(images: pd.DataFrame, folder: Folder) -> pd.DataFrame:
    tables, folds = [], pd.Series(np.nan, images.index)
    for structure in STRUCTURES:
        found: dict[str, str] = {}
        for fold in (2, 1):
            here = _mask_files([place.format(fold=fold, structure=structure) for place in MASKS], folder)
            folds[images.image_id.isin(list(here))] = fold
            found |= here
        spellings = (structure, structure.replace(" ", "_"))
        copies = _mask_files([place.format(structure=name) for name in spellings for place in COPIES], folder)
        tables.append(_rows(images.image_id, structure.replace(" ", "_"), copies | found))
    tables.append(_rows(images.image_id, "lungs", _mask_files(["masks", "*/masks"], folder)))
    masks = pd.concat(tables, ignore_index=True)
    images["scr_fold"] = folds
    folder.note(f"{len(masks):,} masks on {masks.image_id.nunique():,} images are there.")
    return masks


def _mask_files(places: list[str], folder: Folder) -> dict[str, str]:
    """Path by image id of the masks that lie in these folders."""
    found = folder.files(*places, suffixes=(".gif", *PICTURES))
    return {image_id_of(name).upper(): path for name, path in found.items()}


def _rows(image_ids: "pd.Series[str]", structure: str, found: dict[str, str]) -> pd.DataFrame:
    own = image_ids[image_ids.isin(list(found))]
    return pd.DataFrame({"image_id": own, "structure": structure, "path": own.map(found)})
