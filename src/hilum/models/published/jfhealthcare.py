"""jfhealthcare's DenseNet-121 with attention over a pyramid of maps, an entry to CheXpert's competition.

Source: github.com/jfhealthcare/Chexpert (Apache-2.0); Ye et al. 2020, arXiv:2005.14480; torchxrayvision,
baseline_models/jfhealthcare, version 1.5.7.
"""

from hilum.models.published.txrv import RELEASE
from hilum.models.published.weights import Weights
from hilum.registry import register

OUTPUTS = ("Cardiomegaly", "Edema", "Consolidation", "Atelectasis", "Pleural Effusion")


@register
def jfhealthcare() -> tuple[Weights, ...]:
    """jfhealthcare: one DenseNet-121 of the five findings of CheXpert's competition."""
    return (
        Weights(
            name="densenet121",
            encoder="densenet121",
            outputs=OUTPUTS,
            model={"pool": "none", "head": "pyramid_attention"},
            preprocess={"size": 512, "channels": 3, "fit": "crop", "normalize": (-2.0, 2.0)},
            license="Apache-2.0",
            address=f"{RELEASE}baseline_models_jfhealthcare-DenseNet121_pre_train.pth",
            megabytes=50,
            learned_from="CheXpert",
            way="As torchxrayvision runs it; its owners also equalize the histogram, blur, and pad to a square instead "
            "of cropping to one.",
            elsewhere=(".torchxrayvision/models_data",),
        ),
    )
