"""Where cohorts come from: one file a dataset, tables only, never pixels.

`datasets["nih14"](root)` gives a Cohort of every image its owner lists; what is missing is counted in its notes.
"""

import sys
from collections.abc import Callable, Iterator
from types import ModuleType

from hilum.registry import Registry
from hilum.schema import Cohort

datasets = Registry("hilum.datasets", "dataset")

__all__ = ["datasets"]


class _Room(ModuleType):
    """The module as the registry it holds: `from hilum import datasets; datasets["nih14"]`."""

    def __getitem__(self, name: str) -> Callable[..., Cohort]:
        return datasets[name]

    def __iter__(self) -> Iterator[str]:
        return iter(datasets)

    def __len__(self) -> int:
        return len(datasets)


sys.modules[__name__].__class__ = _Room
