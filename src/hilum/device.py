"""What to compute on, and in which numbers: decided once, by what the machine has in hardware."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from hilum.schema.errors import ConfigError

Precision = Literal["auto", "fp32", "bf16"]


@dataclass(frozen=True)
class Device:
    """A device and how to use it.

    Args:
        torch_device: where tensors live.
        bf16: run matrix products and convolutions in bfloat16; weights stay in float32.
        channels_last: memory layout of images and convolutions; changes speed alone.
    """

    torch_device: torch.device
    bf16: bool
    channels_last: bool

    @classmethod
    def choose(cls, device: str = "auto", precision: Precision = "fp32", channels_last: bool = True) -> "Device":
        """The device as asked for; `auto` takes a GPU before the CPU, and bfloat16 where it is fast."""
        chosen = _device(device)
        return cls(chosen, has_bf16(chosen) if precision == "auto" else precision == "bf16", channels_last)

    def place(self, module: nn.Module) -> nn.Module:
        """The module on this device, in this layout."""
        placed = module.to(self.torch_device)
        return placed.to(memory_format=torch.channels_last) if self.channels_last else placed

    def layout(self, images: Tensor) -> Tensor:
        """(B, C, h, w) images in this layout."""
        return images.contiguous(memory_format=torch.channels_last) if self.channels_last else images

    def autocast(self) -> AbstractContextManager[None]:
        """Within this block matrix products run in the device's numbers."""
        return torch.autocast(self.torch_device.type, torch.bfloat16, enabled=self.bf16)

    def facts(self) -> dict[str, str]:
        """What stands in provenance."""
        name = (
            torch.cuda.get_device_name(self.torch_device)
            if self.torch_device.type == "cuda"
            else torch.cpu.get_capabilities().get("cpu_name", "")
        )
        return {"device": str(self.torch_device), "name": name, "precision": "bf16" if self.bf16 else "fp32"}


def has_bf16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 in hardware; where it does not, bf16 is slower than fp32."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        flags = torch.cpu.get_capabilities()
        return any(flags.get(name) for name in ("avx512_bf16", "amx_bf16", "arm_bf16"))
    return False


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"device: there is no device '{name}'. Expected auto, cpu, cuda or cuda:N.") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ConfigError(f"device: '{name}' is not here ({torch.cuda.device_count()} GPUs found). Use device=auto.")
    return device


CPU = Device(torch.device("cpu"), bf16=False, channels_last=False)  # where data are prepared
