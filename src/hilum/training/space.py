"""The space of a sweep: dotted settings of a recipe, each with its range or its choices, all checked at once.

training.lr: {low: 1.0e-5, high: 1.0e-2, log: true}
training.batch_size: {low: 8, high: 64, step: 8}
model.encoder: [resnet18, densenet121]
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from hilum.registry import refusal
from hilum.runs.recipe import Recipe
from hilum.runs.recipes import with_overrides
from hilum.schema import ConfigError
from hilum.schema.yaml_files import load_yaml
from hilum.training.dry_run import dry_run
from hilum.training.train import monitored

# With other images or findings, or another figure, two trials could not be compared.
KEPT = ("data", "findings", "name", "description", "training.monitor", "task.findings")


class Range(BaseModel):
    """Numbers from low to high, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: int | float
    high: int | float
    step: int | float | None = None
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return all(isinstance(value, int) for value in (self.low, self.high, self.step or 1))


@dataclass(frozen=True)
class Space:
    """What a sweep tries.

    Args:
        of: by dotted setting, a range, or choices as JSON, in order.
    """

    of: Mapping[str, Range | tuple[str, ...]]

    @classmethod
    def load(cls, path: Path) -> "Space":
        """Read a YAML file.

        Raises:
            ConfigError: when it is no mapping of settings to ranges or lists.
        """
        held = load_yaml(path)
        if not isinstance(held, dict) or not held:
            raise ConfigError(f"{path}: expected settings with what to try, as `training.lr: {{low: …, high: …}}`.")
        return cls({str(name): _dimension(f"{path}: {name}", given) for name, given in held.items()})

    def check(self, recipe: Recipe) -> None:
        """Build the recipe with each choice, and with both ends of each range, one setting at a time.

        Raises:
            ConfigError: for whatever a training would refuse, before any is begun.
        """
        monitored(recipe)
        for name, given in self.of.items():
            if any(name == kept or name.startswith(f"{kept}.") for kept in KEPT):
                raise ConfigError(f"{name}: trials that differ in it could not be compared. Take it out of the space.")
            for value in given if isinstance(given, tuple) else map(json.dumps, (given.low, given.high)):
                try:
                    dry_run(changed(recipe, {name: value}))
                except ConfigError as error:
                    raise ConfigError(f"{name}, at {value}: {error}") from error

    def to_json(self) -> dict[str, Any]:
        """JSON values, by which two spaces are compared."""
        return {
            name: list(given) if isinstance(given, tuple) else given.model_dump() for name, given in self.of.items()
        }

    def suggest(self, trial: Any) -> dict[str, str]:
        """A value for each setting, as JSON, drawn by an Optuna trial; the same again for one that has them already."""
        return dict(self._suggested(trial))

    def _suggested(self, trial: Any) -> Iterator[tuple[str, str]]:
        for name, given in self.of.items():
            if isinstance(given, tuple):
                yield name, str(trial.suggest_categorical(name, list(given)))
            elif given.whole:
                step = 1 if given.step is None else int(given.step)
                yield (
                    name,
                    json.dumps(trial.suggest_int(name, int(given.low), int(given.high), step=step, log=given.log)),
                )
            else:
                yield name, json.dumps(trial.suggest_float(name, given.low, given.high, step=given.step, log=given.log))


def changed(recipe: Recipe, values: Mapping[str, str]) -> Recipe:
    """The recipe with settings changed, each to a value in JSON."""
    return with_overrides(recipe, [f"{name}={value}" for name, value in values.items()])


def _dimension(where: str, given: Any) -> Range | tuple[str, ...]:
    if isinstance(given, list):
        if len(given) < 2:
            raise ConfigError(f"{where}: {len(given)} choices. Expected two or more.")
        return tuple(json.dumps(value) for value in given)
    if not isinstance(given, dict):
        raise ConfigError(f"{where}: got {given!r}. Expected [choices, …] or {{low: …, high: …}}.")
    try:
        found = Range.model_validate(given)
    except ValidationError as error:
        raise refusal(error, Range.model_fields, where) from error
    if not found.low < found.high or (found.log and found.low <= 0) or (found.log and found.step is not None):
        raise ConfigError(f"{where}: expected low below high, above 0 with log, and log without step; got {given!r}.")
    return found
