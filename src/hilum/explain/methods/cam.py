"""Class activation maps: exact for a linear head on average-pooled feature maps, and free of any gradient."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hilum.explain.scale import Scale, to_unit
from hilum.models.contract import ImageView
from hilum.registry import register
from hilum.schema import ConfigError


@register
def cam(model: nn.Module, image: Tensor, findings: Sequence[int] | None = None, scale: Scale = to_unit) -> Tensor:
    """Class activation maps, in closed form and in one pass.

    Args:
        model: an `ImageView` with `cam_weights`.
        image: (B, C, H, W), prepared as the model expects.
        findings: positions among the model's outputs; None for all.
        scale: evidence to [0, 1].

    Returns:
        (B, K, h, w) float32 in [0, 1]; 0 = no more evidence than the image's average place,
        1 = the strongest place (`hilum.explain.scale`).

    Raises:
        ConfigError: when the model's head is not linear on average-pooled maps, so that the closed form does not hold.

    Source: Zhou et al. 2016, Learning deep features for discriminative localization, CVPR, eq. 2.
    """
    weights = model.cam_weights() if isinstance(model, ImageView) else None
    if not isinstance(model, ImageView) or weights is None:
        raise ConfigError(
            f"{type(model).__name__} has no class activation maps: its head is not linear on average-pooled feature "
            "maps. Choose the explainer 'gradcam'."
        )
    with torch.no_grad():
        return scale(evidence(model.maps(image), weights if findings is None else weights[list(findings)]))


def evidence(maps: Tensor, weights: Tensor) -> Tensor:
    """What each place adds to each finding's logit.

    Its mean over places plus the head's bias is the logit itself, which is what makes the map an account of
    the decision and not a picture beside it.

    Args:
        maps: (B, D, h, w) feature maps before pooling.
        weights: (K, D) of the linear head.

    Returns:
        (B, K, h, w) in logits.
    """
    return torch.einsum("bdhw,kd->bkhw", maps, weights)
