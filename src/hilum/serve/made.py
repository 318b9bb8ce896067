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
from hilum.reports import reading_page
from hilum.reports.outlines import COLORS, OTHER, outline_layer
from hilum.reports.shown_image import heat_uri, shrink, to_bytes
from hilum.schema import Reading
from hilum.schema.files import without_nan
from hilum.serve import results
from hilum.serve.model import Readers
from hilum.serve.objects import objects_of
from hilum.serve.queue import Claim, Outcome
from hilum.workflows.read import Readings, read
from hilum.workflows.write import each_reading

FAST = 1  # of PNG's levels: the file is large at any
WIDTH, QUALITY = 1400, 90  # of the picture in the reading room, in pixels and percent


def make(readers: Readers, claim: Claim, file: Path, formats: Sequence[str]) -> tuple[Outcome, dict[str, bytes]]:
    """Read one file and write what was asked for, in memory.

    Args:
        readers: what looks at it.
        claim: the image.
        file: where it lies; its name is the image's id, so that no result names a patient by a file's name.
        formats: of `objects.check_formats`, for DICOM images.

    Raises:
        ImageError: when it cannot be read.
    """
    began = time.perf_counter()
    reading = read(readers.predictor, [file], masks=readers.outliner)
    read_at = time.perf_counter()
    members = _members(reading)
    shown_at = time.perf_counter()
    chosen = formats if claim.format == "DICOM" else ()  # another file names no study that an object could be of
    whole = each_reading(reading)[0]
    objects, written, missing = objects_of(whole, file, chosen)
    seconds = {"reading": read_at - began, "pages": shown_at - read_at, "objects": time.perf_counter() - shown_at}
    above, summary = _summary(reading, whole)
    weights = str(reading.predictions.provenance["weights_sha256"])
    summary |= {"seconds": {name: round(value, 4) for name, value in seconds.items()}}
    summary |= {each.name: round(each.value, 4) for each in whole.measurements} | {"notes": list(whole.notes)}
    if missing:
        summary["not_written"] = missing
    outcome = Outcome(results.new_name(claim.image_id), weights, above, summary, objects)
    return outcome, {**members, **_outlines(whole), **written}


def _members(reading: Readings) -> dict[str, bytes]:
    image = reading.images[0]
    provenance = {name: value for name, value in reading.predictions.provenance.items() if name != "run_folder"}
    reading = replace(reading, predictions=replace(reading.predictions, provenance=provenance))
    layers = [heat_uri(each) for each in reading.explanations]
    page = reading_page(
        reading.images, reading.predictions, reading.explanations, operating_points=reading.thresholds, layers=layers
    )
    written, picture = cv2.imencode(".jpg", to_bytes(shrink(image.pixels, WIDTH)), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert written, "OpenCV always holds a JPEG encoder"
    names = [f"heat-{place:02}.png" for place in range(len(layers))]
    listed = [
        {"finding": each.finding, "method": each.method, "member": name}
        for name, each in zip(names, reading.explanations, strict=True)
    ]
    return {
        results.READING: _json(reading.to_json()),
        results.PAGE: page.encode(),
        results.PICTURE: picture.tobytes(),
        results.PIXELS: deep(image),
        results.HEATS: _json(listed),
        **{name: base64.b64decode(layer.partition(",")[2]) for name, layer in zip(names, layers, strict=True)},
    }


def _outlines(reading: Reading) -> dict[str, bytes]:
    """The outlines of what could be measured, each as a see-through layer of its own, and their list."""
    listed, members = [], {}
    for place, (name, mask) in enumerate(reading.masks.items()):
        members[f"mask-{place:02}.png"] = outline_layer(mask, COLORS.get(name, OTHER), WIDTH)
        listed.append({"structure": name, "member": f"mask-{place:02}.png"})
    return {results.MASKS: _json(listed), **members}


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


def _summary(reading: Readings, whole: Reading) -> tuple[int, dict[str, Any]]:
    """How many findings reach their operating points, and what the worklist shows."""
    image, predictions = reading.images[0], reading.predictions
    points = {each.finding: each.threshold for each in whole.assessments if each.threshold is not None}
    row = dict(zip(predictions.findings, predictions.probabilities[0].tolist(), strict=True))
    called = [name for name, value in row.items() if name in points and value >= points[name]]
    said = [name for name in row if not np.isnan(row[name])]
    summary = {
        "view": image.view,
        "sex": image.sex,
        "age_years": image.age_years,
        "probabilities": row,
        "points": {name: points[name] for name in row if name in points},
        "called": sorted(called, key=lambda name: -row[name]),
        "highest": sorted(said, key=lambda name: -row[name])[:3],
        "mean_brightness": round(float(image.pixels.mean()), 4),
    }
    return len(called), without_nan(summary)


def _json(value: Any) -> bytes:
    return json.dumps(without_nan(value), indent=2, ensure_ascii=False).encode()
