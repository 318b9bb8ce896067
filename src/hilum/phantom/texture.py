"""Noise fields, made once a process and cut anywhere: image grain, clouds, and the mesh of fine lung structure.

Each field is periodic and stored twice over in both directions, so that any window of it is a view and costs nothing.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]

KINDS = ("grain", "cloud", "patch", "mottle", "mesh")


def cut(kind: str, size: int, rng: np.random.Generator) -> Field:
    """A (size, size) window of a field at a random place.

    Args:
        kind: `grain` (image noise), `cloud` (slow shading), `patch` (spots of 50 to 100 units), `mottle` (of 20 to 40),
            `mesh` (a net of fine bright lines on dark, the look of interstitial tissue).
        size: pixels of the image's side; 1024 units span it.
        rng: chooses the place and the flips.

    Returns:
        Mean 0 and standard deviation 1.
    """
    field = _field(kind, size)
    y, x = (int(start) for start in rng.integers(0, size, 2))
    window = field[y : y + size, x : x + size]
    return window[:: 1 if rng.random() < 0.5 else -1, :: 1 if rng.random() < 0.5 else -1]


@lru_cache(maxsize=8)
def _field(kind: str, size: int) -> Field:
    rng = np.random.default_rng([KINDS.index(kind), 2017])
    periods = np.fft.fftfreq(size) * size
    waves = np.hypot(*np.meshgrid(periods, periods))  # periods over the image; 1024 / waves is the wavelength in units
    if kind == "mesh":
        raw = sum(-np.abs(_shaped(rng, _ring(waves, middle))) for middle in (38.0, 60.0))
    else:
        spectrum = {"grain": _grain, "cloud": _cloud, "patch": _patch, "mottle": _mottle}[kind]
        raw = _shaped(rng, spectrum(waves))
    field = np.asarray(raw - np.mean(raw), dtype=np.float32)
    return np.tile(field / field.std(), (2, 2))


def _shaped(rng: np.random.Generator, spectrum: NDArray[np.float64]) -> NDArray[np.float64]:
    """White noise with this spectrum."""
    white = np.fft.fft2(rng.standard_normal(spectrum.shape))
    field = np.fft.ifft2(white * spectrum).real
    return np.asarray(field / field.std())


def _ring(waves: NDArray[np.float64], middle: float) -> NDArray[np.float64]:
    return np.asarray(np.exp(-(((waves - middle) / (0.35 * middle)) ** 2)))


def _grain(waves: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.exp(-((waves / 330.0) ** 2)) + 0.12)


def _cloud(waves: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(waves > 0, 1 / np.maximum(waves, 1.0) ** 1.7, 0.0)


def _patch(waves: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(_ring(waves, 5.0) + 0.6 * _ring(waves, 9.0) + 0.25 * _ring(waves, 17.0))


def _mottle(waves: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(_ring(waves, 14.0) + 0.7 * _ring(waves, 28.0))
