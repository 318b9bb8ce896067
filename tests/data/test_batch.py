import pytest
import torch
from torch import Generator, Tensor

from hilum.data import Batch
from hilum.data.batch import prepared
from hilum.device import CPU, Device
from hilum.images import Preprocess
from hilum.schema import ConfigError

STORED = torch.randint(0, 256, (3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
IDS = ("a", "b", "c")


def batch(**tensors: Tensor) -> Batch:
    return Batch(IDS, {"image": STORED, **tensors})


def test_stored_pixels_become_what_the_network_takes() -> None:
    preprocess = Preprocess(size=16, channels=3, normalize="imagenet")
    image = prepared(batch(), ("image",), preprocess, CPU).inputs["image"]
    assert image.shape == (3, 3, 16, 16)
    torch.testing.assert_close(image[:, 1], (STORED.float() / 255 - 0.456) / 0.224)


def test_only_what_the_model_takes_goes_on() -> None:
    features = torch.ones(3, 2)
    ready = prepared(batch(features=features), ("features",), Preprocess(size=16), CPU)
    assert list(ready.inputs) == ["features"]
    assert ready.image_ids == IDS


def test_an_input_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="takes image, features, and there are image alone"):
        prepared(batch(), ("image", "features"), Preprocess(size=16), CPU)


def test_augmentation_sees_images_in_0_to_1_before_they_are_normalized() -> None:
    seen = []

    def black(one: Batch, generator: Generator) -> Batch:
        seen.append(one.inputs["image"])
        return one.with_image(torch.zeros_like(one.inputs["image"]))

    ready = prepared(batch(), ("image",), Preprocess(size=16), CPU, transform=black, generator=torch.Generator())
    assert seen[0].shape == (3, 1, 16, 16)
    torch.testing.assert_close(seen[0][:, 0] * 255, STORED.float())
    assert (ready.inputs["image"] == -1).all()


def test_the_stored_pixels_stay_as_they_are() -> None:
    before = STORED.clone()

    def brighter(one: Batch, generator: Generator) -> Batch:
        return one.with_image(one.inputs["image"].add_(1))

    prepared(batch(), ("image",), Preprocess(size=16), CPU, transform=brighter, generator=torch.Generator())
    assert torch.equal(STORED, before)


@pytest.mark.parametrize("channels", [1, 3])
def test_layout(channels: int) -> None:
    device = Device.choose("cpu", "fp32", channels_last=True)
    image = prepared(batch(), ("image",), Preprocess(size=16, channels=channels), device).inputs["image"]
    assert image.is_contiguous(memory_format=torch.channels_last)
