"""Two images laid over each other."""

from torch import Generator

from hilum.data.batch import Batch
from hilum.data.transforms.chance import sometimes
from hilum.data.transforms.draws import each
from hilum.data.transforms.limits import Positive
from hilum.data.transforms.mixing import between_images, kept_share, mixed
from hilum.registry import register


@register
@between_images
@sometimes(1.0)
def mixup(batch: Batch, generator: Generator, *, alpha: Positive = 0.2) -> Batch:
    """Lay another image of the batch over each image; the labels are mixed in the same shares, with their weights.

    A label that one of the two lacks is the other's, and counts by that one's share.

    Args:
        batch: its images are (B, 1, h, w) in [0, 1]; of targets it has labels and weights alone.
        generator: of the draw.
        alpha: shares are drawn from Beta(alpha, alpha): at 0.2 most images stay almost whole, at 1 all shares are
            equally likely.

    Source: Zhang et al. 2018, mixup: beyond empirical risk minimization, ICLR.
    """
    share = kept_share(len(batch), generator, alpha)
    return mixed(batch, "mixup", share, lambda image, other: other.lerp(image, share.reshape(each(image))))
