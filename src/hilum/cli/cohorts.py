"""Opening a cohort for a command: what was counted on the way is printed, not kept silent."""

from pathlib import Path

from rich.console import Console

from hilum.schema import Cohort, ConfigError, Findings
from hilum.schema.join import join


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


def open_cohorts(dataset: str, root: Path, also: list[str], findings: Findings) -> Cohort:
    """A dataset's cohort, with those of further ones joined to it, on these findings.

    Args:
        dataset: the first.
        root: its folder.
        also: further ones, each as `dataset=folder`.
        findings: what is learned; where an owner is silent on one, its labels are missing.
    """
    if not also:
        return open_cohort(dataset, root, aloud=False)
    strange = [word for word in also if not all(word.partition("="))]
    if strange:
        raise ConfigError(f"--also {strange[0]}: expected DATASET=FOLDER, as in --also jsrt=data/jsrt.")
    places = [(dataset, root), *((name, Path(place)) for name, _, place in (word.partition("=") for word in also))]
    return join([open_cohort(name, place, aloud=False) for name, place in places], findings=findings)


def pairs(words: list[str]) -> list[tuple[str, Path]]:
    """Datasets and their folders from the words of a command line."""
    if len(words) % 2:
        raise ConfigError(f"{' '.join(words)}: a dataset stands without its folder. Expected DATASET ROOT, in pairs.")
    return [(name, Path(root)) for name, root in zip(words[::2], words[1::2], strict=True)]
