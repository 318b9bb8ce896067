"""DeepLabV3+ with any timm encoder that can be built with holes in its filters."""

from hilum.models.segmenter import Segmenter, pyramid, widths_of
from hilum.models.settings import Dropout, Width
from hilum.registry import register

RATES = (12, 24, 36)
STRIDE = 16


@register
def deeplab_v3_plus(
    *,
    encoder: str,
    outputs: int,
    channels: int = 1,
    size: int = 256,
    pretrained: str = "none",
    width: Width = 256,
    dropout: Dropout = 0.5,
) -> Segmenter:
    """DeepLabV3+: holes in the encoder's last filters, several reaches side by side, and one way back up.

    Args:
        encoder: timm's name of a network that can be built with an output stride of 16, as in `resnet18`.
        outputs: S structures; filled from the recipe's findings.
        channels: of the images, 1 or 3; filled from the recipe's preprocess.
        size: pixels a side; filled from the recipe's preprocess.
        pretrained: where the encoder starts, as for `classifier`.
        width: channels of the decoder.
        dropout: before the decoder.

    Source: Chen et al. 2018, arXiv:1802.02611.
    """
    from segmentation_models_pytorch.decoders.deeplabv3.decoder import DeepLabV3PlusDecoder

    network = pyramid(encoder, channels, size, pretrained, output_stride=STRIDE)
    decoder = DeepLabV3PlusDecoder(
        widths_of(network, channels),
        encoder_depth=5,
        out_channels=width,
        atrous_rates=RATES,
        output_stride=STRIDE,
        aspp_separable=True,
        aspp_dropout=dropout,
    )
    return Segmenter(network, decoder, width, outputs)
