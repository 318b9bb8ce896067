"""Opening a cohort for a command: what was counted on the way is printed, not kept silent."""

from pathlib import Path

from rich.console import Console

from hilum.schema import Cohort, ConfigError


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


def pairs(words: list[str]) -> list[tuple[str, Path]]:
    """Datasets and their folders from the words of a command line."""
    if len(words) % 2:
        raise ConfigError(f"{' '.join(words)}: a dataset stands without its folder. Expected DATASET ROOT, in pairs.")
    return [(name, Path(root)) for name, root in zip(words[::2], words[1::2], strict=True)]
