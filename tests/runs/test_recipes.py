from pathlib import Path

import pytest

from hilum.data.registries import transforms
from hilum.runs import Recipe, load_recipe
from hilum.runs.recipes import known_settings, recipe_paths, with_overrides
from hilum.schema import ConfigError


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    return load_recipe(write(tmp_path, "model: {encoder: test_resnet}\n"))


# --- the recipes that come with Hilum ---


@pytest.mark.parametrize("name", recipe_paths())
def test_contract(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.description
    assert "flip" not in recipe.augment
    text = recipe_paths()[name].read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert f"hilum train {name} --root " in text


def test_the_contract_found_recipes() -> None:
    assert {"nih14-densenet121", "nih14-resnet50", "nih14-small", "phantom-small"} <= set(recipe_paths())
    assert "flip" in transforms


# --- reading ---


def test_complete_and_written_again_it_is_the_same(recipe: Recipe) -> None:
    assert recipe.name == "mine"
    assert recipe.model["pretrained"] == "none"  # the function's own defaults are filled in
    assert recipe.task["loss"] == {"name": "bce", "pos_weight": 1.0}
    assert Recipe.model_validate(recipe.model_dump(mode="json")) == recipe


def test_frozen(recipe: Recipe) -> None:
    with pytest.raises(ValueError, match="frozen"):
        recipe.training.batch_size = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("training: {lr: 1e-3}", r"training\.lr: there is no such setting.*training\.phases\.lr"),
        ("training: {batchsize: 3}", r"training\.batchsize.*training\.batch_size"),
        ("trainning: {}", r"trainning: there is no such setting. Nearest: training"),
        ("training: {a: 1, batchsize: 3}", r"training\.batchsize: .*Nearest: training\.batch_size"),
        ("training: {phases: [{epoch: 3}]}", r"training\.phases\.0\.epoch: .*training\.phases\.epochs"),
        ("preprocess: {normalise: imagenet}", r"preprocess\.normalise.*preprocess\.normalize"),
        ("model: {encodr: resnet18}", r"model\.encodr: there is no such setting.*model\.encoder"),
        ("model: {encoder: resnet18, outputs: 3}", r"model\.outputs: there is no such setting"),
        ("model: {name: clasifier, encoder: resnet18}", "no model 'clasifier'. Nearest: classifier"),
        ("model: {}", r"model\.encoder: not given"),
        ("task: {policy: zeroes}", "no policy 'zeroes'. Nearest: zeros"),
        ("task: {loss: bec}", "no loss 'bec'. Nearest: bce"),
        ("task: {loss: {name: bce, posweight: [1]}}", r"task\.loss\.posweight.*task\.loss\.pos_weight"),
        ("task: {loss: {pos_weight: [1]}}", r"task\.loss: got .*Expected a loss by its name"),
        ("findings: nih16", "no vocabulary 'nih16'"),
        ("findings: []", "at least one finding"),
        ("training: {batch_size: 0}", r"training\.batch_size: .*greater than or equal to 1, got 0"),
        ("training: {phases: []}", r"training\.phases: "),
        ("data: {views: [frontal]}", r"data\.views\.0: "),
        ("- 1", "expected settings as `key: value`, found list"),
        ("a: [", "not readable as YAML"),
    ],
)
def test_what_is_wrong_is_refused_by_its_full_name(tmp_path: Path, text: str, message: str) -> None:
    if text[0] not in "-a" and "model" not in text:
        text += "\nmodel: {encoder: test_resnet}"
    with pytest.raises(ConfigError, match=message):
        load_recipe(write(tmp_path, text))


def test_a_recipe_that_does_not_exist_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="nih14-densenet121"):
        load_recipe("nih14-densenet")
    with pytest.raises(ConfigError, match=r"gone\.yaml: no such file"):
        load_recipe("gone.yaml")


# --- overrides ---


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("training.batch_size=7", 7),
        ("training.phases.0.lr=3e-4", 3e-4),  # YAML 1.1 reads 3e-4 as text
        ("preprocess.size=64", 64),
        ("preprocess.normalize=imagenet", "imagenet"),
        ("model.pretrained=imagenet", "imagenet"),
        ("task.loss.pos_weight=[2, 3]", [2.0, 3.0]),
        ("data.views=[PA]", ["PA"]),
        ("augment.affine.degrees=3", 3),
        ("findings=[Mass, Nodule]", ["Mass", "Nodule"]),
        ("description=a = b", "a = b"),
    ],
)
def test_an_override_reaches_its_place(recipe: Recipe, override: str, expected: object) -> None:
    changed = with_overrides(recipe, [override]).model_dump(mode="json")
    value: object = changed
    for part in override.partition("=")[0].split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]  # type: ignore[index]
    assert value == expected
    assert changed != recipe.model_dump(mode="json")


def test_a_setting_of_phases_straight_under_training_reaches_every_phase(tmp_path: Path) -> None:
    path = write(tmp_path, "model: {encoder: test_resnet}\ntraining: {phases: [{lr: 1}, {lr: 2, epochs: 3}]}\n")
    recipe = load_recipe(path, ["training.lr=3e-4"])
    assert [phase.lr for phase in recipe.training.phases] == [3e-4, 3e-4]
    assert recipe.training.epochs == 13


def test_later_overrides_win(recipe: Recipe) -> None:
    assert with_overrides(recipe, ["preprocess.size=64", "preprocess.size=32"]).preprocess.size == 32


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.batchsize=3", r"training\.batchsize: there is no such setting. Nearest: training\.batch_size"),
        ("lr=3", r"lr: there is no such setting.*training\.phases\.0\.lr"),
        ("training.phases.1.lr=3", "there are 1 phases, counted from 0"),
        ("training.batch_size.x=3", "there is no such setting"),
        ("model.encodr=a", r"Nearest: model\.encoder"),
        ("training.batch_size", "sets nothing. Expected key=value"),
        ("training.batch_size=many", r"training\.batch_size: .*integer"),
        ("findings=[", "not readable as YAML"),
    ],
)
def test_a_wrong_override_is_refused_by_its_full_name(recipe: Recipe, override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        with_overrides(recipe, [override])


def test_known_settings_are_those_of_a_complete_recipe(recipe: Recipe) -> None:
    names = set(known_settings())
    assert {"training.phases.lr", "preprocess.normalize", "task", "data.views"} <= names
    assert len(names) > 25
