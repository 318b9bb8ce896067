"""Which weights a phase trains, each at its share of the rate."""

import pytest
import torch
from timm.optim import param_groups_layer_decay
from torch import nn

from hilum.models.encoders import encoder
from hilum.runs.recipe import Phase
from hilum.schema import ConfigError
from hilum.training.groups import groups_of
from hilum.training.optimize import optimizer_for


class Model(nn.Module):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.encoder = encoder(name, 1, 64)
        self.head = nn.Linear(self.encoder.channels[-1], 2)


def shares(model: nn.Module, phase: Phase) -> dict[str, float]:
    of = {id(weight): group["share"] for group in groups_of(model, phase) for weight in group["params"]}
    return {name: of[id(weight)] for name, weight in model.named_parameters()}


def test_every_weight_is_in_one_group() -> None:
    model = Model("test_resnet")
    groups = groups_of(model, Phase(lr_of={"encoder.network.layer4": 0.5, "head": 2.0}, layer_decay=0.7))
    weights = [id(weight) for group in groups for weight in group["params"]]
    assert sorted(weights) == sorted(id(weight) for weight in model.parameters())
    assert len(groups) > 4


@pytest.mark.parametrize("name", ["test_resnet", "resnet18", "test_vit", "test_convnext"])
def test_layer_decay_is_timm_s_with_the_head_above_the_encoder(name: str) -> None:
    model = Model(name)
    own = shares(model, Phase(layer_decay=0.75))
    assert {own["head.weight"], own["head.bias"]} == {1.0}
    network = model.encoder.network
    names = {id(weight): name for name, weight in network.named_parameters()}
    reference = param_groups_layer_decay(network, layer_decay=0.75, no_opt_scale=None)
    found = {names[id(weight)]: group["lr_scale"] for group in reference for weight in group["params"]}
    assert len(found) == len(names)
    top = max(found.values())
    for inner, scale in found.items():
        assert own[f"encoder.network.{inner}"] == pytest.approx(0.75 * scale / top)


def test_of_nested_parts_the_innermost_counts() -> None:
    own = shares(Model("test_resnet"), Phase(lr_of={"encoder.network.layer4": 1.0, "encoder": 0.1}))
    assert {share for name, share in own.items() if name.startswith("encoder.network.layer4.")} == {1.0}
    assert own["encoder.network.conv1.0.weight"] == 0.1
    assert own["head.weight"] == 1.0


def test_a_part_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"no part 'encoder\.layer9'.* encoder, head"):
        groups_of(Model("test_resnet"), Phase(lr_of={"encoder.layer9": 0.1}))


def test_a_phase_that_trains_nothing_is_refused() -> None:
    model = Model("test_resnet").requires_grad_(False)
    with pytest.raises(ConfigError, match=r"everything is frozen \(encoder, head\).*trains nothing.*encoder, head"):
        groups_of(model, Phase(frozen=("encoder", "head")))


def test_a_share_moves_a_weight_by_as_much() -> None:
    """One step of plain SGD, where the way is the rate times the gradient."""
    model = nn.ModuleDict({"a": nn.Linear(1, 1, bias=False), "b": nn.Linear(1, 1, bias=False)})
    phase = Phase.model_validate(
        {"optimizer": {"name": "sgd", "momentum": 0.0, "weight_decay": 0.0}, "lr": 0.5, "lr_of": {"a": 0.1}}
    )
    optimizer = optimizer_for(model, phase)
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    for weight in model.parameters():
        weight.grad = torch.ones_like(weight)
    for group in optimizer.param_groups:
        group["lr"] = phase.lr * group["share"]
    optimizer.step()
    moved = {name: float(before[name] - weight.detach()) for name, weight in model.named_parameters()}
    assert moved == pytest.approx({"a.weight": 0.05, "b.weight": 0.5})
