"""A rectangle of one image in another."""

import torch
from torch import Generator, Tensor

from hilum.data.batch import Batch
from hilum.data.transforms.chance import sometimes
from hilum.data.transforms.draws import centers
from hilum.data.transforms.limits import Positive
from hilum.data.transforms.mixing import between_images, kept_share, mixed
from hilum.registry import register


# B images
@register
@between_images
@sometimes(1.0)
def cutmix(batch: Batch, generator: Generator, *, alpha: Positive = 1.0) -> Batch:
    """Put a rectangle of another image of the batch into each; the labels are mixed by area, with their weights.

    The rectangle comes from the same place, so that anatomy stays where it is. By area means that a finding may be
    taught in part where none of it is seen, as with every CutMix on labels of whole images.

    Args:
        batch: its images are (B, 1, h, w) in [0, 1]; of targets it has labels and weights alone.
        generator: of the draw.
        alpha: the area that an image keeps is drawn from Beta(alpha, alpha), and is at least half.

    Source: Yun et al. 2019, CutMix: regularization strategy to train strong classifiers, ICCV.
    """
    first = next(iter(batch.inputs.values()))
    inside = _rectangles(1 - kept_share(len(batch), generator, alpha), generator, first.shape[-2:])
    share = 1 - inside.float().mean(dim=(-3, -2, -1))
    return mixed(batch, "cutmix", share, lambda image, other: torch.where(inside, other, image))


def _rectangles(area: Tensor, generator: Generator, shape: torch.Size) -> Tensor:
    """(B, 1, h, w): whether a pixel lies in the image's rectangle, of the image's proportions and wholly inside it.

    Args:
        area: (B,) as a share of the image's.
        generator: of the places.
        shape: h, w.
    """
    side = area.sqrt().reshape(-1, 1, 1, 1)
    top, left = torch.rand((2, *side.shape), generator=generator, device=area.device) * (1 - side)
    y, x = ((centers(pixels, area.device) + 1) / 2 for pixels in shape)
    y = y.unsqueeze(-1)
    inside: Tensor = (y >= top) & (y < top + side) & (x >= left) & (x < left + side)
    return inside
