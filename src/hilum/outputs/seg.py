"""DICOM Segmentation: outlined structures as binary, heatmaps as fractional segments."""

from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray

from hilum.outputs.codes import concept
from hilum.outputs.extras import highdicom
from hilum.outputs.source import ready
from hilum.outputs.stamp import MAKER, coded, device, finished, identity, stable_uid
from hilum.outputs.structures import HEATMAPS, STRUCTURES, outlined
from hilum.registry import register
from hilum.schema import Reading
from hilum.schema.findings import display

LEVELS = 255  # of a fractional segment


@register
def seg(reading: Reading, source: pydicom.Dataset) -> list[pydicom.Dataset]:
    """Segmentations: structures (binary), and heatmaps of the findings called present (fractional).

    An object each, in one series; none where nothing was outlined and nothing called. No place in the patient is
    claimed: frames refer to the image alone. A heatmap of an absent finding is left out, since each has a strongest
    place of its own.

    Source: DICOM PS3.3 A.51.
    """
    image = ready(source, reading)
    made = []
    if masks := outlined(reading):
        made.append(_segmentation(reading, image, masks, "BINARY", number=STRUCTURES))
    called = [each for each in (reading.heatmap(one.finding) for one in reading.called("present")) if each]
    heatmaps = {each.finding: each.heatmap for each in called if each.heatmap.any()}
    if heatmaps:
        made.append(_segmentation(reading, image, heatmaps, "FRACTIONAL", number=HEATMAPS))
    return [finished(each, source, _described(each), ["PatientOrientation"]) for each in made]


def _segmentation(
    reading: Reading, image: pydicom.Dataset, layers: dict[str, NDArray[Any]], kind: str, *, number: int
) -> pydicom.Dataset:
    """One object with a segment for each layer."""
    hd = highdicom("seg")
    binary = kind == "BINARY"
    pixels = np.stack(list(layers.values()), axis=-1)[None]  # (1, H, W, K)
    made: pydicom.Dataset = hd.Segmentation(
        source_images=[image],
        pixel_array=pixels.astype(np.uint8) if binary else pixels.astype(np.float32),
        segmentation_type=kind,
        segment_descriptions=[
            _structure(reading, image, place, name) if binary else _heat(reading, image, place, name)
            for place, name in enumerate(layers, start=1)
        ],
        max_fractional_value=LEVELS,
        content_description="Outlined structures" if binary else "Where the model looked",
        content_label="STRUCTURES" if binary else "HEATMAPS",
        **identity(reading, image, "seg", number),
        **device(reading),
    )
    _without_chance(made, stable_uid(reading, image, "dimensions", number))
    return made


def _structure(reading: Reading, image: pydicom.Dataset, number: int, name: str) -> Any:
    meaning = concept("structure", name)
    return _segment(
        reading, number, display(name), "anatomy", meaning, uid=stable_uid(reading, image, "tracking", name)
    )


def _heat(reading: Reading, image: pydicom.Dataset, number: int, finding: str) -> Any:
    label = f"{display(finding)}: where the model looked"
    meaning = concept("finding", finding)
    return _segment(
        reading, number, label[:64], "heatmap", meaning, uid=stable_uid(reading, image, "tracking", "heat", finding)
    )


def _segment(reading: Reading, number: int, label: str, category: str, meaning: Any, *, uid: str) -> Any:
    return highdicom("seg").SegmentDescription(
        segment_number=number,
        segment_label=label,
        segmented_property_category=coded(concept("segment", category)),
        segmented_property_type=coded(meaning),
        algorithm_type="AUTOMATIC",
        algorithm_identification=highdicom().AlgorithmIdentificationSequence(
            name=f"{MAKER} {reading.model}",
            family=coded(concept("algorithm", "artificial_intelligence")),
            version=str(reading.provenance.get("versions", {}).get("hilum", "unknown")),
        ),
        tracking_id=label,
        tracking_uid=uid,
    )


def _described(made: pydicom.Dataset) -> str:
    return "Structures" if made.SegmentationType == "BINARY" else "Heatmaps"


def _without_chance(made: pydicom.Dataset, uid: str) -> None:
    """The UID of the frames' dimensions, which highdicom draws, made stable."""
    for item in (*made.DimensionOrganizationSequence, *made.DimensionIndexSequence):
        item.DimensionOrganizationUID = uid
