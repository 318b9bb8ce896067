"""Weights from elsewhere: a file or a Run into a model's encoder, and what became of each tensor, said."""

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from hilum.schema.errors import ConfigError, listed

WEIGHTS = "weights.safetensors"  # the name under which a Run keeps its weights
WRAPPERS = ("state_dict", "model_state_dict", "model", "teacher", "net")
ENOUGH = 0.5  # share of the encoder's tensors a file must hold to count as weights of this encoder


def load_encoder(model: nn.Module, source: str) -> tuple[str, ...]:
    """Fill `model.encoder` (and `model.transition` when it fits) from a weights file or a Run folder.

    The head is never taken: as many outputs need not mean the same findings.

    Args:
        model: has an `encoder`.
        source: path of a .safetensors file, of a .pth, .pt or .bin state dict, or of a Run folder.

    Returns:
        What was taken, adapted and left out, in sentences.
    """
    path = Path(source)
    if path.is_dir():
        path = path / WEIGHTS
    if not path.is_file():
        raise ConfigError(
            f"model.pretrained: {path} does not exist. "
            "Expected none, imagenet, a weights file (.safetensors, .pth) or the folder of a Run."
        )
    held = read_tensors(path)
    wanted = {
        name: tensor for name, tensor in model.state_dict().items() if name.startswith(("encoder.", "transition."))
    }
    own = {name: held[found] for name, found in _pairs(wanted, held).items()}
    fitted = {name: _fit(tensor, wanted[name]) for name, tensor in own.items()}
    taken = {name: tensor for name, tensor in fitted.items() if tensor is not None}
    encoder = [name for name in wanted if name.startswith("encoder.")]
    missing = [name for name in encoder if name not in taken]
    if len(missing) > ENOUGH * len(encoder):
        raise ConfigError(
            f"model.pretrained: {path} fills {len(encoder) - len(missing)} of the encoder's {len(encoder)} tensors; "
            f"missing {listed(missing, 3)}. It holds {listed(held, 3)}. Expected weights of the same network."
        )
    model.load_state_dict(taken, strict=False)
    return tuple(_sentences(path, len(taken), missing, _summed(own, wanted), len(held) - len(own)))


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The named tensors of a .safetensors file or of a PyTorch state dict, which is read without running its code."""
    try:
        if path.suffix == ".safetensors":
            return dict(load_file(path))
        held = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, OSError, EOFError) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        raise ConfigError(
            f"model.pretrained: {path} cannot be read as weights ({why}). "
            "Expected .safetensors, or a state dict (names and tensors, nothing else) saved by PyTorch."
        ) from error
    for wrapper in WRAPPERS:
        if isinstance(held, Mapping) and isinstance(held.get(wrapper), Mapping):
            held = held[wrapper]
    pairs = held.items() if isinstance(held, Mapping) else ()
    tensors = {str(name): value for name, value in pairs if isinstance(value, Tensor)}
    if not tensors:
        raise ConfigError(f"model.pretrained: {path} holds no tensors. Expected a state dict.")
    return tensors


def _pairs(wanted: Mapping[str, Tensor], held: Mapping[str, Tensor]) -> dict[str, str]:
    """Own name -> name in the file, whatever stands before the encoder there (nothing, `encoder.`, `module.`, …)."""
    first = next(name for name in wanted if name.startswith("encoder.")).removeprefix("encoder.")
    prefixes = sorted({name.removesuffix(first) for name in held if name.endswith(first)}, key=len)
    prefix = "encoder." if "encoder." in prefixes else next(iter(prefixes), "")
    pairs = {}
    for name in wanted:
        found = prefix + name.removeprefix("encoder.") if name.startswith("encoder.") else name
        if found in held:
            pairs[name] = found
    return pairs


def _fit(tensor: Tensor, like: Tensor) -> Tensor | None:
    """The tensor in the shape of `like`: as it is, or a stem's input channels summed to one or spread to three."""
    if tensor.shape == like.shape:
        return tensor
    if tensor.ndim == 4 and like.ndim == 4 and (tensor.shape[1], like.shape[1]) == (3, 1):
        summed = tensor.sum(dim=1, keepdim=True)
        return summed if summed.shape == like.shape else None
    if tensor.ndim == 4 and like.ndim == 4 and (tensor.shape[1], like.shape[1]) == (1, 3):
        spread = tensor.expand(-1, 3, -1, -1) / 3
        return spread if spread.shape == like.shape else None
    return None


def _summed(own: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> list[str]:
    return [
        name
        for name, tensor in own.items()
        if tensor.shape != wanted[name].shape and _fit(tensor, wanted[name]) is not None
    ]


def _sentences(path: Path, taken: int, missing: list[str], adapted: list[str], others: int) -> list[str]:
    said = [f"{taken} tensors of the encoder come from {path}."]
    if adapted:
        said.append(f"{listed(adapted)}: input channels summed or spread to fit the images.")
    if missing:
        said.append(f"Left as initialized, not in the file or of another shape: {listed(missing)}.")
    if others:
        said.append(f"{others} tensors of the file were left out, its head among them.")
    return said
