"""Modules that hold what they were fitted to: as much as there was."""

from typing import Any

import torch
from torch import nn


class Stored(nn.Module):
    """A module whose buffers take the shapes of what is loaded into it: before it is fitted nobody knows them."""

    def __init__(self) -> None:
        super().__init__()
        self.register_load_state_dict_pre_hook(_take_shapes)  # type: ignore[no-untyped-call]


def _take_shapes(module: nn.Module, tensors: dict[str, Any], prefix: str, *_: Any) -> None:
    for name, buffer in list(module.named_buffers(recurse=False)):
        if prefix + name in tensors:
            setattr(module, name, torch.empty_like(tensors[prefix + name], device=buffer.device))
