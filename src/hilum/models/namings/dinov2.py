"""DINOv2's transformers as Hugging Face's transformers name them, RAD-DINO's among them."""

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from hilum.registry import register

MARK = "embeddings.patch_embeddings.projection.weight"
OUTSIDE = {
    "embeddings.cls_token": "cls_token",
    "embeddings.position_embeddings": "pos_embed",
    "embeddings.patch_embeddings.projection.": "patch_embed.proj.",
    "layernorm.": "norm.",
}
INSIDE = {
    "attention.output.dense.": "attn.proj.",
    "layer_scale1.lambda1": "ls1.gamma",
    "layer_scale2.lambda1": "ls2.gamma",
}
LAYER = re.compile(r"encoder\.layer\.(\d+)\.(.+)")
QUERY = re.compile(r"attention\.attention\.query\.(weight|bias)")


@register
def dinov2(tensors: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """DINOv2 of Hugging Face: `encoder.layer.3.attention.output.dense` is timm's `blocks.3.attn.proj`.

    Query, key and value are three layers there and one of timm's, in this order.

    Source: transformers, models/dinov2/modeling_dinov2.py; timm, models/vision_transformer.py.
    """
    prefix = next((name.removesuffix(MARK) for name in tensors if name.endswith(MARK)), None)
    if prefix is None or f"{prefix}encoder.layer.0.layer_scale1.lambda1" not in tensors:
        return None
    renamed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        own = name.removeprefix(prefix)
        layer = LAYER.fullmatch(own)
        if not layer:
            renamed[_replaced(own, OUTSIDE)] = tensor
        elif query := QUERY.fullmatch(layer[2]):
            others = [name.replace(".query.", f".{part}.") for part in ("key", "value")]
            if all(other in tensors for other in others):
                joined = torch.cat([tensor, *(tensors[other] for other in others)])
                renamed[f"blocks.{layer[1]}.attn.qkv.{query[1]}"] = joined
        elif not layer[2].startswith("attention.attention."):
            renamed[f"blocks.{layer[1]}.{_replaced(layer[2], INSIDE)}"] = tensor
    return renamed


def _replaced(name: str, starts: Mapping[str, str]) -> str:
    start = next((start for start in starts if name.startswith(start)), None)
    return name if start is None else starts[start] + name[len(start) :]
