"""U-Net with any timm encoder, plain or with attention in its decoder."""

from typing import Literal

from hilum.models.segmenter import WIDTHS, Segmenter, fitting, pyramid, widths_of
from hilum.models.settings import Depth, Width
from hilum.registry import register


@register
def unet(
    *,
    encoder: str,
    outputs: int,
    channels: int = 1,
    size: int = 256,
    pretrained: str = "none",
    depth: Depth = 5,
    widths: tuple[Width, ...] = WIDTHS,
    attention: Literal["none", "scse"] = "none",
) -> Segmenter:
    """U-Net: a timm encoder, and a decoder that goes back up level by level beside it.

    Args:
        encoder: timm's name of the network, as in `resnet18` (`hilum ls encoders`).
        outputs: S structures; filled from the recipe's findings.
        channels: of the images, 1 or 3; filled from the recipe's preprocess.
        size: pixels a side; filled from the recipe's preprocess.
        pretrained: where the encoder starts, as for `classifier`.
        depth: halvings of the image that the encoder makes; 4 cuts its coarsest and largest stage off.
        widths: channels of the decoder's levels, from the coarsest; as many as `depth` are used.
        attention: `scse` weighs each level's channels and places, in place of none.

    Source: Ronneberger et al. 2015, arXiv:1505.04597; scse: Roy et al. 2018, arXiv:1803.02579.
    """
    from segmentation_models_pytorch.decoders.unet.decoder import UnetDecoder

    network = pyramid(encoder, channels, size, pretrained, depth=depth)
    used = fitting(widths, depth)
    decoder = UnetDecoder(
        widths_of(network, channels), used, n_blocks=depth, attention_type=None if attention == "none" else attention
    )
    return Segmenter(network, decoder, used[-1], outputs)
