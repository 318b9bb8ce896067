"""jfhealthcare's DenseNet-121: its attention and layers as our head `pyramid_attention` names them."""

import re
from collections.abc import Mapping

from torch import Tensor

from hilum.registry import register

MARK = "attention_map.pyramid_attention."
BRANCHES = {"gap_branch.1.conv.": "whole.", "mid_branch.conv.": "middle."}
SCALES = re.compile(r"(downsample|scale)([123])\.conv\.(.+)")
OWN = re.compile(r"(fc|bn)_(\d+)\.(.+)")


@register
def jfhealthcare(tensors: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """jfhealthcare: `fc_2` is `head.layers.2`, `attention_map.pyramid_attention.scale1` is `head.attention.across.0`.

    Its channel and spatial attentions lie in the file and are not used; they keep their names.

    Source: github.com/jfhealthcare/Chexpert, model/classifier.py and model/attention_map.py.
    """
    prefix = next((name.partition(MARK)[0] for name in tensors if MARK in name), None)
    if prefix is None:
        return None
    named = {_renamed(name.removeprefix(prefix)): tensor for name, tensor in tensors.items()}
    return {name: _as_matrix(tensor) if name.startswith("head.layers.") else tensor for name, tensor in named.items()}


def _as_matrix(tensor: Tensor) -> Tensor:
    """Its layers are convolutions of one place."""
    return tensor.flatten(1) if tensor.ndim == 4 else tensor


def _renamed(name: str) -> str:
    if own := OWN.fullmatch(name):
        return f"head.{'layers' if own[1] == 'fc' else 'norms'}.{own[2]}.{own[3]}"
    if not name.startswith(MARK):
        return name
    inside = name.removeprefix(MARK)
    if scale := SCALES.fullmatch(inside):
        return f"head.attention.{'down' if scale[1] == 'downsample' else 'across'}.{int(scale[2]) - 1}.{scale[3]}"
    start = next((start for start in BRANCHES if inside.startswith(start)), "")
    return f"head.attention.{BRANCHES.get(start, '')}{inside.removeprefix(start)}"
