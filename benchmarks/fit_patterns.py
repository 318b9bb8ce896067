"""Fit the patterns by which the audit knows an upright, whole chest image; writes src/hilum/audit/patterns.csv.

python benchmarks/fit_patterns.py FOLDER_OF_IMAGES... [--leave-out IMAGE_ID...]
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hilum.audit.patterns import CELLS, FILE, SIDES, cells, cut, field, fit, poses
from hilum.images import Preprocess, read_image
from hilum.schema.files import write_text

SHARES = (0.2, 0.3, 0.4)  # cut off at a side
SHRINK = Preprocess(size=128)


def fields(folders: list[Path], leave_out: list[str]) -> list[NDArray[np.uint8]]:
    paths = sorted(path for folder in folders for path in folder.iterdir() if path.stem not in leave_out)
    thumbnails = (SHRINK.shrink(read_image(path).pixels_8bit) for path in paths)
    return [thumbnail[field(thumbnail)] for thumbnail in thumbnails]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--leave-out", nargs="*", default=[], help="images that are not upright themselves")
    options = parser.parse_args()
    images = fields(options.folders, options.leave_out)
    whole = np.stack([cells(image) for image in images])
    turned = np.stack([poses(image) for image in whole])
    fitted = {"upright": fit(whole, [turned[:, pose] for pose in range(1, 8)])}
    pieces = {
        side: np.stack([cells(cut(image, side, share)) for image in images for share in SHARES]) for side in SIDES
    }
    for side in SIDES:
        fitted[side] = fit(pieces[side], [whole] * 6 + [pieces[other] for other in SIDES if other != side])
    header = ",".join(["pattern", "offset", *(f"r{row}c{column}" for row in range(CELLS) for column in range(CELLS))])
    lines = [
        ",".join([name, f"{offset:.4f}", *(f"{weight:.4f}" for weight in weights.ravel())])
        for name, (weights, offset) in fitted.items()
    ]
    write_text(FILE, "\n".join([header, *lines]) + "\n")
    print(f"{len(images)} images -> {FILE}")


if __name__ == "__main__":
    main()
