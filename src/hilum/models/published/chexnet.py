"""CheXNet as two people trained it again on NIH ChestX-ray14, with patients split 70/10/20 at random.

Their test images are not the official ones, and most of these were learned from: figures on NIH images mean nothing.
"""

from hilum.models.published.weights import Weights
from hilum.registry import register
from hilum.schema.findings import NIH14


@register
def chexnet() -> tuple[Weights, ...]:
    """CheXNet by arnoweng and by jrzech: DenseNet-121 of NIH's 14 findings."""
    return (
        Weights(
            name="arnoweng",
            encoder="densenet121",
            outputs=NIH14,
            preprocess={"size": 224, "channels": 3, "center_crop": 0.875, "fit": "crop", "normalize": "imagenet"},
            license="none stated",
            address="https://github.com/arnoweng/CheXNet/raw/master/model.pth.tar",
            megabytes=28,
            learned_from="NIH ChestX-ray14, 70 % of the patients",
            way="Its owner resizes to 256 and averages ten crops of 224; the Run sees the middle one.",
        ),
        Weights(
            name="jrzech",
            encoder="densenet121",
            outputs=NIH14,
            preprocess={"size": 224, "channels": 3, "fit": "crop", "normalize": "imagenet"},
            license="BSD-3-Clause",
            address="https://github.com/jrzech/reproduce-chexnet/raw/master/pretrained/checkpoint",
            megabytes=28,
            learned_from="NIH ChestX-ray14, 70 % of the patients",
            way="Its owner resizes with Pillow, Hilum with OpenCV. From the same tensor on, outputs are equal.",
        ),
    )
