"""One image with one heatmap as a picture file, its notice burnt in."""

import io

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from hilum.images import Image
from hilum.reports.shown_image import STRONGEST, ShownBox, heat_at, heat_colors, shown_boxes, shrink, to_bytes
from hilum.schema import DataError, Explanation
from hilum.schema.findings import display

FOOT = 44  # pixels below the image for finding and notice
NOTICE = "For research, not a medical device."


def overlay_png(
    image: Image, explanation: Explanation, boxes: pd.DataFrame | None = None, *, width: int = 1024
) -> bytes:
    """The image under its heatmap as a PNG, with a strip below that says what is shown.

    Args:
        image: the image.
        explanation: its heatmap, in the image's own pixels.
        boxes: `x0 y0 x1 y1` in original pixels, drawn as white lines; predicted ones (with `score`) thinner.
        width: at most so many pixels wide; a smaller image keeps its size, at least 256.

    Raises:
        DataError: when the heatmap is of another size than the image.
    """
    if explanation.shape != image.pixels.shape:
        raise DataError(
            f"The heatmap of {explanation.image_id} is {explanation.shape}, the image {image.image_id} "
            f"{image.pixels.shape}. Expected the image's own pixels."
        )
    pixels = shrink(image.pixels, width)
    picture = Picture.fromarray(blend(pixels, heat_at(explanation, *pixels.shape)))
    if boxes is not None:
        _draw_boxes(picture, shown_boxes(boxes, pixels.shape[1] / image.pixels.shape[1]))
    written = io.BytesIO()
    _with_foot(picture, f"{display(explanation.finding)}, {explanation.method}").save(written, "PNG")
    return written.getvalue()


def blend(pixels: NDArray[np.float32], heatmap: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Image and heatmap as one color picture; without evidence the image stays untouched.

    Args:
        pixels: (H, W) in [0, 1].
        heatmap: (H, W) in [0, 1]: color and opacity both grow with it.

    Returns:
        (H, W, 3) uint8, red green blue.
    """
    opacity = (heatmap * STRONGEST)[..., None]
    color = heat_colors()[to_bytes(heatmap)]
    blended: NDArray[np.float32] = pixels[..., None] * 255 * (1 - opacity) + color * opacity
    return np.rint(blended).astype(np.uint8)


def _draw_boxes(picture: Picture.Image, boxes: list[ShownBox]) -> None:
    draw = ImageDraw.Draw(picture)
    for box in boxes:
        corners = (box.x, box.y, box.x + box.width - 1, box.y + box.height - 1)
        draw.rectangle(corners, outline="black", width=3)
        draw.rectangle(corners, outline="white", width=1 if box.predicted else 2)


def _with_foot(picture: Picture.Image, text: str) -> Picture.Image:
    framed = Picture.new("RGB", (max(picture.width, 256), picture.height + FOOT), "black")
    framed.paste(picture, (0, 0))
    draw = ImageDraw.Draw(framed)
    draw.text((8, picture.height + 4), text, fill="white", font=ImageFont.load_default(15))
    draw.text((8, picture.height + 24), NOTICE, fill="#f0b775", font=ImageFont.load_default(13))
    return framed
