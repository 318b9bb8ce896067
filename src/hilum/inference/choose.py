"""Which backend reads: the one asked for, or the fastest that is at hand."""

from hilum.device import Device
from hilum.inference.engines import installed
from hilum.inference.exported import exported_file, exported_of
from hilum.runs import Run
from hilum.schema import RunError

AUTO = "auto"
FASTEST_FIRST = ("openvino", "onnx")  # on a processor, as benchmarks/reading_speed.py found


def chosen_backend(run: Run, backend: str, device: Device) -> str:
    """The backend's name: as asked for; of `auto` the fastest that the Run was exported for and that is installed.

    A GPU is faster than any of them, so there it is PyTorch; likewise where an export is of other weights than the
    Run's, or damaged. What is chosen stands in the provenance of all that is said.
    """
    if backend != AUTO:
        return backend
    if device.torch_device.type == "cpu":
        for name in FASTEST_FIRST:
            if installed(name) and not (device.bf16 and name == "onnx") and _sound(run, name):
                return name
    return "torch"


def _sound(run: Run, backend: str) -> bool:
    try:
        return exported_of(run, backend) is not None and bool(exported_file(run, backend))
    except RunError:
        return False
