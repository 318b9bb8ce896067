"""Source: where batches come from. The one way to pixels, in training and in predicting alike."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hilum.data.batch import Batch
from hilum.data.second_view import study_views
from hilum.engine import map_rows
from hilum.images import Preprocess, Store
from hilum.images.frame import Frame
from hilum.images.store import store_folder
from hilum.images.store_build import shrink_image
from hilum.schema import Cohort

FEW = 16  # images that are decoded sooner than worker processes start
Targets = Mapping[str, Any]  # what a task makes of a cohort: tensors, `Lazy` or sequences, one row an image
Rows = NDArray[np.intp]


@runtime_checkable
class Lazy(Protocol):
    """Targets too large to hold all of: they are read when a batch asks for them."""

    def taken(self, rows: Rows) -> "Lazy":
        """Those of these images; nothing is read."""
        ...

    def gathered(self, rows: Rows) -> Tensor:
        """Those of these images, side by side."""
        ...


class Source(Protocol):
    """Images that can be asked for by row.

    `failures` collects, image by image, id and reason of what was asked for and could not be read.
    """

    image_ids: Sequence[str]
    failures: list[tuple[str, str]]

    def __len__(self) -> int: ...

    def get(self, rows: Rows) -> Batch:
        """The images at these rows, in order; without those that cannot be read."""
        ...

    def batches(self, plan: Sequence[Rows]) -> Iterator[Batch]:
        """One batch for each entry of the plan, as `get` gives it; files are decoded ahead, on all cores."""
        ...


class CohortSource:
    """The images of a cohort: gathered from a store where it has them, decoded from their files where not.

    Args:
        cohort: whose images.
        preprocess: what an image goes through.
        store: holds all, some or none of them; None to decode the files.
        images: False for a model that looks at no pixels: then no image is opened.
        lateral: whether each image comes with the lateral of its study (`study_views`): then there are the inputs
            `image` and `lateral`, and `has_image` and `has_lateral` say where there is one; the other is black.
        beside: further inputs, one row an image of the cohort: `features`, `visits`.
        targets: what the task made of the cohort, one row an image.
        workers: processes that decode; None for all cores, 0 for this process.
        engine: where files are decoded: `local`, or `spark` on a cluster.
    """

    def __init__(
        self,
        cohort: Cohort,
        preprocess: Preprocess,
        *,
        store: Store | None = None,
        images: bool = True,
        lateral: bool = False,
        beside: Mapping[str, Tensor] | None = None,
        targets: Targets | None = None,
        workers: int | None = None,
        engine: str = "local",
    ) -> None:
        self.cohort, self.preprocess, self.store, self.images = cohort, preprocess, store, images
        self.beside, self.targets = beside or {}, targets or {}
        self.workers, self.engine = workers, engine
        self.image_ids: Sequence[str] = cohort.images.image_id.tolist()
        self.failures: list[tuple[str, str]] = []
        views = study_views(cohort) if lateral else None
        self.table = cohort.images if views is None else views.images  # what is opened; the cohort's rows come first
        self.shown = {"image": np.arange(len(cohort))} if views is None else {"image": views.frontal}
        self.shown |= {} if views is None else {"lateral": views.lateral}  # rows of the table, -1 for none
        self.stored = np.full(len(self.table), -1, np.int64) if store is None else store.rows(self.table.image_id)

    def __len__(self) -> int:
        return len(self.image_ids)

    def get(self, rows: Rows) -> Batch:
        """The images at these rows, in order; without those that cannot be read."""
        return next(self.batches([rows]))

    def batches(self, plan: Sequence[Rows]) -> Iterator[Batch]:
        """One batch for each entry of the plan; files are decoded ahead, on all cores."""
        places = [shown[rows] for rows in plan for shown in self.shown.values()] if self.images else []
        asked = np.concatenate(places) if places else np.empty(0, np.intp)
        asked = asked[asked >= 0]
        decoded = self._decoded(asked[self.stored[asked] < 0])
        for rows in plan:
            yield self._with_pixels(rows, decoded) if self.images else self._without(rows)

    def _with_pixels(self, rows: Rows, decoded: Iterator[dict[str, Any] | None]) -> Batch:
        inputs: dict[str, Tensor] = {}
        frames: dict[str, list[Frame | None]] = {}
        for name, shown in self.shown.items():
            pixels, frames[name] = self._pixels(shown[rows], decoded)
            inputs[name] = torch.from_numpy(pixels)
        # an image's own frame: of its frontal view, or of the lateral where that is all that there is
        own = [frames["image" if place >= 0 else "lateral"][at] for at, place in enumerate(self.shown["image"][rows])]
        read = np.array([frame is not None for frame in own], bool)
        if len(self.shown) > 1:
            inputs |= {
                f"has_{name}": torch.tensor([frame is not None for frame in each], dtype=torch.bool)
                for name, each in frames.items()
            }
        batch, kept = self._without(rows[read]), torch.from_numpy(read)
        inputs = {name: tensor[kept] for name, tensor in inputs.items()}
        shown_frames = [frame for frame in own if frame is not None]
        return Batch(batch.image_ids, {**inputs, **batch.inputs}, batch.targets, shown_frames)

    def _pixels(
        self, places: Rows, decoded: Iterator[dict[str, Any] | None]
    ) -> tuple[NDArray[np.uint8], list[Frame | None]]:
        """Pixels and frames of rows of the table; black and None for what is not there or cannot be read."""
        size = self.preprocess.size
        pixels = np.zeros((len(places), size, size), np.uint8)
        stored = (places >= 0) & (self.stored[places] >= 0)
        frames: list[Frame | None] = [None] * len(places)
        if self.store is not None and stored.any():
            pixels[stored] = self.store.gather(self.stored[places[stored]])
            for at in np.flatnonzero(stored):
                height, width = self._sizes[self.stored[places[at]]].tolist()
                frames[at] = Frame(height, width, self.preprocess)
        for at in np.flatnonzero((places >= 0) & ~stored):
            image = next(decoded)
            if image is not None:
                pixels[at] = np.frombuffer(image["pixels"], np.uint8).reshape(size, size)
                frames[at] = Frame(int(image["height"]), int(image["width"]), self.preprocess)
        return pixels, frames

    def _without(self, rows: Rows) -> Batch:
        """All but the pixels."""
        places = torch.from_numpy(rows)
        targets = {
            name: value.gathered(rows)
            if isinstance(value, Lazy)
            else value[places]
            if isinstance(value, Tensor)
            else [value[row] for row in rows]
            for name, value in self.targets.items()
        }
        ids = tuple(self.image_ids[row] for row in rows)
        return Batch(ids, {name: tensor[places] for name, tensor in self.beside.items()}, targets)

    def assembled(self, rows: Rows, decoded: Iterator[dict[str, Any] | None]) -> Batch:
        """The images at these rows; `decoded` gives those that no store holds, in order, None for one that failed."""
        return self._with_pixels(rows, decoded) if self.images else self._without(rows)

    @property
    def _sizes(self) -> NDArray[np.int64]:
        """(N, 2) height and width of the stored images, by row of the store."""
        if not hasattr(self, "_known_sizes"):
            assert self.store is not None
            there = self.store.index[self.store.index.row >= 0].sort_values("row")
            self._known_sizes = there[["height", "width"]].to_numpy(np.int64)
        return self._known_sizes

    def _decoded(self, rows: Rows) -> Iterator[dict[str, Any] | None]:
        """The images that no store holds, in order; None for one that failed."""
        todo = self.table.iloc[rows][["image_id", "path"]]
        work = partial(shrink_image, preprocess=self.preprocess)
        workers = 0 if self.workers is None and len(todo) <= FEW else self.workers
        for outcome in map_rows(work, todo, engine=self.engine, workers=workers, what=None):
            value = outcome.value or {"failure": outcome.failure}
            if "pixels" in value:
                yield value
            else:
                self.failures.append((str(todo.image_id.iat[outcome.row]), str(value["failure"])))
                yield None


def found_store(stores: Path | None, cohort: Cohort, preprocess: Preprocess) -> Store | None:
    """The store of this cohort under this Preprocess, when the folder holds it."""
    place = None if stores is None else store_folder(stores, cohort.name, preprocess)
    return Store.open(place) if place is not None and place.is_dir() else None
