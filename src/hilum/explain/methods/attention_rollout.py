"""Attention rollout: which patches a vision transformer's last tokens were mixed from, layer by layer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from hilum.explain.gradients import image_view
from hilum.explain.scale import Scale, to_unit
from hilum.registry import register
from hilum.schema import ConfigError


# B images, H heads, T tokens, h w patches
@register
def attention_rollout(
    model: nn.Module, image: Tensor, findings: Sequence[int] | None = None, scale: Scale = to_unit
) -> Tensor:
    """How much of each patch reaches the tokens that are pooled, through the attention of all layers; one pass.

    It says where information came from, not what for: the map is the same for every finding, and weights behind
    attention do not enter.

    Args:
        model: an `ImageView` on a vision transformer whose layers attend to all patches.
        image: (B, C, H, W), prepared as the model expects.
        findings: positions among the model's outputs; None for all.
        scale: evidence to [0, 1].

    Returns:
        (B, K, h, w) float32 in [0, 1]; 0 = no more than the image's average place, 1 = the strongest place
        (`hilum.explain.scale`).

    Raises:
        ConfigError: for convolutional networks, which have no attention, and for Swin and others that attend within
            windows or merge tokens on the way, so that no token can be followed.

    Source: Abnar & Zuidema 2020, Quantifying attention flow in transformers, ACL, eq. 1 and 2.
    """
    view = image_view(model)
    with torch.no_grad(), _attention_seen(model) as seen:
        maps = view.maps(image)
        outputs = view.from_maps(maps).shape[1]
    height, width = maps.shape[-2:]
    if not seen:
        raise _refusal(model, "it has no attention between patches")
    if any(one.shape[0] != len(image) or one.shape[-1] != seen[0].shape[-1] for one in seen):
        raise _refusal(model, "it attends within windows, or merges tokens on the way")
    if seen[0].shape[-1] < height * width:
        raise _refusal(model, "its tokens are not its patches")
    rolled = _rolled(seen)[:, -height * width :]  # of the patches' own tokens, which lie behind class tokens
    places = rolled[..., -height * width :].mean(dim=1).reshape(-1, 1, height, width)
    count = outputs if findings is None else len(findings)
    return scale(places).expand(-1, count, -1, -1).contiguous()


def _rolled(seen: list[Tensor]) -> Tensor:  # [(B, H, T, T), …] -> (B, T, T)
    """Product over layers of the heads' mean attention, half of which is the way around it."""
    rolled = torch.eye(seen[0].shape[-1], device=seen[0].device)[None]
    for attention in seen:
        mixed = attention.float().mean(dim=1) + torch.eye(attention.shape[-1], device=attention.device)
        rolled = (mixed / mixed.sum(dim=-1, keepdim=True)) @ rolled
    return rolled


@contextmanager
def _attention_seen(model: nn.Module) -> Iterator[list[Tensor]]:
    """The attention of each layer during a pass, in order; timm's layers give it when they do not fuse it."""
    layers: list[Any] = [one for one in model.modules() if hasattr(one, "fused_attn") and hasattr(one, "attn_drop")]
    fused = [layer.fused_attn for layer in layers]
    seen: list[Tensor] = []
    hooks = [layer.attn_drop.register_forward_hook(lambda _, __, out: seen.append(out)) for layer in layers]
    try:
        for layer in layers:
            layer.fused_attn = False
        yield seen
    finally:
        for layer, before, hook in zip(layers, fused, hooks, strict=True):
            layer.fused_attn = before
            hook.remove()


def _refusal(model: nn.Module, why: str) -> ConfigError:
    name = type(getattr(getattr(model, "encoder", model), "network", model)).__name__
    return ConfigError(
        f"{name}: {why}, so that attention rollout says nothing. Expected a vision transformer (vit_…, deit_…); "
        "choose the explainer 'gradcam'."
    )
