"""What is made of one image: the same reading as `hilum read`, with its page, pictures and objects."""

import base64
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hilum.images import Image
from hilum.reports.outlines import COLORS, OTHER, outline_layer
from hilum.reports.shown_image import heat_uri, shrink, to_bytes
from hilum.schema import ImageError, Reading
from hilum.schema.files import without_nan
from hilum.serve import results
from hilum.serve.model import Readers
from hilum.serve.objects import objects_of
from hilum.serve.queue import Claim, Outcome
from hilum.serve.summary import summary_of
from hilum.workflows.chests import outline
from hilum.workflows.read import Readings, decoded
from hilum.workflows.read_any import AnyReadings, look_at
from hilum.workflows.write import each_reading

FAST = 1  # of PNG's levels: the file is large at any
WIDTH, QUALITY = 1400, 90  # of the picture in the reading room, in pixels and percent


def make(readers: Readers, claim: Claim, file: Path, formats: Sequence[str]) -> tuple[Outcome, dict[str, bytes]]:
    """Read one file with each Run and write what was asked for, in memory.

    Args:
        readers: what looks at it.
        claim: the image.
        file: where it lies; its name is the image's id, so that no result names a patient by a file's name.
        formats: of `objects.check_formats`, for DICOM images.

    Raises:
        ImageError: when it cannot be read, or no Run reads images of its view.
    """
    began = time.perf_counter()
    images, failures = decoded([file])
    if not images:
        raise ImageError(failures[0][1])
    chosen = readers.of(images[0].view)
    outlines = None if readers.outliner is None else outline(readers.outliner, images)
    looked = [(name, look_at(predictor, images, masks=outlines)) for name, predictor in chosen]
    read_at = time.perf_counter()
    members = {f"{name}/{member}": content for name, reading in looked for member, content in _members(reading).items()}
    shown_at = time.perf_counter()
    said = [(name, each_reading(reading)[0]) for name, reading in looked]
    objects, written, missing = _objects(said, file, formats if claim.format == "DICOM" else ())
    seconds = {"reading": read_at - began, "pages": shown_at - read_at, "objects": time.perf_counter() - shown_at}
    summary = summary_of(images[0], said) | {"seconds": {name: round(value, 4) for name, value in seconds.items()}}
    if missing:
        summary["not_written"] = missing
    weights = "+".join(str(reading.predictions.provenance["weights_sha256"]) for _, reading in looked)
    outcome = Outcome(results.new_name(claim.image_id), weights, len(summary["called"]), summary, objects)
    return outcome, {**members, **_pictures(images[0]), **_outlines(said[0][1]), **written}


def _objects(
    said: Sequence[tuple[str, Reading]], file: Path, formats: Sequence[str]
) -> tuple[list[dict[str, str]], dict[str, bytes], list[str]]:
    """What is written of each Run's reading; a file without a study has no formats, since no object could be of it."""
    rows: list[dict[str, str]] = []
    members: dict[str, bytes] = {}
    missing: list[str] = []
    for name, reading in said:
        own, written, refused = objects_of(reading, file, formats)
        rows += [row | {"member": f"{name}/{row['member']}"} for row in own]
        members |= {f"{name}/{member}": content for member, content in written.items()}
        missing += [each for each in refused if each not in missing]
    return rows, members, missing


def _members(reading: AnyReadings) -> dict[str, bytes]:
    """Numbers, page and heatmaps of one Run's reading."""
    reading = _without_folder(reading)
    layers = [heat_uri(each) for each in reading.explanations]
    page = reading.page(layers) if isinstance(reading, Readings) else reading.page()
    names = [f"heat-{place:02}.png" for place in range(len(layers))]
    listed = [
        {"finding": each.finding, "method": each.method, "member": name}
        for name, each in zip(names, reading.explanations, strict=True)
    ]
    return {
        results.READING: as_json(reading.to_json()),
        results.PAGE: page.encode(),
        results.HEATS: as_json(listed),
        **{name: base64.b64decode(layer.partition(",")[2]) for name, layer in zip(names, layers, strict=True)},
    }


def _without_folder(reading: AnyReadings) -> AnyReadings:
    """The reading with a provenance that names no folder of this machine."""
    kept = {name: value for name, value in reading.predictions.provenance.items() if name != "run_folder"}
    if isinstance(reading, Readings):
        return replace(reading, predictions=replace(reading.predictions, provenance=kept))
    header = replace(reading.predictions.header, provenance=kept)
    return replace(reading, predictions=replace(reading.predictions, header=header))


def _pictures(image: Image) -> dict[str, bytes]:
    """The image as pages and as the viewer show it."""
    written, picture = cv2.imencode(".jpg", to_bytes(shrink(image.pixels, WIDTH)), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert written, "OpenCV always holds a JPEG encoder"
    return {results.PICTURE: picture.tobytes(), results.PIXELS: deep(image)}


def _outlines(reading: Reading) -> dict[str, bytes]:
    """The outlines of what could be measured, each as a see-through layer of its own, and their list."""
    listed, members = [], {}
    for place, (name, mask) in enumerate(reading.masks.items()):
        members[f"mask-{place:02}.png"] = outline_layer(mask, COLORS.get(name, OTHER), WIDTH)
        listed.append({"structure": name, "member": f"mask-{place:02}.png"})
    return {results.MASKS: as_json(listed), **members}


def deep(image: Image) -> bytes:
    """A PNG that keeps 16 bits of gray where browsers read 8: the high byte in red, the low byte in green."""
    if image.gray.dtype == np.uint8 and image.gray.shape[1] <= WIDTH:
        colors = image.gray  # 257 times a byte has this byte twice, as a gray pixel has it in red and in green
    else:
        gray = np.rint(shrink(image.pixels, WIDTH).clip(0, 1) * np.float32(65535)).astype(np.uint16)
        colors = np.zeros((*gray.shape, 3), np.uint8)  # blue, green, red
        colors[..., 1], colors[..., 2] = gray & 255, gray >> 8
    written, content = cv2.imencode(".png", colors, [cv2.IMWRITE_PNG_COMPRESSION, FAST])
    assert written, "OpenCV always holds a PNG encoder"
    return content.tobytes()


def as_json(value: Any) -> bytes:
    """A member of JSON values."""
    return json.dumps(without_nan(value), indent=2, ensure_ascii=False).encode()
