import timm
import torch
from torch import nn

from hilum.inference.pooled_first import pooled_first


def test_a_densenet_says_the_same_with_less_work() -> None:
    network = timm.create_model("densenet121", num_classes=3, in_chans=1).eval()
    image = torch.rand(2, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    seen: list[int] = []
    for name, module in network.named_modules():
        if name.endswith("transition1.conv"):
            module.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape[-1]))
    with torch.inference_mode():
        before, after = network(image), pooled_first(network)(image)
    assert seen == [16, 8]
    torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-5)


def test_steps_whose_order_matters_stay() -> None:
    for steps in (
        [nn.Conv2d(2, 2, 3), nn.AvgPool2d(2)],
        [nn.Conv2d(2, 2, 1, stride=2), nn.AvgPool2d(2)],
        [nn.Conv2d(2, 2, 1), nn.AvgPool2d(2, padding=1)],
        [nn.Conv2d(2, 2, 1), nn.MaxPool2d(2)],
        [nn.Conv2d(2, 2, 1), nn.ReLU(), nn.AvgPool2d(2)],
    ):
        network = nn.Sequential(*steps)
        assert list(pooled_first(network)) == steps
