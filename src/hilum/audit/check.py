"""Check cohorts before anything is learned from them: whole, readable, consistent, and no image twice."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from hilum.audit.issue import Audit, Issue, gravest_first
from hilum.audit.lists import copies_list, flags_list
from hilum.audit.masks import opened_masks
from hilum.audit.owners import owners_split
from hilum.audit.pixels import image_table, pixel_issues
from hilum.audit.tables import table_issues
from hilum.schema import Cohort, DataError

Source = Cohort | Callable[[], Cohort]


def check(
    cohorts: Sequence[Source], *, pixels: bool = True, engine: str = "local", workers: int | None = None
) -> Audit:
    """Look for the usual faults of datasets, in each cohort and between them.

    Args:
        cohorts: cohorts, or functions that read one: what a reader refuses (a patient in two splits, boxes off the
            image, labels that are none) then becomes an error of the audit.
        pixels: also decode every image and mask that is there: unreadable files, sizes, copies, quality.
        engine: `local` or `spark`, for the images.
        workers: processes of the local engine; None for all cores.

    Returns:
        The audit: what the cohorts hold and what is wrong with them; `.exit_code` is 1 when there is an error.
    """
    read, issues = _read(cohorts)
    facts = []
    for cohort in read:
        owners, said = owners_split(cohort)
        issues += [*said, *table_issues(cohort)]
        facts.append(_facts(cohort, owners))
    images, found = pd.DataFrame(), {}
    if pixels and any(cohort.images.path.notna().any() for cohort in read):
        images, pairs = image_table(read, engine=engine, workers=workers)
        issues += pixel_issues(read, images, pairs)
        found = {"copies": copies_list(images, pairs), "flags": flags_list(images)}
    for source, cohort in enumerate(read if pixels else []):
        own = images[images.source == source] if len(images) else images
        issues += opened_masks(cohort, own, engine=engine, workers=workers)
    return Audit(tuple(facts), gravest_first(issues), images, **found)


def _read(sources: Sequence[Source]) -> tuple[list[Cohort], list[Issue]]:
    read: list[Cohort] = []
    issues: list[Issue] = []
    for source in sources:
        try:
            read.append(source if isinstance(source, Cohort) else source())
        except DataError as error:
            issues.append(Issue("error", "refused", "", str(error), 1))
    return read, issues


def _facts(cohort: Cohort, owners: bool | None) -> dict[str, Any]:
    splits = cohort.images.split.value_counts()
    return {
        "name": cohort.name,
        "images": len(cohort),
        "patients": cohort.patients,
        "files": int(cohort.images.path.notna().sum()),
        "split": {str(split): int(count) for split, count in splits.items()},
        "owners_split": owners,
        "notes": list(cohort.notes),
    }
