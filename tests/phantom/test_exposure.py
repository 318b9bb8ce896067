import numpy as np

from hilum.phantom.exposure import Exposure, expose, exposure

RAMP = np.tile(np.linspace(0, 3, 128, dtype=np.float32), (128, 1))


def shown(settings: Exposure) -> np.ndarray:
    return expose(RAMP, settings, np.random.default_rng(0))


def test_what_absorbs_more_is_brighter() -> None:
    row = shown(Exposure(grain=0.0, marker="")).mean(axis=0)
    assert (np.diff(row) >= 0).all()
    assert row[0] < 12
    assert row[-1] > 200


def test_contrast_is_greatest_in_the_lungs() -> None:
    row = shown(Exposure(grain=0.0, marker="")).astype(float)[0]
    assert row[32] - row[16] > 2 * (row[112] - row[96])


def test_grain_is_as_strong_as_asked() -> None:
    clean, noisy = shown(Exposure(grain=0.0)), shown(Exposure(grain=4.0))
    assert abs((noisy.astype(float) - clean)[:, 40:].std() - 4) < 0.5


def test_edges_of_the_plate_are_black() -> None:
    image = shown(Exposure(edges=(0.1, 0.05, 0.0, 0.0)))
    assert image[:, :12].max() <= 2
    assert image[:6].max() <= 2
    assert image[10:, -3:].min() > 150


def test_the_marker_is_on_the_patients_left_and_bright() -> None:
    air = np.zeros((128, 128), dtype=np.float32)
    rows, columns = np.nonzero(expose(air, Exposure(marker="L", grain=0.0), np.random.default_rng(0)) > 60)
    assert len(rows) > 5
    assert columns.min() > 100
    assert expose(air, Exposure(marker="", grain=0.0), np.random.default_rng(0)).max() < 20


def test_portable_images_are_noisier_on_the_whole() -> None:
    grain = {
        view: np.mean([exposure(view, np.random.default_rng(seed)).grain for seed in range(60)])
        for view in ("PA", "AP")
    }
    assert grain["AP"] > grain["PA"] + 0.5
