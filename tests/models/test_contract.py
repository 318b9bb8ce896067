"""What every model promises, whatever it takes."""

import inspect

import pytest
import torch
from torch import Tensor, nn

from hilum.models import Embeds, Encoder, ImageView, Model, models
from hilum.models.box_unet import BoxUNet
from hilum.models.detectors.one_stage import OneStage
from hilum.models.detectors.two_stages import TwoStages
from hilum.models.plain_unet import PlainUNet
from hilum.models.segmenter import Segmenter
from hilum.models.yolov3 import YOLOv3

SUPPLIED = {
    "outputs": 3,
    "channels": 1,
    "size": 64,
    "features": 5,
    "visit": 7,
    "cells": 8,
    "encoder": "test_resnet",
}


def built(name: str, **keywords: object) -> nn.Module:
    torch.manual_seed(0)
    wanted = inspect.signature(models[name]).parameters
    given: dict[str, object] = {key: value for key, value in SUPPLIED.items() if key in wanted}
    model: nn.Module = models[name](**(given | keywords))
    return model


def drawn(count: int = 4) -> dict[str, Tensor]:
    """Images, features, and the last three visits, of which image n has n."""
    generator = torch.Generator().manual_seed(0)
    visits = torch.rand(count, 3, 7, generator=generator)
    there = torch.arange(3) >= 3 - torch.arange(count)[:, None]
    visits[:, :, 0] = 1.0
    return {
        "image": torch.rand(count, 1, 64, 64, generator=generator),
        "lateral": torch.rand(count, 1, 64, 64, generator=generator),
        "features": torch.randn(count, 5, generator=generator),
        "visits": visits * there[:, :, None],
        "attention": torch.rand(count, 1, 8, 8, generator=generator),
    }


def taken(model: nn.Module, given: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: given[name] for name in model.inputs}  # type: ignore[union-attr]


# Of masks and boxes, each kind with contracts of its own: test_segmenters.py, detectors/test_contract.py
OF_PLACES = (Segmenter, PlainUNet, TwoStages, OneStage, YOLOv3, BoxUNet)
PLACES = [name for name in models if inspect.signature(models[name]).return_annotation in OF_PLACES]
LABELS = [name for name in models if "outputs" in inspect.signature(models[name]).parameters and name not in PLACES]
WITHOUT = [name for name in models if name not in (*LABELS, *PLACES)]


def test_there_are_models() -> None:
    assert {"contrastive", "reconstructor"} <= set(WITHOUT)
    assert {"classifier", "mlp", "gru", "joint", "two_views"} <= set(models)


@pytest.mark.parametrize("name", LABELS)
def test_it_is_a_model_and_what_looks_at_pixels_can_be_looked_into(name: str) -> None:
    model = built(name)
    assert isinstance(model, Model)
    assert isinstance(model, Embeds)
    assert isinstance(model, ImageView) == ("image" in model.inputs)
    assert all(isinstance(sentence, str) for sentence in model.notes)


def test_what_is_no_model_is_none() -> None:
    for protocol in (Model, Embeds, ImageView, Encoder):
        assert not isinstance(nn.Linear(2, 2), protocol)


@pytest.mark.parametrize("name", LABELS)
def test_logits_of_each_image_depend_on_that_image_alone(name: str) -> None:
    model = built(name).eval()
    outputs = model(**taken(model, drawn()))
    assert list(outputs) == ["labels"]
    assert outputs["labels"].shape == (4, 3)
    alone = [
        model(**{key: tensor[place : place + 1] for key, tensor in taken(model, drawn()).items()})["labels"]
        for place in range(4)
    ]
    torch.testing.assert_close(torch.cat(alone), outputs["labels"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", LABELS)
def test_tensors_go_by_name_alone(name: str) -> None:
    model = built(name).eval()
    with pytest.raises(TypeError):
        model(*taken(model, drawn()).values())


@pytest.mark.parametrize("name", LABELS)
def test_the_vector_that_the_head_sees(name: str) -> None:
    model = built(name).eval()
    vectors = model.embed(**taken(model, drawn()))  # type: ignore[operator]
    assert vectors.ndim == 2
    assert len(vectors) == 4
    assert len(vectors.unique(dim=0)) == 4


@pytest.mark.parametrize("name", [name for name in LABELS if isinstance(built(name), ImageView)])
def test_logits_come_from_the_maps(name: str) -> None:
    """As for images without other inputs; the mean of what cam's weights make of the maps moves as the logits do."""
    model, given = built(name).eval(), drawn()
    assert isinstance(model, ImageView)
    given |= {name: torch.full_like(given[name], torch.nan) for name in ("features", "lateral", "attention")}
    maps, weights = model.maps(given["image"]), model.cam_weights()
    torch.testing.assert_close(model.from_maps(maps), model(**taken(model, given))["labels"])  # type: ignore[operator]
    assert weights is not None
    evidence = torch.einsum("bdhw,kd->bk", maps, weights) / maps[0, 0].numel()
    bias = model.from_maps(maps) - evidence
    torch.testing.assert_close(bias, bias[:1].expand_as(bias), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", LABELS)
def test_every_input_and_every_weight_matters(name: str) -> None:
    model = built(name).train()
    inputs = {key: tensor.requires_grad_() for key, tensor in taken(model, drawn(64)).items()}
    model(**inputs)["labels"].square().sum().backward()
    assert all(tensor.grad is not None and tensor.grad.abs().sum() > 0 for tensor in inputs.values())
    idle = [key for key, weight in model.named_parameters() if weight.grad is None]
    assert not idle


@pytest.mark.parametrize("name", [name for name in LABELS if "features" in built(name).inputs])  # type: ignore[operator]
def test_images_without_features_are_read_all_the_same(name: str) -> None:
    model, given = built(name).eval(), drawn()
    given["features"] = torch.full_like(given["features"], torch.nan)
    assert model(**taken(model, given))["labels"].isfinite().all()


@pytest.mark.parametrize("name", WITHOUT)
def test_what_learns_without_labels_has_an_encoder_and_sums_an_image_up(name: str) -> None:
    model = built(name).train()
    assert isinstance(model, Model)
    assert isinstance(model, Embeds)
    assert isinstance(model.encoder, Encoder)
    (output,) = model(**taken(model, drawn())).values()
    assert len(output) == 4
    output.square().sum().backward()
    assert not [key for key, weight in model.named_parameters() if weight.grad is None]
    vectors = model.eval().embed(**taken(model, drawn()))  # type: ignore[attr-defined]
    assert len(vectors.unique(dim=0)) == 4
