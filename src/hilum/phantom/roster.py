"""Who is drawn, and the drawing of many images on all cores into files."""

from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.engine import map_rows
from hilum.phantom.patient import Patient, Visit, patient
from hilum.schema import ConfigError, DataError
from hilum.schema.errors import listed
from hilum.schema.files import check_out_folder, replacing
from hilum.schema.temporary import remove_leftovers

Row = dict[str, Any]
TEST_SHARE = 0.2  # of the patients, as the owner of NIH's images holds out


def people(images: int, seed: int) -> list[tuple[Patient, Visit]]:
    """The first images of a phantom's people, patient by patient; the last patient may be cut short.

    The first images of a larger phantom of the same seed are the same.
    """
    if images < 1:
        raise ConfigError(f"{images} images were asked for. Expected at least 1.")
    visits: list[tuple[Patient, Visit]] = []
    for number in count(1):
        person = patient(seed, number)
        visits.extend((person, visit) for visit in person.visits)
        if len(visits) >= images:
            return visits[:images]
    raise AssertionError("unreachable")


def held_out(visits: list[tuple[Patient, Visit]]) -> set[int]:
    """The numbers of the patients on the test side: one of five, also among those with the same rarest finding.

    A patient goes there when both all patients so far and those of their kind have fewer than a fifth there. So the
    smallest phantom has someone to test on, each finding stands on both sides, and a longer phantom moves nobody.
    """
    chosen: set[int] = set()
    seen: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    for person in {person.number: person for person, _ in visits}.values():
        kinds = ("anyone", person.rarest)
        seen.update(kinds)
        if all(taken[kind] < TEST_SHARE * seen[kind] for kind in kinds):
            taken.update(kinds)
            chosen.add(person.number)
    return chosen


def drawn(function: Callable[[Row], Row], rows: pd.DataFrame, *, workers: int | None) -> list[Row]:
    """Call a drawing function on every row; its answers in order.

    Raises:
        DataError: when an image could not be drawn or written.
    """
    answers: list[Row] = []
    for outcome in map_rows(function, rows, workers=workers):
        if outcome.value is None:
            raise DataError(f"Image {outcome.row} could not be drawn: {outcome.failure}")
        answers.append(outcome.value)
    return answers


def write_png(path: Path, pixels: NDArray[np.uint8]) -> None:
    """An 8-bit gray PNG, whole or not at all."""
    # run-length strategy: half the time and a fifth smaller than zlib's default on images with grain
    _write(path, pixels, [cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE])


def write_jpeg(path: Path, pixels: NDArray[np.uint8]) -> None:
    """An 8-bit gray JPEG of quality 90, whole or not at all."""
    _write(path, pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])


def only(folder: Path, names: set[str], pattern: str) -> None:
    """Refuse a folder that cannot be written to, or holds images of another phantom, which would be mixed with these.

    What an interrupted drawing left half written is removed.

    Args:
        folder: where images are written.
        names: of the images to come, as paths below the folder.
        pattern: which files there are images.
    """
    remove_leftovers(check_out_folder(folder))
    there = {file.relative_to(folder).as_posix() for file in folder.glob(pattern)} if folder.is_dir() else set()
    strangers = sorted(there - names)
    if strangers:
        raise DataError(
            f"{folder} holds {len(strangers)} images that this phantom does not have: {listed(strangers)}. "
            "Give an empty folder, or delete these."
        )


def _write(path: Path, pixels: NDArray[np.uint8], settings: list[int]) -> None:
    done, data = cv2.imencode(path.suffix, pixels, settings)
    assert done, f"{path}: OpenCV could not encode {pixels.shape} pixels"
    with replacing(path) as temporary:
        temporary.write_bytes(data.tobytes())
