"""From batches to records: the one way, in training, evaluation, serving and reading alike."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from hilum.data import Batch
from hilum.data.batch import prepared
from hilum.device import CPU
from hilum.images import Preprocess
from hilum.inference.backend import Backend
from hilum.tasks import Task


@dataclass(frozen=True)
class ModelOutput:
    """What is said of a batch.

    Args:
        batch: as the source gave it.
        records: decoded, one row an image.
    """

    batch: Batch
    records: NDArray[Any]


def apply(backend: Backend, task: Task, preprocess: Preprocess, batches: Iterable[Batch]) -> Iterator[ModelOutput]:
    """Prepare, compute, decode, batch by batch; batches of no image are passed over."""
    for batch in batches:
        if len(batch):
            inputs = prepared(batch, backend.inputs, preprocess, CPU).inputs
            raw = backend({name: tensor.numpy() for name, tensor in inputs.items()})
            yield ModelOutput(batch, task.decode(raw, batch.frames))
