"""Labels and probabilities drawn with a seed: patients with several images, ties, rare findings."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from hilum.schema import Cohort, LabelPredictions

NAMES = ("Effusion", "Edema", "Hernia")


@pytest.fixture
def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(300,) labels, (300,) scores with many ties, (300,) patients."""
    generator = np.random.default_rng(1)
    present = (generator.random(300) < 0.3).astype(float)
    score = np.round(1 / (1 + np.exp(-generator.normal(size=300) - 1.2 * present + 0.6)), 2)
    return present, score, np.sort(generator.integers(0, 90, 300))


@pytest.fixture
def study() -> Callable[..., tuple[LabelPredictions, Cohort]]:
    """Predictions and a cohort of 240 images of 80 patients with three findings."""

    def make(seed: int = 0, images: int = 240) -> tuple[LabelPredictions, Cohort]:
        generator = np.random.default_rng(seed)
        prevalence = np.array([0.4, 0.2, 0.06])
        labels = (generator.random((images, 3)) < prevalence).astype(float)
        score = 1 / (1 + np.exp(-generator.normal(size=(images, 3)) - 1.5 * labels + 1))
        ids = [f"image{place:04d}" for place in range(images)]
        patient = np.arange(images) // 3
        table = pd.DataFrame(
            {
                "image_id": ids,
                "patient_id": [f"p{place}" for place in patient],
                "sex": np.where(patient % 2, "F", "M"),
                "age_years": 20.0 + patient,
                "view": np.where(np.arange(images) % 2, "PA", "AP"),
                "split": np.where(patient < images // 6, "test", "val"),
            }
        )
        cohort = Cohort("drawn", table, pd.DataFrame(labels, columns=list(NAMES)))
        return LabelPredictions(pd.DataFrame(score, columns=list(NAMES)).assign(image_id=ids)), cohort

    return make
