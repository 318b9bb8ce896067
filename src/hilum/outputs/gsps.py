"""Grayscale Softcopy Presentation State: boxes and outlines as lines over the image, on any PACS."""

from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray

from hilum.outputs.extras import highdicom
from hilum.outputs.regions import Box, boxes_in, corners, outlines
from hilum.outputs.source import ready
from hilum.outputs.stamp import NOTICE, device, finished, identity
from hilum.registry import register
from hilum.schema import DataError, Reading
from hilum.schema.findings import display

LEAST_WIDTH = 0.3  # of the image for a text: narrow boxes stand wherever


@register
def gsps(reading: Reading, source: pydicom.Dataset) -> list[pydicom.Dataset]:
    """Presentation state: boxes with their finding, outlines of structures, findings and notice as text.

    The image is shown with its own lookup tables and window; nothing is hidden, zoomed or turned.

    Raises:
        DataError: for a color image, which has no grayscale to present.

    Source: DICOM PS3.3 A.33.1.
    """
    image = ready(source, reading)
    if image.get("SamplesPerPixel", 1) != 1 or image.PhotometricInterpretation not in ("MONOCHROME1", "MONOCHROME2"):
        raise DataError(f"{reading.image_id}: a color image. Expected a gray one for gsps; write sc or sr of it.")
    hd, drawn = highdicom("pr"), _Drawing(reading, image)
    layers = [drawn.findings(), *drawn.structures()]
    made = hd.GrayscaleSoftcopyPresentationState(
        referenced_images=[image],
        content_label="READING",
        content_description=NOTICE,
        graphic_annotations=layers,
        graphic_layers=drawn.layers,
        presentation_lut_transformation=highdicom().PresentationLUTTransformation(
            # A state replaces the image's polarity: without this, MONOCHROME1 would be shown as a negative.
            presentation_lut_shape="INVERSE" if image.PhotometricInterpretation == "MONOCHROME1" else "IDENTITY"
        ),
        **identity(reading, image, "gsps"),
        **device(reading),
    )
    return [finished(made, source, "Boxes and outlines", ["Laterality"])]


class _Drawing:
    """Lines and texts of one reading, each kind on a layer of its own."""

    def __init__(self, reading: Reading, image: pydicom.Dataset) -> None:
        self.reading, self.image = reading, image
        self.hd = highdicom("pr")
        self.layers: list[Any] = []

    def findings(self) -> Any:
        """Boxes with their finding, and all present findings with the notice in a corner."""
        lines, texts = [], [self._corner()]
        for box in boxes_in(self.reading.boxes):
            lines.append(self._line(corners(box)))
            texts.append(self._label(box, display(box.finding) + ("" if np.isnan(box.score) else f" {box.score:.2f}")))
        return self._annotation("FINDINGS", "Findings and boxes", lines, texts)

    def structures(self) -> list[Any]:
        """Outlines of all structures; nothing where there are none."""
        lines = [self._line(line) for mask in self.reading.masks.values() for line in outlines(mask)]
        return [self._annotation("STRUCTURES", "Outlined structures", lines, [])] if lines else []

    def _annotation(self, name: str, description: str, lines: list[Any], texts: list[Any]) -> Any:
        layer = self.hd.GraphicLayer(name, order=len(self.layers) + 1, description=description)
        self.layers.append(layer)
        return self.hd.GraphicAnnotation([self.image], layer, graphic_objects=lines or None, text_objects=texts or None)

    def _line(self, points: NDArray[np.float64]) -> Any:
        return self.hd.GraphicObject("POLYLINE", points, "PIXEL")

    def _label(self, box: Box, text: str) -> Any:
        """A text just above a box, or within it where there is no room above."""
        height, width = self.reading.pixels.shape
        line = height / 30
        top = box.y0 - line if box.y0 > line else box.y0
        right = min(width, max(box.x1, box.x0 + LEAST_WIDTH * width))
        left = min(box.x0, right - LEAST_WIDTH * width)
        return self._text(text, (left, top, right, top + line))

    def _corner(self) -> Any:
        height, width = self.reading.pixels.shape
        said = [f"{display(each.finding)} {each.probability:.2f}" for each in self.reading.called("present")]
        text = "\r\n".join([*(said or ["No finding above its operating point"]), NOTICE])
        return self._text(text, (0, 0, width * 0.45, height / 30 * (len(said) + 2)))

    def _text(self, text: str, bounds: tuple[float, float, float, float]) -> Any:
        return self.hd.TextObject(text, "PIXEL", bounding_box=bounds, text_justification="LEFT")
