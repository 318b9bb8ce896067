from itertools import pairwise

import torch

from hilum.explain.randomization import cascade, unchanged
from hilum.models.classifier import classifier


def test_from_the_head_down_to_all_layers_with_the_values_that_were_there() -> None:
    torch.manual_seed(0)
    model = classifier(encoder="test_resnet", outputs=3, size=32).eval()
    before = {name: values.clone() for name, values in model.named_parameters()}
    moved = []
    for layers, network in cascade(model):
        now = dict(network.named_parameters())
        assert all(torch.equal(now[name].flatten().sort().values, before[name].flatten().sort().values) for name in now)
        moved.append({name for name in now if not torch.equal(now[name], before[name])})
        assert layers == "head" if len(moved) == 1 else layers.endswith("layers")
    assert moved[0] == {"head.layer.weight", "head.layer.bias"}
    assert all(earlier <= later for earlier, later in pairwise(moved))
    weights = {name for name, values in before.items() if values.unique().numel() > 1}
    assert moved[-1] == weights  # those of one value everywhere have no order to lose
    for name, values in model.named_parameters():
        assert torch.equal(values, before[name])  # the model itself is left as it is


def test_what_stays_is_named() -> None:
    assert unchanged(0.9)
    assert not unchanged(0.1)
