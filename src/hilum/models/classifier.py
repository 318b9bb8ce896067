"""A classifier of whole images: any timm encoder, global average pooling, a head."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from hilum.models.checkpoint import load_encoder
from hilum.registry import register
from hilum.schema.errors import ConfigError, DependencyError

UNUSED = ("head", "head_drop", "fc_norm", "pre_logits")  # what timm keeps behind `forward_features`


# B images, C channels, K findings, D feature maps, h w their size
class Classifier(nn.Module):
    """Encoder, an optional transition layer, global average pooling, head.

    Args:
        encoder: a timm network whose `forward_features` gives maps or tokens.
        maps: D, how many feature maps the encoder gives.
        outputs: K, how many logits to give.
        transition: width of a 1x1 convolution with batch norm and ReLU between encoder and pooling; 0 for none.
        hidden: widths of hidden layers with ReLU between pooling and logits; none for a linear head.
        dropout: share of inputs that each layer of the head drops while learning.
    """

    inputs: tuple[str, ...] = ("image",)
    notes: tuple[str, ...] = ()  # what was loaded, adapted and left out, in sentences

    def __init__(
        self, encoder: nn.Module, maps: int, *, outputs: int, transition: int, hidden: Sequence[int], dropout: float
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.transition = _transition(maps, transition) if transition else nn.Identity()
        self.head = _head(transition or maps, hidden, outputs, dropout)

    def maps(self, image: Tensor) -> Tensor:  # (B, C, H, W) -> (B, D, h, w)
        """Feature maps before pooling."""
        return self.transition(self._as_maps(self.encoder.forward_features(image), image.shape))  # type: ignore[no-any-return, operator]

    def embed(self, *, image: Tensor) -> Tensor:  # (B, C, H, W) -> (B, D)
        """Feature maps averaged over the image: the vector that the head sees."""
        return self.maps(image).mean(dim=(-2, -1))

    def from_maps(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, K)
        """Logits of feature maps."""
        return self.head(maps.mean(dim=(-2, -1)))  # type: ignore[no-any-return]

    def forward(self, *, image: Tensor) -> dict[str, Tensor]:  # (B, C, H, W) -> (B, K), logits
        """Logits of images."""
        return {"labels": self.from_maps(self.maps(image))}

    def cam_weights(self) -> Tensor | None:
        """(K, D) weights of a linear head, as class activation maps need them; None when the head has hidden layers."""
        linear = [layer for layer in self.head.modules() if isinstance(layer, nn.Linear)]
        return linear[0].weight if len(linear) == 1 else None

    def _as_maps(self, out: Tensor, shape: torch.Size) -> Tensor:
        if out.ndim == 4:
            return out.permute(0, 3, 1, 2) if getattr(self.encoder, "output_fmt", None) == "NHWC" else out
        patches = self.encoder.patch_embed  # tokens: drop the class token, lay the rest out as the patches lie
        rows, columns = patches.dynamic_feat_size(tuple(shape[-2:]))  # type: ignore[operator, union-attr]
        tokens = out[:, int(getattr(self.encoder, "num_prefix_tokens", 0)) :]
        return tokens.transpose(1, 2).reshape(len(out), -1, rows, columns)


@register
def classifier(
    *,
    encoder: str,
    outputs: int,
    channels: int = 1,
    size: int = 224,
    pretrained: str = "none",
    transition: int = 0,
    hidden: tuple[int, ...] = (),
    dropout: float = 0.0,
) -> Classifier:
    """Any timm encoder with global average pooling and a linear head (or hidden layers).

    Args:
        encoder: timm's name of the network, as in `densenet121` (`hilum ls encoders` lists them).
        outputs: how many logits, one a finding; filled from the recipe's findings.
        channels: of the images, 1 or 3; filled from the recipe's preprocess.
        size: pixels a side; filled from the recipe's preprocess. Only transformers of fixed size look at it.
        pretrained: `none`, `imagenet` (timm's weights of that name, fetched once), a weights file (.safetensors, or
            a .pth state dict), or the folder of a Run, of which the encoder is taken. Three-channel weights fit one
            channel by summing, which gives the same outputs as three equal channels would.
        transition: width of a 1x1 convolution with batch norm and ReLU before pooling; 0 for none.
        hidden: widths of hidden layers with ReLU before the logits, as in [256, 50]; none for a linear head.
        dropout: share of inputs that each layer of the head drops while learning.

    Source: Wang et al. 2017, arXiv:1705.02315 (transition layer and pooling); Rajpurkar et al. 2017, arXiv:1711.05225.
    """
    network = _encoder(encoder, channels, size, imagenet=pretrained == "imagenet")
    with torch.no_grad():
        maps = _maps_of(network, encoder, channels, size)
    model = Classifier(network, maps, outputs=outputs, transition=transition, hidden=hidden, dropout=dropout)
    if pretrained == "imagenet":
        model.notes = (f"Encoder {encoder} starts from timm's ImageNet weights.",)
    elif pretrained != "none":
        model.notes = load_encoder(model, pretrained)
    return model


def _encoder(name: str, channels: int, size: int, *, imagenet: bool) -> nn.Module:
    import timm  # takes longer to import than all of torch, and who opens a Run only to look at it needs none

    if not timm.is_model(name):
        near = timm.list_models(f"*{name[:6]}*")[:5] or ["resnet18", "resnet50", "densenet121", "convnext_tiny"]
        raise ConfigError(f"model.encoder: timm has no network '{name}'. Nearest: {', '.join(near)}.")
    known = timm.get_pretrained_cfg(name)
    sized: dict[str, Any] = {"img_size": size} if known is not None and known.fixed_input_size else {}
    try:
        network: nn.Module = timm.create_model(
            name, pretrained=imagenet, num_classes=0, global_pool="", in_chans=channels, **sized
        )
    except (OSError, RuntimeError, ValueError) as error:
        if not imagenet:
            raise ConfigError(
                f"model.encoder: {name} cannot take {channels} x {size} x {size} images ({error})."
            ) from error
        where = f"model.safetensors of '{known.hf_hub_id}'" if known is not None and known.hf_hub_id else "its weights"
        raise DependencyError(
            f"ImageNet weights of {name} could not be fetched ({type(error).__name__}). Where there is a network, "
            f"download {where}; then give that file: `--set model.pretrained=PATH`. "
            "To learn from scratch: `--set model.pretrained=none`."
        ) from error
    for part in UNUSED:
        if isinstance(getattr(network, part, None), nn.Module):
            setattr(network, part, nn.Identity())
    return network


def _maps_of(network: nn.Module, name: str, channels: int, size: int) -> int:
    """D of an encoder, asked of it, not of its metadata; refuses what gives neither maps nor a grid of tokens."""
    probe = Classifier(network, 1, outputs=1, transition=0, hidden=(), dropout=0.0).eval()
    try:
        maps = probe.maps(torch.zeros(1, channels, size, size))
    except (AttributeError, RuntimeError, AssertionError) as error:
        raise ConfigError(
            f"model.encoder: {name} gives no feature maps for {channels} x {size} x {size} images ({error}). "
            "Expected a convolutional network, or a transformer whose patches tile the image."
        ) from error
    network.train()
    return maps.shape[1]


def _transition(maps: int, width: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(maps, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True))


def _head(width: int, hidden: Sequence[int], outputs: int, dropout: float) -> nn.Sequential:
    layers: list[nn.Module] = []
    for wide in hidden:
        layers += [nn.Dropout(dropout), nn.Linear(width, wide), nn.ReLU(inplace=True)]
        width = wide
    return nn.Sequential(*layers, nn.Dropout(dropout), nn.Linear(width, outputs))
