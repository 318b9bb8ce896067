import numpy as np
import pytest

from hilum.phantom.texture import KINDS, cut


def wavelength(field: np.ndarray) -> float:
    """Mean wavelength of a field's power, in chest units."""
    power = np.abs(np.fft.rfft2(field)) ** 2
    rows, columns = np.fft.fftfreq(len(field)) * len(field), np.fft.rfftfreq(len(field)) * len(field)
    waves = np.hypot(rows[:, None], columns[None])
    return float(1024 / ((power * waves).sum() / power.sum()))


@pytest.mark.parametrize("kind", KINDS)
def test_fields_are_standardized_and_chosen_by_the_generator(kind: str) -> None:
    field = cut(kind, 256, np.random.default_rng(0))
    assert field.shape == (256, 256)
    assert field.dtype == np.float32
    assert field.mean() == pytest.approx(0, abs=0.02)
    assert field.std() == pytest.approx(1, abs=0.02)
    np.testing.assert_array_equal(field, cut(kind, 256, np.random.default_rng(0)))
    assert (field != cut(kind, 256, np.random.default_rng(1))).any()


def test_kinds_go_from_slow_to_fine() -> None:
    by_wavelength = sorted(KINDS, key=lambda kind: -wavelength(cut(kind, 512, np.random.default_rng(0))))
    assert by_wavelength == ["cloud", "patch", "mottle", "mesh", "grain"]


@pytest.mark.parametrize("kind", ["patch", "mottle", "mesh"])
def test_structure_has_the_same_size_on_small_and_large_images(kind: str) -> None:
    small, large = (wavelength(cut(kind, size, np.random.default_rng(0))) for size in (256, 512))
    assert small == pytest.approx(large, rel=0.25)
