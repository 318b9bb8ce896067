"""Images of a cohort in batches, in order: gathered from a store where it has them, decoded on all cores where not."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hilum.engine import map_rows
from hilum.images import Preprocess, Store
from hilum.images.store import store_folder
from hilum.images.store_build import shrink_image
from hilum.runs.batch import Batch
from hilum.schema import Cohort

FEW = 16  # images that are decoded sooner than worker processes start


class Source:
    """Shrunken images of a cohort, once through, in order; what failed is kept aside with its reason.

    Args:
        cohort: whose images.
        preprocess: what an image goes through.
        stores: a folder that may hold a store of this cohort; None to decode the files.
        workers: processes that decode; None for all cores, 0 for this process.
        engine: where they are decoded: `local`, or `spark` on a cluster.
        images: False for a model that looks at no pixels: then no image is opened.
        tensors: what else models take, one row an image of the cohort.
    """

    def __init__(
        self,
        cohort: Cohort,
        preprocess: Preprocess,
        *,
        stores: Path | None = None,
        workers: int | None = None,
        engine: str = "local",
        images: bool = True,
        tensors: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.cohort, self.preprocess = cohort, preprocess
        self.workers, self.engine = workers, engine
        self.images, self.tensors = images, tensors or {}
        self.failures: list[tuple[str, str]] = []
        place = None if stores is None or not images else store_folder(stores, cohort.name, preprocess)
        self.store = Store.open(place) if place is not None and place.is_dir() else None
        ids = cohort.images.image_id
        self.rows = np.full(len(ids), -1, np.int64) if self.store is None else self.store.rows(ids)

    def batches(self, size: int) -> Iterator[Batch]:
        """Batches of at most `size` images; positions of images that failed are left out."""
        decoded = self._decoded()
        for start in range(0, len(self.rows), size):
            positions = np.arange(start, min(start + size, len(self.rows)))
            if not self.images:
                yield Batch(positions, self._beside(positions))
                continue
            pixels = np.empty((len(positions), self.preprocess.size, self.preprocess.size), np.uint8)
            stored = self.rows[positions] >= 0
            if self.store is not None and stored.any():
                pixels[stored] = self.store.gather(self.rows[positions[stored]])
            read = stored.copy()
            for place in np.flatnonzero(~stored):
                image = next(decoded)
                if image is not None:
                    pixels[place], read[place] = image, True
            if read.any():
                tensors = {"image": torch.from_numpy(pixels[read])} | self._beside(positions[read])
                yield Batch(positions[read], tensors)

    def _beside(self, positions: NDArray[np.int64]) -> dict[str, Tensor]:
        return {name: tensor[torch.from_numpy(positions)] for name, tensor in self.tensors.items()}

    def _decoded(self) -> Iterator[NDArray[np.uint8] | None]:
        """The images that no store holds, in order; None for one that failed."""
        todo = self.cohort.images.loc[self.rows < 0, ["image_id", "path"]]
        work = partial(shrink_image, preprocess=self.preprocess)
        workers = 0 if self.workers is None and len(todo) <= FEW else self.workers
        for outcome in map_rows(work, todo, engine=self.engine, workers=workers, what=None):
            value = outcome.value or {"failure": outcome.failure}
            if "pixels" in value:
                yield np.frombuffer(value["pixels"], np.uint8).reshape(self.preprocess.size, self.preprocess.size)
            else:
                self.failures.append((str(todo.image_id.iat[outcome.row]), str(value["failure"])))
                yield None
