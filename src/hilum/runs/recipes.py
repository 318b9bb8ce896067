"""Recipes: read from YAML or by name, changed key by key."""

import os
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from hilum.registry import nearest, refusal
from hilum.runs.recipe import Phase, Recipe
from hilum.schema import ConfigError
from hilum.schema.yaml_files import load_yaml

FOLDER = Path(str(files("hilum") / "recipes"))


def recipe_paths() -> dict[str, Path]:
    """The recipes that come with Hilum, by name."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}


def load_recipe(name_or_path: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Recipe:
    """A recipe by its name (`nih14-densenet121`) or from a YAML file, complete and checked.

    Args:
        name_or_path: a recipe that comes with Hilum, or a file.
        overrides: `key=value`, the key dotted from the recipe's root, the value in YAML, as in
            `preprocess.size=128` or `training.phases.0.lr=3e-4`. A setting of phases given straight under `training`
            (`training.lr=3e-4`) is set in every phase.

    Raises:
        ConfigError: for an unknown recipe, key or value, each by its full name.
    """
    path = _find(str(name_or_path))
    values = load_yaml(path)
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: expected settings as `key: value`, found {type(values).__name__}.")
    recipe = validated({"name": path.stem, **values}, f"{path}: ")
    return with_overrides(recipe, overrides) if overrides else recipe


def with_overrides(recipe: Recipe, overrides: Iterable[str]) -> Recipe:
    """The recipe with `key=value` settings changed; see `load_recipe`."""
    values = recipe.model_dump(mode="json")
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals:
            raise ConfigError(f"'{override}' sets nothing. Expected key=value, as in training.lr=3e-4.")
        value = load_yaml(text, f"{key}: '{text}'")
        for place in _places(key.strip(), values):
            _put(values, place, value)
    return validated(values)


def validated(values: dict[str, Any], where: str = "") -> Recipe:
    """The recipe of a file's values, complete and checked; `where` begins the message.

    Raises:
        ConfigError: for an unknown key or value, by its full name.
    """
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        raise ConfigError(f"{where}{refusal(error, known_settings())}") from error


def known_settings(group: type[BaseModel] = Recipe, start: str = "") -> Iterator[str]:
    """The dotted names of all settings, phases without their number."""
    for own, field in group.model_fields.items():
        name = field.alias or own
        yield start + name
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from known_settings(inner, f"{start}{name}.")


def _find(name: str) -> Path:
    if name in recipe_paths():
        return recipe_paths()[name]
    path = Path(name)
    if path.is_file():
        return path
    if path.suffix in (".yaml", ".yml"):
        raise ConfigError(f"{path}: no such file. Expected a recipe; copy one with `hilum cp nih14-small {path}`.")
    raise ConfigError(f"There is no recipe '{name}'. {nearest(name, recipe_paths())} Or give a YAML file.")


def _places(key: str, values: dict[str, Any]) -> Iterator[list[str]]:
    parts = key.split(".")
    if len(parts) == 2 and parts[0] == "training" and parts[1] in Phase.model_fields:
        for number in range(len(values["training"]["phases"])):
            yield ["training", "phases", str(number), parts[1]]
    else:
        yield parts


def _put(values: dict[str, Any], place: list[str], value: Any) -> None:
    """Set one value deep inside; only `augment` and `features` may grow new keys."""
    at: Any = values
    for depth, part in enumerate(place):
        last = depth == len(place) - 1
        if isinstance(at, list):
            if not (part.isdigit() and int(part) < len(at)):
                raise ConfigError(f"{'.'.join(place)}: there are {len(at)} {place[depth - 1]}, counted from 0.")
            slot: Any = int(part)
        elif isinstance(at, dict) and (part in at or (depth and place[0] in ("augment", "features"))):
            slot = part
            at.setdefault(part, {})
        else:
            raise ConfigError(
                f"{'.'.join(place)}: there is no such setting. {nearest('.'.join(place), _names(values))}"
            )
        if last:
            at[slot] = value
        else:
            at = at[slot]


def _names(values: Any, start: str = "") -> Iterator[str]:
    """All dotted names in a complete recipe's values."""
    pairs = values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    for name, value in pairs:
        yield f"{start}{name}"
        yield from _names(value, f"{start}{name}.")
