import numpy as np
import pytest
import torch
from torch import Tensor, nn

from hilum.images import Preprocess
from hilum.runs.batch import Batch
from hilum.runs.device import Device
from hilum.schema import ConfigError

STORED = torch.randint(0, 256, (3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
DEVICE = Device.choose("cpu", "fp32")


class Takes(nn.Module):
    def __init__(self, *names: str) -> None:
        super().__init__()
        self.inputs = names


def batch(**tensors: Tensor) -> Batch:
    return Batch(np.arange(3), {"image": STORED, **tensors})


def test_stored_pixels_become_what_the_network_takes() -> None:
    preprocess = Preprocess(size=16, channels=3, normalize="imagenet")
    images = batch().inputs(Takes("image"), preprocess, DEVICE)["image"]
    assert images.shape == (3, 3, 16, 16)
    expected = (STORED.float() / 255 - 0.456) / 0.224
    torch.testing.assert_close(images[:, 1], expected)


def test_tensors_come_by_the_names_that_the_model_asks_for() -> None:
    features = torch.ones(3, 2)
    taken = batch(features=features).inputs(Takes("features", "image"), Preprocess(size=16), DEVICE)
    assert list(taken) == ["features", "image"]
    assert torch.equal(taken["features"], features)
    assert taken["image"].shape == (3, 1, 16, 16)


def test_a_tensor_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="takes features, and the batch holds image alone"):
        batch().inputs(Takes("image", "features"), Preprocess(size=16), DEVICE)


def test_augmentation_sees_images_in_0_to_1_before_they_are_normalized() -> None:
    seen = []

    def black(images: Tensor) -> Tensor:
        seen.append(images)
        return torch.zeros_like(images)

    images = batch().inputs(Takes("image"), Preprocess(size=16), DEVICE, black)["image"]
    assert seen[0].shape == (3, 1, 16, 16)
    torch.testing.assert_close(seen[0][:, 0] * 255, STORED.float())
    assert (images == -1).all()


def test_the_stored_pixels_stay_as_they_are() -> None:
    before = STORED.clone()
    batch().inputs(Takes("image"), Preprocess(size=16), DEVICE, lambda images: images.add_(1))
    assert torch.equal(STORED, before)


@pytest.mark.parametrize("channels", [1, 3])
def test_layout(channels: int) -> None:
    device = Device.choose("cpu", "fp32", channels_last=True)
    images = batch().inputs(Takes("image"), Preprocess(size=16, channels=channels), device)["image"]
    assert images.is_contiguous(memory_format=torch.channels_last)
