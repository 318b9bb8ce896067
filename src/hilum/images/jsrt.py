"""Images of the JSRT database: bare pixels without a header, known by their name and their exact length."""

from pathlib import Path

import numpy as np

from hilum.images.image import Image

SIDE = 2048
LENGTH = SIDE * SIDE * 2  # bytes
DEEPEST = 4095  # 12 bits, in big-endian words of 16
SPACING_MM = 0.175


def is_jsrt(path: Path, content: bytes) -> bool:
    """Whether a file is one of JSRT's `.IMG` files; nothing else in it could tell."""
    return path.suffix.upper() == ".IMG" and len(content) == LENGTH


def read_jsrt(path: Path, content: bytes) -> Image:
    """Read a JSRT image; its values are optical densities, which rise where the image is dark, so they are turned.

    Source: Shiraishi et al. 2000, AJR 174:71-74 (2,048 x 2,048 pixels of 0.175 mm, 12 bits).
    """
    density = np.frombuffer(content, ">u2").reshape(SIDE, SIDE).clip(0, DEEPEST)
    gray = (np.float32(DEEPEST) - density.astype(np.float32)) / np.float32(DEEPEST)
    facts = {"bits": "12", "width": str(SIDE), "height": str(SIDE)}
    return Image(path, "JSRT", gray, view="PA", spacing_mm=(SPACING_MM, SPACING_MM), facts=facts)
