"""From absorption to gray values: exposure, grain, side marker, edges of the plate."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hilum.phantom import texture
from hilum.phantom.canvas import Layer


@dataclass(frozen=True)
class Exposure:
    """How an image was taken and developed.

    Args:
        gain: contrast; how fast gray rises with absorption.
        white: gray that endless absorption would tend to; may pass 255, which no part reaches.
        black: gray of open air.
        grain: standard deviation of the noise, gray values.
        gamma: of the display curve.
        marker: text beside the patient's left shoulder.
        edges: black borders left, top, right and bottom, parts of the image's side.
    """

    gain: float = 1.0
    white: float = 240.0
    black: float = 6.0
    grain: float = 2.2
    gamma: float = 1.0
    marker: str = "L"
    edges: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


def exposure(view: str, rng: np.random.Generator) -> Exposure:
    """An exposure by chance: portable AP images are flatter and noisier."""
    portable = view == "AP"
    edges = np.where(rng.random(4) < 0.18, rng.uniform(0.005, 0.045, 4), 0.0)
    return Exposure(
        gain=float(rng.normal(0.80 if portable else 0.84, 0.07)),
        white=float(rng.uniform(248, 268)),
        black=float(rng.uniform(2, 14)),
        grain=float(rng.uniform(2.0, 4.0) if portable else rng.uniform(1.3, 2.6)),
        gamma=float(np.exp(rng.normal(0.0, 0.10))),
        marker=str(rng.choice(["L", "L", "L", "PORTABLE"] if portable else ["L"])),
        edges=tuple(float(edge) for edge in edges),  # type: ignore[arg-type]
    )


def expose(absorption: Layer, settings: Exposure, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Gray values of an image, bright where much is absorbed, as a radiologist sees it."""
    size = absorption.shape[0]
    gray = 1.0 - np.exp(-np.float32(settings.gain) * absorption)
    if settings.gamma != 1.0:
        gray = np.power(gray, np.float32(settings.gamma))
    gray = settings.black + (settings.white - settings.black) * gray
    gray += np.float32(settings.grain) * texture.cut("grain", size, rng)
    _stamp(gray, settings.marker, rng)
    _mask_edges(gray, settings.edges)
    return np.asarray(np.clip(np.round(gray), 0, 255), dtype=np.uint8)


def _stamp(gray: Layer, text: str, rng: np.random.Generator) -> None:
    """The marker on the side of the patient's left, now and then slightly turned."""
    size = gray.shape[0]
    x, y = rng.uniform(0.90, 0.95), rng.uniform(0.06, 0.28)
    ink = np.zeros((size, size), dtype=np.uint8)
    wide = 0.0014 * size if len(text) == 1 else 0.0006 * size
    left = x if len(text) == 1 else x - 0.10
    place = (int(left * size), int(y * size))
    cv2.putText(
        ink,
        text,
        place,
        cv2.FONT_HERSHEY_SIMPLEX,
        wide,
        255,
        max(1, round(0.006 * size if len(text) == 1 else 0.004 * size)),
        cv2.LINE_AA,
    )
    mask = ink * np.float32(0.9 / 255)
    gray += mask * (np.float32(245.0) - gray)


def _mask_edges(gray: Layer, edges: tuple[float, float, float, float]) -> None:
    size = gray.shape[0]
    left, top, right, bottom = (round(edge * size) for edge in edges)
    gray[:, :left] = 2.0
    gray[:top] = 2.0
    gray[:, size - right :] = 2.0
    gray[size - bottom :] = 2.0
