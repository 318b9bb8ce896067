"""ONNX Runtime: the exported network on a processor, in fp32."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hilum.device import Device
from hilum.inference import engines
from hilum.inference.exported import exported_file
from hilum.registry import register
from hilum.runs import Run

AT_ONCE = 16  # images; more run no faster, and fill memory


@dataclass(frozen=True)
class OnnxBackend:
    """A network in ONNX Runtime's hands.

    Args:
        path: the .onnx file.
        name: the processor's.
    """

    path: Path
    name: str
    threads: int = field(default_factory=torch.get_num_threads)

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the network takes."""
        return tuple(one.name for one in self._session.get_inputs())

    @property
    def outputs(self) -> tuple[str, ...]:
        """What it gives."""
        return tuple(one.name for one in self._session.get_outputs())

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Raw outputs, float32."""
        images = len(next(iter(inputs.values())))
        parts = [
            self._session.run(None, {name: value[start : start + AT_ONCE] for name, value in inputs.items()})
            for start in range(0, images, AT_ONCE)
        ]
        return {name: np.concatenate(each) for name, each in zip(self.outputs, zip(*parts, strict=True), strict=True)}

    def facts(self) -> dict[str, str]:
        """Device, name, precision, and that it was ONNX Runtime."""
        return {"device": "cpu", "name": self.name, "precision": "fp32", "backend": "onnx"}

    @cached_property
    def _session(self) -> Any:
        runtime = engines.onnxruntime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = self.threads
        return runtime.InferenceSession(str(self.path), options, providers=["CPUExecutionProvider"])


@register
def onnx(run: Run, device: Device) -> OnnxBackend:  # noqa: ARG001  it computes on the processor, in fp32
    """The network that `hilum export --to onnx` wrote, by ONNX Runtime on the processor, in fp32."""
    engines.onnxruntime()
    path, _ = exported_file(run, "onnx")
    return OnnxBackend(path, torch.cpu.get_capabilities().get("cpu_name", ""))
