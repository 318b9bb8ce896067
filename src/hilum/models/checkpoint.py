"""Named tensors out of a weights file that anyone may have written: read without running its code, or refused."""

import pickle
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from hilum.models.nesting import nested_too_deeply
from hilum.models.stand_ins import read_with_stand_ins
from hilum.schema.errors import ConfigError

SETTING = "model.pretrained: "  # what names the file in a recipe; begins messages
WRAPPERS = ("state_dict", "model_state_dict", "model_state", "model_ema", "model", "module", "teacher", "net")
MOST_TIMES = 1.5  # a PyTorch file keeps its tensors as they are; one that unpacks to more is no weights file


def read_tensors(path: Path, where: str = SETTING) -> dict[str, Tensor]:
    """The named tensors of a .safetensors file, of a PyTorch state dict, or of a whole network that PyTorch saved.

    Args:
        path: of the file.
        where: what begins every message.

    Raises:
        ConfigError: for a file that is neither, or is damaged, in one sentence and what was expected.
    """
    content = _content(path, where)
    tensors = {str(name)[:200]: value for name, value in _unwrapped(content).items() if _plain(value)}
    if not tensors:
        raise ConfigError(f"{where}{path} holds no tensors. Expected a state dict.")
    return tensors


def read_order(path: Path, name: str) -> dict[str, int]:
    """The place of each output, where a checkpoint says it under a name, as in `{"Edema": 3, …}`.

    Raises:
        ConfigError: when it does not, or the places are not 0, 1, 2, ….
    """
    content = _content(path, "")
    order = content.get(name) if isinstance(content, Mapping) else None
    if not isinstance(order, Mapping) or sorted(order.values(), key=str) != sorted(range(len(order)), key=str):
        raise ConfigError(f"{path}: says nothing of its outputs' order. Expected names and places under '{name}'.")
    return {str(output): int(place) for output, place in order.items()}


def _content(path: Path, where: str) -> Any:
    """What a file holds; an error in one sentence for whatever its reader raises."""
    try:
        return dict(load_file(path)) if path.suffix == ".safetensors" else _load_pickled(path)
    except Exception as error:  # a foreign file can make the readers raise anything: bad keys, recursion, memory
        why = (str(error).strip() or type(error).__name__).splitlines()[0][:160].rstrip(". ")
        raise ConfigError(
            f"{where}{path} cannot be read as weights ({why}). "
            "Expected .safetensors, or a state dict (names and tensors, nothing else) saved by PyTorch."
        ) from error


def _load_pickled(path: Path) -> Any:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            if unpacked > MOST_TIMES * path.stat().st_size:
                raise pickle.UnpicklingError(f"it unpacks to {unpacked} bytes")
            pickles = [entry for entry in archive.namelist() if entry.endswith(".pkl")]
            deep = any(nested_too_deeply(archive.open(entry)) for entry in pickles)
    else:
        with path.open("rb") as file:
            deep = nested_too_deeply(file)
    if deep:
        raise pickle.UnpicklingError("it is nested too deeply")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on old forms of storage, which are read all the same
        try:
            return torch.load(path, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as refused:
            try:
                return read_with_stand_ins(path)
            except Exception:  # what PyTorch found is the nearer reason
                raise refused from None


def _unwrapped(content: Any) -> Mapping[Any, Any]:
    """What stands under the names that trainers wrap a state dict in."""
    for wrapper in WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    return content if isinstance(content, Mapping) else {}


def _plain(value: Any) -> bool:
    """Whether it is a tensor with real numbers in memory: not sparse, quantized, complex, or a shape without values."""
    return (
        isinstance(value, Tensor)
        and value.layout == torch.strided
        and value.device.type == "cpu"
        and not (value.is_quantized or value.is_complex() or value.is_nested)
    )
