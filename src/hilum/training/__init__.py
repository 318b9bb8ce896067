"""How it is learned: the loop, loader, augmentation, sampling, optimizers."""

from hilum.training.augment import augmentations
from hilum.training.train import train

__all__ = ["augmentations", "train"]
