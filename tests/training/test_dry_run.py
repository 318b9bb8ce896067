from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hilum.runs import Recipe
from hilum.runs.recipes import load_recipe, recipe_paths, with_overrides
from hilum.schema import ConfigError, Features
from hilum.training.dry_run import dry_run

NEED_COLUMNS = {"stored", "attention"}  # a table that its user makes of images first


def made_up(folder: Path) -> Path:
    """Columns, which may be maps, of the images that a dry run makes up."""
    values = np.random.default_rng(0).random((4, 64), np.float32)
    table = pd.DataFrame(values, columns=[f"cell_{place}" for place in range(64)])
    Features(table.assign(image_id=list("abcd"))).save(folder / "columns.parquet")
    return folder / "columns.parquet"


@pytest.mark.parametrize("name", recipe_paths())
def test_every_recipe_that_comes_with_hilum_can_be_built(name: str, tmp_path: Path) -> None:
    recipe = load_recipe(name)
    if asked := set(recipe.features) & NEED_COLUMNS:
        with pytest.raises(ConfigError, match=r"features\.(stored|attention)\.path: no table is given"):
            dry_run(recipe)
        recipe = with_overrides(recipe, [f"features.{each}.path={made_up(tmp_path)}" for each in asked])
    if Path(recipe.model.get("pretrained", "")).suffix:  # a file that its user brings
        recipe = with_overrides(recipe, ["model.pretrained=none"])
    least = 15 if name == "report5-brightness" else 1000  # one number an image, and fifteen labels
    assert sum(weight.numel() for weight in dry_run(recipe).parameters()) > least


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"model": {"encoder": "densenet12"}}, "densenet121"),
        ({"model": {"encoder": "test_resnet"}, "augment": {"affin": {}}}, "affine"),
        ({"model": {"name": "mlp"}, "features": {"visits": {}}}, "takes features"),
        ({"model": {"encoder": "test_resnet"}, "training": {"phases": [{"frozen": ["trunc"]}]}}, "no part 'trunc'"),
        (
            {
                "task": "detect",
                "model": {"name": "yolov3", "encoder": "test_resnet"},
                "augment": {"random": {"of": {"cutmix": {}}}},
            },
            "learns boxes, which have no mixture",
        ),
    ],
    ids=str,
)
def test_what_training_would_refuse_is_refused_now(wrong: dict, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        dry_run(Recipe.model_validate(wrong))
