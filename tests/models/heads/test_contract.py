"""What every head promises, and what each of them is."""

import pytest
import torch
from torch import Tensor, nn

from hilum.models import FittedHead, ReadsMaps
from hilum.models.heads import heads
from hilum.models.heads.per_finding import per_finding
from hilum.registry.component import built


def head_of(name: str, outputs: int = 1, **keywords: object) -> nn.Module:
    torch.manual_seed(0)
    supplied = {"width": 8, "outputs": outputs}
    head: nn.Module = built({"name": name, **keywords}, heads, "model.head", supplied=supplied)
    return head


READ_MAPS = [name for name in heads if isinstance(head_of(name), ReadsMaps)]
LEARN = [name for name in heads if not isinstance(head_of(name), FittedHead)]  # step by step


def given(name: str) -> Tensor:
    """What a head reads: five vectors, or five images' maps."""
    shape = (5, 8, 3, 4) if name in READ_MAPS else (5, 8)
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def test_there_are_heads() -> None:
    assert {"linear", "hidden", "per_finding", "csra", "pcam", "pyramid_attention"} <= set(LEARN)
    assert {"logistic_regression", "gradient_boosting", "nearest_neighbors"} == set(heads) - set(LEARN)
    assert set(READ_MAPS) == {"csra", "pcam", "pyramid_attention"}


@pytest.mark.parametrize("name", LEARN)
@pytest.mark.parametrize("outputs", [1, 3])
def test_logits_of_each_image_alone(name: str, outputs: int) -> None:
    head = head_of(name, outputs).eval()
    logits = head(given(name))
    assert logits.shape == (5, outputs)
    torch.testing.assert_close(torch.cat([head(one[None]) for one in given(name)]), logits)
    assert (head.train()(given(name)) < 0).any()  # no probabilities; batch norms, where there are some, take part
    assert logits.unique().numel() > 1


@pytest.mark.parametrize("name", LEARN)
def test_every_weight_learns_and_every_logit_has_some(name: str) -> None:
    head = head_of(name, 3).train()
    for place in range(3):
        head.zero_grad()
        head(given(name))[:, place].square().sum().backward()
        assert sum(float(weight.grad.abs().sum()) for weight in head.parameters()) > 0
    assert all(weight.grad is not None for weight in head.parameters())


@pytest.mark.parametrize("name", LEARN)
def test_dropout_acts_while_learning_alone(name: str) -> None:
    head = head_of(name, 3, dropout=0.5).train()
    assert not torch.equal(head(given(name)), head(given(name)))
    head.eval()
    assert torch.equal(head(given(name)), head(given(name)))


def test_findings_of_a_head_each_share_no_weight() -> None:
    torch.manual_seed(0)
    head = per_finding(width=8, outputs=3, hidden=4).eval()
    head(given("per_finding"))[:, 1].sum().backward()
    first = head[1].weight.grad
    assert first is not None
    assert (first.reshape(3, 4, 8).abs().sum(dim=(1, 2)) > 0).tolist() == [False, True, False]
