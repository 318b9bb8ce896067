"""Predictions beside the labels they speak of, row by row, and an account of all that is left out."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.evaluation.units import IMAGE, counted, in_units, unit_of
from hilum.schema import Cohort, DataError, Findings, LabelPredictions
from hilum.schema.errors import listed
from hilum.schema.findings import display
from hilum.schema.split import split_hash

Table = NDArray[np.float64]


@dataclass(frozen=True)
class Aligned:
    """The images that have both a prediction and a row in the cohort.

    Args:
        images: (N rows) of the cohort, in the order of the predictions.
        findings: the K findings both speak of, as the predictions spell them.
        present: (N, K) 1 present, 0 absent, nan where the label is uncertain, missing, or no probability was given.
        score: (N, K) probabilities; nan where `present` is.
        account: what was asked for and what is left out, counted; JSON values.
    """

    images: pd.DataFrame
    findings: Findings
    present: Table
    score: Table
    account: dict[str, Any]

    def __len__(self) -> int:
        return len(self.images)

    def known(self, place: int) -> NDArray[np.intp]:
        """The rows on which the finding at this place can be judged."""
        return np.flatnonzero(~np.isnan(self.present[:, place]))


def align(predictions: LabelPredictions, cohort: Cohort, *, split: str | None = None) -> Aligned:
    """Match predictions to the cohort by image id.

    Args:
        predictions: probabilities for some images.
        cohort: the images with their labels.
        split: only the images of this split (`train`, `val`, `test`); every image that both hold if left out.

    Raises:
        DataError: when they share no image or no finding.
    """
    shared = predictions.findings.shared(cohort.labeled)
    findings = Findings(tuple(name for name in shared if predictions.table[name].notna().any()))
    if len(shared) and not len(findings):
        raise DataError(
            f"Predictions of {listed(shared)} hold no value at all: every score is missing. Expected probabilities."
        )
    if not len(findings):
        raise DataError(
            f"Predictions of {listed(predictions.findings)} and cohort '{cohort.name}' with labels of "
            f"{listed(cohort.findings)} share no finding. Rename the columns to the cohort's findings."
        )
    chosen = cohort if split is None else cohort.split(split)
    place = pd.Index(chosen.images.image_id).get_indexer(pd.Index(predictions.table.image_id))
    rows = place[place >= 0]
    if not len(rows):
        raise DataError(
            f"None of the {len(predictions):,} predicted images stands in cohort '{cohort.name}'"
            f"{f', split {split}' if split else ''}: predictions name {listed(predictions.table.image_id, 2)}, "
            f"the cohort {listed(chosen.images.image_id, 2)}. Expected the same image ids."
        )
    images = chosen.images.iloc[rows].reset_index(drop=True)
    labels = chosen.labels_for(findings)[rows].astype(np.float64)
    score = predictions.table.loc[place >= 0, list(findings)].to_numpy(np.float64)
    judged = np.isin(labels, (0.0, 1.0)) & ~np.isnan(score)
    account = account_of(predictions.table.image_id, predictions.failures, cohort, images, split=split)
    account["unit"] = unit_of(predictions.provenance)
    account["findings"] = _per_finding(findings, labels, score)
    account["findings_not_labeled"] = [name for name in predictions.findings if name not in shared]
    account["findings_not_predicted"] = [name for name in cohort.findings if name not in findings]
    account["notes"] = list(_notes(account))
    return Aligned(images, findings, np.where(judged, labels, np.nan), np.where(judged, score, np.nan), account)


def images_hash(image_ids: Iterable[str]) -> str:
    """A short name for a set of images, in whatever order they stand: equal test sets have equal names.

    >>> images_hash(["b", "a"]) == images_hash(["a", "b"])
    True
    """
    return hashlib.sha256("\n".join(sorted(image_ids)).encode()).hexdigest()[:12]


def account_of(
    image_ids: "pd.Series[str]", failures: pd.DataFrame, cohort: Cohort, images: pd.DataFrame, *, split: str | None
) -> dict[str, Any]:
    """Who is in, from which split, and who is left out.

    Args:
        image_ids: those that were predicted.
        failures: the images that could not be read.
        cohort: all images, or those that were asked for.
        images: those of them that are evaluated.
        split: the one that was asked for.
    """
    every = cohort if cohort.whole is None else cohort.whole
    there, known = (pd.Index(image_ids).isin(some.images.image_id) for some in (every, cohort))
    chosen = len(cohort) if split is None else int((cohort.images.split == split).sum())
    return {
        "images": len(images),
        "images_hash": images_hash(images.image_id),
        "patients": int(images.patient_id.nunique()),
        "split": split,
        "split_hash": split_hash(cohort),
        "images_by_split": {
            str(name): int(count) for name, count in images.split.fillna("none").value_counts().items()
        },
        "left_out": {
            "predictions_not_in_cohort": int((~there & ~known).sum()),
            "predictions_not_asked_for": int((there & ~known).sum()),
            "predictions_of_other_splits": int(known.sum()) - len(images),
            "cohort_images_without_prediction": chosen - len(images),
            "unreadable_images": len(failures),
        },
    }


def _per_finding(findings: Findings, labels: Table, score: Table) -> dict[str, dict[str, int]]:
    """For each finding how many images are judged, and why the others are not."""
    silent = np.isnan(score)
    kinds = {
        "present": (labels == 1) & ~silent,
        "absent": (labels == 0) & ~silent,
        "uncertain": labels == -1,
        "not_mentioned": np.isnan(labels),
        "no_probability": silent & np.isin(labels, (0.0, 1.0)),
    }
    return {
        name: {kind: int(held[:, place].sum()) for kind, held in kinds.items()} for place, name in enumerate(findings)
    }


def _notes(account: dict[str, Any]) -> Iterator[str]:
    """The account in sentences, for whoever reads the numbers."""
    yield from notes_of(account)
    for name, counts in account["findings"].items():
        aside = [
            f"{counts[kind]:,} {kind.replace('_', ' ')}"
            for kind in ("uncertain", "not_mentioned", "no_probability")
            if counts[kind]
        ]
        if aside:
            yield f"{display(name)}: left out {', '.join(aside)}."


def notes_of(account: dict[str, Any]) -> Iterator[str]:
    """Which images and findings are in and which are left out."""
    splits = ", ".join(f"{count:,} {name}" for name, count in account["images_by_split"].items())
    unit = account.get("unit", IMAGE)
    yield f"{counted(account['images'], account['patients'], unit)} are evaluated (by split: {splits})."
    if learned := account["images_by_split"].get("train", 0):
        yield f"{learned:,} of them are in the cohort's train split: a model that learned from it has seen them."
    said = {
        "predictions_not_in_cohort": "predicted images are not in the cohort",
        "predictions_not_asked_for": "predicted images are not among those that were asked for",
        "predictions_of_other_splits": "predicted images are of another split",
        "cohort_images_without_prediction": "images of the cohort have no prediction",
        "unreadable_images": "images could not be read",
    }
    for key, words in said.items():
        if account["left_out"][key]:
            yield f"{account['left_out'][key]:,} {in_units(words, unit)}; they are left out."
    for key, words in {
        "findings_not_labeled": "predicted, not labeled",
        "findings_not_predicted": "labeled, not predicted",
    }.items():
        if account[key]:
            yield f"Findings {words}, left out: {', '.join(map(display, account[key]))}."
