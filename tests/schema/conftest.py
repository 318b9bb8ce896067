"""A small cohort that the tests of the nouns bend out of shape."""

import numpy as np
import pandas as pd
import pytest

from hilum.schema import Boxes, Cohort


@pytest.fixture
def images() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image_id": ["a0", "a1", "b0", "c0"],
            "patient_id": ["a", "a", "b", "c"],
            "view": ["PA", "AP", "LATERAL", None],
            "sex": ["F", "F", "M", None],
            "age_years": [60, 61, 33, np.nan],
            "split": ["train", "train", "test", None],
            "width": [100, 100, 100, np.nan],
            "height": [200, 200, 200, np.nan],
            "path": ["/x/a0.png", None, "/x/b0.png", None],
            "scanner": ["X", "Y", "X", "Y"],
        }
    )


@pytest.fixture
def labels() -> pd.DataFrame:
    return pd.DataFrame({"Effusion": [1, 0, -1, np.nan], "Mass": [0, 1, 0, 0]})


@pytest.fixture
def boxes() -> Boxes:
    table = {"image_id": ["a0", "c0"], "finding": ["Effusion", "Mass"], "x0": [0, 5], "y0": [0, 5], "x1": [100, 9000]}
    return Boxes(pd.DataFrame({**table, "y1": [200, 50]}))


@pytest.fixture
def cohort(images: pd.DataFrame, labels: pd.DataFrame, boxes: Boxes) -> Cohort:
    masks = pd.DataFrame({"image_id": ["a0", "b0"], "structure": "lungs", "path": ["/m/a0.png", "/m/b0.png"]})
    return Cohort("drawn", images, labels, boxes=boxes, masks=masks, notes=("Drawn for a test.",))
