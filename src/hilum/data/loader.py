"""Loader: the batches of an epoch, one ahead of the network."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hilum.data.batch import Batch
from hilum.data.samplers.shuffle import shuffle
from hilum.data.source import Lazy, Source, Targets

Sampler = Callable[[Targets, int], NDArray[np.intp]]  # targets and a seed to the order of an epoch


# N rows that are asked for, B a batch
@dataclass(frozen=True)
class Loader:
    """Some rows of a source, in batches.

    Args:
        source: where the images come from.
        rows: (N,) rows of the source.
        batch_size: images a step, on all processes together.
        targets: of these N rows, for a sampler that looks at them.
        sampler: the order of an epoch, as places in `rows`; some may come several times and others not at all.
        seed: of the order.
        world: how many processes share each batch.
    """

    source: Source
    rows: NDArray[np.intp]
    batch_size: int
    targets: Targets
    sampler: Sampler = shuffle
    seed: int = 0
    world: int = 1

    def __len__(self) -> int:
        """Steps an epoch."""
        return self._steps(self.images)

    @cached_property
    def images(self) -> int:
        """Images an epoch, each counted as often as it comes; as many in every epoch."""
        return len(self.places(0))

    def epoch(self, number: int, *, rank: int = 0, first: int = 0) -> Iterator[Batch]:
        """The sampler's order, which follows from seed and epoch alone; of each batch, this process's share.

        Args:
            number: of the epoch, from 0.
            rank: of this process.
            first: the step to begin with.
        """
        return self._ahead([batch[rank :: self.world] for batch in self._dealt(self._order(number))[first:]])

    def sizes(self, number: int) -> list[int]:
        """Images of each of the epoch's steps, on all processes together."""
        return [len(batch) for batch in self._dealt(self._order(number))]

    def in_order(self) -> Iterator[Batch]:
        """Every image once, in the source's order."""
        return self._ahead(np.array_split(self.rows, max(1, -(-len(self.rows) // self.batch_size))))

    def places(self, epoch: int) -> NDArray[np.intp]:
        """The order of an epoch, as places in `rows`."""
        seed = int(np.random.SeedSequence((self.seed, epoch)).generate_state(1, np.uint64)[0])
        return self.sampler(self.targets, seed)

    def _order(self, epoch: int) -> NDArray[np.intp]:
        return self.rows[self.places(epoch)]

    def _dealt(self, order: NDArray[np.intp]) -> list[NDArray[np.intp]]:
        """Batches of as equal size as can be: none is left out."""
        return np.array_split(order, self._steps(len(order)))

    def _steps(self, images: int) -> int:
        """So many batches that none is so small that a batch norm has one image."""
        steps = max(1, -(-images // self.batch_size))
        fewest = min(2, max(1, self.batch_size // self.world))
        while steps > 1 and images // steps // self.world < fewest:
            steps -= 1
        return steps

    def _ahead(self, plan: list[NDArray[np.intp]]) -> Iterator[Batch]:
        batches = self.source.batches(plan)
        with ThreadPoolExecutor(1) as thread:
            coming = thread.submit(next, batches, None)
            while (batch := coming.result()) is not None:
                coming = thread.submit(next, batches, None)
                yield batch.pinned() if torch.cuda.is_available() else batch


def chosen(targets: Targets, rows: NDArray[np.intp]) -> Targets:
    """The targets of these rows."""
    return {
        name: value.taken(rows)
        if isinstance(value, Lazy)
        else value[torch.from_numpy(rows)]
        if isinstance(value, Tensor)
        else [value[row] for row in rows]
        for name, value in targets.items()
    }
