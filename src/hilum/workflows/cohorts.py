"""Which images: the split as a Run drew it, and what a Run has seen before."""

from typing import TYPE_CHECKING

from hilum.schema import Cohort, RunError

if TYPE_CHECKING:  # with it comes PyTorch, for which a table of predictions need not wait
    from hilum.runs import Run


def as_split_by(run: "Run | None", cohort: Cohort) -> Cohort:
    """The cohort with the Run's split, when the Run knew images of this cohort; else unchanged."""
    return run.with_split(cohort) if run is not None and run.knew(cohort) else cohort


def one_split(cohort: Cohort, split: str | None, run: "Run | None") -> Cohort:
    """One split: as the Run drew it when the Run learned from this cohort, else as the owner did."""
    return cohort if split is None else as_split_by(run, cohort).split(split)


def seen_before(name: str, run: "Run | None", cohort: Cohort) -> str | None:
    """A sentence when a Run learned from images of this cohort or chose its epoch by them, or when nobody knows."""
    try:
        if run is None or not run.knew(cohort):
            return None
        seen = int(run.split_of(cohort).isin(["train", "val"]).sum())
    except RunError as error:  # it was passed on without its split
        return f"{name}: {error}"
    if not seen:
        return None
    return (
        f"{name} learned from {seen:,} of these {len(cohort):,} images, or chose its epoch by them: "
        "its figures here are too good."
    )
