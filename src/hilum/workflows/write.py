"""Write: what a Run said of some images, as files that other systems take; one Reading an image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pydicom
from numpy.typing import NDArray

from hilum.audit.quality import FLAGS, flags, measure
from hilum.features.thorax import HEART, LEFT, RIGHT
from hilum.images import Image
from hilum.outputs import writers
from hilum.outputs.save import check_formats, file_name, save
from hilum.outputs.similar import similar_cases
from hilum.outputs.source import load_source
from hilum.schema import Cohort, DataError, HilumError, Measurement, Reading
from hilum.schema.boxes import EDGES
from hilum.schema.files import write_text
from hilum.workflows.chests import NO_LUNGS, regions_of
from hilum.workflows.read_any import AnyReadings
from hilum.workflows.read_boxes import BoxReadings

PAGES = ("html", "json")  # of all images together
NEED_A_STUDY = {*writers, "fhir"}
LOOKING = {"html", "seg", "sc"}  # formats that show heatmaps


@dataclass(frozen=True)
class Written:
    """What was written, and of which images something was not, with the reason."""

    files: list[Path]
    refused: list[tuple[str, str]]


def each_reading(
    reading: AnyReadings,
    *,
    boxes: pd.DataFrame | None = None,
    masks: Mapping[str, Mapping[str, NDArray[np.bool_]]] | None = None,
    measurements: Mapping[str, Sequence[Measurement]] | None = None,
) -> list[Reading]:
    """One Reading an image, with what others found on it.

    Args:
        reading: what `read` gave.
        boxes: a table of predicted boxes, original pixels; those that a detector draws when left out.
        masks: by image and structure, (H, W) in original pixels; those of lungs and heart that could be measured when
            left out.
        measurements: by image; the cardiothoracic ratio, where it could be told, when left out.
    """
    masks = _plausible(reading) if masks is None else masks
    measurements = _measured(reading) if measurements is None else measurements
    return [
        Reading(
            image.image_id,
            image.pixels_8bit,
            reading.assessments(image.image_id),
            heatmaps=tuple(each for each in reading.explanations if each.image_id == image.image_id),
            boxes=_boxes(reading, image.image_id) if boxes is None else boxes[boxes.image_id == image.image_id],
            masks=masks.get(image.image_id, {}),
            measurements=tuple(measurements.get(image.image_id, ())),
            view=image.view,
            notes=_flagged(image) + ((NO_LUNGS,) if image.image_id in reading.uncalled else ()),
            provenance=reading.predictions.provenance,
        )
        for image in reading.images
    ]


def _boxes(reading: AnyReadings, image_id: str) -> pd.DataFrame:
    """What a detector draws on an image; no box of another Run."""
    if isinstance(reading, BoxReadings):
        return reading.drawn(image_id)[["image_id", "finding", *EDGES, "score"]]
    return pd.DataFrame(columns=["image_id", "finding", "score"])


def _plausible(reading: AnyReadings) -> dict[str, dict[str, NDArray[np.bool_]]]:
    """By image and structure the masks that something was measured on; no others, which may be of anything."""
    found: dict[str, dict[str, NDArray[np.bool_]]] = {}
    for image_id, chest in reading.chests.items():
        kept = [RIGHT, LEFT] * (chest.lung_areas is not None) + [HEART] * (chest.ratio is not None)
        regions = regions_of(reading.outlines, image_id) if reading.outlines is not None else {}
        found[image_id] = {name: regions[name] for name in kept if name in regions}
    return found


def _measured(reading: AnyReadings) -> dict[str, list[Measurement]]:
    return {
        image_id: [Measurement("cardiothoracic_ratio", chest.ratio.value)]
        for image_id, chest in reading.chests.items()
        if chest.ratio is not None
    }


def write(reading: AnyReadings, formats: Sequence[str], folder: Path, *, reports: Cohort | None = None) -> Written:
    """Write what was read in each of these formats.

    An image that a format cannot be written of (a PNG has no study) is named with the reason; the others are written.

    Args:
        reading: what `read` gave.
        formats: names of writers and documents, `html` and `json`.
        folder: where to.
        reports: of other patients, to name similar cases from; written as `<image>.similar.txt`.
    """
    formats = check_formats(formats, PAGES)
    files: list[Path] = []
    refused: list[tuple[str, str]] = []
    for page in (name for name in PAGES if name in formats):
        reading.save(folder / f"reading.{page}")
        files.append(folder / f"reading.{page}")
    for image, one in zip(reading.images, each_reading(reading), strict=True):
        try:
            chosen = [name for name in formats if name not in PAGES]
            source = _source(image, [name for name in chosen if name in NEED_A_STUDY], refused)
            files += save(
                one, source, [name for name in chosen if source is not None or name not in NEED_A_STUDY], folder
            )
            if reports is not None:
                files.append(folder / f"{file_name(one.image_id)}.similar.txt")
                write_text(files[-1], similar_cases(one, reports))
        except HilumError as error:
            refused.append((one.image_id, str(error)))
    return Written(files, refused)


def _source(image: Image, formats: Sequence[str], refused: list[tuple[str, str]]) -> pydicom.Dataset | None:
    """The header of the image's file; None, with the reason among the refused, where it has none to give."""
    if not formats:
        return None
    try:
        return load_source(image.path)
    except DataError as error:
        refused.append((image.image_id, str(error)))
        return None


def _flagged(image: Image) -> tuple[str, ...]:
    """The image's quality flags."""
    found = flags(pd.DataFrame([measure(image.pixels_8bit)])).iloc[0]
    return tuple(name for name in FLAGS if found[name])
