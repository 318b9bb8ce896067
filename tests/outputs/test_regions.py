import numpy as np
import pydicom
import pytest

from hilum.outputs.regions import Box, outlines, place_of

LUNGS = {"lungs": np.zeros((90, 60), bool)}
LUNGS["lungs"][0:90, 10:50] = True


@pytest.mark.parametrize(
    ("box", "half", "zone"),
    [
        (Box(5, 0, 15, 10), "left", "upper"),
        (Box(40, 40, 50, 50), "right", "middle"),
        (Box(5, 70, 55, 80), "both", "lower"),
    ],
)
def test_half_and_zone(box: Box, half: str, zone: str) -> None:
    place = place_of(box, LUNGS, 60)
    assert (place.side if half != "both" else None, place.half, place.zone) == (None, half, zone)


def test_no_zone_without_lungs() -> None:
    assert place_of(Box(5, 0, 15, 10), {}, 60).zone is None


@pytest.mark.parametrize(("orientation", "side"), [(["L", "F"], "right"), (["R", "F"], "left"), (["P", "F"], None)])
def test_the_patients_side_by_the_direction_of_the_columns(orientation: list[str], side: str | None) -> None:
    source = pydicom.Dataset()
    source.PatientOrientation = orientation
    assert place_of(Box(5, 0, 15, 10), {}, 60, source).side == side


def test_an_outline_lies_on_the_masks_edge_and_specks_have_none() -> None:
    mask = np.zeros((100, 200), bool)
    mask[20:60, 30:130] = True
    mask[90, 190] = True
    (line,) = outlines(mask)
    assert (line[0] == line[-1]).all()
    assert line.min(axis=0).tolist() == [30.5, 20.5]
    assert line.max(axis=0).tolist() == [129.5, 59.5]
