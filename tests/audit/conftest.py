"""Drawn images for the audit's tests."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from hilum.phantom import layouts

Draw = Callable[..., NDArray[np.uint8]]


def draw(seed: int, side: int = 256) -> NDArray[np.uint8]:
    """A picture with structure of all sizes; the same for the same seed, unlike any other seed's."""
    generator = np.random.default_rng(seed)
    layers = (
        cv2.resize(generator.normal(size=(cells, cells)), (side, side), interpolation=cv2.INTER_CUBIC) / cells**0.5
        for cells in (4, 8, 16, 32, 64)
    )
    image = sum(layers, np.zeros((side, side)))
    return np.rint(np.interp(image, (image.min(), image.max()), (15, 240))).astype(np.uint8)


@pytest.fixture(scope="session")
def drawn() -> Draw:
    return draw


@pytest.fixture(scope="session")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn chests in NIH's layout, several images of some patients."""
    root = tmp_path_factory.mktemp("phantoms")
    layouts["nih14"](root, images=12, seed=3, size=160)
    return root


@pytest.fixture(scope="session")
def phantom_images(phantoms: Path) -> list[Path]:
    images = sorted(phantoms.glob("images_*/images/*.png"))
    assert len(images) == 12
    return images
