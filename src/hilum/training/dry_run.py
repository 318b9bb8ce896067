"""Build once what a recipe names, on two made-up patients, so that a mistake shows before the long work."""

from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import pandas as pd
from torch import nn

from hilum.data import TabularInputs
from hilum.runs.build import build_model
from hilum.runs.recipe import Recipe
from hilum.schema import Cohort, Findings
from hilum.training.fit_head import check_fits, is_fitted
from hilum.training.optimize import completed, freeze, optimizer_for, rate
from hilum.training.setup import check_augment

SIDE = 64  # pixels of a made-up image


def dry_run(recipe: Recipe) -> nn.Module:
    """The recipe's model, after features, augmentation and every phase were built around it.

    Weights that `model.pretrained` takes from a file or a Run are loaded; nothing is fetched for `imagenet`.

    Raises:
        ConfigError: for whatever `hilum train` would refuse before its first step, but data.
    """
    recipe, findings = completed(recipe), Findings.of(recipe.findings)
    check_augment(recipe)
    with TemporaryDirectory() as folder:
        cohort = _two_patients(findings, Path(folder))
        ids = cohort.images.image_id
        tabular = TabularInputs.fit(recipe.features, findings, cohort, ids)[0] if recipe.features else None
    from_file = recipe.model.get("pretrained", "none") not in ("none", "imagenet")
    model = build_model(recipe, pretrained=from_file, tabular=tabular)
    if is_fitted(model):
        check_fits(recipe)
        return model
    for phase in recipe.training.phases:
        freeze(model.train(), phase.frozen)
        optimizer_for(model, phase)
        rate(phase, 0, 1)
    return model


def _two_patients(findings: Findings, folder: Path) -> Cohort:
    """Four images of noise, for the features that open them."""
    paths = [folder / f"{name}.png" for name in "abcd"]
    for seed, path in enumerate(paths):
        cv2.imwrite(str(path), np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE), np.uint8))
    images = pd.DataFrame(
        {
            "image_id": list("abcd"),
            "patient_id": list("ppqq"),
            "sequence": [0, 1, 0, 1],
            "age_years": [40, 41, 60, 60],
            "sex": list("FFMM"),
            "view": ["PA", "AP", "PA", "AP"],
            "path": [str(path) for path in paths],
        }
    )
    return Cohort("made up", images, pd.DataFrame({name: [0.0, 1.0, 1.0, 0.0] for name in findings}))
