"""Images at hand: read once, shrunk once, and asked as often as need be."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy

import numpy as np
import torch
from torch import Tensor

from hilum.data.batch import Batch
from hilum.data.source import Rows
from hilum.engine.local import cores
from hilum.images import Image, Preprocess
from hilum.images.frame import Frame


class MemorySource:
    """Images that are in memory already.

    Args:
        images: read with `read_image`.
        preprocess: what they go through.
        beside: further inputs, one row an image.
        lateral: for a model of two views: each image is a frontal one, and its lateral is missing.
    """

    def __init__(
        self,
        images: Sequence[Image],
        preprocess: Preprocess,
        beside: Mapping[str, Tensor] | None = None,
        *,
        lateral: bool = False,
    ) -> None:
        self.beside, self.lateral = beside or {}, lateral
        self.image_ids: Sequence[str] = [image.image_id for image in images]
        self.failures: list[tuple[str, str]] = []
        self.frames = [Frame(image.gray.shape[0], image.gray.shape[1], preprocess) for image in images]
        with ThreadPoolExecutor(cores()) as pool:  # OpenCV lets go of Python's lock
            shrunk = list(pool.map(lambda image: preprocess.shrink(image.pixels_8bit), images))
        self.pixels = np.stack(shrunk) if shrunk else np.empty((0, preprocess.size, preprocess.size), np.uint8)

    def beside_these(self, beside: Mapping[str, Tensor], *, lateral: bool) -> "MemorySource":
        """The same pixels, not shrunk again, beside other inputs."""
        other = copy(self)
        other.beside, other.lateral = beside, lateral
        return other

    def __len__(self) -> int:
        return len(self.image_ids)

    def get(self, rows: Rows) -> Batch:
        """The images at these rows, in order."""
        ids = tuple(self.image_ids[row] for row in rows)
        inputs = {"image": torch.from_numpy(self.pixels[rows])}
        if self.lateral:
            none = torch.zeros(len(rows), dtype=torch.bool)
            inputs |= {"lateral": torch.zeros_like(inputs["image"]), "has_lateral": none, "has_image": ~none}
        inputs |= {name: tensor[torch.from_numpy(rows)] for name, tensor in self.beside.items()}
        return Batch(ids, inputs, frames=[self.frames[row] for row in rows])

    def batches(self, plan: Sequence[Rows]) -> Iterator[Batch]:
        """One batch for each entry of the plan."""
        return (self.get(rows) for rows in plan)
