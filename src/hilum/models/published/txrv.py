"""torchxrayvision: DenseNet-121 and ResNet-50 learned from one or several public datasets.

Its networks take one channel in [-1024, 1024]. They give a probability that is then bent so that the operating point
of each finding comes to lie at 0.5 (`op_norm`); `thresholds` are those points, and a Run keeps them as its
calibration. An output without a point was not learned from those datasets (the package names it `""`, or answers 0.5
whatever the image) and is left out.

Source: github.com/mlmed/torchxrayvision, models.py, version 1.5.7 (Apache-2.0); Cohen et al. 2022, arXiv:2111.00595.
"""

from hilum.models.published.weights import Weights
from hilum.registry import register

RELEASE = "https://github.com/mlmed/torchxrayvision/releases/download/v1/"
OUTPUTS = (
    "Atelectasis", "Consolidation", "Infiltration", "Pneumothorax", "Edema", "Emphysema", "Fibrosis", "Effusion",
    "Pneumonia", "Pleural_Thickening", "Cardiomegaly", "Nodule", "Mass", "Hernia", "Lung Lesion", "Fracture",
    "Lung Opacity", "Enlarged Cardiomediastinum",
)  # fmt: skip
DATA = {  # in the file's name -> from what it learned
    "all": "NIH, PadChest, CheXpert, MIMIC-CXR, Google's labels, Open-i and RSNA",
    "nih": "NIH ChestX-ray14",
    "pc": "PadChest",
    "chex": "CheXpert",
    "rsna": "RSNA Pneumonia",
    "mimic_nb": "MIMIC-CXR, labels by NegBio",
    "mimic_ch": "MIMIC-CXR, labels by CheXpert's labeler",
}
FILES = {"all": "nih-pc-chex-mimic_ch-google-openi-kaggle", "rsna": "kaggle"}  # the others are named as their data
# fmt: off
POINTS: dict[str, tuple[float | None, ...]] = {
    "densenet121-res224-all": (
        0.07422872, 0.038290843, 0.09814756, 0.0098118475, 0.023601074, 0.0022490358, 0.010060724, 0.103246614,
        0.056810737, 0.026791653, 0.050318155, 0.023985857, 0.01939503, 0.042889766, 0.053369623, 0.035975814,
        0.20204692, 0.05015312,
    ),
    "densenet121-res224-nih": (
        0.039117552, 0.0034529066, 0.11396341, 0.0057298196, 0.00045666535, 0.0018880932, 0.012037827,
        0.038744126, 0.0037213727, 0.014730946, 0.016149804, 0.054241467, 0.037198864, 0.0004403434, None, None,
        None, None,
    ),
    "densenet121-res224-pc": (
        0.031012505, 0.013347598, 0.081435576, 0.001262615, 0.002587246, 0.0035944257, 0.0023071, 0.055412333,
        0.044385884, 0.042766232, 0.043258056, 0.037629247, 0.005658899, 0.0091741895, None, 0.026507627, None,
        None,
    ),
    "densenet121-res224-chex": (
        0.1988969, 0.05710573, None, 0.0531293, 0.1435217, None, None, 0.27212676, 0.07749717, None, 0.19712369,
        None, None, None, 0.09932402, 0.09273402, 0.3270967, 0.10888247,
    ),
    "densenet121-res224-rsna": (
        None, None, None, None, None, None, None, None, 0.13486601, None, None, None, None, None, None, None,
        0.13511065, None,
    ),
    "densenet121-res224-mimic_nb": (
        0.08558747, 0.011884617, None, 0.0040595434, 0.010733786, None, None, 0.118761964, 0.022924708, None,
        0.06358637, None, None, None, 0.022143636, 0.017476924, 0.1258702, 0.014020768,
    ),
    "densenet121-res224-mimic_ch": (
        0.09121389, 0.010573786, None, 0.005023008, 0.003698257, None, None, 0.08001232, 0.037242252, None,
        0.05006329, None, None, None, 0.019866971, 0.03823637, 0.11303808, 0.0069147074,
    ),
    "resnet50-res512-all": (
        0.51570356, 0.50444704, 0.53787947, 0.50723547, 0.5025118, 0.5035252, 0.5038076, 0.51862943, 0.5078151,
        0.50724894, 0.5056339, 0.510706, 0.5053923, 0.5020846, None, 0.5080557, 0.5138526, None,
    ),
}
# fmt: on
WAY = (
    "torchxrayvision crops to the largest square and resizes with skimage in floats; Hilum does it with OpenCV in 8 "
    "bits. From the same tensor on, outputs are equal."
)


@register
def txrv() -> tuple[Weights, ...]:
    """torchxrayvision: DenseNet-121 and ResNet-50 of up to 18 findings, learned from public datasets."""
    return (*(_densenet(data) for data in DATA), _resnet())


def _densenet(data: str) -> Weights:
    name = f"densenet121-res224-{data}"
    return Weights(
        name=name,
        encoder="densenet121",
        outputs=OUTPUTS,
        thresholds=POINTS[name],
        preprocess={"size": 224, "channels": 1, "fit": "crop", "normalize": (-1024.0, 1024.0)},
        license="Apache-2.0",
        address=f"{RELEASE}{FILES.get(data, data)}-densenet121-d121-tw-lr001-rot45-tr15-sc15-seed0-best.pt",
        megabytes=28,
        learned_from=DATA[data],
        way=WAY,
        elsewhere=(".torchxrayvision/models_data",),
    )


def _resnet() -> Weights:
    name = "resnet50-res512-all"
    return Weights(
        name=name,
        encoder="resnet50",
        outputs=OUTPUTS,
        thresholds=POINTS[name],
        preprocess={"size": 512, "channels": 1, "fit": "crop", "normalize": (-1024.0, 1024.0)},
        license="Apache-2.0",
        address=f"{RELEASE}pc-nih-rsna-siim-vin-resnet50-test512-e400-state.pt",
        megabytes=94,
        learned_from="PadChest, NIH, RSNA, SIIM and VinDr",
        way=WAY,
        elsewhere=(".torchxrayvision/models_data",),
    )
