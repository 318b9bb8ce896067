import math
from itertools import pairwise

import pytest
import torch
from torch import nn

from hilum.runs import Recipe
from hilum.runs.recipe import Phase
from hilum.schema import ConfigError
from hilum.training.average import Average
from hilum.training.optimize import completed, freeze, optimizer_for, rate


def network() -> nn.ModuleDict:
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4))
    return nn.ModuleDict({"encoder": encoder, "head": nn.Linear(4, 2)})


def recipe(optimizer: object) -> Recipe:
    training = {"phases": [{"optimizer": optimizer}]}
    return Recipe.model_validate({"model": {"encoder": "test_resnet"}, "training": training})


# --- the learning rate ---


def test_a_cosine_after_a_rise() -> None:
    phase, steps = Phase(epochs=5, lr=0.2, warmup_epochs=1, schedule="cosine"), 10
    rates = [rate(phase, step, steps) for step in range(50)]
    assert max(rates) == rates[9] == rates[10] == 0.2
    assert rates[:10] == pytest.approx([0.02 * (step + 1) for step in range(10)])
    assert rates[30] == pytest.approx(0.1)  # half-way down
    assert all(left >= right for left, right in pairwise(rates[9:]))
    assert 0 < rates[-1] < 0.2 * (math.pi / 80) ** 2 * 1.01


def test_constant_stays() -> None:
    phase = Phase(epochs=3, lr=0.2, schedule="constant")
    assert {rate(phase, step, 4) for step in range(12)} == {0.2}


# --- which parts learn ---


def test_biases_and_norms_are_spared_decay() -> None:
    model = network()
    decayed, spared = optimizer_for(model, Phase(optimizer={"name": "adamw", "weight_decay": 0.3})).param_groups
    assert decayed["weight_decay"] == 0.3
    assert {weight.ndim for weight in decayed["params"]} == {2, 4}
    assert spared["weight_decay"] == 0
    assert {weight.ndim for weight in spared["params"]} == {1}
    assert len(decayed["params"]) + len(spared["params"]) == len(list(model.parameters()))


@pytest.mark.parametrize(("name", "decay"), [("adam", 0.0), ("adamw", 0.01), ("sgd", 0.0001)])
def test_weight_decay_left_out_is_what_suits_the_optimizer(name: str, decay: float) -> None:
    whole = completed(recipe(name))
    assert whole.training.phases[0].optimizer["weight_decay"] == decay
    assert optimizer_for(network(), whole.training.phases[0]).param_groups[0]["weight_decay"] == decay
    assert completed(whole) == whole


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        ("adamm", "no optimizer 'adamm'. Nearest: adam"),
        ({"name": "sgd", "momentun": 1}, r"phases\.0\.optimizer\.momentun"),
    ],
)
def test_what_no_optimizer_takes_is_refused_in_full(optimizer: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        completed(recipe(optimizer))


@pytest.mark.parametrize(("name", "kind"), [("adam", "Adam"), ("adamw", "AdamW"), ("sgd", "SGD")])
def test_optimizers(name: str, kind: str) -> None:
    settings = {"name": name} | ({"momentum": 0.5} if name == "sgd" else {})
    optimizer = optimizer_for(network(), Phase.model_validate({"optimizer": settings, "lr": 0.3}))
    assert type(optimizer).__name__ == kind
    assert optimizer.param_groups[0]["lr"] == 0.3
    assert name != "sgd" or optimizer.param_groups[0]["momentum"] == 0.5


def test_frozen_parts_neither_learn_nor_keep_statistics() -> None:
    model = network().train()
    freeze(model, ("encoder",))
    assert not any(weight.requires_grad for weight in model["encoder"].parameters())
    assert not model["encoder"][1].training
    assert model["head"].training
    learning = [weight for group in optimizer_for(model, Phase()).param_groups for weight in group["params"]]
    assert {id(weight) for weight in learning} == {id(weight) for weight in model["head"].parameters()}
    freeze(model.train(), ())
    assert all(weight.requires_grad for weight in model.parameters())


def test_a_part_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"no part 'trunck'.* encoder, head"):
        freeze(network(), ("trunck",))


def test_everything_frozen_is_refused() -> None:
    model = network()
    freeze(model, ("encoder", "head"))
    with pytest.raises(ConfigError, match="everything is frozen"):
        optimizer_for(model, Phase(frozen=("encoder", "head")))


# --- the moving average ---


def test_the_average_is_the_weighted_mean_of_its_steps() -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 5.0)
    average = Average(model, decay=0.9)
    expected = 5.0
    for step, value in enumerate([1.0, 2.0, 4.0, 8.0] * 30):
        nn.init.constant_(model.weight, value)
        average.update(model)
        keep = min(0.9, (1 + step) / (10 + step))
        expected = keep * expected + (1 - keep) * value
    assert float(average.model.weight) == pytest.approx(expected, rel=1e-5)  # type: ignore[arg-type]


def test_the_average_takes_batch_statistics_and_counters_along() -> None:
    model = nn.BatchNorm1d(2)
    average = Average(model, decay=0.5)
    for _ in range(30):
        model(torch.randn(8, 2, generator=torch.Generator().manual_seed(0)) + 3)
        average.update(model)
    torch.testing.assert_close(average.model.running_mean, model.running_mean, atol=0.2, rtol=0)
    assert average.model.num_batches_tracked == 30
    assert not average.model.training
    assert not any(weight.requires_grad for weight in average.model.parameters())
