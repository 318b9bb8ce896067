"""Encoders that learned from chest images without labels, as they lie on the Hugging Face hub: starts, not readers."""

from hilum.models.published.weights import Weights
from hilum.registry import register

HUB = "https://huggingface.co/"
RAD_DINO_MEAN, RAD_DINO_STD = 0.5307, 0.2583  # of its preprocessor_config.json, the same for the three channels


@register
def hf() -> tuple[Weights, ...]:
    """Hugging Face: RAD-DINO. Weights of any timm network are taken by `model.pretrained` as they are."""
    return (
        Weights(
            name="microsoft/rad-dino",
            encoder="vit_base_patch14_dinov2",
            outputs=(),
            preprocess={
                "size": 518,
                "channels": 3,
                "fit": "crop",
                "normalize": (-RAD_DINO_MEAN / RAD_DINO_STD, (1 - RAD_DINO_MEAN) / RAD_DINO_STD),
            },
            license="MIT",
            address=f"{HUB}microsoft/rad-dino/resolve/main/model.safetensors",
            megabytes=346,
            learned_from="five public and private sets of chest images, without labels",
            way="Its owner resizes with Pillow (bicubic), Hilum with OpenCV.",
            elsewhere=(".cache/huggingface/hub/models--microsoft--rad-dino/snapshots/*",),
        ),
    )
