"""Build once what a recipe names, on two made-up patients, so that a mistake shows before the long work."""

import pandas as pd
from torch import nn

from hilum.runs.build import build_model
from hilum.runs.config import Recipe
from hilum.runs.tabular import TabularInputs
from hilum.schema import Cohort, Findings
from hilum.training.augment import Augmenter
from hilum.training.optimize import freeze, optimizer_for


def dry_run(recipe: Recipe) -> nn.Module:
    """The recipe's model with random weights, after features, augmentation and every phase were built around it.

    Raises:
        ConfigError: for whatever `hilum train` would refuse before its first step, but data and pretrained weights.
    """
    cohort = _two_patients(Findings.of(recipe.findings))
    columns = TabularInputs.fit(recipe, cohort, cohort.images.image_id)[0] if recipe.features else None
    model = build_model(recipe, pretrained=False, columns=columns)
    Augmenter(recipe.augment)
    for phase in recipe.training.phases:
        freeze(model.train(), phase.frozen)
        optimizer_for(model, phase)
    return model


def _two_patients(findings: Findings) -> Cohort:
    images = pd.DataFrame(
        {
            "image_id": list("abcd"),
            "patient_id": list("ppqq"),
            "sequence": [0, 1, 0, 1],
            "age_years": [40, 41, 60, 60],
            "sex": list("FFMM"),
            "view": ["PA", "AP", "PA", "AP"],
        }
    )
    return Cohort("made up", images, pd.DataFrame({name: [0.0, 1.0, 1.0, 0.0] for name in findings}))
