"""The same image twice: copies within a cohort, across a split, across cohorts, whatever they are called.

Copies with the same pixels are found by hash. Copies that were scaled, compressed again, changed in
gray scale or given a border are searched by signature (`hilum.audit.hamming`) and each candidate is confirmed on
pixels (`hilum.audit.likeness`), so that two images of one patient are not taken for one. The same search among the
signatures of the mirrored and of the inverted images, which follow from their own, finds copies made so.
"""

import itertools
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.audit.hamming import near_pairs
from hilum.audit.likeness import Likeness, likeness
from hilum.audit.look import Looks
from hilum.audit.thumbnail import INVERT, MIRROR
from hilum.engine import progress
from hilum.schema.errors import listed

CANDIDATE_BITS = 60  # of 256; copies differ in fewer, nearly all pairs of images in more
MOST_IN_A_GROUP = 50  # of identical images, all pairs are listed up to here; beyond, each with the first
COLUMNS = ("first", "second", "kind", "distance", "correlation", "moved")

Thumbnail = NDArray[np.uint8]
Found = dict[tuple[int, int], tuple[str, int, float, float]]
CHANGES: dict[str, tuple[NDArray[np.uint64], Callable[[Thumbnail], Thumbnail]]] = {  # to a signature (xor), to an image
    "near": (np.zeros_like(MIRROR), lambda image: image),
    "mirrored": (MIRROR, lambda image: np.ascontiguousarray(image[:, ::-1])),
    "inverted": (INVERT, lambda image: 255 - image),
}


def find(paths: Iterable[str | Path], *, engine: str = "local", workers: int | None = None) -> list[tuple[Path, Path]]:
    """Pairs of paths that hold the same image, each pair once, in the order in which the paths are given.

    Args:
        paths: DICOM, PNG or JPEG files. One that cannot be read is reported in the log and is in no pair.
        engine: `local` or `spark`.
        workers: processes of the local engine; None for all cores, 0 to work in this process.
    """
    table = pairs(paths, engine=engine, workers=workers)
    return [(Path(one), Path(other)) for one, other in zip(table.image_a, table.image_b, strict=True)]


def pairs(paths: Iterable[str | Path], *, engine: str = "local", workers: int | None = None) -> pd.DataFrame:
    """As `find`, with what each pair rests on.

    Returns:
        One row a pair: `image_a`, `image_b` (paths as given), `kind` (`exact`: the same pixels; `near`,
        `mirrored`: left and right changed places; `inverted`: black and white did),
        `distance` (bits of 256 in which the signatures differ), `correlation` (of the structure, in [-1, 1]) and
        `moved` (how far one had to be moved to fit the other; share of the side).
    """
    looks = Looks.at(dict.fromkeys(paths), engine=engine, workers=workers)
    failed = looks.images[looks.images.failure.notna()]
    if len(failed):
        log = logging.getLogger(__name__)
        log.warning("%d images could not be read: %s", len(failed), listed(failed.failure, most=3))
    table = copies(looks)
    path = looks.images.path.to_numpy()
    table.insert(0, "image_a", path[table.pop("first")])
    table.insert(1, "image_b", path[table.pop("second")])
    return table


def copies(looks: Looks) -> pd.DataFrame:
    """The pairs among images that were looked at: `first` and `second` (rows of `looks.images`) and as in `pairs`."""
    groups = _identical(looks.images)
    found: Found = {}
    for group in groups:
        for one, other in _within(group):
            found[one, other] = ("exact", 0, 1.0, 0.0)
    alike = {group[0]: group for group in groups}
    repeated = {row for group in groups for row in group[1:]}
    for (one, other), (kind, distance, likely) in _near(looks, repeated).items():
        for pair in _between(alike.get(one, [one]), alike.get(other, [other])):
            found.setdefault(pair, (kind, distance, likely.correlation, likely.moved))
    rows = [(*pair, *facts) for pair, facts in sorted(found.items())]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"first": "int64", "second": "int64", "distance": "int64"})


def _identical(images: pd.DataFrame) -> list[list[int]]:
    """Groups of rows with the same pixels."""
    read = images[images.failure.isna()]
    groups = read.groupby("pixel_hash", sort=False).indices.values() if len(read) else []
    return [sorted(read.index[group].tolist()) for group in groups if len(group) > 1]


def _near(looks: Looks, left_out: set[int]) -> dict[tuple[int, int], tuple[str, int, Likeness]]:
    """Confirmed pairs of images; those that are identical to an earlier one are left out."""
    kept = np.flatnonzero(~np.isin(looks.image, list(left_out)))
    detail = looks.images[["height", "width"]].min(axis=1).to_numpy()
    asked = list(candidates(looks.signatures[kept], kept))
    confirmed: dict[tuple[int, int], tuple[str, int, Likeness]] = {}
    for kind, first, second, bits in progress(asked, total=len(asked), what="candidates for copies"):
        pair = (int(looks.image[first]), int(looks.image[second]))
        if pair[0] != pair[1] and pair not in confirmed:
            changed = CHANGES[kind][1](looks.thumbnails[second])
            found = likeness(looks.thumbnails[first], changed, int(min(detail[list(pair)])))
            if found.copies:
                confirmed[pair] = (kind, bits, found)
    return confirmed


def candidates(signatures: NDArray[np.uint64], kept: NDArray[np.intp]) -> Iterator[tuple[str, int, int, int]]:
    """Kind of change, rows of two thumbnails and the bits in which their signatures then differ; `near` first."""
    for kind, (change, _) in CHANGES.items():
        if change.any():  # among the images as they are and all of them changed, those pairs of one of each
            one, other, distance = near_pairs(np.concatenate([signatures, signatures ^ change]), CANDIDATE_BITS)
            mixed = (one < len(signatures)) & (other > one + len(signatures))
            one, other, distance = one[mixed], other[mixed] - len(signatures), distance[mixed]
        else:
            one, other, distance = near_pairs(signatures, CANDIDATE_BITS)
        for row in zip(kept[one].tolist(), kept[other].tolist(), distance.tolist(), strict=True):
            yield kind, *row


def _within(group: list[int]) -> Iterable[tuple[int, int]]:
    if len(group) <= MOST_IN_A_GROUP:
        return itertools.combinations(group, 2)
    return ((group[0], other) for other in group[1:])


def _between(one: list[int], other: list[int]) -> Iterator[tuple[int, int]]:
    for pair in itertools.product(one[:MOST_IN_A_GROUP], other[:MOST_IN_A_GROUP]):
        yield min(pair), max(pair)
