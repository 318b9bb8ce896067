"""Faithfulness: does the probability move when what a heatmap points at is taken away, or shown alone?"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hilum.explain.gradients import image_view
from hilum.explain.passes import at_once
from hilum.explain.scale import smoothed

STEPS = 50
BLUR = 0.05  # standard deviation of the blurred image, as a share of its side
FILLS = ("mean", "blur")  # what stands where the image is taken away


def faithfulness(
    model: nn.Module, image: Tensor, heatmap: Tensor, finding: int, *, steps: int = STEPS
) -> dict[str, float]:
    """Areas under the curves of one finding's probability while pixels go, or come, the hottest first.

    `deletion_…` is low and `insertion_…` is high where the map points at what the model needs. What stands in for
    missing pixels is itself an image the model has not seen, so both fills are measured: the image's mean gray, which
    draws edges, and the blurred image, which hides small things only.

    Args:
        model: an `ImageView`.
        image: (C, H, W), prepared as the model expects.
        heatmap: (H, W), any real numbers; only the order of its pixels matters.
        finding: position among the model's outputs; its own sigmoid is followed.
        steps: equal parts in which pixels go or come.

    Returns:
        `deletion_mean`, `deletion_blur`, `insertion_mean`, `insertion_blur`, each in [0, 1], by the trapezoid rule with
        both ends.

    Source: Petsiuk et al. 2018, RISE, BMVC, section 4.1.
    """
    places = heatmap.flatten().argsort(descending=True, stable=True)
    rank = torch.empty_like(places)
    rank[places] = torch.arange(len(places), device=places.device)
    shares = torch.linspace(0, 1, steps + 1, device=image.device)
    hot = (rank.reshape(1, 1, *heatmap.shape) < shares[:, None, None, None] * len(places)).to(image)
    found = {}
    for fill, other in zip(FILLS, fills(image), strict=True):
        for name, seen in (("deletion", 1 - hot), ("insertion", hot)):
            probabilities = _probabilities(
                model, [other + part * (image - other) for part in torch.split(seen, at_once(image))], finding
            )
            found[f"{name}_{fill}"] = float(torch.trapezoid(probabilities, shares.float().cpu()))
    return found


def fills(image: Tensor) -> tuple[Tensor, Tensor]:
    """(C, H, W) of the mean gray, and the image blurred."""
    mean = image.mean(dim=(-2, -1), keepdim=True).expand_as(image)
    return mean, smoothed(image[None].float(), BLUR)[0].to(image)


def _probabilities(model: nn.Module, images: Sequence[Tensor], finding: int) -> Tensor:
    view = image_view(model)
    with torch.no_grad():
        return torch.cat([view.from_maps(view.maps(some))[:, finding].float().sigmoid().cpu() for some in images])
