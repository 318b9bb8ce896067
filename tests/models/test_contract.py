"""What every model promises, whatever it takes."""

import inspect

import pytest
import torch
from torch import Tensor, nn

from hilum.models import models

SUPPLIED = {"outputs": 3, "channels": 1, "size": 64, "features": 5, "visit": 7, "encoder": "test_resnet"}


def built(name: str, **keywords: object) -> nn.Module:
    torch.manual_seed(0)
    wanted = inspect.signature(models[name]).parameters
    given: dict[str, object] = {key: value for key, value in SUPPLIED.items() if key in wanted}
    model: nn.Module = models[name](**(given | keywords))
    return model


def images(count: int = 4) -> dict[str, Tensor]:
    """Images, features, and the last three visits, of which image n has n."""
    generator = torch.Generator().manual_seed(0)
    visits = torch.rand(count, 3, 7, generator=generator)
    there = torch.arange(3) >= 3 - torch.arange(count)[:, None]
    visits[:, :, 0] = 1.0
    return {
        "images": torch.rand(count, 1, 64, 64, generator=generator),
        "features": torch.randn(count, 5, generator=generator),
        "visits": visits * there[:, :, None],
    }


def taken(model: nn.Module, given: dict[str, Tensor]) -> list[Tensor]:
    return [given[name] for name in model.inputs]  # type: ignore[union-attr]


def test_there_are_models() -> None:
    assert {"classifier", "mlp", "gru", "joint"} <= set(models)


@pytest.mark.parametrize("name", models)
def test_logits_of_each_image_depend_on_that_image_alone(name: str) -> None:
    model = built(name).eval()
    logits = model(*taken(model, images()))
    assert logits.shape == (4, 3)
    alone = [model(*(tensor[place : place + 1] for tensor in taken(model, images()))) for place in range(4)]
    torch.testing.assert_close(torch.cat(alone), logits, rtol=1e-4, atol=1e-5)
    assert all(isinstance(sentence, str) for sentence in model.notes)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", models)
def test_every_input_and_every_weight_matters(name: str) -> None:
    model = built(name).train()
    inputs = [tensor.requires_grad_() for tensor in taken(model, images(64))]
    model(*inputs).square().sum().backward()
    assert all(tensor.grad is not None and tensor.grad.abs().sum() > 0 for tensor in inputs)
    idle = [key for key, weight in model.named_parameters() if weight.grad is None]
    assert not idle


@pytest.mark.parametrize("name", [name for name in models if "features" in built(name).inputs])  # type: ignore[operator]
def test_images_without_features_are_read_all_the_same(name: str) -> None:
    model, given = built(name).eval(), images()
    given["features"] = torch.full_like(given["features"], torch.nan)
    assert model(*taken(model, given)).isfinite().all()
