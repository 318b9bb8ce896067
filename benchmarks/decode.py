"""How many images one core decodes and shrinks in a second: the decoders bare, and Hilum on top of them.

python benchmarks/decode.py [FOLDER] [--images 100] [--size 256] [--side 1024]

FOLDER holds PNG images; without it images of SIDE pixels are drawn, about as heavy as NIH's.
"""

import argparse
import io
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow

from hilum.images import Preprocess, read_image
from images import images

REPEATS = 3


def opencv(path: str, size: int) -> object:
    gray = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE)
    return cv2.resize(gray, (size, size), interpolation=cv2.INTER_AREA)


def pillow(path: str, size: int) -> object:
    with Pillow.open(io.BytesIO(Path(path).read_bytes())) as picture:
        return np.asarray(picture.convert("L").resize((size, size), Pillow.Resampling.BOX))


def ours(path: str, size: int) -> object:
    return Preprocess(size=size).shrink(read_image(path).pixels_8bit)


def rate(work: Callable[[str, int], object], paths: list[str], size: int) -> float:
    """Images a second, processor time of the best of three rounds: other programs on the machine do not count."""
    took = []
    for _ in range(REPEATS):
        started = time.process_time()
        for path in paths:
            work(path, size)
        took.append(time.process_time() - started)
    return len(paths) / min(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--side", type=int, default=1024)
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    with images(asked.folder, asked.images, asked.side) as table:
        paths = table.path.tolist()
        found = {work.__name__: rate(work, paths, asked.size) for work in (opencv, pillow, ours)}
    print(f"{'decode + shrink on one core':<30}{'images/s':>10}{'of OpenCV':>12}")
    names = {"opencv": "OpenCV", "pillow": "Pillow", "ours": "read_image + shrink"}
    for name, images_a_second in found.items():
        print(f"{names[name]:<30}{images_a_second:>10.1f}{images_a_second / found['opencv']:>12.0%}")


if __name__ == "__main__":
    main()
