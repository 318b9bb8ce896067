"""PyTorch: the network as it was trained."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from torch import from_numpy, inference_mode, nn

from hilum.device import Device
from hilum.registry import register
from hilum.runs import Run


@dataclass(frozen=True)
class TorchBackend:
    """A network on a device.

    Args:
        model: on the device, with its weights; the mode it is in is kept, but for the time of a call.
        device: where it is, and in which numbers it computes.
    """

    model: nn.Module
    device: Device

    @classmethod
    def of(cls, run: Run, device: Device) -> "TorchBackend":
        """The network of a Run on a device."""
        return cls(device.place(run.model()).eval(), device)

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the network's forward takes."""
        return tuple(self.model.inputs)  # type: ignore[arg-type]

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Raw outputs, float32, in evaluation mode."""
        training = self.model.training
        if training:  # a network has hundreds of parts to be told
            self.model.eval()
        try:
            tensors = {name: from_numpy(value).to(self.device.torch_device) for name, value in inputs.items()}
            if "image" in tensors:
                tensors["image"] = self.device.layout(tensors["image"])
            with inference_mode(), self.device.autocast():
                raw = self.model(**tensors)
            return {name: value.float().cpu().numpy() for name, value in raw.items()}
        finally:
            if training:
                self.model.train()

    def facts(self) -> dict[str, str]:
        """Device, name, precision, and that it was PyTorch."""
        return self.device.facts() | {"backend": "torch"}


@register
def torch(run: Run, device: Device) -> TorchBackend:
    """The network as it was trained, by PyTorch: on the processor or a GPU, in fp32 or bf16."""
    return TorchBackend.of(run, device)
