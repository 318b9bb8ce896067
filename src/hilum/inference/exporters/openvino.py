"""OpenVINO: the network as Intel's engine reads it, the fastest on a processor."""

from pathlib import Path

from torch.export import ExportedProgram

from hilum.inference import engines
from hilum.registry import register


@register
def openvino(program: ExportedProgram, names: tuple[tuple[str, ...], tuple[str, ...]], path: Path) -> None:
    """OpenVINO's two files, network (.xml) and weights (.bin) in float32; the fastest on a processor."""
    ov = engines.openvino()
    model = ov.convert_model(program)
    for port, name in zip([*model.inputs, *model.outputs], [*names[0], *names[1]], strict=True):
        port.get_tensor().set_names({name})
    shapes = {name: tuple(given.shape) for name, given in program.example_inputs[1].items()}
    model.reshape({name: [-1, *shape[1:]] for name, shape in shapes.items()})
    ov.save_model(model, path, compress_to_fp16=False)
