"""Opening a cohort for a command: what was counted on the way is printed, not kept silent."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from hilum.schema import Cohort, ConfigError

if TYPE_CHECKING:
    from hilum.runs import Run


def open_cohort(dataset: str, root: Path, *, aloud: bool = True) -> Cohort:
    """The cohort of a dataset's folder; its notes go to stderr, unless what comes next tells them."""
    from hilum.datasets import datasets

    cohort: Cohort = datasets[dataset](root)
    if not aloud:
        return cohort
    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    console.print(f"{cohort.name}: {len(cohort):,} images of {cohort.patients:,} patients.", style="bold")
    for note in cohort.notes:
        console.print(f"  {note}", style="dim")
    return cohort


def one_split(cohort: Cohort, split: str | None, run: "Run | None") -> Cohort:
    """One split: as the Run drew it when the Run learned from this cohort, else as the owner did."""
    if split is None:
        return cohort
    return as_split_by(run, cohort).split(split)


def as_split_by(run: "Run | None", cohort: Cohort) -> Cohort:
    """The cohort with the Run's split, when the Run knew images of this cohort; else unchanged."""
    return run.with_split(cohort) if run is not None and run.knew(cohort) else cohort


def pairs(words: list[str]) -> list[tuple[str, Path]]:
    """Datasets and their folders from the words of a command line."""
    if len(words) % 2:
        raise ConfigError(f"{' '.join(words)}: a dataset stands without its folder. Expected DATASET ROOT, in pairs.")
    return [(name, Path(root)) for name, root in zip(words[::2], words[1::2], strict=True)]
