"""The second view: which lateral image belongs to which frontal image of the same study."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.schema import Cohort

LATERAL = "LATERAL"
STUDY = ["patient_id", "study_id"]  # owners count studies anew for each patient


# N images of a cohort, M images that are opened
@dataclass(frozen=True)
class StudyViews:
    """What a model of two views is shown for each image of a cohort.

    Args:
        images: M rows to open, with `image_id` and `path`: the cohort's own N first, then laterals from elsewhere.
        frontal: (N,) the row of `images` that is the frontal image; -1 where there is none.
        lateral: (N,) the same for the lateral one.
        notes: how many have which, in sentences.
    """

    images: pd.DataFrame
    frontal: NDArray[np.intp]
    lateral: NDArray[np.intp]
    notes: tuple[str, ...]


def study_views(cohort: Cohort) -> StudyViews:
    """Find the lateral of each image's study.

    An image is shown as what its own view says: LATERAL as the lateral alone, any other, known or not, as the frontal,
    with the lateral of its study beside it. That may be any image of the source, also one that was not chosen among
    the cohort's rows. Of several laterals the first by `sequence`, then by image id, is taken.
    """
    own, every = cohort.images, (cohort if cohort.whole is None else cohort.whole).images
    there = every[(every.view == LATERAL) & every.path.notna() & every.study_id.notna()]
    several = len(there)
    there = there.sort_values(["sequence", "image_id"]).drop_duplicates(STUDY)
    ids = own[STUDY].merge(there[[*STUDY, "image_id"]], on=STUDY, how="left").image_id
    frontal = (own.view != LATERAL).fillna(True).to_numpy(bool)
    ids = ids.where(frontal, own.image_id)
    beside = there[there.image_id.isin(ids[frontal]) & ~there.image_id.isin(own.image_id)]
    images = pd.concat([own, beside], ignore_index=True)
    rows = np.arange(len(own))
    lateral = pd.Index(images.image_id).get_indexer(pd.Index(ids))
    both, alone = int((frontal & (lateral >= 0)).sum()), int((~frontal).sum())
    notes = [f"Second view: {both:,} of {int(frontal.sum()):,} frontal images have a lateral of their study."]
    if alone:
        notes.append(f"{alone:,} laterals are shown without a frontal image.")
    if several > len(there):
        notes.append(
            f"{several - len(there):,} further laterals of the same studies are left aside: "
            "the first by sequence, then by image id, is taken."
        )
    return StudyViews(images, np.where(frontal, rows, -1), lateral, tuple(notes))


def without_second_views(cohort: Cohort) -> Cohort:
    """The images that are rows of their own for a model of two views: frontal ones, and laterals without any.

    The others come in beside the frontal image of their study.
    """
    images = cohort.images
    frontals = images.loc[images.view.ne(LATERAL).fillna(True) & images.study_id.notna(), STUDY].drop_duplicates()
    paired = images[STUDY].merge(frontals, on=STUDY, how="left", indicator=True)["_merge"].eq("both").to_numpy()
    keep = images.view.ne(LATERAL).fillna(True).to_numpy(bool) | ~paired
    return cohort if keep.all() else cohort.where(keep, "Images that are no second view of their study")
