"""Image: one image, as the radiologist sees it, with what its file says."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hilum.schema import ImageError
from hilum.schema.image_ids import image_id_of

LEAST_SIDE = 64
MOST_PIXELS = 64_000_000  # the largest chest detectors have about 20 million


@dataclass(frozen=True)
class Image:
    """One image.

    Args:
        path: the file.
        format: `DICOM`, `PNG`, `JPEG` or `JSRT`.
        gray: (H, W) uint8 or uint16 (0 black, largest value of the type white), or float32 in [0, 1]: the image at the
            depth at which its file holds it.
        view: `PA`, `AP`, `LATERAL`, or None when the file does not say.
        laterality: `L`, `R` or `B`, or None.
        spacing_mm: (between rows, between columns), or None.
        sex: `F`, `M` or None.
        age_years: or None.
        facts: what else the file says and how it was read, without anything that names the patient.
        image_id: how the image is called in tables; the file's name without its image suffix when left out.
    """

    path: Path
    format: str
    gray: NDArray[Any]
    view: str | None = None
    laterality: str | None = None
    spacing_mm: tuple[float, float] | None = None
    sex: str | None = None
    age_years: float | None = None
    facts: dict[str, str] = field(default_factory=dict)
    image_id: str = ""

    def __post_init__(self) -> None:
        if not self.image_id:
            object.__setattr__(self, "image_id", image_id_of(self.path))

    @cached_property
    def pixels(self) -> NDArray[np.float32]:
        """(H, W) float32 in [0, 1], 1 = bright as the radiologist sees it."""
        if self.gray.dtype == np.float32:
            return self.gray
        white = np.float32(np.iinfo(self.gray.dtype).max)
        return np.asarray(self.gray / white, np.float32)

    @cached_property
    def pixels_8bit(self) -> NDArray[np.uint8]:
        """(H, W) uint8, `pixels` times 255, rounded; costs nothing for an image that is stored in 8 bits."""
        return self.gray if self.gray.dtype == np.uint8 else to_8bit(self.pixels)


def to_8bit(pixels: NDArray[np.floating]) -> NDArray[np.uint8]:
    """[0, 1] to 0 … 255, rounded to the nearest.

    >>> to_8bit(np.array([0.0, 0.5, 1.0], np.float32))
    array([  0, 128, 255], dtype=uint8)
    """
    gray: NDArray[np.uint8] = np.rint(pixels * np.float32(255)).astype(np.uint8)
    return gray


def luminance(color: NDArray[Any], code: int) -> NDArray[Any]:
    """Gray value of a color image, 0.299 R + 0.587 G + 0.114 B; equal channels give exactly their common value.

    Args:
        color: (H, W, 3).
        code: OpenCV's name of the order, `cv2.COLOR_BGR2GRAY` or `cv2.COLOR_RGB2GRAY`.

    Source: ITU-R BT.601.
    """
    return cv2.cvtColor(color, code)


def check_size(path: Path, width: int, height: int) -> None:
    """Refuse, before a pixel is decoded, what is too small to be an image or so large that it would fill the memory."""
    if min(width, height) < LEAST_SIDE:
        raise ImageError(
            f"{path}: {width} x {height} pixels. Expected an image of at least {LEAST_SIDE} pixels on each side."
        )
    if width * height > MOST_PIXELS:
        raise ImageError(
            f"{path}: {width} x {height} pixels. Expected at most {MOST_PIXELS:,} in all, as a larger file is no "
            "chest image; scale it down if it is one."
        )
