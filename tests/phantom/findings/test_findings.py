"""What every drawn finding keeps to."""

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from hilum.phantom.findings import findings
from hilum.phantom.frontal import frontal
from hilum.phantom.layouts.nih14 import BOXED
from hilum.phantom.patient import COURSES, Found, Patient, Visit
from hilum.phantom.radiograph import Radiograph, body, lateral_radiograph, position, radiograph
from hilum.phantom.scene import Scene
from hilum.schema.findings import NIH14

SIZE = 128
ONE_SIDED = ("Atelectasis", "Consolidation", "Effusion", "Mass", "Pleural_Thickening", "Pneumonia", "Pneumothorax")


@cache
def image(finding: str | None, severity: float = 0.6, side: int = 1, view: str = "PA", number: int = 1) -> Radiograph:
    found = (Found(finding, side, severity, 11),) if finding else ()
    return radiograph(0, Patient(number, "M", ()), Visit(0, 50, view, found), SIZE)


def scene(finding: str | None, severity: float = 0.6, side: int = 1) -> Scene:
    """The layers before the exposure adds its own chance."""
    person, day = np.random.default_rng(1), np.random.default_rng(2)
    patient, visit = Patient(1, "M", ()), Visit(0, 50, "PA", ())
    build = body(patient, visit, person, day)
    lesions = [findings[finding](side, severity, 11)] if finding else []
    for lesion in lesions:
        build = lesion.reshape(build)
    laid = frontal(build, position(build, SIZE, day), person=person, day=day)
    for lesion in lesions:
        lesion.paint(laid)
    return laid


def change(finding: str, severity: float = 0.6, side: int = 1) -> NDArray[np.float32]:
    return scene(finding, severity, side).absorption() - scene(None).absorption()


def test_all_of_nihs_findings_are_drawn() -> None:
    assert set(NIH14) <= set(findings)
    assert tuple(COURSES) == NIH14


@pytest.mark.parametrize("name", findings)
@pytest.mark.parametrize("view", ["PA", "AP"])
def test_a_finding_shows(name: str, view: str) -> None:
    """Grain, marker and exposure are the same with it and without, so all that changes is the finding."""
    difference = np.abs(image(name, view=view).pixels.astype(int) - image(None, view=view).pixels.astype(int))
    assert (difference > 8).mean() > 0.004


@pytest.mark.parametrize("name", findings)
def test_gross_changes_more_than_subtle(name: str) -> None:
    assert np.abs(change(name, 0.95)).sum() > np.abs(change(name, 0.15)).sum()


@pytest.mark.parametrize("name", ONE_SIDED)
@pytest.mark.parametrize("side", [-1, 1])
def test_a_one_sided_finding_lies_on_its_side(name: str, side: int) -> None:
    """The patient's left is the right of the image."""
    left, right = (np.abs(half).sum() for half in np.hsplit(change(name, side=side), 2))
    assert (right > left) == (side > 0)


@pytest.mark.parametrize("name", [*BOXED, "Consolidation"])
@pytest.mark.parametrize("side", [-1, 1])
def test_boxed_findings_leave_a_box_around_their_change(name: str, side: int) -> None:
    laid = scene(name, 0.7, side)
    boxes = [corners for finding, corners in laid.boxes if finding == name]
    assert boxes
    changed = np.abs(laid.absorption() - scene(None).absorption())
    inside = np.zeros_like(changed, dtype=bool)
    for x0, y0, x1, y1 in boxes:
        assert 0 <= x0 < x1 <= 1024
        assert 0 <= y0 < y1 <= 1024
        inside[int(y0 * SIZE / 1024) : int(y1 * SIZE / 1024), int(x0 * SIZE / 1024) : int(x1 * SIZE / 1024)] = True
    assert changed[inside].mean() > 2 * changed[~inside].mean()


@pytest.mark.parametrize("name", sorted(set(findings) - set(BOXED) - {"Consolidation"}))
def test_the_others_leave_none(name: str) -> None:
    assert not scene(name).boxes


@pytest.mark.parametrize("name", ["Effusion", "Hernia", "Emphysema", "Cardiomegaly", "Edema", "Consolidation", "Mass"])
def test_a_finding_shows_from_the_side(name: str) -> None:
    patient = Patient(1, "M", ())
    with_it = lateral_radiograph(0, patient, Visit(0, 50, "PA", (Found(name, 1, 0.7, 11),)), SIZE)
    without = lateral_radiograph(0, patient, Visit(0, 50, "PA", ()), SIZE)
    assert (np.abs(with_it.astype(int) - without.astype(int)) > 15).mean() > 0.005


def test_effusion_hides_the_angle_and_air_darkens() -> None:
    assert change("Effusion").sum() > 0
    assert change("Emphysema").sum() < 0


def test_a_mass_is_wider_than_three_centimeters_and_a_nodule_is_not() -> None:
    centimeter = 26.0 * 1.2  # the image may be magnified a little
    for seed in range(8):
        for name, low, high in (("Mass", 3.0, 12.0), ("Nodule", 0.4, 3.3)):
            laid = scene(None)
            findings[name](1, 0.5, seed).paint(laid)
            for _, (x0, y0, x1, y1) in laid.boxes:
                assert max(x1 - x0, y1 - y0) < high * centimeter
                if x0 > 200 and x1 < 820:  # not cut by the wall
                    assert max(x1 - x0, y1 - y0) > low * 26.0 * 0.8
