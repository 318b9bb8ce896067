"""What a model is fed: images side by side with all that is learned from them, from a store or from files."""

from hilum.data.augment import Augment
from hilum.data.batch import Batch
from hilum.data.dataset import CohortDataset
from hilum.data.loader import Loader
from hilum.data.many import ManySource
from hilum.data.memory import MemorySource
from hilum.data.source import CohortSource, Source, Targets
from hilum.data.tabular import TabularInputs

__all__ = [
    "Augment",
    "Batch",
    "CohortDataset",
    "CohortSource",
    "Loader",
    "ManySource",
    "MemorySource",
    "Source",
    "TabularInputs",
    "Targets",
]
