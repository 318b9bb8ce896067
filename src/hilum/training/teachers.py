"""First Runs that fill in what a cohort leaves uncertain."""

from pathlib import Path

import numpy as np

from hilum.inference import Predictor
from hilum.runs import Run
from hilum.schema import Cohort, ConfigError, Findings, as_labels
from hilum.schema.errors import listed
from hilum.tasks import Objective
from hilum.tasks.task import LearnsFromRuns


def taught(task: Objective, cohort: Cohort, stores: Path) -> tuple[Objective, list[str]]:
    """The task with what its first Runs say of the images whose labels are uncertain, and a sentence for each Run.

    Args:
        task: any; one that asks for no Run is given back.
        cohort: the images to learn from and to validate on.
        stores: where packed stores lie.

    Raises:
        RunError: when the folder holds no Run.
        ConfigError: when the Run does not speak of a finding that it is to fill in.
    """
    if not isinstance(task, LearnsFromRuns):
        return task, []
    said, notes = {}, []
    for folder, findings in task.teachers().items():
        run = Run.open(folder)
        strangers = [name for name in findings if name not in run.findings]
        if strangers:
            raise ConfigError(
                f"task.policy: the Run {folder} does not speak of {listed(strangers, 20)}. Expected a Run of these "
                f"findings; it speaks of {listed(run.findings, 20)}."
            )
        uncertain = (cohort.labels_for(Findings(tuple(findings))) == -1).any(axis=1)
        rows = np.flatnonzero(uncertain) if uncertain.any() else np.arange(1)  # no cohort is empty
        unsure = cohort.take(rows, "Images with uncertain labels")
        said[folder] = as_labels(Predictor.open(run).predict(unsure, stores=stores))
        notes.append(f"{run.folder.name} fills in {listed(findings, 20)} on {int(uncertain.sum()):,} images.")
    return task.taught_by(said), notes
