"""Another exposure."""

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
def brightness_contrast(batch: Batch, generator: Generator, *, brightness: Size = 0.1, contrast: Size = 0.1) -> Batch:
    """Another exposure: contrast about each image's own mean, then brightness, clipped to [0, 1].

    Args:
        batch: its image is (B, 1, h, w) in [0, 1].
        generator: of the draw.
        brightness: most that is added to every pixel, either way.
        contrast: largest change of contrast, as a share, either way.
    """
    image = batch.inputs["image"]
    mean = image.mean(dim=(-2, -1), keepdim=True)
    gain = 1 + even(image, generator, contrast).reshape(each(image))
    offset = even(image, generator, brightness).reshape(each(image))
    return batch.with_image(((image - mean) * gain + mean + offset).clamp(0, 1))
