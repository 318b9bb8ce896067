"""Batches for learning: gathered from the memory-mapped store, one batch ahead of the network."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from hilum.images import Store
from hilum.runs.batch import Batch


# N films, B a batch, K findings
@dataclass(frozen=True)
class Loader:
    """One side of the split.

    Args:
        store: where the pixels are.
        rows: (N,) rows of the films in the store.
        positions: (N,) rows of the films in the cohort.
        labels: (N, K) of 1, 0, -1, NaN.
        batch_size: films a step.
        seed: of the order.
    """

    store: Store
    rows: NDArray[np.int64]
    positions: NDArray[np.int64]
    labels: NDArray[np.float32]
    batch_size: int
    seed: int = 0

    def __len__(self) -> int:
        """Steps an epoch."""
        return -(-len(self.rows) // self.batch_size)

    def shuffled(self, epoch: int, *, rank: int = 0, world: int = 1) -> Iterator[Batch]:
        """Every film once, in an order that depends on seed and epoch alone; of each batch, this process's share.

        The films are dealt into batches of as equal size as can be: none is left out, and no last batch of one film
        upsets a batch norm.
        """
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.rows))
        return self._ahead([batch[rank::world] for batch in np.array_split(order, len(self))])

    def in_order(self) -> Iterator[Batch]:
        """Every film once, in the cohort's order."""
        return self._ahead(np.array_split(np.arange(len(self.rows)), len(self)))

    def _ahead(self, chosen: list[NDArray[np.int64]]) -> Iterator[Batch]:
        with ThreadPoolExecutor(1) as thread:
            coming = thread.submit(self._batch, chosen[0])
            for following in [*chosen[1:], None]:
                batch = coming.result()
                if following is not None:
                    coming = thread.submit(self._batch, following)
                yield batch

    def _batch(self, places: NDArray[np.int64]) -> Batch:
        images = torch.from_numpy(self.store.gather(self.rows[places]))
        labels = torch.from_numpy(self.labels[places])
        if torch.cuda.is_available():
            images, labels = images.pin_memory(), labels.pin_memory()
        return Batch(self.positions[places], {"images": images}, labels)
