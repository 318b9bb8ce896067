"""Setting: all that a training needs and does not change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lightning_fabric import Fabric

from hilum.data import Loader
from hilum.device import Device
from hilum.runs.recipe import Recipe
from hilum.schema import Cohort
from hilum.tasks import Direction, Objective, Task
from hilum.training.hook import Hook, Plan
from hilum.training.state import TrainState

WITHOUT_LABELS: Mapping[str, Direction] = {"loss": "min"}  # what an objective that is no task is judged by


@dataclass(frozen=True)
class Setting:
    """All that a training needs and does not change.

    Args:
        recipe: complete.
        task: targets, step, decoding, figures; or an objective, which has a step alone.
        train: the images to learn from.
        val: the images that choose the best epoch.
        val_cohort: the same, with their labels.
        fabric: devices and precision, launched.
        device: the same, for validation, which is done in fp32: what is logged is what `predict` gives.
        folder: of the Run.
        hooks: make what watches, called by the first process alone.
        save_provenance: writes what is known of the Run, given the state.
    """

    recipe: Recipe
    task: Objective
    train: Loader
    val: Loader
    val_cohort: Cohort
    fabric: Fabric
    device: Device
    folder: Path
    hooks: Sequence[Callable[[Path, TrainState, Plan], Hook]]
    save_provenance: Callable[[TrainState], None]


def figures_of(task: Objective) -> Mapping[str, Direction]:
    """What chooses the best epoch: the task's figures; of an objective without labels, its mean validation loss."""
    return task.figures if isinstance(task, Task) else WITHOUT_LABELS
