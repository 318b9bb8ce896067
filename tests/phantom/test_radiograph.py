"""That an image looks like a chest: where things lie, how bright they are, what age, sex and view do."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from hilum.phantom.patient import Patient, Visit
from hilum.phantom.radiograph import Radiograph, lateral_radiograph, radiograph

SIZE = 192
PEOPLE = range(1, 9)


def image(number: int = 1, sex: str = "M", age: int = 50, view: str = "PA") -> Radiograph:
    return radiograph(0, Patient(number, sex, ()), Visit(0, age, view, ()), SIZE)


def edge(mask: np.ndarray) -> float:
    """Lowest row of the upper contour of a lung's base: the dome."""
    columns = np.flatnonzero(mask.sum(axis=0) > 0.5 * mask.sum(axis=0).max())
    return float(np.median([np.flatnonzero(mask[:, column])[-1] for column in columns]))


def test_the_patients_right_lung_is_left_on_the_image_and_its_dome_higher() -> None:
    for number in PEOPLE:
        right, left = image(number).lungs
        assert np.nonzero(right)[1].mean() < SIZE / 2 < np.nonzero(left)[1].mean()
        assert edge(right) < edge(left)
        assert not (right & left).any()


def test_the_heart_leaves_less_room_on_the_left() -> None:
    for number in PEOPLE:
        right, left = image(number).lungs
        low = slice(int(0.5 * SIZE), int(0.68 * SIZE))
        assert right[low].sum() > left[low].sum()


def test_lungs_are_dark_and_the_middle_is_bright() -> None:
    for number in PEOPLE:
        drawn = image(number)
        lungs = drawn.lungs[0] | drawn.lungs[1]
        middle = drawn.pixels[int(0.45 * SIZE) : int(0.8 * SIZE), int(0.49 * SIZE) : int(0.53 * SIZE)]
        assert middle.mean() > drawn.pixels[lungs].mean() + 50


def test_lungs_take_a_fifth_to_two_fifths_of_the_image() -> None:
    for view in ("PA", "AP"):
        for number in PEOPLE:
            right, left = image(number, view=view).lungs
            assert 0.18 < (right | left).mean() < 0.42


def test_portable_images_show_smaller_lungs() -> None:
    size = {
        view: np.mean([sum(lung.mean() for lung in image(n, view=view).lungs) for n in PEOPLE]) for view in ("PA", "AP")
    }
    assert size["AP"] < size["PA"]


def test_women_have_breast_shadows_over_the_lower_lungs() -> None:
    """Lower lung against upper lung, in women and in men."""

    def slope(sex: str) -> float:
        values = []
        for number in PEOPLE:
            drawn = image(number, sex=sex)
            rows = np.nonzero(drawn.lungs[0])[0]
            middle = np.median(rows)
            upper, lower = drawn.lungs[0].copy(), drawn.lungs[0].copy()
            upper[int(middle) :], lower[: int(middle)] = False, False
            values.append(drawn.pixels[lower].mean() - drawn.pixels[upper].mean())
        return float(np.mean(values))

    assert slope("F") > slope("M") + 3


def test_the_same_patient_looks_alike_on_two_days_but_not_the_same() -> None:
    patient = Patient(1, "M", ())
    days = [radiograph(0, patient, Visit(day, 50, "PA", ()), SIZE).pixels for day in (0, 1)]
    assert (days[0] != days[1]).mean() > 0.5
    small = [cv2.resize(day, (24, 24), interpolation=cv2.INTER_AREA).ravel() for day in days]
    assert np.corrcoef(small)[0, 1] > 0.8


def test_a_lateral_has_one_lung_field_with_the_spine_behind() -> None:
    drawn = lateral_radiograph(0, Patient(1, "M", ()), Visit(0, 50, "PA", ()), SIZE)
    assert drawn.shape == (SIZE, SIZE)
    row = drawn[SIZE // 2].astype(float)
    assert row[: SIZE // 10].mean() < 40  # air before the patient
    assert row[-SIZE // 10 :].mean() < 40  # and behind
    assert row[SIZE // 3 : 2 * SIZE // 3].mean() > 60


@pytest.mark.real
def test_gray_values_are_like_those_of_real_images(real_data: Path) -> None:
    paths = sorted((real_data / "nih").glob("images_*/images/*.png"))[::20]
    assert len(paths) > 20
    real = np.stack([cv2.resize(cv2.imread(str(path), 0), (SIZE, SIZE)) for path in paths])
    drawn = np.stack(
        [image(number, "MF"[number % 2], view=("PA", "AP")[number % 3 == 0]).pixels for number in range(1, 25)]
    )
    for part in (25, 50, 75, 95):
        assert abs(np.percentile(real, part) - np.percentile(drawn, part)) < 30
    assert abs(real.std() - drawn.std()) < 15
