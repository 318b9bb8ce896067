from pathlib import Path

import numpy as np
import pytest

from hilum.images import read_image
from hilum.images.jsrt import DEEPEST, SIDE
from hilum.schema import ImageError


def test_a_bare_image_is_turned_and_scaled(tmp_path: Path) -> None:
    density = np.zeros((SIDE, SIDE), ">u2")
    density[0, 1], density[1, 0] = DEEPEST, 1000
    file = tmp_path / "JPCLN001.IMG"
    file.write_bytes(density.tobytes())
    image = read_image(file)
    assert image.pixels.shape == (SIDE, SIDE)
    assert image.pixels[0, 0] == 1.0  # no density: the image is clear, which a radiologist sees bright
    assert image.pixels[0, 1] == 0.0
    assert image.pixels[1, 0] == pytest.approx(1 - 1000 / DEEPEST)
    assert image.spacing_mm == (0.175, 0.175)


def test_a_cut_off_image_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "JPCLN001.IMG"
    file.write_bytes(b"\x00" * (SIDE * SIDE))
    with pytest.raises(ImageError, match=r"JPCLN001\.IMG"):
        read_image(file)
