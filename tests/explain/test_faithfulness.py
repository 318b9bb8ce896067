import numpy as np
import pytest
import torch
from torch import Tensor, nn

from hilum.explain.faithfulness import faithfulness, fills
from hilum.models import ImageView


class Square(nn.Module, ImageView):
    """The logit of the second finding is the mean of a square; the first looks at all of the image."""

    def maps(self, image: Tensor) -> Tensor:
        return image

    def from_maps(self, maps: Tensor) -> Tensor:
        square = maps[:, 0, 4:8, 4:8].mean(dim=(-2, -1))
        return torch.stack([maps.mean(dim=(-3, -2, -1)), 8 * square - 4], dim=1)

    def cam_weights(self) -> None:
        return None


def image() -> Tensor:
    shown = torch.zeros(1, 16, 16)
    shown[0, 4:8, 4:8] = 1.0
    return shown


def test_the_map_that_points_at_what_counts_beats_the_one_that_does_not() -> None:
    right, wrong = image()[0], -image()[0]
    own, other = (faithfulness(Square(), image(), heat, 1, steps=16) for heat in (right, wrong))
    for fill, gap in (("mean", 0.3), ("blur", 0.05)):  # so small an image keeps most of its square when blurred
        assert own[f"deletion_{fill}"] < other[f"deletion_{fill}"] - gap
        assert own[f"insertion_{fill}"] > other[f"insertion_{fill}"] + gap


def test_areas_are_those_of_the_curve_written_out() -> None:
    heat = torch.rand(16, 16, generator=torch.Generator().manual_seed(0))
    order = np.argsort(-heat.flatten().numpy(), kind="stable")
    gray = float(image().mean())
    pixels, heights = image().flatten().numpy().copy(), []
    for step in range(5):
        held = pixels.copy()
        held[order[: step * 64]] = gray
        square = held.reshape(16, 16)[4:8, 4:8].mean()
        heights.append(1 / (1 + np.exp(-(8 * square - 4))))
    expected = np.trapezoid(heights, dx=0.25)
    assert faithfulness(Square(), image(), heat, 1, steps=4)["deletion_mean"] == pytest.approx(expected, abs=1e-5)


def test_only_the_order_of_the_map_matters() -> None:
    heat = torch.rand(16, 16, generator=torch.Generator().manual_seed(1))
    assert faithfulness(Square(), image(), heat, 0, steps=5) == faithfulness(Square(), image(), heat**3 * 7, 0, steps=5)


def test_fills_keep_the_mean_and_lose_the_detail() -> None:
    mean, blurred = fills(image())
    assert mean.unique().tolist() == [1 / 16]
    assert blurred.max() < 1
    assert blurred.mean() == pytest.approx(float(image().mean()), abs=1e-3)
