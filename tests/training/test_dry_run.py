from pathlib import Path

import pytest

from hilum.runs import Recipe
from hilum.runs.recipes import load_recipe, recipe_paths, with_overrides
from hilum.schema import ConfigError
from hilum.training.dry_run import dry_run

NEED_COLUMNS = {"stored", "attention", "gray"}


@pytest.mark.parametrize("name", recipe_paths())
def test_every_recipe_that_comes_with_hilum_can_be_built(name: str) -> None:
    recipe = load_recipe(name)
    if set(recipe.features) & NEED_COLUMNS:
        pytest.skip("its columns are made of images first; test_every_recipe.py makes some")
    if Path(recipe.model.get("pretrained", "")).suffix:  # a file that its user brings
        recipe = with_overrides(recipe, ["model.pretrained=none"])
    assert sum(weight.numel() for weight in dry_run(recipe).parameters()) > 1000


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"model": {"encoder": "densenet12"}}, "densenet121"),
        ({"model": {"encoder": "test_resnet"}, "augment": {"affin": {}}}, "affine"),
        ({"model": {"name": "mlp"}, "features": {"visits": {}}}, "takes features"),
        ({"model": {"encoder": "test_resnet"}, "training": {"phases": [{"frozen": ["trunc"]}]}}, "no part 'trunc'"),
    ],
    ids=str,
)
def test_what_training_would_refuse_is_refused_now(wrong: dict, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        dry_run(Recipe.model_validate(wrong))
