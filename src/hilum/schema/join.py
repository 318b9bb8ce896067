"""Several cohorts as one, on the findings that they share, with what was lost counted."""

from collections.abc import Sequence
from functools import reduce

import pandas as pd

from hilum.schema.boxes import Boxes
from hilum.schema.cohort import Cohort
from hilum.schema.errors import ConfigError, DataError, listed
from hilum.schema.findings import Findings


def join(cohorts: Sequence[Cohort], *, findings: Findings | None = None, name: str | None = None) -> Cohort:
    """The images of several cohorts in one table.

    Owners number their images and patients from one, so each id gets its source's name before it, as in
    `nih14:00000001_000`, and the column `source` keeps that name. Whether two owners hold the same image under two
    names is not asked here.

    Args:
        cohorts: two or more, each of its own name.
        findings: what the whole shall speak of; left out, what all of them speak of, in the first one's order and
            spelling. Where one of them is silent on a finding, its labels are missing (not absent).
        name: of the whole; the sources' names joined by `+` if left out.

    Returns:
        All rows of all cohorts, in order. Its notes are theirs, and what each lost: findings with their present labels,
        and boxes.

    Raises:
        DataError: when they share no finding.
    """
    names = [cohort.name for cohort in cohorts]
    if len(names) < 2 or len(set(names)) < len(names):
        raise ConfigError(f"Cohorts to join: {listed(names) or 'none'}. Expected two or more, each of its own name.")
    shared = reduce(Findings.shared, (cohort.findings for cohort in cohorts)) if findings is None else findings
    if not len(shared):
        told = "; ".join(f"{cohort.name}: {listed(cohort.findings, most=20)}" for cohort in cohorts)
        raise DataError(f"The cohorts share no finding. Expected at least one; they speak of {told}.")
    tables = [_images(cohort) for cohort in cohorts]
    labels = [pd.DataFrame(cohort.labels_for(shared), columns=list(shared)) for cohort in cohorts]
    boxes = [_boxes(cohort, shared) for cohort in cohorts if cohort.boxes is not None]
    masks = [_prefixed(cohort.masks, cohort.name, "image_id") for cohort in cohorts if cohort.masks is not None]
    wholes = [cohort if cohort.whole is None else cohort.whole for cohort in cohorts]
    part = any(cohort.whole is not None for cohort in cohorts)
    return Cohort(
        name or "+".join(names),
        pd.concat(tables, ignore_index=True),
        pd.concat(labels, ignore_index=True),
        boxes=Boxes(pd.concat(boxes, ignore_index=True)) if boxes else None,
        masks=pd.concat(masks, ignore_index=True) if masks else None,
        notes=tuple(f"{cohort.name}: {note}" for cohort in cohorts for note in (*cohort.notes, *_lost(cohort, shared))),
        whole=join(wholes, findings=shared, name=name) if part else None,
    )


def _prefixed(table: pd.DataFrame, name: str, *columns: str) -> pd.DataFrame:
    return table.assign(**{column: f"{name}:" + table[column] for column in columns})


def _images(cohort: Cohort) -> pd.DataFrame:
    return _prefixed(cohort.images, cohort.name, "image_id", "patient_id", "study_id").assign(source=cohort.name)


def _boxes(cohort: Cohort, shared: Findings) -> pd.DataFrame:
    """The boxes of shared findings, under the shared spelling."""
    assert cohort.boxes is not None
    table = cohort.boxes.table
    ours = {name: shared[place] for name in table.finding.unique() if (place := shared.find(name)) is not None}
    kept = table[table.finding.isin(list(ours))]
    return _prefixed(kept.assign(finding=kept.finding.map(ours)), cohort.name, "image_id")


def _lost(cohort: Cohort, shared: Findings) -> list[str]:
    """What of a cohort does not come along, and on what it is silent."""
    left = [name for name in cohort.findings if name not in shared]
    silent = [name for name in shared if name not in cohort.findings]
    notes = []
    if left:
        present = int((cohort.labels[left] == 1).to_numpy().sum())
        told = f"{len(left)} of {len(cohort.findings)} findings are left out, with {present:,} labels of present"
        notes.append(f"{told}: {listed(left, most=30)}.")
    if silent:
        notes.append(f"silent on {len(silent)} of {len(shared)} findings: {listed(silent, most=30)}.")
    if cohort.boxes is not None:
        gone = len(cohort.boxes) - len(_boxes(cohort, shared))
        if gone:
            notes.append(f"{gone:,} of {len(cohort.boxes):,} boxes are left out with their findings.")
    return notes
