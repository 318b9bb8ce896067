"""Grad-CAM: class activation maps for any head, from the gradients of the logits."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hilum.explain.scale import to_unit
from hilum.models.contract import ImageView
from hilum.registry import register
from hilum.schema import ConfigError


@register
def gradcam(model: nn.Module, image: Tensor, findings: Sequence[int] | None = None) -> Tensor:
    """Feature maps weighted by the mean gradient of each finding's logit; equals `cam` where the head is linear.

    Args:
        model: an `ImageView`.
        image: (B, C, H, W), prepared as the model expects.
        findings: positions among the model's outputs; None for all.

    Returns:
        (B, K, h, w) float32 in [0, 1]; 0 = no more evidence than the image's average place,
        1 = the strongest place (`hilum.explain.scale`).

    Raises:
        ConfigError: when the model has no feature maps to look at, or its head has no gradient.

    Source: Selvaraju et al. 2017, Grad-CAM, ICCV, eq. 1 and 2; in place of its ReLU stands Hilum's own zero.
    """
    if not isinstance(model, ImageView):
        raise ConfigError(f"{type(model).__name__} has no feature maps, so Grad-CAM has nothing to look at.")
    with torch.no_grad():
        maps = model.maps(image)
    with torch.enable_grad():
        maps.requires_grad_(True)
        logits = model.from_maps(maps)  # (B, all outputs)
        if not logits.requires_grad:
            raise ConfigError(
                f"{type(model).__name__}: its head has no gradient, as trees and neighbors have none. "
                "Choose the explainer 'occlusion'."
            )
        one_each = torch.eye(logits.shape[1], device=maps.device, dtype=logits.dtype)
        one_each = one_each if findings is None else one_each[list(findings)]  # (K, all outputs)
        along = one_each[:, None].expand(-1, len(image), -1)
        (gradients,) = torch.autograd.grad(logits, maps, along, is_grads_batched=True)  # (K, B, D, h, w)
    weights = gradients.mean(dim=(-2, -1))  # (K, B, D)
    return to_unit(torch.einsum("bdhw,kbd->bkhw", maps.detach(), weights))
