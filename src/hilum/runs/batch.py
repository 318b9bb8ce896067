"""Batch: images side by side, as they come from a store or from files; and what a model's forward takes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hilum.images import Preprocess
from hilum.runs.device import Device
from hilum.schema import ConfigError

Augment = Callable[[Tensor], Tensor]  # (B, 1, h, w) in [0, 1] to the same


# B images, K findings, F features, h w the square of Preprocess
@dataclass(frozen=True)
class Batch:
    """Images side by side.

    Args:
        positions: (B,) rows of the images in their Cohort.
        tensors: what models take, by the names in `Model.inputs`: `image`, (B, h, w) uint8 as a store holds them.
        labels: (B, K) of 1, 0, -1, NaN, while learning.
    """

    positions: NDArray[np.int64]
    tensors: Mapping[str, Tensor]
    labels: Tensor | None = None

    def __len__(self) -> int:
        return len(self.positions)

    def inputs(
        self, model: nn.Module, preprocess: Preprocess, device: Device, augment: Augment | None = None
    ) -> dict[str, Tensor]:
        """The tensors that the model's forward takes, by name, on the device, images augmented and normalized."""
        taken = {}
        for name in model.inputs:  # type: ignore[union-attr]
            if name not in self.tensors:
                raise ConfigError(f"The model takes {name}, and the batch holds {', '.join(self.tensors)} alone.")
            tensor = self.tensors[name].to(device.torch_device, non_blocking=True)
            taken[name] = pixels(tensor, preprocess, device, augment) if name == "image" else tensor
        return taken


def pixels(stored: Tensor, preprocess: Preprocess, device: Device, augment: Augment | None = None) -> Tensor:
    """(B, h, w) uint8 as a store holds them to (B, C, h, w) as a network takes them."""
    gray = stored.to(torch.float32).div_(255)  # (B, h, w) in [0, 1]
    if augment is not None:
        gray = augment(gray.unsqueeze(1)).squeeze(1)
    return device.layout(preprocess.normalize(gray))  # (B, C, h, w)
