"""A cohort with everything that makes a past awkward, and the past spelled out in plain loops."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hilum.schema import Cohort

NAMES = ("Mass", "Edema", "Hernia")


@pytest.fixture
def cohort() -> Cohort:
    """120 images of 15 patients: images of one visit, ages and sequence numbers unknown, rows in no order."""
    generator = np.random.default_rng(7)
    patient = generator.integers(0, 15, 120)
    sequence = generator.integers(0, 12, 120).astype(float)
    age = 30.0 + patient + sequence // 3 + generator.choice([0.0, 0.4], 120)
    age[generator.random(120) < 0.05] = np.nan
    sequence[generator.random(120) < 0.05] = np.nan
    images = pd.DataFrame(
        {
            "image_id": [f"f{place:03}" for place in range(120)],
            "patient_id": [f"p{number}" for number in patient],
            "sequence": sequence,
            "age_years": age,
            "sex": generator.choice(["F", "M", None], 120),
            "view": generator.choice(["PA", "AP", None], 120),
        }
    )
    labels = generator.choice([0.0, 1.0, -1.0, np.nan], (120, 3), p=[0.5, 0.4, 0.05, 0.05])
    return Cohort("drawn", images, pd.DataFrame(labels, columns=list(NAMES)))


@pytest.fixture
def seen_by() -> Callable[..., list[np.ndarray]]:
    """Per image, in plain loops: rows of each visit it may see, oldest first; None without a sequence number."""

    def visits(
        cohort: Cohort, *, skip_previous: bool = False, strictly_younger: bool = False
    ) -> list[list[np.ndarray] | None]:
        images = cohort.images
        out: list[list[np.ndarray] | None] = []
        for _, image in images.iterrows():
            if np.isnan(image.sequence):
                out.append(None)
                continue
            mine = images[(images.patient_id == image.patient_id) & (images.sequence < image.sequence)]
            groups = [rows.index.to_numpy() for _, rows in mine.groupby("sequence")]
            newest = groups[-1:]
            if strictly_younger:
                own = images[
                    (images.patient_id == image.patient_id) & (images.sequence == image.sequence)
                ].age_years.max()
                kept = []
                for rows in groups:
                    if not np.floor(images.age_years[rows].max()) < np.floor(own):  # false for an unknown age too
                        break
                    kept.append(rows)
                groups = kept
            if skip_previous and groups and groups[-1] is newest[0]:
                groups = groups[:-1]
            out.append(groups)
        return out

    return visits


@pytest.fixture
def scrambled() -> Callable[[Cohort, int], Cohort]:
    """The cohort with other labels and views in the image's own visit and in all later ones of every patient."""

    def scramble(cohort: Cohort, image: int) -> Cohort:
        images, labels = cohort.images.copy(), cohort.labels.copy()
        own = images.iloc[image]
        hit = (images.patient_id == own.patient_id) & ~(images.sequence < own.sequence)
        labels.loc[hit] = 1 - labels[hit].clip(lower=0).fillna(0)
        others = hit & (images.index != image)
        images.loc[others, "view"] = np.where(images["view"][others] == "AP", "PA", "AP")
        images.loc[hit & (images.sequence > own.sequence), "age_years"] += 7
        return replace(cohort, images=images, labels=labels)

    return scramble
