"""How many changed copies of images the search for duplicates finds, and how many different images it takes for copies.

python benchmarks/copies.py FOLDER_OF_IMAGES... [--images 200] [--seed 0] [--workers 2]

Images are drawn from the folders (searched through, DICOM, PNG and JPEG), each is changed in each way, and originals
and copies together are searched, one way at a time. Images of the folders that are copies of each other already are
found first and count as one.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hilum.audit import duplicates
from hilum.images import read_image

Image = NDArray[np.uint8]
SUFFIXES = {".png", ".jpg", ".jpeg", ".dcm"}


def scaled(side: int) -> Callable[[Image], Image]:
    def change(image: Image) -> Image:
        method = cv2.INTER_AREA if side < image.shape[0] else cv2.INTER_CUBIC
        return cv2.resize(image, (side, side), interpolation=method)

    return change


def jpeg(quality: int) -> Callable[[Image], Image]:
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    return lambda image: cv2.imdecode(cv2.imencode(".jpg", image, options)[1], cv2.IMREAD_GRAYSCALE)


def gray(curve: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Callable[[Image], Image]:
    table = np.rint(curve(np.arange(256) / 255).clip(0, 1) * 255).astype(np.uint8)
    return lambda image: table[image]


def cropped(*shares: float) -> Callable[[Image], Image]:
    def change(image: Image) -> Image:
        height, width = image.shape
        top, bottom, left, right = shares
        rows = slice(round(top * height), height - round(bottom * height))
        return image[rows, round(left * width) : width - round(right * width)]

    return change


def bordered(share: float, value: int) -> Callable[[Image], Image]:
    def change(image: Image) -> Image:
        edge = max(1, round(share * image.shape[0]))
        return cv2.copyMakeBorder(image, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=[value])

    return change


def noisy(image: Image) -> Image:
    noise = np.random.default_rng(image.size).normal(0, 0.02 * 255, image.shape)
    return np.rint((image + noise).clip(0, 255)).astype(np.uint8)


def labeled(image: Image) -> Image:
    height = image.shape[0]
    place, thick = (height // 25, height // 10), max(1, height // 256)
    return cv2.putText(image.copy(), "R PORTABLE", place, cv2.FONT_HERSHEY_SIMPLEX, height / 500, 255, thick)


def chain(*changes: Callable[[Image], Image]) -> Callable[[Image], Image]:
    def change(image: Image) -> Image:
        for step in changes:
            image = step(image)
        return np.ascontiguousarray(image)

    return change


WAYS: dict[str, Callable[[Image], Image]] = {
    **{f"scaled to {side} px": scaled(side) for side in (64, 96, 128, 224, 512, 1024)},
    **{f"JPEG, quality {quality}": jpeg(quality) for quality in (95, 75, 50, 30)},
    "128 px, JPEG 50": chain(scaled(128), jpeg(50)),
    "64 px, JPEG 75": chain(scaled(64), jpeg(75)),
    "64 px, JPEG 50": chain(scaled(64), jpeg(50)),
    **{f"gamma {power:g}": gray(lambda x, power=power: x**power) for power in (0.5, 0.8, 1.25, 2.0)},
    "contrast + 15 %": gray(lambda x: (x - 0.5) * 1.15 + 0.5),
    "contrast - 15 %": gray(lambda x: (x - 0.5) * 0.85 + 0.5),
    "brightness + 0.1": gray(lambda x: x + 0.1),
    "brightness - 0.1": gray(lambda x: x - 0.1),
    "histogram equalized": cv2.equalizeHist,
    "CLAHE, limit 2": cv2.createCLAHE(2.0, (8, 8)).apply,
    "noise, 2 % of white": noisy,
    "label burnt in": labeled,
    "1 % cut off each side": cropped(0.01, 0.01, 0.01, 0.01),
    "2 % cut off each side": cropped(0.02, 0.02, 0.02, 0.02),
    "2 % cut off two sides": cropped(0.02, 0, 0.02, 0),
    "5 % cut off each side": cropped(0.05, 0.05, 0.05, 0.05),
    "mirrored": lambda image: np.ascontiguousarray(image[:, ::-1]),
    "inverted": lambda image: 255 - image,
    "mirrored, gamma 0.8, 256 px, JPEG 50": chain(
        lambda image: np.ascontiguousarray(image[:, ::-1]), gray(lambda x: x**0.8), scaled(256), jpeg(50)
    ),
    **{f"{share:.0%} black border": bordered(share, 0) for share in (0.01, 0.05, 0.15)},
    "2% white border": bordered(0.02, 255),
    "gamma 0.8, 1 % cut, 256 px, JPEG 50": chain(gray(lambda x: x**0.8), cropped(*[0.01] * 4), scaled(256), jpeg(50)),
}


def measure(originals: list[Path], way: str, folder: Path, workers: int | None) -> tuple[int, int]:
    """How many copies were found, and how many further pairs."""
    copies = []
    for path in originals:
        copies.append(folder / f"{path.stem}-copy.png")
        cv2.imwrite(str(copies[-1]), WAYS[way](read_image(path).pixels_8bit))
    found = set(duplicates.find([*originals, *copies], workers=workers))
    wanted = set(zip(originals, copies, strict=True))
    return len(found & wanted), len(found - wanted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--way", action="append", choices=WAYS, help="only this one; may be repeated")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, help="processes; all cores if left out")
    options = parser.parse_args()
    paths = sorted(path for folder in options.folders for path in folder.rglob("*") if path.suffix in SUFFIXES)
    chosen = np.random.default_rng(options.seed).permutation(len(paths))[: options.images]
    images = [paths[place] for place in sorted(chosen)]
    twice = {other for _, other in duplicates.find(images, workers=options.workers)}
    images = [image for image in images if image not in twice]
    print(f"{len(images)} images\nchange | copies found | other pairs")
    for way in options.way or WAYS:
        with tempfile.TemporaryDirectory() as folder:
            found, others = measure(images, way, Path(folder), options.workers)
        print(f"{way} | {found / len(images):.1%} | {others}", flush=True)


if __name__ == "__main__":
    main()
