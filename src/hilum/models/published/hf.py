"""Encoders that learned from chest images without labels, as they lie on the Hugging Face hub: starts, not readers."""

from hilum.models.published.weights import Weights
from hilum.registry import register

HUB = "https://huggingface.co/"
EVA_X_MEAN, EVA_X_STD = 0.49185243, 0.28509309  # of classification/utils/datasets.py, the same for the three channels
RAD_DINO_MEAN, RAD_DINO_STD = 0.5307, 0.2583  # of its preprocessor_config.json, the same for the three channels


@register
def hf() -> tuple[Weights, ...]:
    """Hugging Face: RAD-DINO and EVA-X. Any other network in timm's form is taken by its name, as `hf:OWNER/NAME`."""
    return (
        _rad_dino(),
        *(_eva_x(size, megabytes) for size, megabytes in {"tiny": 23, "small": 88, "base": 344}.items()),
    )


def _rad_dino() -> Weights:
    return Weights(
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
    )


def _eva_x(size: str, megabytes: float) -> Weights:
    """Of masked images; github.com/hustvl/EVA-X, eva_x.py, which moves the last norm behind the mean over places."""
    return Weights(
        name=f"MapleF/eva_x-{size}",
        encoder=f"eva_x_{size}_patch16_224",
        outputs=(),
        preprocess={
            "size": 224,
            "channels": 3,
            "center_crop": 0.875,
            "fit": "crop",
            "normalize": (-EVA_X_MEAN / EVA_X_STD, (1 - EVA_X_MEAN) / EVA_X_STD),
        },
        license="MIT",
        address=f"{HUB}MapleF/eva_x/resolve/main/eva_x_{size}_patch16_merged520k_mim.pt",
        megabytes=megabytes,
        learned_from="520,000 chest images of public sets, without labels",
        way="Its last norm stands before the mean over places here, behind it there. Its owner resizes with Pillow "
        "(bicubic), Hilum with OpenCV.",
        elsewhere=(".cache/huggingface/hub/models--MapleF--eva_x/snapshots/*",),
    )
