import pytest
import torch
from torch import Tensor

from hilum.explain.methods.attention_rollout import attention_rollout
from hilum.models.classifier import Classifier, classifier
from hilum.schema import ConfigError


def transformer() -> Classifier:
    torch.manual_seed(0)
    return classifier(encoder="test_vit", outputs=2, size=64).eval()


def images() -> Tensor:
    return torch.rand(2, 1, 64, 64, generator=torch.Generator().manual_seed(0))


def test_one_map_for_all_findings_and_images_that_do_not_meet() -> None:
    model = transformer()
    maps = attention_rollout(model, images())
    assert maps.shape == (2, 2, 4, 4)
    assert torch.equal(maps[:, 0], maps[:, 1])
    assert maps.amax() == 1
    torch.testing.assert_close(attention_rollout(model, images()[1:], [1])[0, 0], maps[1, 1], atol=1e-4, rtol=1e-4)


def test_attention_to_one_patch_alone_shows_that_patch() -> None:
    model = transformer()
    layers = [layer for layer in model.modules() if hasattr(layer, "fused_attn")]
    assert layers
    before = [layer.fused_attn for layer in layers]

    def only(token: int) -> object:
        def hook(_: object, __: object, attention: Tensor) -> Tensor:
            one = torch.zeros_like(attention)
            one[..., token] = 1
            return one

        return hook

    prefix = model.encoder.network.num_prefix_tokens
    hooks = [layer.attn_drop.register_forward_hook(only(prefix + 6)) for layer in layers]
    heat = attention_rollout(model, images())[0, 0]
    assert int(heat.argmax()) == 6
    assert (heat > 0).sum() == 1
    assert [layer.fused_attn for layer in layers] == before
    for hook in hooks:
        hook.remove()
    assert not any(layer.attn_drop._forward_hooks for layer in layers)


@pytest.mark.parametrize(("encoder", "why"), [("test_resnet", "no attention"), ("swin_tiny_patch4_window7_224", "win")])
def test_networks_without_attention_between_all_patches_are_refused(encoder: str, why: str) -> None:
    model = classifier(encoder=encoder, outputs=2, size=32).eval()
    with pytest.raises(ConfigError, match=why):
        attention_rollout(model, torch.rand(1, 1, 32, 32))
