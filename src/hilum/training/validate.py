"""The figures of an epoch on the validation images."""

from dataclasses import replace

import torch
from torch import nn

from hilum.data.batch import prepared
from hilum.inference.apply import apply
from hilum.inference.backends.torch import TorchBackend
from hilum.tasks import Objective, Task
from hilum.training.setting import Setting


def validate(setting: Setting, model: nn.Module) -> dict[str, float]:
    """The task's figures on the validation images, in fp32; the mean loss where the task is no more than an objective.

    Args:
        setting: whose `task`, `val` and `device` are used.
        model: on that device, in training mode or not; the mode is kept.
    """
    task = setting.task
    return _predicted(setting, task, model) if isinstance(task, Task) else _mean_loss(setting, task, model)


def _predicted(setting: Setting, task: Task, model: nn.Module) -> dict[str, float]:
    """By the way that `predict` goes."""
    backend = TorchBackend(model, replace(setting.device, bf16=False))
    outputs = list(apply(backend, task, setting.recipe.preprocess, setting.val.in_order()))
    image_ids = [image_id for output in outputs for image_id in output.batch.image_ids]
    records = [record for output in outputs for record in output.records]
    predictions = task.predictions(image_ids, records)
    return task.monitor(predictions, setting.val_cohort)


def _mean_loss(setting: Setting, objective: Objective, model: nn.Module) -> dict[str, float]:
    """The loss an image; what an objective draws (views, masks) is the same in every epoch, so that these compare."""
    was_training, total, seen, names = model.training, 0.0, 0, tuple(model.inputs)  # type: ignore[arg-type]
    model.eval()
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())), torch.no_grad():
        torch.manual_seed(setting.recipe.training.seed)
        for batch in setting.val.in_order():
            ready = prepared(batch, names, setting.recipe.preprocess, setting.device)
            total, seen = total + float(objective.step(model, ready)["loss"]) * len(batch), seen + len(batch)
    model.train(was_training)
    return {"loss": total / seen}
