"""Weights from elsewhere into a part of a model, and what became of each tensor, in sentences."""

from collections.abc import Mapping
from math import isqrt
from pathlib import Path

from torch import Tensor, nn

from hilum.models.checkpoint import SETTING, read_tensors
from hilum.models.namings import timm_named
from hilum.schema.errors import ConfigError, listed

WEIGHTS = "weights.safetensors"  # the name under which a Run keeps its weights
OF_HUBS = ("model.safetensors", "pytorch_model.bin")  # the same of folders in timm's and Hugging Face's form
ENOUGH = 0.5  # share of the encoder's tensors that a file must hold to count as weights of this encoder
WRAPPED = "network."  # before timm's own names in our encoders
TRANSITION = "transition."


def load_encoder(encoder: nn.Module, source: str) -> tuple[str, ...]:
    """Fill an encoder from a weights file or a Run folder.

    Heads are never taken: as many outputs need not mean the same findings.

    Args:
        encoder: what is filled.
        source: path of a .safetensors file, of a .pth, .pt or .bin state dict, or of a Run folder.

    Returns:
        What was taken, adapted and left out, in sentences.

    Raises:
        ConfigError: when there is no such file, it cannot be read, or holds too little of this encoder.
    """
    path = _file(source)
    wanted, (found, naming) = encoder.state_dict(), timm_named(read_tensors(path))
    prefix = prefix_of([name.removeprefix(WRAPPED) for name in wanted], found)
    own = {name: found[place] for name in wanted if (place := prefix + name.removeprefix(WRAPPED)) in found}
    fits = {name: fitted(tensor, wanted[name]) for name, tensor in own.items()}
    taken = {name: tensor for name, tensor in fits.items() if tensor is not None}
    missing = [name.removeprefix(WRAPPED) for name in wanted if name not in taken]
    if len(missing) > ENOUGH * len(wanted):
        raise ConfigError(
            f"model.pretrained: {path} fills {len(taken)} of the encoder's {len(wanted)} tensors; "
            f"missing {listed(missing, 3)}. It holds {listed(found, 3)}. Expected weights of the same network."
        )
    refuse_not_finite(taken, path)
    encoder.load_state_dict(taken, strict=False)
    changed = [name for name in taken if own[name].shape != wanted[name].shape]
    notes = [f"{len(taken)} tensors of the encoder come from {path}{f' ({prefix}…)' if prefix else ''}."]
    if naming:
        notes.append(f"Renamed by the rule `{naming}`.")
    if changed:
        names = listed(name.removeprefix(WRAPPED) for name in changed)
        notes.append(f"{names}: input channels summed or spread, or positions interpolated, to fit the images.")
    if missing:
        notes.append(f"Left as initialized, not in the file or of another shape: {listed(missing)}.")
    if len(found) > len(own):
        notes.append(f"{len(found) - len(own)} tensors of the file are not the encoder's, its head among them.")
    return tuple(notes)


def load_transition(transition: nn.Module, source: str) -> tuple[str, ...]:
    """Fill a transition layer from a file of ours, where it has one of the same width; what became of it."""
    path = _file(source)
    wanted, found = transition.state_dict(), read_tensors(path)
    own = {name: found[TRANSITION + name] for name in wanted if TRANSITION + name in found}
    if any(name not in own or own[name].shape != tensor.shape for name, tensor in wanted.items()):
        return (f"The transition layer is new: {path} holds none of this width.",)
    refuse_not_finite(own, path)
    transition.load_state_dict(own)
    return (f"The transition layer comes from {path}.",)


def _file(source: str) -> Path:
    path = Path(source) / WEIGHTS if Path(source).is_dir() else Path(source)
    path = next((other for name in OF_HUBS if (other := Path(source) / name).is_file()), path)
    if not path.is_file():
        raise ConfigError(
            f"model.pretrained: {path} does not exist. "
            "Expected none, imagenet, a weights file (.safetensors, .pth) or the folder of a Run or of a hub's network."
        )
    return path


def prefix_of(names: list[str], found: Mapping[str, Tensor]) -> str:
    """What stands before the encoder's names in the file (nothing, `encoder.`, `module.`, …): where most are found.

    Of those that hold as many: our own, then the shortest, then the first of the alphabet.
    """
    ours = (f"encoder.{WRAPPED}", "encoder.")
    prefixes = {place.removesuffix(names[0]) for place in found if place.endswith(names[0])}
    counts = {prefix: sum(prefix + name in found for name in names) for prefix in prefixes}
    return min(counts, key=lambda prefix: (-counts[prefix], prefix not in ours, len(prefix), prefix), default="")


def fitted(tensor: Tensor, like: Tensor) -> Tensor | None:
    """The tensor in the shape of `like`: as it is, a stem for one channel or three, positions of another grid, or None.

    A stem's input channels are summed to one or spread to three; a transformer's positions are interpolated.
    """
    if tensor.shape == like.shape:
        return tensor
    if tensor.ndim == like.ndim == 4 and tensor.shape[2:] == like.shape[2:] and len(tensor) == len(like):
        if (tensor.shape[1], like.shape[1]) == (3, 1):
            return tensor.sum(dim=1, keepdim=True)
        if (tensor.shape[1], like.shape[1]) == (1, 3):
            return tensor.expand(-1, 3, -1, -1) / 3
    if tensor.ndim == like.ndim == 3 and tensor.shape[::2] == like.shape[::2] and len(like) == 1:
        return _positions(tensor, like)
    return None


def _positions(tensor: Tensor, like: Tensor) -> Tensor | None:
    """Positions of a square grid of patches, those of class tokens before them, (1, N, D), on another square grid."""
    (before, after), (first, rest) = (
        (isqrt(each.shape[1]), each.shape[1] - isqrt(each.shape[1]) ** 2) for each in (tensor, like)
    )
    if not before or not first or after != rest:
        return None
    from timm.layers import resample_abs_pos_embed  # type: ignore[attr-defined]

    spread: Tensor = resample_abs_pos_embed(tensor, new_size=[first, first], num_prefix_tokens=rest)
    return spread


def refuse_not_finite(tensors: Mapping[str, Tensor], path: Path | str, where: str = SETTING) -> None:
    """Refuse NaN and infinity, naming the tensors."""
    broken = [name.removeprefix(WRAPPED) for name, tensor in tensors.items() if not tensor.isfinite().all()]
    if broken:
        raise ConfigError(
            f"{where}{path} holds values that are no numbers (NaN, infinity) in {listed(broken, 3)}. "
            "Expected weights of a network that learned; take an earlier file."
        )
