"""What every pooling promises, and what each of them is."""

import pytest
import torch
from torch import Tensor

from hilum.models.pools import pools
from hilum.models.pools.generalized_mean import generalized_mean
from hilum.models.pools.log_sum_exp import log_sum_exp


def maps(scale: float = 1.0) -> Tensor:
    return scale * torch.rand(4, 6, 5, 7, generator=torch.Generator().manual_seed(0)) + 0.01


def test_there_are_poolings() -> None:
    assert {"average", "max", "log_sum_exp", "generalized_mean"} <= set(pools)


@pytest.mark.parametrize("name", pools)
def test_one_value_a_map_between_its_mean_and_its_maximum(name: str) -> None:
    values = pools[name]()(maps())
    assert values.shape == (4, 6)
    assert (values >= maps().mean(dim=(-2, -1)) - 1e-5).all()
    assert (values <= maps().amax(dim=(-2, -1)) + 1e-5).all()


@pytest.mark.parametrize("name", pools)
def test_a_map_that_is_the_same_everywhere_gives_that_value(name: str) -> None:
    torch.testing.assert_close(pools[name]()(torch.full((1, 2, 3, 4), 0.7)), torch.full((1, 2), 0.7))


@pytest.mark.parametrize("name", pools)
def test_places_may_lie_anywhere(name: str) -> None:
    torch.testing.assert_close(pools[name]()(maps().flip(-1).transpose(-1, -2)), pools[name]()(maps()))


@pytest.mark.parametrize("name", pools)
@pytest.mark.parametrize("scale", [0.0, 1e3])
def test_values_and_gradients_are_finite(name: str, scale: float) -> None:
    pool, given = pools[name](), maps(scale).requires_grad_()
    pool(given).sum().backward()
    assert given.grad is not None
    assert given.grad.isfinite().all()
    assert given.grad.abs().sum() > 0
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in pool.parameters())


@pytest.mark.parametrize("name", pools)
def test_half_precision_comes_back_as_it_went_in(name: str) -> None:
    values = pools[name]()(maps().bfloat16())
    assert values.dtype == torch.bfloat16
    torch.testing.assert_close(values.float(), pools[name]()(maps()), rtol=0.02, atol=0.02)


@pytest.mark.parametrize("sharpness", [0.5, 10.0])
def test_log_sum_exp_is_what_its_paper_says(sharpness: float) -> None:
    x = maps().double()
    expected = (sharpness * x).exp().mean(dim=(-2, -1)).log() / sharpness
    torch.testing.assert_close(log_sum_exp(sharpness=sharpness)(x), expected, rtol=1e-5, atol=1e-6)


def test_log_sum_exp_goes_from_mean_to_maximum() -> None:
    torch.testing.assert_close(log_sum_exp(sharpness=1e-3)(maps()), maps().mean((-2, -1)), rtol=0, atol=1e-3)
    torch.testing.assert_close(log_sum_exp(sharpness=1e4)(maps()), maps().amax((-2, -1)), rtol=0, atol=1e-3)


@pytest.mark.parametrize("power", [1.0, 3.0, 8.0])
def test_generalized_mean_is_what_its_paper_says(power: float) -> None:
    expected = maps().pow(power).mean(dim=(-2, -1)).pow(1 / power)
    torch.testing.assert_close(generalized_mean(power=power)(maps()), expected, rtol=1e-4, atol=1e-5)


def test_the_power_is_learned() -> None:
    pool = generalized_mean()
    before = pool.power.detach().clone()
    step = torch.optim.SGD(pool.parameters(), lr=1.0)
    (pool(maps()) - maps().amax((-2, -1))).square().sum().backward()
    step.step()
    assert pool.power > before  # nearer to the maximum
