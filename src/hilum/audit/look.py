"""One look at each image: all that the audit needs of its pixels, so that a file is decoded once.

What a look keeps of an image is small: hashes, sizes, quality measures and a thumbnail or two. Thumbnails wait on disk
(32 kB an image at most), as all of them are needed at once when copies are searched among all images.
"""

import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.audit.quality import MEASURES, measure
from hilum.audit.thumbnail import SIDE, signature, thumbnails
from hilum.engine import map_rows
from hilum.images import read_image
from hilum.schema.files import writing


def look(row: dict[str, Any]) -> dict[str, Any]:
    """Decode the image at `row["path"]` and keep what the audit needs of it."""
    image = read_image(row["path"])
    gray = image.pixels_8bit
    small = thumbnails(gray)
    return {
        "pixel_hash": hashlib.sha256(repr(image.gray.shape).encode() + image.gray.tobytes()).hexdigest(),
        "height": gray.shape[0],
        "width": gray.shape[1],
        "thumbnails": b"".join(thumbnail.tobytes() for thumbnail in small),
        "signatures": b"".join(signature(thumbnail).tobytes() for thumbnail in small),
        **measure(gray),
    }


@dataclass(frozen=True)
class Looks:
    """What was kept of many images.

    Args:
        images: one row an image, in the order given: `path`, `failure` (why it could not be read, or missing),
            `pixel_hash`, `height`, `width` and the measures of `hilum.audit.quality`.
        image: (M,) row of the image that a thumbnail shows.
        thumbnails: (M, 128, 128) uint8, on disk.
        signatures: (M, 4) uint64.
    """

    images: pd.DataFrame
    image: NDArray[np.int64]
    thumbnails: NDArray[np.uint8]
    signatures: NDArray[np.uint64]

    @classmethod
    def at(cls, paths: Iterable[str | Path], *, engine: str = "local", workers: int | None = None) -> "Looks":
        """Look at the images under these paths; one that cannot be read keeps its reason as `failure`."""
        rows = pd.DataFrame({"path": [str(path) for path in paths]})
        values: list[dict[str, Any]] = []
        image: list[int] = []
        signatures: list[bytes] = []
        place = Path(tempfile.gettempdir()) / "hilum-thumbnails"  # TMPDIR chooses it
        with writing(place), tempfile.TemporaryFile(prefix="hilum-thumbnails-") as file:
            for outcome in map_rows(look, rows, engine=engine, workers=workers, what="images"):
                value = outcome.value or {"thumbnails": b"", "signatures": b""}
                pixels = value.pop("thumbnails")
                file.write(pixels)
                image.extend([outcome.row] * (len(pixels) // SIDE**2))
                signatures.append(value.pop("signatures"))
                values.append({"failure": outcome.failure, **value})
            file.flush()
            shape = (len(image), SIDE, SIDE)
            held = np.memmap(file, np.uint8, "r", shape=shape) if image else np.empty(shape, np.uint8)
        kept = np.frombuffer(b"".join(signatures), np.uint64).reshape(-1, 4)
        table = pd.DataFrame(values, rows.index, columns=["failure", "pixel_hash", "height", "width", *MEASURES])
        return cls(rows.join(table), np.array(image, np.int64), held, kept)
