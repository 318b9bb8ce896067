"""DenseNet as torchvision named it before PyTorch 0.4."""

import re
from collections.abc import Mapping

from torch import Tensor

from hilum.registry import register

LAYER = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12])\.")


@register
def old_densenet(tensors: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """DenseNet before PyTorch 0.4: `denselayer1.norm.1` is `denselayer1.norm1`.

    Source: torchvision, models/densenet.py, which renames its own old files in the same way.
    """
    if not any(LAYER.search(name) for name in tensors):
        return None
    return {LAYER.sub(r"\1\2.", name): tensor for name, tensor in tensors.items()}
