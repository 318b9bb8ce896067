"""U-Net++ with any timm encoder: nested paths between its levels."""

from hilum.models.segmenter import WIDTHS, Segmenter, fitting, pyramid, widths_of
from hilum.models.settings import Depth, Width
from hilum.registry import register


@register
def unet_plus_plus(
    *,
    encoder: str,
    outputs: int,
    channels: int = 1,
    size: int = 256,
    pretrained: str = "none",
    depth: Depth = 5,
    widths: tuple[Width, ...] = WIDTHS,
) -> Segmenter:
    """U-Net++: as `unet`, with nested convolutions on the way from each level to its decoder.

    Args:
        encoder: timm's name of a network whose first maps are half of the image, as in `resnet18`.
        outputs: S structures; filled from the recipe's findings.
        channels: of the images, 1 or 3; filled from the recipe's preprocess.
        size: pixels a side; filled from the recipe's preprocess.
        pretrained: where the encoder starts, as for `classifier`.
        depth: halvings of the image that the encoder makes.
        widths: channels of the decoder's levels, from the coarsest; as many as `depth` are used.

    Source: Zhou et al. 2018, arXiv:1807.10165.
    """
    from segmentation_models_pytorch.decoders.unetplusplus.decoder import UnetPlusPlusDecoder

    network = pyramid(encoder, channels, size, pretrained, depth=depth)
    used = fitting(widths, depth)
    decoder = UnetPlusPlusDecoder(widths_of(network, channels), used, n_blocks=depth)
    return Segmenter(network, decoder, used[-1], outputs)
