"""Cohort: the images of one source, one row each, with labels, boxes and masks.

Right of this table nothing knows how an owner spells a column. Left of it nothing has been dropped: a dataset hands
over every row its owner lists, and each later filter is asked for by name and counted in `notes`.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.schema import soundness
from hilum.schema.boxes import COLUMNS, Boxes
from hilum.schema.errors import DataError, listed
from hilum.schema.findings import NO_FINDING, Findings
from hilum.schema.soundness import REQUIRED
from hilum.schema.table_files import as_cells

TEXT = ("image_id", "patient_id", "study_id", "path", "view", "sex", "split")
NUMBERS = ("age_years", "sequence", "width", "height")


@dataclass(frozen=True)
class Cohort:
    """A table of images.

    Args:
        name: the source, as in `nih14`.
        images: one row an image. `image_id` and `patient_id` are required; columns left out are filled as unknown:
            `study_id`, `path` (missing when the file is not there), `view` (PA, AP, LATERAL, or FRONTAL
            where PA or AP is not known), `sex` (F, M),
            `age_years`, `sequence` (order of a patient's images), `split` (train, val, test),
            `width` and `height` (original pixels: the canvas on which `boxes` live). Further columns travel along.
        labels: same rows, one column a finding: 1 present, 0 absent, -1 uncertain, NaN not mentioned.
        boxes: true boxes in original pixels.
        masks: one row a mask: `image_id`, `structure` (as in `lungs`), and `path` or `rle` (run lengths, see
            `siim_pneumothorax`). Further columns travel along.
        root: the folder it was read from.
        notes: what was counted, filtered or missing, in sentences; printed wherever the Cohort is used.
        whole: the cohort that these rows were chosen from, for what must look at a patient's other images (the
            history); None when no row was left out.

    Raises:
        DataError: for misaligned tables, missing or repeated image ids, a view, sex or split that is none of the above,
            labels outside {1, 0, -1, NaN}, boxes outside the image, boxes or masks of unknown images, or a patient in
            two splits. The message names the rows.
    """

    name: str
    images: pd.DataFrame
    labels: pd.DataFrame = field(default_factory=pd.DataFrame)
    boxes: Boxes | None = None
    masks: pd.DataFrame | None = None
    root: Path | None = None
    notes: tuple[str, ...] = ()
    whole: "Cohort | None" = field(default=None, repr=False)
    findings: Findings = field(init=False)

    def __post_init__(self) -> None:
        missing = [column for column in REQUIRED if column not in self.images]
        if missing:
            raise DataError(f"Cohort '{self.name}' lacks the columns {', '.join(missing)}. Expected one row an image.")
        labels = self.labels if self.labels.shape[1] else pd.DataFrame(index=self.images.index)
        if len(labels) != len(self.images):
            raise DataError(
                f"Cohort '{self.name}': {len(labels)} rows of labels for {len(self.images)} images. Expected as many."
            )
        if self.images.empty:
            last = "".join(f" {note}" for note in self.notes[-1:])
            raise DataError(f"Cohort '{self.name}' holds no image.{last} Expected one row an image.")
        images = self.images.reset_index(drop=True).copy()
        for column in TEXT:
            images[column] = as_cells(images[column]) if column in images else pd.Series(np.nan, images.index, "str")
        for column in NUMBERS:
            images[column] = images.get(column, np.nan)
        images[[*NUMBERS]] = soundness.numbers(self.name, images[[*NUMBERS]], np.float64)
        labels = soundness.numbers(self.name, labels.reset_index(drop=True), np.float32)
        object.__setattr__(self, "images", images)
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "findings", Findings(tuple(labels.columns)))
        self._check()

    def _check(self) -> None:
        soundness.check_ids(self.name, self.images)
        soundness.check_words(self.name, self.images)
        soundness.check_split(self.name, self.images)
        soundness.check_labels(self.name, self.images, self.labels)
        if self.boxes is not None:
            soundness.check_boxes(self.name, self.images, self.boxes)
        if self.masks is not None:
            soundness.check_masks(self.name, self.images, self.masks)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def patients(self) -> int:
        """How many patients."""
        return int(self.images.patient_id.nunique())

    # --- choosing rows: each choice is named and counted -----------------------------------------------------------

    def where(self, keep: "NDArray[np.bool_] | pd.Series[bool]", why: str) -> "Cohort":
        """The rows where `keep` is true, in order; `why` and the counts are added to the notes."""
        chosen = np.flatnonzero(np.asarray(keep, dtype=bool))
        note = f"{why}: {len(chosen):,} of {len(self):,} images kept."
        return self.take(chosen, note)

    def take(self, rows: NDArray[np.intp], note: str) -> "Cohort":
        """The rows at these positions, in this order, under one note."""
        images = self.images.iloc[rows]
        return replace(
            self,
            images=images,
            labels=self.labels.iloc[rows],
            boxes=None if self.boxes is None else self.boxes.among(images.image_id),
            masks=None if self.masks is None else self.masks[self.masks.image_id.isin(images.image_id)],
            notes=(*self.notes, note),
            whole=self if self.whole is None else self.whole,
        )

    def split(self, *names: str) -> "Cohort":
        """The images of one or more splits (`train`, `val`, `test`)."""
        keep = self.images.split.isin(names)
        if not keep.any():
            there = self.images.split.dropna().unique()
            raise DataError(
                f"Cohort '{self.name}' has no images in split '{', '.join(names)}'. "
                + (f"Expected one of: {listed(there)}." if len(there) else "It has no split: leave the split out.")
            )
        return self.where(keep, f"Split {' and '.join(names)}")

    def with_files(self) -> "Cohort":
        """The images whose files are there."""
        keep = self.images.path.notna()
        if not keep.any():
            raise DataError(
                f"Cohort '{self.name}': none of its {len(self):,} images has a file under {self.root}. "
                "Give the folder that holds the images."
            )
        return self if keep.all() else self.where(keep, "Image file present")

    # --- labels ------------------------------------------------------------------------------------------------------

    @property
    def labeled(self) -> Findings:
        """The findings that `labels_for` answers for: its own, and No Finding where images have a column `no_finding`.

        An owner's word that an image shows nothing is no finding of its own here, so that counts and splits are about
        findings; but a model may learn it.
        """
        said = "no_finding" in self.images and NO_FINDING not in self.findings
        return Findings((*self.findings, NO_FINDING)) if said else self.findings

    def labels_for(self, findings: Findings) -> NDArray[np.float32]:
        """(N, K) labels in the order and under the synonyms of `findings`; NaN where the source is silent."""
        table = np.full((len(self), len(findings)), np.nan, dtype=np.float32)
        for place, name in enumerate(findings):
            own = self.findings.find(name)
            if own is not None:
                table[:, place] = self.labels.iloc[:, own]
            elif name in self.labeled:
                table[:, place] = self.images.no_finding.map({True: 1.0, False: 0.0})
        return table

    def boxes_on(self, image_id: str, *, width: int, height: int) -> pd.DataFrame:
        """The true boxes of one image, in the pixels of a picture of it that is `width` by `height`.

        Owners draw boxes on the image as published; a scaled copy of the image has fewer pixels. Where the image's size
        is not known, the picture counts as the image itself.
        """
        if self.boxes is None:
            return pd.DataFrame(columns=list(COLUMNS))
        image = self.images[self.images.image_id == image_id].iloc[0]
        boxes = self.boxes.of(image_id).copy()
        boxes[["x0", "x1"]] *= 1.0 if np.isnan(image.width) else width / image.width
        boxes[["y0", "y1"]] *= 1.0 if np.isnan(image.height) else height / image.height
        return boxes
