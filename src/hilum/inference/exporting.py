"""Writing a Run's network for another engine, and making sure that it says the same."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hilum.device import Device
from hilum.explain.with_evidence import WithEvidence, gives_evidence
from hilum.inference.backend import Backend
from hilum.inference.backends.onnx import OnnxBackend
from hilum.inference.backends.openvino import OpenVinoBackend
from hilum.inference.backends.torch import TorchBackend
from hilum.inference.exported import ENDINGS, Exported, artifact
from hilum.inference.pooled_first import pooled_first
from hilum.inference.registries import exporters
from hilum.runs import Run
from hilum.runs.provenance import versions
from hilum.runs.run import sha256
from hilum.schema import ConfigError, RunError
from hilum.schema.files import writing
from hilum.schema.temporary import PREFIX

KNOWN = ("image", "features")  # inputs that an exported network can take
MOST_DIFFERENCE = 1e-3  # of a probability, in fp32; engines sum in other orders, which comes to 1e-5
PAIR, TRIO = 2, 3  # images of the example, and of the comparison: the number of images must not be built in
NOISE = "3 images of noise"


def export(run: Run, backend: str) -> Exported:
    """Write a Run's network for another engine, in fp32, and keep it in the Run.

    Raises:
        ConfigError: when the network has inputs or steps that other engines cannot follow, or the Run is an ensemble.
        DependencyError: when the engine is not installed.
        RunError: when the written network says other things than PyTorch's; the Run is then left as it was.
    """
    with staged(run, backend) as folder:
        path = written(run, backend, folder)
        difference = _difference(run, opened(backend, path, "fp32"))
        if not difference <= MOST_DIFFERENCE:
            raise RunError(
                f"{run.folder}: {backend} says other things than PyTorch of {NOISE}: probabilities differ by up to "
                f"{difference:.3g}. Expected at most {MOST_DIFFERENCE}; nothing was kept. Read with `--backend torch`."
            )
        facts = {"largest_difference": difference, "compared_on": NOISE}
        return kept(run, folder, Exported(backend=backend, precision="fp32", **described(run, folder), **facts))


@contextmanager
def staged(run: Run, backend: str) -> Iterator[Path]:
    """A folder inside the Run's, gone after the block: what is refused leaves nothing behind.

    One that a killed process left is emptied first.
    """
    folder = run.folder / f"{PREFIX}{artifact(backend)}"
    with writing(run.folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def written(run: Run, backend: str, folder: Path) -> Path:
    """The network's file in `folder`, in fp32."""
    network = pooled_first(run.model())
    if gives_evidence(network):
        network = WithEvidence(network).eval()
    strange = [name for name in network.inputs if name not in KNOWN]  # type: ignore[union-attr]
    if strange:
        raise ConfigError(
            f"{run.folder}: its network takes {', '.join(strange)}, which no exported network can be given. "
            "Read with `--backend torch`."
        )
    example = _noise(run, network, PAIR)
    path = folder / f"{artifact(backend)}{ENDINGS[backend]}"
    try:
        with torch.no_grad():
            outputs = tuple(network(**example))
            batch = torch.export.Dim("batch")
            program = torch.export.export(
                network, (), dict(example), dynamic_shapes={name: {0: batch} for name in example}
            )
    except Exception as error:  # tracing raises whatever the network's code makes it stumble over
        raise ConfigError(
            f"{run.folder}: its network has steps that other engines cannot follow "
            f"({' '.join(str(error).split())[:200]}). Read with `--backend torch`."
        ) from error
    exporters[backend](program, (tuple(example), outputs), path)
    return path


def opened(backend: str, path: Path, precision: str) -> Backend:
    """The backend that reads a file just written."""
    name = torch.cpu.get_capabilities().get("cpu_name", "")
    return OnnxBackend(path, name) if backend == "onnx" else OpenVinoBackend(path, precision, name)


def described(run: Run, folder: Path) -> dict[str, Any]:
    """What any export says of itself."""
    return {
        "files": {path.name: sha256(path) for path in sorted(folder.iterdir())},
        "weights_sha256": run.provenance["weights"]["sha256"],
        "versions": versions(),
    }


def kept(run: Run, folder: Path, exported: Exported) -> Exported:
    """Move the staged files into the Run, then write what describes them: until then the old description stands."""
    for name in exported.files:
        (folder / name).replace(run.folder / name)
    run.save_artifact(artifact(exported.backend), exported.model_dump(mode="json"))
    return exported


def _noise(run: Run, network: nn.Module, images: int) -> dict[str, Tensor]:
    """Inputs as the network takes them, of images that are noise; features of the last are missing."""
    draw = np.random.default_rng(0)
    size, taken = run.preprocess.size, {}
    for name in network.inputs:  # type: ignore[union-attr]
        if name == "image":
            taken[name] = torch.from_numpy(run.preprocess.normalize(draw.random((images, size, size), np.float32)))
        else:
            width = 0 if run.tabular is None else run.tabular.features
            taken[name] = torch.from_numpy(draw.standard_normal((images, width), np.float32))
            taken[name][-1] = torch.nan
    return taken


def _difference(run: Run, other: Backend) -> float:
    """The largest difference of a probability from PyTorch's, on noise."""
    network = run.model()
    inputs = {name: value.numpy() for name, value in _noise(run, network, TRIO).items()}
    said = [_records(run, backend, inputs) for backend in (TorchBackend(network, Device.choose("cpu")), other)]
    return float(np.abs(said[0] - said[1]).max())


def _records(run: Run, backend: Backend, inputs: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    return np.asarray(run.task.decode(backend(inputs), ()), np.float64)
