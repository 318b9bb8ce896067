"""BoxPredictions: rectangles that a model or a reader drew, and the images they looked at."""

import os
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from hilum.schema.boxes import EDGES, Boxes
from hilum.schema.errors import DataError, listed
from hilum.schema.header import Header
from hilum.schema.prediction_files import read_with_header, write_with_header


@dataclass(frozen=True)
class BoxPredictions:
    """Boxes with scores for a set of images; an image of the header without a box is one on which none was found.

    Args:
        boxes: in original pixels, with `score` in [0, 1].
        header: the images that were read, provenance and failures.

    Raises:
        DataError: when a score is missing or no number in [0, 1], or a box lies on an image the header does not name.
    """

    kind: ClassVar[str] = "boxes"
    boxes: Boxes
    header: Header

    def __post_init__(self) -> None:
        table = self.boxes.table
        if "score" not in table:
            raise DataError("Predicted boxes lack the column score. Expected a score in [0, 1] for each.")
        try:
            score = table.score.to_numpy(np.float64, na_value=np.nan)
        except (TypeError, ValueError) as error:
            raise DataError(f"Predicted boxes have scores that are no numbers ({error}).") from error
        bad = ~((score >= 0) & (score <= 1))
        if bad.any():
            raise DataError(
                f"{int(bad.sum())} predicted boxes have no score in [0, 1]: {listed(table.image_id[bad])}. "
                "Expected a probability for each box."
            )
        self.header.refuse_others(table.image_id)

    def __len__(self) -> int:
        return len(self.header)

    @property
    def provenance(self) -> dict[str, Any]:
        """Where they come from."""
        return self.header.provenance

    @property
    def failures(self) -> pd.DataFrame:
        """`image_id` and `reason` of the images that could not be read."""
        return self.header.failures

    def on_canvas(self, images: pd.DataFrame) -> "BoxPredictions":
        """The same boxes in the pixels of the canvas that these images have: `image_id`, `width` and `height`.

        A scaled copy of an image has fewer pixels than the owner's, on which true boxes lie. Boxes that do not say how
        large their image was (`image_width`, `image_height`) are on the canvas already, as those of images whose
        canvas is not known.
        """
        table = self.boxes.table
        if "image_width" not in table:
            return self
        known = images.set_index("image_id")[["width", "height"]].reindex(table.image_id).to_numpy()
        own = table[["image_width", "image_height"]].to_numpy(np.float64)
        canvas = np.where(np.isnan(known), own, known)
        moved = table[EDGES] * np.tile(canvas / own, 2)
        size = pd.DataFrame(canvas, columns=["image_width", "image_height"], index=table.index)
        return replace(self, boxes=Boxes(table.assign(**moved, **size)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write as Parquet; the header travels in the file's metadata."""
        write_with_header(path, self.boxes.table, self.header, self.kind)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "BoxPredictions":
        """Read what `save` wrote.

        Raises:
            DataError: when it is something else.
        """
        table, header = read_with_header(path, cls.kind)
        try:
            return cls(Boxes(table), header)
        except (DataError, TypeError, ValueError) as error:
            raise DataError(f"{path}: {error}") from error
