"""Every detector learns from one image or two, with boxes or without, and says arrays of fixed shape."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from hilum.data.outlines import filled
from hilum.models import FitsBoxes, Model, models
from hilum.models.detectors.norms import groups_for
from hilum.schema import ConfigError

SIZE, FINDINGS = 64, 2
DETECTORS: Mapping[str, Mapping[str, Any]] = {
    "faster_rcnn": {"proposals": 20, "sampled": 16},
    "mask_rcnn": {"proposals": 20, "sampled": 16},
    "retinanet": {},
    "fcos": {"width": 64},
    "yolov3": {},
    "box_unet": {},
}
BOXES = [torch.tensor([[8.0, 8, 40, 44], [20, 30, 50, 60]]), torch.zeros(0, 4)]
NONE = torch.zeros(0, 4)  # outlines
CLASSES = [torch.tensor([0, 1]), torch.zeros(0, dtype=torch.long)]


def detector(name: str, **settings: Any) -> nn.Module:
    torch.manual_seed(0)
    known = {"encoder": "test_resnet", "outputs": FINDINGS, "size": SIZE, "width": 32, **DETECTORS[name], **settings}
    built: nn.Module = models[name](**known)
    return built


def truth(model: nn.Module, places: list[int]) -> dict[str, Any]:
    """What a model learns of these of the two images."""
    known: dict[str, Any] = {"boxes": [BOXES[at] for at in places], "classes": [CLASSES[at] for at in places]}
    return known | ({"masks": [filled(boxes, NONE, SIZE) for boxes in known["boxes"]]} if model.learns_masks else {})


@pytest.fixture(params=DETECTORS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_learns_from_images_with_and_without_boxes(name: str) -> None:
    model, image = detector(name).train(), torch.randn(2, 1, SIZE, SIZE)
    assert isinstance(model, Model)
    for places in ([0, 1], [0], [1]):
        model.zero_grad()
        losses = model(image=image[places], **truth(model, places))
        assert all(loss.ndim == 0 and loss.isfinite() for loss in losses.values())
        torch.stack(list(losses.values())).sum().backward()
        assert any(
            float(weight.grad.abs().sum()) > 0 for weight in model.encoder.parameters() if weight.grad is not None
        )


def test_it_says_arrays_of_a_shape_that_the_image_does_not_change(name: str) -> None:
    model = detector(name).eval()
    with torch.inference_mode():
        first, second = (model(image=draw(2, 1, SIZE, SIZE)) for draw in (torch.randn, torch.zeros))
    assert {key: value.shape for key, value in first.items()} == {key: value.shape for key, value in second.items()}
    if name == "box_unet":
        assert first["masks"].shape == (2, FINDINGS, SIZE // 4, SIZE // 4)
        return
    boxes, scores = first["boxes"], first["scores"]
    assert boxes.shape[:2] == scores.shape[:2]
    assert scores.shape[2] == FINDINGS
    assert (boxes >= 0).all()
    assert (boxes <= SIZE).all()
    assert not scores.isnan().any()


def test_frozen_statistics_stay_and_group_norms_have_none(name: str) -> None:
    model = detector(name).train()
    before = {key: value.clone() for key, value in model.state_dict().items() if "running" in key}
    model(image=torch.randn(2, 1, SIZE, SIZE) * 5, **truth(model, [0, 1]))
    assert before
    assert all(torch.equal(model.state_dict()[key], value) for key, value in before.items())
    assert not any("running" in key for key in detector(name, norm="group").state_dict())


def test_a_detector_that_is_learning_can_be_taken_up_by_its_weights(name: str) -> None:
    first, second = detector(name), detector(name)
    if isinstance(first, FitsBoxes):
        first.fit_boxes([torch.rand(20, 4).cumsum(dim=1) * 20])
    second.load_state_dict(first.state_dict())
    image = torch.randn(1, 1, SIZE, SIZE)
    with torch.inference_mode():
        said = [model.eval()(image=image) for model in (first, second)]
    assert all(np.array_equal(said[0][key], said[1][key]) for key in said[0])


def test_an_encoder_without_fine_maps_is_refused_for_yolo() -> None:
    with pytest.raises(ConfigError, match="YOLOv3 expects three"):
        detector("yolov3", encoder="vit_tiny_patch16_224", size=224)


@pytest.mark.parametrize("channels", [16, 24, 40, 96, 112, 320, 1280, 17, 3])
def test_groups_are_equal_and_of_four_channels_or_more(channels: int) -> None:
    groups = groups_for(channels)
    assert channels % groups == 0
    assert groups == 1 or channels // groups >= 4
