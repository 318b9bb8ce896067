"""SimCLR: learn from images without labels that two views of one image are more alike than views of two."""

import math
from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from hilum.data import Batch
from hilum.registry import register

Share = Annotated[float, Field(ge=0, lt=1)]


@register
def simclr(
    *,
    temperature: Annotated[float, Field(gt=0)] = 0.2,
    smallest: Annotated[float, Field(gt=0, le=1)] = 0.5,
    degrees: Annotated[float, Field(ge=0, le=45)] = 10.0,
    contrast: Share = 0.4,
    brightness: Annotated[float, Field(ge=0)] = 0.4,
    noise: Annotated[float, Field(ge=0)] = 0.1,
) -> "SimCLR":
    """Without labels: two views of one image are to be more alike than views of two images (`model: contrastive`).

    A batch's other images are what a view is told apart from, so that a batch should be large; several devices compare
    each within its own share. Nothing is mirrored: the heart's side is something to learn.

    Args:
        temperature: by which likenesses are divided; smaller looks harder at the most alike.
        smallest: least share of each side of the square that a view keeps.
        degrees: largest rotation of a view, either way.
        contrast: largest change of a view's contrast, as a share, either way.
        brightness: most that is added to all of a view's normalized values, either way.
        noise: deviation of what is added to each of a view's normalized values.

    Source: Chen et al. 2020, arXiv:2002.05709; on chest X-rays, after ImageNet: Azizi et al. 2021, arXiv:2101.05224.
    """
    return SimCLR(temperature, smallest, degrees, contrast, brightness, noise)


# B images, C channels, P numbers of the projection
@dataclass(frozen=True)
class SimCLR:
    """Draws two views an image, and compares all of them; settings as for `simclr`."""

    temperature: float
    smallest: float
    degrees: float
    contrast: float
    brightness: float
    noise: float

    def step(self, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """NT-Xent of two views an image; `agreement` is the share of views whose nearest is its twin."""
        image = batch.inputs["image"]
        views = torch.cat([self.view(image), self.view(image)])  # (2 B, C, H, W)
        first, second = model(image=views)["projection"].float().chunk(2)
        return {"loss": nt_xent(first, second, self.temperature), "agreement": agreement(first, second)}

    def view(self, image: Tensor) -> Tensor:  # (B, C, H, W) -> (B, C, H, W)
        """One view of each normalized image: a part of it, turned, at another exposure, with noise."""

        def even(low: float, high: float) -> Tensor:
            return low + (high - low) * torch.rand(len(image), device=image.device)

        side, angle = even(self.smallest, 1.0), even(-1.0, 1.0) * math.radians(self.degrees)
        right, down = ((1 - side) * even(-1.0, 1.0) for _ in range(2))
        rows = [side * angle.cos(), -side * angle.sin(), right, side * angle.sin(), side * angle.cos(), down]
        grid = functional.affine_grid(
            torch.stack(rows, dim=1).reshape(-1, 2, 3), list(image.shape), align_corners=False
        )
        part = functional.grid_sample(image.float(), grid, padding_mode="border", align_corners=False)
        mean = part.mean(dim=(1, 2, 3), keepdim=True)
        gain, offset = (even(-most, most).reshape(-1, 1, 1, 1) for most in (self.contrast, self.brightness))
        seen = (part - mean) * (1 + gain) + mean + offset
        return seen + self.noise * torch.randn_like(seen[:, :1])  # one noise for channels that are equal


def nt_xent(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """Normalized temperature-scaled cross-entropy: each view is to find its twin among all others.

    Args:
        first: (B, P) projections of one view an image.
        second: (B, P) of the other view of the same images.
        temperature: by which cosines are divided, > 0.

    Returns:
        A scalar >= 0; log(2 B - 1) where all views are alike.

    Source: Chen et al. 2020, arXiv:2002.05709, equation 1.

    >>> nt_xent(torch.ones(2, 3), torch.ones(2, 3), 0.5).item() - math.log(3) < 1e-6
    True
    """
    likeness = _likeness(first, second) / temperature
    return functional.cross_entropy(likeness, _twins(len(first), first.device))


def agreement(first: Tensor, second: Tensor) -> Tensor:
    """Share of views whose most alike is its twin, in [0, 1]; arguments as for `nt_xent`."""
    return (_likeness(first, second).argmax(dim=1) == _twins(len(first), first.device)).float().mean()


def _likeness(first: Tensor, second: Tensor) -> Tensor:
    """(2 B, 2 B) cosines, with -infinity where a view meets itself."""
    unit = functional.normalize(torch.cat([first, second]), dim=1)
    return (unit @ unit.T).fill_diagonal_(-torch.inf)


def _twins(count: int, device: torch.device) -> Tensor:
    """(2 B,) where each view's twin stands."""
    return torch.arange(2 * count, device=device).roll(count)
