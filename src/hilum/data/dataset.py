"""A plain PyTorch dataset, for people with a training loop of their own."""

import torch
from torch import Tensor
from torch.utils.data import Dataset

from hilum.images import Preprocess, read_image
from hilum.schema import Cohort


class CohortDataset(Dataset[tuple[Tensor, Tensor]]):
    """Images and labels of a cohort, one at a time.

    An item is (C, size, size) float32, normalized as the Preprocess says, and (K,) float32 labels of 1 present,
    0 absent, -1 uncertain, NaN not mentioned.

    Args:
        cohort: whose images; those without a file are left out, as `cohort.with_files()` does.
        preprocess: what an image goes through.
    """

    def __init__(self, cohort: Cohort, preprocess: Preprocess) -> None:
        self.cohort, self.preprocess = cohort.with_files(), preprocess
        self.labels = torch.from_numpy(self.cohort.labels_for(self.cohort.findings))

    def __len__(self) -> int:
        return len(self.cohort)

    def __getitem__(self, place: int) -> tuple[Tensor, Tensor]:
        gray = self.preprocess.shrink(read_image(str(self.cohort.images.path.iat[place])).pixels_8bit)
        image: Tensor = self.preprocess.normalize(torch.from_numpy(gray)[None] / 255)
        return image[0], self.labels[place]
