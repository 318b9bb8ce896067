"""A head that is fitted at once: embed the training images once, fit, evaluate, keep, log."""

import time
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hilum.data import Batch
from hilum.engine import progress
from hilum.inference.backends.torch import TorchBackend
from hilum.inference.explaining import embedded
from hilum.models import FittedHead
from hilum.runs.recipe import Recipe
from hilum.runs.save import save_weights
from hilum.schema import ConfigError, Findings
from hilum.tasks import Task
from hilum.training.hook import Plan
from hilum.training.setting import Setting
from hilum.training.state import TrainState
from hilum.training.validate import validate

AT_ONCE = 1024  # vectors in one batch, once the network has made them


def is_fitted(model: nn.Module) -> bool:
    """Whether a model's head is fitted at once, and nothing of it learned step by step."""
    return isinstance(getattr(model, "head", None), FittedHead)


def check_fits(recipe: Recipe, processes: int = 1) -> None:
    """Refuse what has no meaning beside a head that is fitted at once."""
    if recipe.augment:
        raise ConfigError(
            f"augment: model.head {recipe.model['head']['name']} is fitted to each image once, as it is. "
            "Expected no augmentation; leave `augment` out."
        )
    if processes > 1:
        raise ConfigError(
            f"{processes} devices: model.head {recipe.model['head']['name']} is fitted by one process. "
            "Expected one device."
        )


def fit_head(setting: Setting, model: nn.Module, patients: Sequence[str]) -> None:
    """Fit the head to the training images, seen once and without augmentation; all before it stays as it is.

    What the training settings say of steps (phases, sampler, moving average, …) has no bearing. The log has one epoch.

    Args:
        setting: as for a training by steps.
        model: with a `FittedHead`; its notes then say what became of each finding.
        patients: of the training images, in order.
    """
    task = setting.task
    if not isinstance(task, Task):
        raise ConfigError(
            f"task: {setting.recipe.task['name']} learns without labels, and a head that is fitted at once is "
            "fitted to labels. Expected another head, or the task classify."
        )
    began, logits = time.monotonic(), sum(task.outputs().values())
    model, targets = setting.device.place(model).eval(), setting.train.targets
    if targets["labels"].shape[1] != logits:
        raise ConfigError(
            f"model.head: it gives one logit a finding, and the task asks for {logits} of "
            f"{targets['labels'].shape[1]} findings. Expected another head, or a policy of two classes."
        )
    vectors = _vectors(setting, model)
    head: FittedHead = model.head  # type: ignore[assignment]
    said = head.fit(vectors, targets["labels"].numpy(), targets["weights"].numpy(), list(patients))
    names = Findings.of(setting.recipe.findings)
    notes = [f"{name}: {words}." for name, words in zip(names, said, strict=True)]
    model.notes = (*model.notes, *notes)  # type: ignore[assignment, misc]
    loss = _loss(setting, model, torch.from_numpy(vectors))
    spent = time.monotonic() - began
    named = {f"val_{name}": value for name, value in validate(setting, model).items()}
    state = TrainState(epoch=1, best_epoch=1, seconds=time.monotonic() - began)
    record = {"epoch": 1, "step": 1, "loss": loss, **named, "best": True, "lr": 0.0}
    record |= {"images_per_s": len(vectors) / spent, "seconds": state.seconds}
    with ExitStack() as stack:
        hooks = [make(setting.folder, TrainState(), Plan(1, len(vectors))) for make in setting.hooks]
        for hook in hooks:
            stack.callback(hook.close)
        state.weights = save_weights(setting.folder, model, 1) | named
        for hook in hooks:
            hook.step(state, len(vectors))
            hook.epoch(state, record)
        setting.save_provenance(state)  # last: with it the Run is whole


def _vectors(setting: Setting, model: nn.Module) -> NDArray[np.float32]:
    """(N, D) of the training images, in their order."""
    backend = TorchBackend(model, setting.device)
    pairs = embedded(backend, setting.recipe.preprocess, setting.train.in_order())
    vectors = [vector for _, vector in progress(pairs, total=len(setting.train.rows), what="images embedded")]
    return np.stack(vectors).astype(np.float32)


class _OnVectors(nn.Module):
    """The head alone, as a model that takes vectors."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, vectors: Tensor) -> dict[str, Tensor]:
        return {"labels": self.head(vectors)}


def _loss(setting: Setting, model: nn.Module, vectors: Tensor) -> float:
    """The recipe's loss on the training images, by which nothing was fitted."""
    alone, place, total = _OnVectors(model.head), setting.device.torch_device, 0.0  # type: ignore[arg-type]
    for start in range(0, len(vectors), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        targets = {name: value[some] for name, value in setting.train.targets.items()}
        batch = Batch((), {"vectors": vectors[some]}, targets).on(place)
        with torch.inference_mode():
            total += float(setting.task.step(alone, batch)["loss"]) * len(batch.inputs["vectors"])
    return total / len(vectors)
