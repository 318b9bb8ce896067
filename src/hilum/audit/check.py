"""Check cohorts before anything is learned from them: whole, readable, consistent, and no film twice."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from hilum.audit.issue import Audit, Issue, gravest_first
from hilum.audit.owners import owners_split
from hilum.audit.pixels import film_table, pixel_issues
from hilum.audit.tables import table_issues
from hilum.schema import Cohort, DataError

Source = Cohort | Callable[[], Cohort]


def check(
    cohorts: Sequence[Source], *, pixels: bool = True, engine: str = "local", workers: int | None = None
) -> Audit:
    """Look for the usual faults of datasets, in each cohort and between them.

    Args:
        cohorts: cohorts, or functions that read one: what a reader refuses (a patient on two sides, boxes off the
            film, labels that are none) then becomes an error of the audit.
        pixels: also decode every film that is there: unreadable files, sizes, copies, quality.
        engine: `local` or `spark`, for the films.
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
    films = pd.DataFrame()
    if pixels and any(cohort.films.path.notna().any() for cohort in read):
        films, pairs = film_table(read, engine=engine, workers=workers)
        issues += pixel_issues(read, films, pairs)
    return Audit(tuple(facts), gravest_first(issues), films)


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
    sides = cohort.films.split.value_counts()
    return {
        "name": cohort.name,
        "images": len(cohort),
        "patients": cohort.patients,
        "files": int(cohort.films.path.notna().sum()),
        "split": {str(side): int(count) for side, count in sides.items()},
        "owners_split": owners,
        "notes": list(cohort.notes),
    }
