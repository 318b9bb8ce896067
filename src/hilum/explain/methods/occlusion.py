"""Occlusion: what the logit loses when a square of the image is covered. Slow, but it asks the whole network."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hilum.explain.passes import at_once
from hilum.explain.scale import Scale, to_unit
from hilum.models.contract import ImageView
from hilum.registry import register
from hilum.schema import ConfigError

SQUARE = 1 / 8  # of the image's shorter side; squares overlap by half


@register
def occlusion(model: nn.Module, image: Tensor, findings: Sequence[int] | None = None, scale: Scale = to_unit) -> Tensor:
    """How much each finding's logit falls when a square is covered with the image's mean, mean over squares on a pixel.

    Args:
        model: an `ImageView`.
        image: (B, C, H, W), prepared as the model expects.
        findings: positions among the model's outputs; None for all.
        scale: evidence to [0, 1].

    Returns:
        (B, K, H, W) float32 in [0, 1] on the image's pixels; 0 = no more evidence than the image's average place,
        1 = the strongest place (`hilum.explain.scale`).

    Raises:
        ConfigError: when the model does not look at images alone.

    Source: Zeiler & Fergus 2014, arXiv:1311.2901, section 4.2; on chest images Islam et al. 2017, arXiv:1705.09850.
    """
    if not isinstance(model, ImageView):
        raise ConfigError(f"{type(model).__name__} looks at no image, so there is nothing to cover.")
    height, width = image.shape[-2:]
    side = max(1, round(min(height, width) * SQUARE))
    corners = [(top, left) for top in _starts(height, side) for left in _starts(width, side)]
    with torch.no_grad():
        return scale(torch.stack([_losses(model, one, corners, side, findings) for one in image]))


def _starts(length: int, side: int) -> list[int]:
    """Where squares begin along an axis: every half side, the last at the end."""
    return sorted({*range(0, length - side, max(1, side // 2)), length - side})


def _losses(
    model: ImageView, image: Tensor, corners: list[tuple[int, int]], side: int, findings: Sequence[int] | None
) -> Tensor:  # (C, H, W) -> (K, H, W)
    places = slice(None) if findings is None else list(findings)
    whole = model.from_maps(model.maps(image[None]))[0, places]  # (K,)
    losses = torch.zeros(len(whole), *image.shape[-2:], device=image.device)
    counts = torch.zeros(image.shape[-2:], device=image.device)
    mean = image.mean(dim=(-2, -1), keepdim=True)
    step = at_once(image)
    for start in range(0, len(corners), step):
        some = corners[start : start + step]
        covered = image.repeat(len(some), 1, 1, 1)
        for one, (top, left) in zip(covered, some, strict=True):
            one[:, top : top + side, left : left + side] = mean
        logits = model.from_maps(model.maps(covered))[:, places]  # (squares, K)
        for loss, (top, left) in zip((whole - logits).float(), some, strict=True):
            losses[:, top : top + side, left : left + side] += loss[:, None, None]
            counts[top : top + side, left : left + side] += 1
    return losses / counts
