"""Variants: a contract for all, and what each does."""

import inspect

import numpy as np
import pytest
import torch

from hilum.data.registries import variants
from hilum.data.variants.pose import posed


def square() -> torch.Tensor:
    """A bright square of 4 pixels a side, up left of the middle of 20 pixels."""
    image = torch.zeros(1, 1, 20, 20)
    image[..., 4:8, 6:10] = 1
    return image


def test_there_are_variants() -> None:
    assert {"shift", "zoom", "rotate", "gamma", "mirror"} <= set(variants)


@pytest.mark.parametrize("name", variants)
def test_a_variant_keeps_shape_and_range_and_repeats(name: str) -> None:
    image = torch.rand(3, 1, 20, 20, generator=torch.Generator().manual_seed(0))
    before = image.clone()
    first, again = variants[name](image), variants[name](image)
    assert first.shape == image.shape
    assert 0 <= float(first.min()) <= float(first.max()) <= 1
    assert torch.equal(first, again)
    assert torch.equal(image, before)
    assert not torch.equal(first, image)
    settings = list(inspect.signature(variants[name]).parameters.values())[1:]
    assert all(one.default is not one.empty for one in settings)


def test_no_pose_is_the_image_itself() -> None:
    torch.testing.assert_close(posed(square()), square())


def test_a_shift_to_the_right_and_down() -> None:
    torch.testing.assert_close(variants["shift"](square(), right=0.1, down=0.2), square().roll((4, 2), (-2, -1)))


def test_a_quarter_turn_clockwise() -> None:
    torch.testing.assert_close(posed(square(), degrees=90), square().rot90(-1, (-2, -1)), atol=1e-5, rtol=0)


def test_zoom_by_two_shows_the_middle_half() -> None:
    big = variants["zoom"](square(), factor=2.0)
    assert float(big.sum()) == pytest.approx(4 * float(square()[..., 5:15, 5:15].sum()), rel=0.15)


def test_gamma_and_mirror() -> None:
    np.testing.assert_allclose(variants["gamma"](torch.full((1, 1, 2, 2), 0.25), exponent=0.5).numpy(), 0.5)
    assert torch.equal(variants["mirror"](square()), square().flip(-1))
