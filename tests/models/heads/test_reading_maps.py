"""The heads that read maps, each against its paper written out."""

import pytest
import torch
from torch import Tensor

from hilum.models.heads.csra import csra
from hilum.models.heads.linear import linear
from hilum.models.heads.pcam import pcam


def maps(scale: float = 1.0) -> Tensor:
    return scale * torch.randn(4, 8, 3, 5, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("scale", [1.0, 10.0])
def test_pcam_pools_the_maps_by_each_place_s_probability(scale: float) -> None:
    """The paper's way: weights, pooled vectors, one a finding, then the layer; ours spares the vectors."""
    torch.manual_seed(0)
    head, x = pcam(width=8, outputs=3), maps(scale)
    weight, bias = head.layer.weight[:, :, 0, 0], head.layer.bias
    probability = torch.sigmoid(torch.einsum("kd,bdhw->bkhw", weight, x) + bias[:, None, None])
    shares = probability / probability.sum(dim=(-2, -1), keepdim=True)
    vectors = torch.einsum("bkhw,bdhw->bkd", shares, x)  # one vector a finding
    torch.testing.assert_close(head(x), (vectors * weight).sum(dim=2) + bias, rtol=1e-4, atol=1e-5)


def test_pcam_stays_finite_where_no_place_is_probable() -> None:
    head, x = pcam(width=8, outputs=3), maps().requires_grad_()
    with torch.no_grad():
        head.layer.bias.fill_(-500.0)
    head(x).sum().backward()
    assert head(x).isfinite().all()
    assert x.grad is not None
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("temperatures", [(1.0,), (1.0, 2.0, 99.0)])
def test_csra_is_what_its_paper_says(temperatures: tuple[float, ...]) -> None:
    torch.manual_seed(0)
    head, x = csra(width=8, outputs=3, temperatures=temperatures, strength=0.4), maps()
    weights, biases = head.layer.weight.reshape(-1, 3, 8), head.layer.bias.reshape(-1, 3)
    expected = torch.zeros(4, 3)
    for weight, bias, temperature in zip(weights, biases, temperatures, strict=True):
        for finding in range(3):
            places = x.flatten(2)  # (B, D, places)
            said = torch.einsum("d,bdp->bp", weight[finding], places) + bias[finding]
            attention = torch.softmax(temperature * said, dim=1)
            mean, special = places.mean(dim=2), torch.einsum("bp,bdp->bd", attention, places)
            expected[:, finding] += (mean + 0.4 * special) @ weight[finding] + (1 + 0.4) * bias[finding]
    torch.testing.assert_close(head(x), expected, rtol=1e-4, atol=1e-5)


def test_csra_without_attention_is_the_linear_head_on_averages() -> None:
    head, plain = csra(width=8, outputs=3, strength=0.0), linear(width=8, outputs=3)
    plain.layer.weight.data, plain.layer.bias.data = head.layer.weight.data[:, :, 0, 0], head.layer.bias.data
    torch.testing.assert_close(head(maps()), plain(maps().mean(dim=(-2, -1))))


def test_a_hot_attention_is_the_strongest_place() -> None:
    head = csra(width=8, outputs=3, temperatures=(1e4,), strength=1.0)
    said = head.places(maps())
    torch.testing.assert_close(head(maps()), said.mean(dim=2) + said.amax(dim=2), rtol=1e-3, atol=1e-3)
