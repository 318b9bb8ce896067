"""ONNX: the network as a file that many engines read."""

from pathlib import Path

from torch.export import ExportedProgram

from hilum.inference.engines import onnxscript
from hilum.registry import register


@register
def onnx(program: ExportedProgram, names: tuple[tuple[str, ...], tuple[str, ...]], path: Path) -> None:
    """An ONNX file, which ONNX Runtime and many other engines read; weights in float32."""
    import torch.onnx

    onnxscript()
    inputs, outputs = names
    written = torch.onnx.export(program, dynamo=True, input_names=inputs, output_names=outputs, verbose=False)
    assert written is not None
    written.save(path, external_data=False)
