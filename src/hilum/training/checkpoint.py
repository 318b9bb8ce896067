"""Where learning can be resumed: one file, whole or absent, without pickles."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn, optim

from hilum.schema import RunError
from hilum.schema.files import replacing
from hilum.training.average import Average
from hilum.training.state import TrainState

LAST = "last.safetensors"


def save_last(
    folder: Path, state: TrainState, model: nn.Module, optimizer: optim.Optimizer, average: Average | None
) -> None:
    """Write everything that the next step depends on."""
    state.averaged = average.steps if average is not None else 0
    tensors = {f"model/{name}": tensor for name, tensor in model.state_dict().items()}
    if average is not None:
        tensors |= {f"average/{name}": tensor for name, tensor in average.model.state_dict().items()}
    for number, entry in optimizer.state_dict()["state"].items():
        tensors |= {
            f"optimizer/{number}/{name}": torch.as_tensor(value) for name, value in entry.items() if value is not None
        }
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with replacing(folder / LAST) as temporary:
        save_file(whole, temporary, metadata={"state": json.dumps(asdict(state))})


def load_last(
    folder: Path, model: nn.Module, average: Average | None
) -> tuple[TrainState, dict[int, dict[str, Tensor]]]:
    """Fill model and average; give the training state, and the optimizer's state by parameter number.

    Raises:
        RunError: when the file is damaged or belongs to another model.
    """
    path = folder / LAST
    try:
        with safe_open(path, framework="pt") as file:
            state = _state(json.loads(file.metadata()["state"]))
            tensors = {name: file.get_tensor(name) for name in list(file.keys())}
        model.load_state_dict(_under("model/", tensors))
        if average is not None:
            average.model.load_state_dict(_under("average/", tensors))
            average.steps = state.averaged
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _under("optimizer/", tensors).items():
            number, _, key = name.partition("/")
            moments.setdefault(int(number), {})[key] = tensor
    except Exception as error:  # a damaged file makes its readers raise anything
        reason = " ".join((str(error) or type(error).__name__).split())[:300]
        raise RunError(
            f"{path}: learning cannot be resumed from it ({reason}). Train anew into another folder."
        ) from error
    return state, moments


def _state(held: Any) -> TrainState:
    state = TrainState(**held)
    counts = (state.epoch, state.steps, state.within, state.images, state.best_epoch, state.averaged)
    if not all(isinstance(count, int) and count >= 0 for count in counts) or not isinstance(state.weights, dict):
        raise ValueError("its state holds no counts of epochs")
    return state


def restore(optimizer: optim.Optimizer, state: Mapping[int, Mapping[str, Tensor]]) -> None:
    """Put the state back, each tensor in its parameter's memory layout, so that the next step is the same step."""
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    held: dict[str, Any] = optimizer.state_dict()
    held["state"] = {
        number: {
            key: torch.empty_like(weights[number]).copy_(value) if value.shape == weights[number].shape else value
            for key, value in entry.items()
        }
        for number, entry in state.items()
    }
    optimizer.load_state_dict(held)


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
