"""OpenVINO: the exported network on a processor, in fp32 or, where it was accepted, int8."""

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


@dataclass(frozen=True)
class OpenVinoBackend:
    """A network in OpenVINO's hands.

    Many images are computed one a core, side by side, which no memory bandwidth holds up; a single one on all cores.

    Args:
        path: the .xml, with its .bin beside it.
        precision: what stands in provenance: fp32, bf16 or int8.
        name: the processor's.
        bf16: compute in bfloat16 what is not int8.
    """

    path: Path
    precision: str
    name: str
    bf16: bool = False
    threads: int = field(default_factory=torch.get_num_threads)

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the network takes."""
        return tuple(port.any_name for port in self._model.inputs)

    @property
    def outputs(self) -> tuple[str, ...]:
        """What it gives."""
        return tuple(port.any_name for port in self._model.outputs)

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Raw outputs, float32."""
        images = len(next(iter(inputs.values())))
        if images == 1:
            given = self._one(dict(inputs))
            return {name: given[name].copy() for name in self.outputs}
        found: list[dict[str, NDArray[Any]]] = [{} for _ in range(images)]

        def keep(request: Any, row: int) -> None:
            found[row] = {name: request.get_tensor(name).data.copy() for name in self.outputs}

        self._many.set_callback(keep)
        for row in range(images):
            self._many.start_async({name: value[row : row + 1] for name, value in inputs.items()}, row)
        self._many.wait_all()
        return {name: np.concatenate([one[name] for one in found]) for name in self.outputs}

    def facts(self) -> dict[str, str]:
        """Device, name, precision, and that it was OpenVINO."""
        return {"device": "cpu", "name": self.name, "precision": self.precision, "backend": "openvino"}

    @cached_property
    def _model(self) -> Any:
        return engines.openvino().Core().read_model(self.path)

    @cached_property
    def _one(self) -> Any:
        """Compiled for a single image."""
        return self._compiled("LATENCY")

    @cached_property
    def _many(self) -> Any:
        """Compiled for images side by side."""
        return engines.openvino().AsyncInferQueue(self._compiled("THROUGHPUT"))

    def _compiled(self, hint: str) -> Any:
        settings = {
            "PERFORMANCE_HINT": hint,
            "INFERENCE_PRECISION_HINT": "bf16" if self.bf16 else "f32",  # left to itself it takes bf16 where it can
            "INFERENCE_NUM_THREADS": self.threads,
        }
        return engines.openvino().Core().compile_model(self._model, "CPU", settings)


@register
def openvino(run: Run, device: Device) -> OpenVinoBackend:
    """The network that `hilum export --to openvino` wrote, on the processor: in fp32, bf16 or int8."""
    engines.openvino()
    path, exported = exported_file(run, "openvino")
    precision = "int8" if exported.precision == "int8" else "bf16" if device.bf16 else "fp32"
    bf16 = device.bf16 and precision == "bf16"
    return OpenVinoBackend(path, precision, torch.cpu.get_capabilities().get("cpu_name", ""), bf16)
