"""Torchvision's COCO weights of a whole detector, where they are at hand: its names as ours."""

import warnings
from pathlib import Path
from urllib.error import URLError

import torch
from torch import Tensor, nn

from hilum.models.pretrained import fitted
from hilum.schema.errors import ConfigError, DependencyError

ENOUGH = 0.9  # share of a detector's tensors that must fit; the last layers speak of other things and never do
PARTS = {
    "backbone.body.": "encoder.network.",
    "backbone.fpn.": "fpn.",
    "rpn.": "net.rpn.",
    "roi_heads.": "net.roi_heads.",
}
LAST = ("box_predictor.", "mask_predictor.")  # whose outputs are COCO's classes


def load_coco(model: nn.Module, name: str) -> tuple[str, ...]:
    """Fill a detector with torchvision's COCO weights.

    Args:
        model: of torchvision's form, with a ResNet of timm's.
        name: torchvision's of the detector, as in `fasterrcnn_resnet50_fpn`.

    Returns:
        What was taken and left out, in sentences.

    Raises:
        ConfigError: when the detector is of another form.
        DependencyError: when the weights are not at hand and cannot be fetched.
    """
    found = {_ours(key): tensor for key, tensor in _fetched(name).items()}
    own, taken = model.state_dict(), {}
    for key, tensor in own.items():
        given = found.get(key)
        shaped = None if given is None or any(part in key for part in LAST) else fitted(given, tensor)
        if shaped is not None:
            taken[key] = shaped
    wanted = [key for key in own if not any(part in key for part in LAST) and "num_batches" not in key]
    there = sum(key in taken for key in wanted)
    if there < ENOUGH * len(wanted):
        raise ConfigError(
            f"model.pretrained: coco holds {there} of this detector's {len(wanted)} tensors. Expected the encoder "
            "resnet50 with finest: 4, width: 256 and norm: frozen, as torchvision's detector has."
        )
    model.load_state_dict(taken, strict=False)
    return (f"The detector starts from torchvision's COCO weights ({name}); its last layers are new.",)


def _ours(key: str) -> str:
    for theirs, ours in PARTS.items():
        if key.startswith(theirs):
            return ours + key.removeprefix(theirs)
    return key


def _fetched(name: str) -> dict[str, Tensor]:
    from torchvision.models import get_model_weights

    weights = get_model_weights(name).DEFAULT
    file = Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tensors: dict[str, Tensor] = weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except (OSError, URLError, RuntimeError) as error:
        raise DependencyError(
            f"COCO weights of {name} could not be fetched ({type(error).__name__}). Where there is a network, download "
            f"{weights.url} and place it at {file}. To start from ImageNet: `--set model.pretrained=imagenet`."
        ) from error
    return tensors
