"""Boxes and masks as lines, and where a box lies: which side, which zone. Only what was localized has a place."""

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

import cv2
import numpy as np
import pandas as pd
import pydicom
from numpy.typing import NDArray

Side = Literal["left", "right", "both"]
Zone = Literal["upper", "middle", "lower"]
LUNGS = ("lungs", "left_lung", "right_lung")
SMALLEST = 0.001  # of the image's pixels: smaller parts of a mask are not outlined
SMOOTH = 1.0  # pixels by which an outline may leave the mask's edge


class Box(NamedTuple):
    """A rectangle in original pixels, x1 and y1 exclusive, with its finding and how probable it is."""

    x0: float
    y0: float
    x1: float
    y1: float
    finding: str = ""
    score: float = math.nan


class Place(NamedTuple):
    """Where a box lies. `side` is the patient's where the file gives the orientation, and None where it does not."""

    side: Side | None
    half: Side
    zone: Zone | None


def boxes_in(table: pd.DataFrame) -> list[Box]:
    """The rows of a table of boxes."""
    scores = table["score"] if "score" in table else [math.nan] * len(table)
    edges = (table[name].astype(float) for name in ("x0", "y0", "x1", "y1"))
    return [Box(*row) for row in zip(*edges, table.finding.astype(str), scores, strict=True)] if len(table) else []


def corners(box: Box) -> NDArray[np.float64]:
    """(5, 2) column and row of a closed line around the box.

    DICOM counts from the upper left corner of the upper left pixel, as boxes do: nothing is shifted.
    Source: DICOM PS3.3 C.18.6.1.1 (reports), C.10.5 (presentation states).
    """
    x0, y0, x1, y1, *_ = box
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)], np.float64)


def outlines(mask: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Closed lines (N, 2) column and row around the parts of a mask, through the middle of its outermost pixels.

    Specks are left out, and so is every point without which the line stays within a pixel.
    """
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    lines = []
    for contour in found:
        if cv2.contourArea(contour) >= SMALLEST * mask.size:
            points = cv2.approxPolyDP(contour, SMOOTH, True)[:, 0].astype(np.float64) + 0.5
            if len(points) >= 3:
                lines.append(np.vstack([points, points[:1]]))
    return lines


def place_of(
    box: Box, masks: Mapping[str, NDArray[np.bool_]], width: int, source: pydicom.Dataset | None = None
) -> Place:
    """Where a box lies on the image.

    Args:
        box: the box.
        masks: of the reading; the zone is a third of the lungs' height, and not known without lungs.
        width: of the image, pixels.
        source: the file's header, which may give the orientation.
    """
    half: Side = "both" if box.x0 < width / 2 - width / 20 and box.x1 > width / 2 + width / 20 else (
        "left" if box.x0 + box.x1 < width else "right")  # fmt: skip
    return Place(_patients(half, source), half, _zone(box, masks))


def _patients(half: Side, source: pydicom.Dataset | None) -> Side | None:
    """The patient's side of a half of the picture; None where the file does not say how the rows run.

    Source: DICOM PS3.3 C.7.6.1.1.1: the first value is the direction in which the columns grow.
    """
    if half == "both":
        return half
    orientation = [] if source is None else list(source.get("PatientOrientation") or [])
    to_the_right = str(orientation[0])[:1] if len(orientation) == 2 else ""
    if to_the_right not in ("L", "R"):
        return None
    return half if to_the_right == "R" else ("right" if half == "left" else "left")


def _zone(box: Box, masks: Mapping[str, NDArray[np.bool_]]) -> Zone | None:
    lungs = [masks[name] for name in LUNGS if name in masks]
    rows = np.flatnonzero(np.logical_or.reduce(lungs).any(axis=1)) if lungs else np.array([], np.intp)
    if not len(rows):
        return None
    share = ((box.y0 + box.y1) / 2 - rows[0]) / (rows[-1] + 1 - rows[0])
    zones: tuple[Zone, Zone, Zone] = ("upper", "middle", "lower")
    return zones[int(np.clip(share * 3, 0, 2))]
