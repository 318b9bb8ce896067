"""What the quality flags say of images as they are, and of the same images turned, inverted, cut and spoiled.

python benchmarks/quality.py NAME=FOLDER_OF_IMAGES... [--lists FOLDER_OF_QUALITY_LISTS]
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.audit.patterns import SIDES, cut
from hilum.audit.quality import FLAGS, flags, measure
from hilum.audit.thumbnail import shrink
from hilum.images import read_image

Image = NDArray[np.uint8]
SUFFIXES = {".png", ".jpg", ".jpeg", ".dcm"}


def framed(value: int) -> Callable[[Image], Image]:
    return lambda image: cv2.copyMakeBorder(image, 16, 0, 16, 0, cv2.BORDER_CONSTANT, value=[value])


def spoiled() -> dict[str, tuple[str, Callable[[Image], Image]]]:
    """Change: the flag it should raise, and what makes it."""
    ways: dict[str, tuple[str, Callable[[Image], Image]]] = {
        f"turned by {90 * turns}": ("rotated", lambda image, turns=turns: np.rot90(image, turns)) for turns in (1, 2, 3)
    }
    ways["negative"] = ("inverted", lambda image: 255 - image)
    ways |= {
        f"{share:.0%} cut off, {side}": ("cropped", lambda image, side=side, share=share: cut(image, side, share))
        for side in SIDES
        for share in (0.15, 0.25, 0.35)
    }
    ways["30 % as bright"] = ("over_exposed", lambda image: np.uint8(image * 0.3))
    ways["darkness 25 %"] = ("under_exposed", lambda image: np.uint8(255 - (255 - image * 0.95) * 0.25))
    ways["contrast 25 %"] = ("low_contrast", lambda image: np.uint8(90 + image * 0.25))
    ways |= {f"border of {value}": ("border", framed(value)) for value in (0, 255)}
    return ways


def flagged(images: list[Image]) -> pd.DataFrame:
    return flags(pd.DataFrame([measure(np.ascontiguousarray(image)) for image in images]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", nargs="+", help="NAME=FOLDER; the same name may stand before several folders")
    parser.add_argument("--lists", type=Path, help="folder of CSV files that name images of low quality")
    options = parser.parse_args()
    images: dict[str, list[Image]] = {}
    names: dict[str, list[str]] = {}
    for source in options.sources:
        name, _, folder = source.partition("=")
        paths = sorted(path for path in Path(folder).rglob("*") if path.suffix in SUFFIXES)
        images.setdefault(name, []).extend(shrink(read_image(path).pixels_8bit) for path in paths)
        names.setdefault(name, []).extend(path.name for path in paths)
    print("As they are: images flagged\nsource | images | " + " | ".join(FLAGS))
    found = {name: flagged(own) for name, own in images.items()}
    for name, table in found.items():
        print(f"{name} | {len(table)} | " + " | ".join(str(count) for count in table.sum()))
    print("\nSpoiled: share that gets the flag it should\nchange | flag | " + " | ".join(images))
    for way, (flag, change) in spoiled().items():
        shares = [flagged([change(image) for image in own])[flag].mean() for own in images.values()]
        print(f"{way} | {flag} | " + " | ".join(f"{share:.1%}" for share in shares))
    for path in sorted(options.lists.glob("*.csv")) if options.lists else []:
        listed = set(path.read_text(encoding="utf-8").split())
        for name, table in found.items():
            here = [place for place, image in enumerate(names[name]) if image in listed]
            if here:
                rows = {names[name][place]: [flag for flag in FLAGS if table[flag][place]] for place in here}
                print(f"\n{path.name}, {name}: {len(here)} of {len(listed)} images are there: {rows}")


if __name__ == "__main__":
    main()
