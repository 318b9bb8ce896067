"""Batches for learning: gathered from the memory-mapped store, one batch ahead of the network."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hilum.images import Store
from hilum.runs.batch import Batch


# N images, B a batch, K findings
@dataclass(frozen=True)
class Loader:
    """One split.

    Args:
        store: where the pixels are; None for a model that looks at none.
        rows: (N,) rows of the images in the store.
        positions: (N,) rows of the images in the cohort.
        labels: (N, K) of 1, 0, -1, NaN.
        batch_size: images a step.
        seed: of the order.
        tensors: what else models take, (N, …) each.
    """

    store: Store | None
    rows: NDArray[np.int64]
    positions: NDArray[np.int64]
    labels: NDArray[np.float32]
    batch_size: int
    seed: int = 0
    tensors: Mapping[str, Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        """Steps an epoch."""
        return -(-len(self.rows) // self.batch_size)

    def shuffled(self, epoch: int, *, rank: int = 0, world: int = 1) -> Iterator[Batch]:
        """Every image once, in an order that depends on seed and epoch alone; of each batch, this process's share.

        The images are dealt into batches of as equal size as can be: none is left out, and no last batch of one image
        upsets a batch norm.
        """
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.rows))
        return self._ahead([batch[rank::world] for batch in np.array_split(order, len(self))])

    def in_order(self) -> Iterator[Batch]:
        """Every image once, in the cohort's order."""
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
        chosen, labels = torch.from_numpy(places), torch.from_numpy(self.labels[places])
        tensors = {name: tensor[chosen] for name, tensor in self.tensors.items()}
        if self.store is not None:
            tensors["image"] = torch.from_numpy(self.store.gather(self.rows[places]))
        if torch.cuda.is_available():
            labels, tensors = labels.pin_memory(), {name: tensor.pin_memory() for name, tensor in tensors.items()}
        return Batch(self.positions[places], tensors, labels)
