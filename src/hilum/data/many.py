"""The same images as several models take them: each file is decoded once, whatever the number of models."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from hilum.data.batch import Batch
from hilum.data.source import FEW, CohortSource, Rows, Source
from hilum.engine import map_rows
from hilum.images import Preprocess
from hilum.images.store_build import shrink_for_each


class ManySource:
    """Several sources of the same images in the same order, side by side.

    Args:
        parts: what each way of taking the images gives: pixels under a Preprocess, features, or both. Those that are
            `CohortSource` share the decoding of files: each file is read once, and shrunk once for each Preprocess.
            Only one that looks at two views of a study opens its files itself.
    """

    def __init__(self, parts: Sequence[Source]) -> None:
        self.parts = parts
        self.image_ids: Sequence[str] = parts[0].image_ids
        self.failures: list[tuple[str, str]] = []

    def __len__(self) -> int:
        return len(self.image_ids)

    def get(self, rows: Rows) -> Batch:
        """The images at these rows as the first part gives them."""
        return self.parts[0].get(rows)

    def batches(self, plan: Sequence[Rows]) -> Iterator[Batch]:
        """The batches of the plan as the first part gives them."""
        return self.parts[0].batches(plan)

    def side_by_side(self, plan: Sequence[Rows]) -> Iterator[tuple[Batch, ...]]:
        """For each entry of the plan one batch a part.

        A part that needs a file which cannot be read lacks that image, and `failures` names it; ids say which there
        are.
        """
        alike = [part for part in self.parts if isinstance(part, CohortSource) and part.images and len(part.shown) == 1]
        together = self._decoded_once(alike, plan) if alike else iter(())
        apart = {id(part): part.batches(plan) for part in self.parts if part not in alike}
        for _ in plan:
            once = dict(zip(map(id, alike), next(together, ()), strict=True))
            yield tuple(once[id(part)] if id(part) in once else next(apart[id(part)]) for part in self.parts)
            reasons = dict(pair for part in reversed(self.parts) for pair in reversed(part.failures))
            self.failures += [pair for pair in reasons.items() if pair[0] not in dict(self.failures)]

    def _decoded_once(self, parts: Sequence[CohortSource], plan: Sequence[Rows]) -> Iterator[tuple[Batch, ...]]:
        ways = {part.preprocess.hash: part.preprocess for part in parts}
        place = {name: number for number, name in enumerate(ways)}
        lacking = np.any([part.stored < 0 for part in parts], axis=0)  # (N,)
        asked = np.concatenate([*plan]) if len(plan) else np.empty(0, np.intp)
        decoded = self._decoded(parts[0], asked[lacking[asked]], tuple(ways.values()))
        for rows in plan:
            found = [next(decoded) if lacking[row] else None for row in rows]

            def own(part: CohortSource, rows: Rows = rows, found: Any = found) -> Iterator[dict[str, Any] | None]:
                for row, image in zip(rows, found, strict=True):
                    if part.stored[row] < 0:
                        yield (
                            None if image is None else image | {"pixels": image["pixels"][place[part.preprocess.hash]]}
                        )

            yield tuple(part.assembled(rows, own(part)) for part in parts)

    @staticmethod
    def _decoded(like: CohortSource, rows: Rows, ways: tuple[Preprocess, ...]) -> Iterator[dict[str, Any] | None]:
        """The images at these rows, each with its pixels under every Preprocess; None for one that failed."""
        todo = like.cohort.images.iloc[rows][["image_id", "path"]]
        workers = 0 if like.workers is None and len(todo) <= FEW else like.workers
        work = partial(shrink_for_each, preprocesses=ways)
        for outcome in map_rows(work, todo, engine=like.engine, workers=workers, what=None):
            value = outcome.value or {"failure": outcome.failure}
            if "failure" in value:
                like.failures.append((str(todo.image_id.iat[outcome.row]), str(value["failure"])))
            yield None if "failure" in value else value
