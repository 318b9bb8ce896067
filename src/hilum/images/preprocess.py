"""Preprocess: frozen values that say how an image becomes a tensor. They travel with the weights."""

import hashlib
import json
from typing import Any, Literal, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator

from hilum.images.equalize import EQUALIZATIONS
from hilum.images.geometry import Axis, placement
from hilum.images.image import to_8bit
from hilum.schema import DataError

Batch = TypeVar("Batch")  # a NumPy array or a torch tensor: what follows is written in what both understand
PIXELS_VERSION = 1  # raise it when a change of code changes stored pixels: old stores are then built anew
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
IMAGENET_MEAN_GRAY, IMAGENET_STD_GRAY = 0.449, 0.226  # the means of the three
LEAST_DEVIATION = 1e-5  # an empty image becomes zeros, not NaN


class Preprocess(BaseModel):
    """How an image becomes a tensor: crop, equalize, fit, resize (kept in a Store), then normalize (on the batch)."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)

    size: int = Field(224, ge=16, le=4096, description="side of the square, in pixels")
    channels: Literal[1, 3] = Field(1, description="1, or 3 equal ones for encoders that were made for color")
    center_crop: float = Field(1.0, gt=0, le=1, description="share of each side that is kept, around the middle")
    equalize: Literal["none", "histogram", "clahe"] = Field("none", description="equalization of the gray values")
    fit: Literal["squash", "pad", "crop"] = Field(
        "squash",
        description="squash to the square, pad the shorter side black, or crop the longer one around its middle",
    )
    normalization: Literal["symmetric", "imagenet", "per_image"] | tuple[float, float] = Field(
        "symmetric",
        alias="normalize",  # its name in recipes and as an argument; the method of that name does it
        description="to [-1, 1]; by ImageNet's mean and deviation; each image to mean 0 and deviation 1; or what black "
        "and white become, as in [-1024, 1024]",
    )

    @field_validator("normalization")
    @classmethod
    def _two_ends(cls, given: Any) -> Any:
        if isinstance(given, tuple) and not (np.isfinite(given).all() and given[0] < given[1]):
            raise ValueError("expected what black becomes, and a larger number for white")
        return given

    @property
    def hash(self) -> str:
        """12 hex digits of what changes stored pixels: everything but channels and normalize."""
        kept = self.model_dump(exclude={"channels", "normalization"}) | {"version": PIXELS_VERSION}
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:12]

    # --- an image to stored pixels -----------------------------------------------------------------------------------

    def shrink(self, pixels: NDArray[Any]) -> NDArray[np.uint8]:
        """Crop, equalize, fit and resize an image: what a Store holds.

        The work is done in 8 bits, so that an image gives the same bytes whether it comes as `Image.pixels` or as
        `Image.pixels_8bit` (which spares an 8-bit image the way through floats).

        Args:
            pixels: (H, W), uint8 or floats in [0, 1].

        Returns:
            (size, size) uint8.
        """
        if pixels.ndim != 2 or not (pixels.dtype == np.uint8 or np.issubdtype(pixels.dtype, np.floating)):
            raise DataError(
                f"An image of shape {pixels.shape}, {pixels.dtype}. Expected (H, W), uint8 or floats in [0, 1]."
            )
        gray = pixels if pixels.dtype == np.uint8 else to_8bit(pixels)
        rows, columns = self._placement(*gray.shape)
        crop = gray[rows.start : rows.start + rows.cropped, columns.start : columns.start + columns.cropped]
        crop = EQUALIZATIONS[self.equalize](np.ascontiguousarray(crop))
        # Averaging over areas keeps thin lines when an image shrinks; it has no meaning when it grows.
        shrinks = rows.scale < 1 or columns.scale < 1
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        fitted: NDArray[np.uint8] = np.asarray(
            cv2.resize(crop, (columns.fitted, rows.fitted), interpolation=method), np.uint8
        )
        if fitted.shape == (self.size, self.size):
            return fitted
        square = np.zeros((self.size, self.size), np.uint8)
        square[rows.offset : rows.offset + rows.fitted, columns.offset : columns.offset + columns.fitted] = fitted
        return square

    # --- stored pixels to a batch ----------------------------------------------------------------------------------

    def normalize(self, batch: Batch) -> Batch:
        """Floats in [0, 1] to what the network takes; a NumPy array or a torch tensor alike.

        Args:
            batch: (B, h, w) floats in [0, 1], 1 = bright.

        Returns:
            (B, channels, h, w) float32. `imagenet` with one channel takes the mean over the three of ImageNet's values.
        """
        x: Any = batch
        x = x.astype(np.float32) if isinstance(x, np.ndarray) else x.float()
        x = x[:, None]
        if self.normalization == "symmetric":
            x = x * 2 - 1
        elif isinstance(self.normalization, tuple):
            black, white = self.normalization
            x = x * (white - black) + black
        elif self.normalization == "per_image":
            x = x - x.mean((-2, -1), keepdims=True)
            deviation = (x * x).mean((-2, -1), keepdims=True) ** 0.5
            x = x / (deviation + LEAST_DEVIATION)
        elif self.channels == 1:
            x = (x - IMAGENET_MEAN_GRAY) / IMAGENET_STD_GRAY
        if self.channels == 1:
            return x  # type: ignore[no-any-return]
        if self.normalization == "imagenet":
            return (x - _like(x, IMAGENET_MEAN)) / _like(x, IMAGENET_STD)  # type: ignore[no-any-return]
        return x[:, [0] * self.channels]  # type: ignore[no-any-return]

    # --- and back to original pixels -------------------------------------------------------------------------------

    def boxes_from_original(self, boxes: NDArray[Any], height: int, width: int) -> NDArray[np.float64]:
        """Boxes of an image to boxes on its square; what the crop cut off is cut off (a box outside has no area).

        Args:
            boxes: (N, 4) x0 y0 x1 y1 in original pixels.
            height: of the image, in original pixels.
            width: of the image, in original pixels.

        Returns:
            (N, 4) x0 y0 x1 y1 in pixels of the (size, size) square.
        """
        rows, columns = self._placement(height, width)
        corners = np.asarray(boxes, np.float64).reshape(-1, 4)
        return np.stack(
            [axis.to_square(corners[:, i]) for i, axis in enumerate((columns, rows, columns, rows))], axis=1
        )

    def points_from_original(self, points: NDArray[Any], height: int, width: int) -> NDArray[np.float64]:
        """(N, 2) x and y in original pixels to the square's, also beyond it: a polygon keeps its shape."""
        rows, columns = self._placement(height, width)
        return np.stack([columns.unheld(points[:, 0]), rows.unheld(points[:, 1])], axis=1)

    def boxes_to_original(self, boxes: NDArray[Any], height: int, width: int) -> NDArray[np.float64]:
        """Boxes on the square to boxes of the image, held inside the crop: the way back."""
        rows, columns = self._placement(height, width)
        corners = np.asarray(boxes, np.float64).reshape(-1, 4)
        return np.stack(
            [axis.to_original(corners[:, i]) for i, axis in enumerate((columns, rows, columns, rows))], axis=1
        )

    def heatmap_to_original(self, heatmap: NDArray[Any], height: int, width: int) -> NDArray[np.float32]:
        """A heatmap over the square, of any resolution, to the image's own pixels.

        Args:
            heatmap: (h, w), whose cells divide the square evenly, as a network's last feature map does.
            height: of the image, in original pixels.
            width: of the image, in original pixels.

        Returns:
            (height, width) float32, interpolated linearly between the centers of the cells; 0 outside the crop, which
            the model never saw.
        """
        cells = np.asarray(heatmap, np.float32)
        rows, columns = self.spread(cells.shape, height, width)
        return np.asarray(rows @ cells @ columns.T, np.float32)

    def spread(
        self, cells: tuple[int, ...], height: int, width: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What `heatmap_to_original` multiplies a heatmap with: (height, h) and (width, w) for one of (h, w) cells."""
        rows, columns = self._placement(height, width)
        return rows.spread(cells[0]), columns.spread(cells[1])

    def _placement(self, height: int, width: int) -> tuple[Axis, Axis]:
        return placement(height, width, size=self.size, center_crop=self.center_crop, fit=self.fit)


def _like(batch: Any, values: tuple[float, ...]) -> Any:
    """(C, 1, 1) float32, one value a channel: an array beside an array, a tensor beside a tensor."""
    column = np.array(values, np.float32)[:, None, None]
    return column if isinstance(batch, np.ndarray) else batch.new_tensor(column)
