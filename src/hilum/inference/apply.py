"""From batches to records: the one way, in training, evaluation, serving and reading alike."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from torch import Generator, Tensor

from hilum.data import Batch
from hilum.data.batch import prepared
from hilum.device import CPU
from hilum.images import Preprocess
from hilum.inference.backend import Backend
from hilum.tasks import Task
from hilum.tasks.task import Records

Variant = Callable[[Tensor], Tensor]  # (B, 1, h, w) in [0, 1] to the same


@dataclass(frozen=True)
class ModelOutput:
    """What is said of a batch.

    Args:
        batch: as the source gave it.
        records: decoded, one an image.
    """

    batch: Batch
    records: Records


def apply(backend: Backend, task: Task, preprocess: Preprocess, batches: Iterable[Batch]) -> Iterator[ModelOutput]:
    """Prepare, compute, decode, batch by batch; batches of no image are passed over."""
    for batch in batches:
        if len(batch):
            yield ModelOutput(batch, records_of(backend, task, preprocess, batch))


def records_of(
    backend: Backend, task: Task, preprocess: Preprocess, batch: Batch, *, variant: Variant | None = None
) -> Records:
    """What is said of a batch of at least one image, one record an image; `variant` shows the images otherwise."""

    def shown(batch: Batch, generator: Generator) -> Batch:  # noqa: ARG001  nothing is drawn
        return batch if variant is None else batch.with_image(variant(batch.inputs["image"]))

    ready = prepared(batch, backend.inputs, preprocess, CPU, transform=shown, generator=Generator())
    return task.decode(backend({name: tensor.numpy() for name, tensor in ready.inputs.items()}), batch.frames)
