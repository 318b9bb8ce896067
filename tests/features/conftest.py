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
    """120 films of 15 patients: films of one visit, ages and sequence numbers unknown, rows in no order."""
    generator = np.random.default_rng(7)
    patient = generator.integers(0, 15, 120)
    sequence = generator.integers(0, 12, 120).astype(float)
    age = 30.0 + patient + sequence // 3 + generator.choice([0.0, 0.4], 120)
    age[generator.random(120) < 0.05] = np.nan
    sequence[generator.random(120) < 0.05] = np.nan
    films = pd.DataFrame(
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
    return Cohort("drawn", films, pd.DataFrame(labels, columns=list(NAMES)))


@pytest.fixture
def seen_by() -> Callable[..., list[np.ndarray]]:
    """Per film, in plain loops: rows of each earlier visit it may see, oldest first; None without a sequence number."""

    def visits(
        cohort: Cohort, *, skip_previous: bool = False, strictly_younger: bool = False
    ) -> list[list[np.ndarray] | None]:
        films = cohort.films
        out: list[list[np.ndarray] | None] = []
        for _, film in films.iterrows():
            if np.isnan(film.sequence):
                out.append(None)
                continue
            mine = films[(films.patient_id == film.patient_id) & (films.sequence < film.sequence)]
            groups = [rows.index.to_numpy() for _, rows in mine.groupby("sequence")]
            newest = groups[-1:]
            if strictly_younger:
                own = films[(films.patient_id == film.patient_id) & (films.sequence == film.sequence)].age_years.max()
                kept = []
                for rows in groups:
                    if not np.floor(films.age_years[rows].max()) < np.floor(own):  # false for an unknown age too
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
    """The cohort with other labels and views in the film's own visit and in all later ones of every patient."""

    def scramble(cohort: Cohort, film: int) -> Cohort:
        films, labels = cohort.films.copy(), cohort.labels.copy()
        own = films.iloc[film]
        hit = (films.patient_id == own.patient_id) & ~(films.sequence < own.sequence)
        labels.loc[hit] = 1 - labels[hit].clip(lower=0).fillna(0)
        others = hit & (films.index != film)
        films.loc[others, "view"] = np.where(films["view"][others] == "AP", "PA", "AP")
        films.loc[hit & (films.sequence > own.sequence), "age_years"] += 7
        return replace(cohort, films=films, labels=labels)

    return scramble
