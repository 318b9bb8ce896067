"""What can be wrong in a cohort's table, without a look at a pixel."""

import os
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.audit.issue import Issue, Severity, examples
from hilum.schema import Cohort
from hilum.schema.findings import key

OLDEST_YEARS = 110.0
NO_FINDING = key("No Finding")
NO_DISEASE = {key("Support Devices")}  # may stand beside No Finding


def table_issues(cohort: Cohort) -> Iterator[Issue]:
    """Missing files and masks, contradicting labels, impossible ages, boxes without their label, images in no split."""
    for check in (_files, _masks, _labels, _ages, _persons, _boxes, _split):
        yield from check(cohort)


def no_finding(cohort: Cohort) -> "pd.Series[bool]":
    """Where the owner says No Finding: in a label of that name, or in the column `no_finding`."""
    column = cohort.findings.find("No Finding")
    images = cohort.images
    said = images.no_finding.eq(True) if "no_finding" in images else pd.Series(False, images.index)
    return said if column is None else said | (cohort.labels.iloc[:, column] == 1)


def diseases(cohort: Cohort) -> list[str]:
    """The findings that contradict No Finding: all but itself and support devices."""
    return [name for name in cohort.findings if key(name) != NO_FINDING and key(name) not in NO_DISEASE]


def _files(cohort: Cohort) -> Iterator[Issue]:
    images = cohort.images
    lacking = images.path.isna()
    if lacking.any():
        message = f"Images whose file is not in the dataset's folder: {lacking.sum():,} of {len(images):,}."
        yield _issue(cohort, "warning", "files_missing", message, lacking)
    gone = ~lacking & ~images.path.map(os.path.exists, na_action="ignore").eq(True)
    if gone.any():
        message = f"Files that the table names but that are not there: {gone.sum():,}."
        yield _issue(cohort, "error", "files_gone", message, gone, "path")


def _masks(cohort: Cohort) -> Iterator[Issue]:
    if cohort.masks is None or not len(cohort.masks):
        return
    masks = cohort.masks.reindex(columns=[*dict.fromkeys([*cohort.masks, "path", "rle"])])
    drawn = masks.path.map(os.path.exists, na_action="ignore").eq(True) | masks.rle.notna()
    gone = masks[~drawn]
    if len(gone):
        message = f"Masks that are named but not there: {len(gone):,} of {len(masks):,}."
        shown = examples(gone, "image_id", "structure", "path")
        yield Issue("error", "masks_gone", cohort.name, message, len(gone), shown)
    bare = ~cohort.images.image_id.isin(masks.image_id)
    if bare.any():
        message = f"Images without a mask: {bare.sum():,} of {len(cohort):,}."
        yield _issue(cohort, "note", "masks_none", message, bare)


def _labels(cohort: Cohort) -> Iterator[Issue]:
    nothing, named = no_finding(cohort), cohort.labels[diseases(cohort)]
    both = nothing & (named == 1).any(axis=1)
    if both.any():
        message = f"Images with No Finding beside a finding: {both.sum():,}."
        yield _issue(cohort, "error", "labels_contradict", message, both)
    unsure = nothing & ~both & (named == -1).any(axis=1)
    if unsure.any():
        message = f"Images with No Finding beside an uncertain finding: {unsure.sum():,}."
        yield _issue(cohort, "warning", "labels_uncertain_beside_no_finding", message, unsure)
    silent = cohort.labels.isna().all(axis=1) & ~nothing
    if silent.any() and len(cohort.findings):
        message = f"Images without any label: {silent.sum():,}."
        yield _issue(cohort, "note", "labels_none", message, silent)


def _ages(cohort: Cohort) -> Iterator[Issue]:
    images = cohort.images
    bad = (images.age_years > OLDEST_YEARS) | (images.age_years < 0)
    if bad.any():
        message = f"Ages below 0 or above {OLDEST_YEARS:.0f} years: {bad.sum():,}."
        yield _issue(cohort, "warning", "ages_impossible", message, bad, "age_years")
    known = images[images.age_years.notna() & images.sequence.notna()].sort_values(
        ["patient_id", "sequence"], kind="stable"
    )
    same = known.patient_id == known.patient_id.shift()
    back = (same & (known.age_years < known.age_years.shift())).reindex(images.index, fill_value=False)
    if back.any():
        message = f"Images on which a patient is younger than on the one before, in the owner's order: {back.sum():,}."
        yield _issue(cohort, "note", "ages_go_back", message, back, "patient_id", "sequence", "age_years")


def _persons(cohort: Cohort) -> Iterator[Issue]:
    sexes = cohort.images.groupby("patient_id").sex.transform("nunique") > 1
    if sexes.any():
        message = f"Patients who are F on one image and M on another: {cohort.images.patient_id[sexes].nunique():,}."
        yield _issue(cohort, "warning", "sex_changes", message, sexes, "patient_id", "sex")


def _boxes(cohort: Cohort) -> Iterator[Issue]:
    if cohort.boxes is None or not len(cohort.boxes):
        return
    boxes = cohort.boxes.table
    place = {name: cohort.findings.find(name) for name in boxes.finding.unique()}
    row = pd.Series(cohort.images.index, cohort.images.image_id).reindex(boxes.image_id).to_numpy()
    column = boxes.finding.map(place)
    labels = cohort.labels.to_numpy()
    known = column.notna().to_numpy()
    denied = np.zeros(len(boxes), dtype=bool)
    denied[known] = labels[row[known].astype(int), column[known].astype(int)] == 0
    if denied.any():
        message = f"Boxes around a finding that the labels of their image deny: {denied.sum():,} of {len(boxes):,}."
        shown = examples(boxes[denied], "image_id", "finding")
        yield Issue("warning", "boxes_without_label", cohort.name, message, int(denied.sum()), shown)


def _split(cohort: Cohort) -> Iterator[Issue]:
    nowhere = cohort.images.split.isna()
    if nowhere.any() and not nowhere.all():
        message = f"Images in no split: {nowhere.sum():,} of {len(cohort):,}."
        yield _issue(cohort, "warning", "split_partial", message, nowhere)


def _issue(
    cohort: Cohort,
    severity: Severity,
    code: str,
    message: str,
    where: "pd.Series[bool] | NDArray[np.bool_]",
    *columns: str,
) -> Issue:
    rows = cohort.images[np.asarray(where, dtype=bool)]
    return Issue(severity, code, cohort.name, message, len(rows), examples(rows, "image_id", *columns))
