"""Which finding is a kind of which, as owners of data drew it: a child's name to its parent's."""

# Irvin et al. 2019, CheXpert, arXiv:1901.07031, figure 1 (the labeler's hierarchy of 14 observations)
CHEXPERT = {
    "Cardiomegaly": "Enlarged Cardiomediastinum",
    "Lung Lesion": "Lung Opacity",
    "Edema": "Lung Opacity",
    "Consolidation": "Lung Opacity",
    "Pneumonia": "Consolidation",
    "Atelectasis": "Lung Opacity",
}

TREES = {"chexpert": CHEXPERT}
