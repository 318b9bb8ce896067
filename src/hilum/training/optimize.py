"""Optimizers, the course of the learning rate, and which parts learn."""

import math

from torch import nn, optim

from hilum.runs.config import Phase
from hilum.schema import ConfigError


def optimizer_for(model: nn.Module, phase: Phase) -> optim.Optimizer:
    """The phase's optimizer over the parts that learn; biases and norms (one dimension) are spared weight decay.

    Fused: one pass over the weights a step instead of ten, which on a CPU is a tenth of a small network's step.
    """
    learning = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    if not learning:
        raise ConfigError(
            f"training.phases: everything is frozen ({', '.join(phase.frozen)}). Expected a part that learns."
        )
    groups = [
        {"params": [weight for _, weight in learning if weight.ndim > 1], "weight_decay": phase.weight_decay},
        {"params": [weight for _, weight in learning if weight.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if phase.optimizer == "sgd":
        return optim.SGD(groups, lr=phase.lr, momentum=phase.momentum, nesterov=phase.momentum > 0, fused=True)
    return (optim.Adam if phase.optimizer == "adam" else optim.AdamW)(groups, lr=phase.lr, fused=True)


def rate(phase: Phase, step: int, steps_an_epoch: int) -> float:
    """The learning rate at a step of the phase, counted from 0.

    It rises in a line over the warm-up and then stays, or falls as half a cosine that would reach 0 one step after
    the phase's last.

    >>> phase = Phase(epochs=2, lr=1.0, warmup_epochs=0.5, schedule="cosine")
    >>> [round(rate(phase, step, 4), 2) for step in range(8)]
    [0.5, 1.0, 1.0, 0.93, 0.75, 0.5, 0.25, 0.07]
    """
    warmup, steps = round(phase.warmup_epochs * steps_an_epoch), phase.epochs * steps_an_epoch
    if step < warmup:
        return phase.lr * (step + 1) / warmup
    if phase.schedule == "constant":
        return phase.lr
    return phase.lr * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def freeze(model: nn.Module, parts: tuple[str, ...]) -> None:
    """Let every part learn but these, which also keep their batch statistics; call it after `model.train()`.

    Args:
        model: in training mode.
        parts: names of submodules, as in `encoder` or `encoder.network.layer1`.
    """
    model.requires_grad_(True)
    for part in parts:
        try:
            module = model.get_submodule(part)
        except AttributeError as error:
            inside = ", ".join(name for name, _ in model.named_children())
            raise ConfigError(f"training.phases: the model has no part '{part}'. It has {inside}.") from error
        module.requires_grad_(False).eval()
