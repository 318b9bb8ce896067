"""Images for the benchmarks: a folder's, or drawn ones of the weight of NIH's."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

DRAWN = 24
GRAIN = 2.6  # deviation of the noise that makes a PNG of 1024 x 1024 weigh some 400 KB, as NIH's do


@contextmanager
def images(folder: Path | None, count: int, side: int) -> Iterator[pd.DataFrame]:
    """`image_id` and `path` of so many images; an image stands there several times when there are fewer files."""
    with tempfile.TemporaryDirectory() as temporary:
        paths = sorted(folder.rglob("*.png")) if folder else draw(Path(temporary), side)
        if not paths:
            raise SystemExit(f"{folder}: no PNG files. Expected a folder of images.")
        weight = sum(path.stat().st_size for path in paths) / len(paths) / 1000
        print(
            f"{count:,} images from {len(paths)} {'files' if folder else 'drawn files'} of {weight:,.0f} KB on average"
        )
        yield pd.DataFrame(
            {
                "image_id": [f"{row:06}" for row in range(count)],
                "path": [str(path) for path in islice(cycle(paths), count)],
            }
        )


def draw(folder: Path, side: int) -> list[Path]:
    """Smooth shadows under grain."""
    noise = np.random.default_rng(0)
    paths = []
    for number in range(DRAWN):
        shadows = cv2.resize(noise.uniform(20, 235, (7, 7)), (side, side), interpolation=cv2.INTER_CUBIC)
        grain = cv2.GaussianBlur(noise.normal(0, 2 * GRAIN, (side, side)), (0, 0), 0.6)
        paths.append(folder / f"{number:02}.png")
        cv2.imwrite(str(paths[-1]), np.clip(shadows + grain, 0, 255).astype(np.uint8))
    return paths
