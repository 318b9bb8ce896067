"""The weights that a phase trains, in groups that share weight decay and a share of the learning rate."""

from typing import Any

from torch import nn

from hilum.models.encoders import TimmEncoder
from hilum.runs.recipe import Phase
from hilum.schema import ConfigError

Groups = list[dict[str, Any]]  # `params`; `share` of the phase's rate; `weight_decay` 0 where they are spared it


def groups_of(model: nn.Module, phase: Phase) -> Groups:
    """The weights that learn; biases and norms (one dimension) are spared weight decay.

    Args:
        model: with `requires_grad` as the phase wants it.
        phase: whose `lr_of` and `layer_decay` say which part learns at which share of the rate.

    Raises:
        ConfigError: when nothing learns, or `lr_of` names a part that the model lacks.
    """
    shares, found = _shares(model, phase), dict[tuple[float, bool], list[nn.Parameter]]()
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            found.setdefault((shares[name], weight.ndim > 1), []).append(weight)
    if not found:
        raise ConfigError(
            f"training.phases: everything is frozen ({', '.join(phase.frozen)}), and a phase that trains nothing "
            f"changes nothing. Expected a part that learns: {_children(model)}."
        )
    return [
        {"params": weights, "share": share} | ({} if decayed else {"weight_decay": 0.0})
        for (share, decayed), weights in sorted(found.items(), key=lambda item: (-item[0][0], not item[0][1]))
    ]


def part_of(model: nn.Module, name: str) -> nn.Module:
    """The submodule of that name, as in `encoder` or `encoder.network.layer1`.

    Raises:
        ConfigError: when there is none.
    """
    try:
        return model.get_submodule(name)
    except AttributeError as error:
        raise ConfigError(f"training.phases: the model has no part '{name}'. It has {_children(model)}.") from error


def _shares(model: nn.Module, phase: Phase) -> dict[str, float]:
    """The share of the phase's rate at which each weight learns, by the weight's name."""
    shares = dict.fromkeys((name for name, _ in model.named_parameters()), 1.0)
    if phase.layer_decay < 1:
        for start, encoder in model.named_modules():
            if isinstance(encoder, TimmEncoder):
                levels = _levels(encoder.network)
                top = max(levels.values()) + 1  # where the head stands
                for name, level in levels.items():
                    shares[f"{start}.network.{name}"] *= phase.layer_decay ** (top - level)
    for part in sorted(phase.lr_of, key=len):  # the longest name comes last, and counts
        part_of(model, part)
        shares |= {name: phase.lr_of[part] for name in shares if name.startswith(f"{part}.")}
    return shares


def _levels(network: nn.Module) -> dict[str, int]:
    """How deep each weight of a timm network lies, from 0 at the image, by timm's own grouping."""
    from timm.models import group_parameters  # takes longer to import than all of torch

    levels: dict[str, int] = group_parameters(network, network.group_matcher(coarse=False), reverse=True)  # type: ignore[operator]
    return levels


def _children(model: nn.Module) -> str:
    return ", ".join(name for name, _ in model.named_children())
