"""A file that does not say which end of its values is white, or says it wrongly."""

from torch import Generator

from hilum.data.batch import Batch
from hilum.data.transforms.chance import sometimes
from hilum.data.transforms.views import each_view
from hilum.registry import register


@register
@each_view
@sometimes(0.05)
def invert(batch: Batch, generator: Generator) -> Batch:  # noqa: ARG001  drawn is only whether it happens
    """Exchange black and white, as where a file's photometric interpretation is wrong or was lost.

    Args:
        batch: its image is (B, 1, h, w) in [0, 1].
        generator: of the draw.
    """
    return batch.with_image(1 - batch.inputs["image"])
