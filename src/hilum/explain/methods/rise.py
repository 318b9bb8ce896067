"""RISE: the mean of many random masks, each weighted by what the network says of the image behind it."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from hilum.explain.gradients import image_view
from hilum.explain.passes import at_once
from hilum.explain.scale import Scale, to_unit
from hilum.registry import register

MASKS = 512
CELLS = 8  # a side of a mask, before it is enlarged and shifted
SHOWN = 0.5  # share of the cells that show the image


@register
def rise(model: nn.Module, image: Tensor, findings: Sequence[int] | None = None, scale: Scale = to_unit) -> Tensor:
    """How much higher each finding's logit is where a place is shown than over all masks; asks the network alone.

    Hidden parts take the image's mean gray. The masks are the same for every image. Costs 512 passes, whatever the
    number of findings.

    Args:
        model: an `ImageView`.
        image: (B, C, H, W), prepared as the model expects.
        findings: positions among the model's outputs; None for all.
        scale: evidence to [0, 1].

    Returns:
        (B, K, H, W) float32 in [0, 1] on the image's pixels; 0 = no more evidence than the image's average place,
        1 = the strongest place (`hilum.explain.scale`).

    Raises:
        ConfigError: when the model looks at no image.

    Source: Petsiuk et al. 2018, RISE, BMVC, eq. 6; logits in place of probabilities, which for rare findings hardly
    move.
    """
    view, places = image_view(model), slice(None) if findings is None else list(findings)
    height, width = image.shape[-2:]
    means = image.mean(dim=(-2, -1), keepdim=True)
    evidence = []
    with torch.no_grad():
        for one, mean in zip(image, means, strict=True):
            scored = [(view.from_maps(view.maps(mean + some * (one - mean)))[:, places].float(), some[:, 0])
                      for some in _masks(height, width, image)]  # fmt: skip
            logits, masks = (torch.cat(part) for part in zip(*scored, strict=True))  # (MASKS, K), (MASKS, H, W)
            evidence.append(torch.einsum("mk,mhw->khw", logits - logits.mean(dim=0), masks) / masks.sum(dim=0))
    return scale(torch.stack(evidence))


def _masks(height: int, width: int, like: Tensor) -> Iterator[Tensor]:  # (n, 1, H, W) in [0, 1]
    """Random cells, enlarged without edges, each shifted by up to a cell."""
    generator = torch.Generator().manual_seed(0)
    cell = (-(-height // CELLS), -(-width // CELLS))  # pixels
    whole = ((CELLS + 1) * cell[0], (CELLS + 1) * cell[1])
    count = at_once(like)
    for _ in range(0, MASKS, count):
        shown = (torch.rand(count, 1, CELLS + 1, CELLS + 1, generator=generator) < SHOWN).float()
        large = functional.interpolate(shown, size=whole, mode="bilinear", align_corners=False)
        tops, lefts = (torch.randint(side, (count,), generator=generator).tolist() for side in cell)
        cut = [
            one[:, top : top + height, left : left + width] for one, top, left in zip(large, tops, lefts, strict=True)
        ]
        yield torch.stack(cut).to(like)
