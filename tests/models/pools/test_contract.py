"""What every pooling promises, and what each of them is."""

import pytest
import torch
from torch import Tensor, nn

from hilum.models.pools import pools
from hilum.models.pools.adaptive_log_sum_exp import adaptive_log_sum_exp
from hilum.models.pools.attention import attention
from hilum.models.pools.generalized_mean import generalized_mean
from hilum.models.pools.log_sum_exp import log_sum_exp
from hilum.registry.component import built

POOLINGS = sorted(set(pools) - {"none"})  # which pools nothing
BETWEEN = sorted(set(POOLINGS) - {"attention"})  # whose weights may favor small values


def pooling(name: str) -> nn.Module:
    torch.manual_seed(0)
    pool: nn.Module = built(name, pools, "model.pool", supplied={"width": 6})
    return pool


def maps(scale: float = 1.0) -> Tensor:
    return scale * torch.rand(4, 6, 5, 7, generator=torch.Generator().manual_seed(0)) + 0.01


def test_there_are_poolings() -> None:
    assert {"average", "max", "log_sum_exp", "generalized_mean", "adaptive_log_sum_exp", "attention"} <= set(POOLINGS)
    assert torch.equal(pooling("none")(maps()), maps())


@pytest.mark.parametrize("name", POOLINGS)
def test_one_value_a_map_between_its_mean_and_its_maximum(name: str) -> None:
    values = pooling(name)(maps())
    least = maps().mean(dim=(-2, -1)) if name in BETWEEN else maps().amin(dim=(-2, -1))
    assert values.shape == (4, 6)
    assert (values >= least - 1e-5).all()
    assert (values <= maps().amax(dim=(-2, -1)) + 1e-5).all()


@pytest.mark.parametrize("name", POOLINGS)
def test_a_map_that_is_the_same_everywhere_gives_that_value(name: str) -> None:
    torch.testing.assert_close(pooling(name)(torch.full((1, 6, 3, 4), 0.7)), torch.full((1, 6), 0.7))


@pytest.mark.parametrize("name", POOLINGS)
def test_places_may_lie_anywhere(name: str) -> None:
    torch.testing.assert_close(pooling(name)(maps().flip(-1).transpose(-1, -2)), pooling(name)(maps()))


@pytest.mark.parametrize("name", POOLINGS)
@pytest.mark.parametrize("scale", [0.0, 1e3])
def test_values_and_gradients_are_finite(name: str, scale: float) -> None:
    pool, given = pooling(name), maps(scale).requires_grad_()
    pool(given).sum().backward()
    assert given.grad is not None
    assert given.grad.isfinite().all()
    assert given.grad.abs().sum() > 0
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in pool.parameters())


@pytest.mark.parametrize("name", POOLINGS)
def test_half_precision_comes_back_as_it_went_in(name: str) -> None:
    values = pooling(name)(maps().bfloat16())
    assert values.dtype == torch.bfloat16
    torch.testing.assert_close(values.float(), pooling(name)(maps()), rtol=0.02, atol=0.02)


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


@pytest.mark.parametrize("lower_bound", [0.0, 1.0, 5.0])
def test_the_adaptive_one_is_what_its_paper_says(lower_bound: float) -> None:
    pool = adaptive_log_sum_exp(lower_bound=lower_bound)
    with torch.no_grad():
        pool.beta.fill_(0.3)
    x, r = maps().double(), lower_bound + torch.tensor(0.3).double().exp()
    torch.testing.assert_close(pool(x), (r * x).exp().mean(dim=(-2, -1)).log() / r, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(pool(maps()), log_sum_exp(sharpness=float(r))(maps()))


def test_its_sharpness_is_learned_and_stays_above_its_bound() -> None:
    pool = adaptive_log_sum_exp(lower_bound=5.0)
    step = torch.optim.SGD(pool.parameters(), lr=100.0)
    for _ in range(3):
        (pool(maps()) - maps().mean((-2, -1))).square().sum().backward()  # towards the mean
        step.step()
    assert pool.beta < -1
    torch.testing.assert_close(pool(maps()), log_sum_exp(sharpness=5.0)(maps()), rtol=0.02, atol=0.02)


def test_attention_is_what_its_paper_says() -> None:
    torch.manual_seed(0)
    pool, x = attention(width=6, hidden=4), maps()
    expected = []
    for image in x.flatten(2).transpose(1, 2):  # (h w, D)
        v = torch.tanh(image @ pool.content.weight.T + pool.content.bias)
        u = torch.sigmoid(image @ pool.gate.weight.T + pool.gate.bias)
        a = torch.softmax((v * u) @ pool.score.weight[0], dim=0)
        expected.append((a[:, None] * image).sum(dim=0))
    torch.testing.assert_close(pool(x), torch.stack(expected))


def test_attention_finds_the_place_that_matters() -> None:
    """One place of each image tells; the mean dilutes it, and what is learned looks there."""
    torch.manual_seed(0)
    pool = attention(width=6, hidden=8)
    x = torch.zeros(8, 6, 5, 5)
    x[torch.arange(8), 0, torch.arange(8) % 5, 2] = 1.0
    optimizer = torch.optim.Adam(pool.parameters(), lr=0.05)
    for _ in range(60):
        loss = (pool(x)[:, 0] - 1).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert pool(x)[:, 0].min() > 0.8
