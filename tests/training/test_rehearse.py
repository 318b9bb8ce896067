import pytest

from hilum.runs import Recipe
from hilum.runs.recipes import load_recipe, recipe_paths
from hilum.schema import ConfigError
from hilum.training.rehearse import rehearse


@pytest.mark.parametrize("name", recipe_paths())
def test_every_recipe_that_comes_with_hilum_can_be_built(name: str) -> None:
    assert sum(weight.numel() for weight in rehearse(load_recipe(name)).parameters()) > 1000


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"model": {"trunk": "densenet12"}}, "densenet121"),
        ({"model": {"trunk": "test_resnet"}, "augment": {"affin": {}}}, "affine"),
        ({"model": {"name": "mlp"}, "features": {"visits": {}}}, "takes features"),
        ({"model": {"trunk": "test_resnet"}, "training": {"phases": [{"frozen": ["trunc"]}]}}, "no part 'trunc'"),
    ],
    ids=str,
)
def test_what_training_would_refuse_is_refused_now(wrong: dict, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        rehearse(Recipe.model_validate(wrong))
