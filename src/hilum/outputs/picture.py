"""The picture of a secondary capture: the image with all that was found burnt in, beside what was said in words."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from hilum.outputs.regions import Box, boxes_in, corners, outlines
from hilum.outputs.stamp import NOTICE
from hilum.reports.overlay import blend
from hilum.reports.shown_image import heat_at, resized
from hilum.schema import Explanation, Reading
from hilum.schema.findings import display

LONGEST = 1280  # pixels of the image's longer side; a smaller image is enlarged, so that the words beside it have room
PANEL = 440  # pixels of the words beside it
LINE, LARGE, SMALL = 26, 19, 15
ABOVE, BELOW, PALE, AMBER = "#ffd27f", "#c9d1d9", "#8b949e", "#f0b775"


def picture_of(reading: Reading) -> NDArray[np.uint8]:
    """(H, W, 3) uint8: image with heatmap, boxes and outlines, and the findings beside it. It names no one.

    The heatmap is that of the most probable finding called present; none is drawn where nothing was called.
    """
    scale = LONGEST / max(reading.pixels.shape)
    shown = next((each for each in map(reading.heatmap, [a.finding for a in reading.called("present")]) if each), None)
    picture = Picture.fromarray(_image(reading, shown, scale))
    draw = ImageDraw.Draw(picture)
    for mask in reading.masks.values():
        for line in outlines(mask):
            draw.line([tuple(point) for point in line * scale], fill="#58c4dd", width=2)
    for box in boxes_in(reading.boxes):
        _draw_box(draw, box, scale)
    whole = Picture.new("RGB", (picture.width + PANEL, picture.height), "#0d1117")
    whole.paste(picture, (0, 0))
    _write(ImageDraw.Draw(whole), reading, shown, picture.width + 20)
    return np.asarray(whole)


def _image(reading: Reading, shown: Explanation | None, scale: float) -> NDArray[np.uint8]:
    width, height = (max(1, round(side * scale)) for side in reading.pixels.shape[::-1])
    pixels = resized(np.asarray(reading.pixels / np.float32(255)), height, width)
    if shown is None:
        return np.repeat(np.rint(pixels * 255).astype(np.uint8)[..., None], 3, axis=-1)
    return blend(pixels, heat_at(shown, height, width))


def _draw_box(draw: ImageDraw.ImageDraw, box: Box, scale: float) -> None:
    line = [tuple(point) for point in corners(box) * scale]
    draw.line(line, fill="black", width=5)
    draw.line(line, fill="white", width=2)
    x, y = line[0]
    place = (x + 4, y - LINE if y > LINE else y + 4)
    draw.text(
        place,
        display(box.finding),
        fill="white",
        stroke_width=2,
        stroke_fill="black",
        font=ImageFont.load_default(LARGE),
    )


def _write(draw: ImageDraw.ImageDraw, reading: Reading, shown: Explanation | None, left: int) -> None:
    """The words beside the image, as many as there is room for."""
    lines = [
        (NOTICE, AMBER, SMALL),
        ("Made by a program. No physician has reviewed it.", AMBER, SMALL),
        ("", PALE, SMALL),
    ]
    for call, color in (("present", ABOVE), ("absent", BELOW), ("not assessed", PALE)):
        found = reading.called(call)  # type: ignore[arg-type]
        if found:
            lines.append((call.capitalize(), color, LARGE))
        for each in found:
            given = "" if np.isnan(each.probability) else f"{each.probability:.2f}"
            point = "" if each.threshold is None else f"  (point {each.threshold:.2f})"
            lines.append((f"   {display(each.finding)}  {given}{point}", color, SMALL))
    lines += [("", PALE, SMALL)] if reading.measurements else []
    lines += [(f"{display(each.name)}: {each.value:.2f}", BELOW, SMALL) for each in reading.measurements]
    if shown is not None:
        lines += [
            ("", PALE, SMALL),
            (f"Colors: where the model looked for {display(shown.finding).lower()}", PALE, SMALL),
        ]
        lines += [("(its own scale; not where disease is)", PALE, SMALL)]
    lines += [(f"Note: {note}", AMBER, SMALL) for note in reading.notes]
    for number, (text, color, size) in enumerate(lines):
        draw.text((left, 16 + number * LINE), text, fill=color, font=ImageFont.load_default(size))
