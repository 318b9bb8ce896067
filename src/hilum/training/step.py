"""One step: an augmented batch, forward, loss, backward, optimizer, moving average."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from hilum.data import Augment, Batch
from hilum.data.batch import prepared
from hilum.runs.recipe import Phase
from hilum.schema import RunError
from hilum.training.average import Average
from hilum.training.checkpoint import restore
from hilum.training.optimize import freeze, optimizer_for
from hilum.training.setting import Setting

NO_MEMORY = ("not enough memory", "can't allocate memory", "out of memory")  # as PyTorch says it on a CPU


class Stepper:
    """What a phase does with each batch.

    Args:
        setting: of the training.
        model: on its device.
        phase: which parts learn, by which optimizer.
        average: of the weights, or None.
        moments: the optimizer's state by parameter number, where the phase is gone on with.
    """

    def __init__(
        self,
        setting: Setting,
        model: nn.Module,
        phase: Phase,
        average: Average | None,
        moments: Mapping[int, Mapping[str, Tensor]],
    ) -> None:
        self.setting, self.model, self.phase, self.average = setting, model, phase, average
        self.listen()
        self.optimizer = optimizer_for(model, phase)
        restore(self.optimizer, moments)
        self.network, self.stepping = setting.fabric.setup(model, self.optimizer)
        self.augment = Augment(setting.recipe.augment)
        self.generator = torch.Generator(setting.device.torch_device)

    @property
    def reader(self) -> nn.Module:
        """The model that is judged and kept: the moving average, where there is one."""
        return self.model if self.average is None else self.average.model

    def listen(self) -> None:
        """Put the model into training mode, but for what is frozen; validation leaves it otherwise."""
        self.model.train()
        freeze(self.model, self.phase.frozen)

    def __call__(self, batch: Batch, lr: float, *seeds: int) -> Tensor:
        """Make the step.

        Args:
            batch: as the loader gives it, this process's share.
            lr: the learning rate.
            seeds: everything random follows from them, so that a step made again is the same step.

        Returns:
            The loss of the whole batch, of all processes together, on the device.

        Raises:
            RunError: when memory does not hold it.
        """
        torch.manual_seed(seed_of(*seeds))
        self.generator.manual_seed(seed_of(*seeds))
        for group in self.optimizer.param_groups:
            group["lr"] = lr * group["share"]
        with self._enough_memory(batch):
            loss = self._backward(batch)
        if self.setting.recipe.training.gradient_clip:
            self.setting.fabric.clip_gradients(
                self.network, self.stepping, max_norm=self.setting.recipe.training.gradient_clip
            )
        self.stepping.step()
        self.stepping.zero_grad()
        if self.average is not None:
            self.average.update(self.model)
        return loss

    def _backward(self, batch: Batch) -> Tensor:
        """Leave the gradient of the whole batch in the weights, however many processes and parts share it."""
        setting, fabric = self.setting, self.setting.fabric
        ready = prepared(
            batch,
            self.model.inputs,  # type: ignore[arg-type]
            setting.recipe.preprocess,
            setting.device,
            transform=self.augment,
            generator=self.generator,
        )
        parts = list(ready.parts(setting.recipe.training.accumulate))
        sums = torch.zeros(2, device=setting.device.torch_device)  # loss times weight, and weight
        for number, part in enumerate(parts):
            with fabric.no_backward_sync(self.network, enabled=number < len(parts) - 1):
                losses = setting.task.step(self.network, part)
                loss = losses["loss"]
                if self._whole:
                    fabric.backward(loss)
                    return loss.detach()
                weight = torch.as_tensor(losses.get("weight", len(part))).to(sums)
                fabric.backward(loss * weight)  # the parts add up, and the sum is divided below
            sums += torch.stack([loss.detach() * weight, weight])
        summed: Tensor = fabric.all_reduce(sums, reduce_op="sum")  # type: ignore[assignment]
        total, weight = summed[0], summed[1].clamp(min=1e-8)
        for one in self.model.parameters():
            if one.grad is not None:  # a mean over processes so far
                one.grad.mul_(fabric.world_size / weight)
        return total / weight

    @property
    def _whole(self) -> bool:
        return self.setting.fabric.world_size == 1 and self.setting.recipe.training.accumulate == 1

    @contextmanager
    def _enough_memory(self, batch: Batch) -> Iterator[None]:
        try:
            yield
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if type(error) is RuntimeError and not any(words in str(error) for words in NO_MEMORY):
                raise
            parts = self.setting.recipe.training.accumulate
            raise RunError(
                f"{len(batch)} images a step, {-(-len(batch) // parts)} at once, are too many for the memory of "
                f"{self.setting.device.torch_device}. Try --set training.accumulate={2 * parts}, which takes half as "
                "many at once and learns the same; or a smaller training.batch_size or preprocess.size."
            ) from error


def seed_of(*parts: int) -> int:
    """One number that follows from several, far apart for neighbors.

    >>> seed_of(0, 1) == seed_of(0, 1), seed_of(0, 1) == seed_of(1, 0)
    (True, False)
    """
    return int(np.random.SeedSequence(parts).generate_state(1, np.uint64)[0])
