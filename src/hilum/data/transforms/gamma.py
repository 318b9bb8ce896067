"""Another film: how gray follows from exposure."""

from torch import Generator

from hilum.data.batch import Batch
from hilum.data.transforms.chance import sometimes
from hilum.data.transforms.draws import each, even
from hilum.data.transforms.limits import Size
from hilum.data.transforms.views import each_view
from hilum.registry import register


@register
@each_view
@sometimes(1.0)
def gamma(batch: Batch, generator: Generator, *, log_gamma: Size = 0.3) -> Batch:
    """Raise gray values to a power: black and white stay, what lies between becomes darker or brighter.

    Args:
        batch: its image is (B, 1, h, w) in [0, 1].
        generator: of the draw.
        log_gamma: largest natural logarithm of the exponent, either way; 0.3 gives exponents from 0.74 to 1.35.
    """
    image = batch.inputs["image"]
    exponent = even(image, generator, log_gamma).exp().reshape(each(image))
    return batch.with_image(image.pow(exponent))
