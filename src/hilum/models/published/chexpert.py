"""The DenseNet-121s behind CheXpert's paper: thirty checkpoints for each of three ways with uncertain labels.

The paper reads each finding by the way that served it best, as the mean of its thirty checkpoints. Here one checkpoint
is one Run; its file says the order of its outputs. Which findings the authors read by which way: Atelectasis and Edema
by `ones`, Cardiomegaly and Pleural Effusion by `3-class`, Consolidation by `self-train`.

Source: Irvin et al. 2019, arXiv:1901.07031; torchxrayvision, baseline_models/chexpert, version 1.5.7.
"""

from hilum.models.published.weights import Weights
from hilum.registry import register
from hilum.schema.findings import CHEXPERT5

WAYS = ("ones", "3-class", "self-train")


@register
def chexpert() -> tuple[Weights, ...]:
    """CheXpert's own: one checkpoint of DenseNet-121 a Run, of the five findings of its competition."""
    return tuple(_checkpoint(way) for way in WAYS)


def _checkpoint(way: str) -> Weights:
    return Weights(
        name=way,
        encoder="densenet121",
        outputs=CHEXPERT5,
        order="task_sequence",
        classes=3 if way == "3-class" else 1,
        preprocess={"size": 320, "channels": 3, "fit": "crop", "normalize": (-2.0, 2.0)},
        license="none stated",
        address="https://academictorrents.com/details/5c7ee21e6770308f2d2b4bd829e896dbd9d3ee87",
        megabytes=28,
        learned_from="CheXpert",
        way=f"A checkpoint of saved/DenseNet121_320_1e-04_uncertainty_{way}_top10…, of which its owners average 30.",
        direct=False,
    )
