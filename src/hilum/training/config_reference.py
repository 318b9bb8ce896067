"""The page docs/reference/configuration.md, made from the settings themselves.

python -m hilum.training.config_reference docs/reference/configuration.md
"""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hilum.data.registries import samplers, transforms
from hilum.features import SUPPLIED, feature_sets
from hilum.models import models
from hilum.models.heads import SUPPLIED_TO_HEADS, heads
from hilum.models.pools import SUPPLIED_TO_POOLS, pools
from hilum.registry import Registry, meanings, settings_of
from hilum.runs.recipe import SUPPLIED_TO_MODELS, SUPPLIED_TO_SAMPLERS, SUPPLIED_TO_TASKS, Recipe
from hilum.schema.files import write_text
from hilum.tasks.classify import FILLED
from hilum.tasks.registries import losses, policies, tasks
from hilum.tasks.teaching import FILLED as POLICY_FILLED
from hilum.training.optimize import FILLED as FILLED_OPTIMIZER
from hilum.training.optimize import FILLED_SCHEDULE
from hilum.training.registries import optimizers, schedules

HEAD = """# The recipe, setting by setting

Made from the code by `python -m hilum.training.config_reference docs/reference/configuration.md`; a test checks that it
is current.

A recipe is a YAML file that lists what differs from these defaults. Unknown names are refused. On the command line
`--set preprocess.size=128` changes one setting by its full name, `--set training.phases.0.lr=3e-4` one of the first
phase, and `--set training.lr=3e-4` the same of every phase. Where data lie is an argument of the commands, never a
setting.
"""
NAMES: dict[Any, str] = {str: "text", int: "whole number", float: "number", bool: "true or false", NoneType: "null"}
SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def page() -> str:
    """The whole page, Markdown."""
    parts = [HEAD, *_groups(Recipe, "")]
    parts += _functions("task", "`task`", tasks, SUPPLIED_TO_TASKS)
    parts += _functions("task.policy", "`task.policy`", policies, POLICY_FILLED)
    parts += _functions("model", "`model`", models, SUPPLIED_TO_MODELS)
    parts += _functions("model.pool", "`model.pool`", pools, SUPPLIED_TO_POOLS)
    parts += _functions("model.head", "`model.head`", heads, SUPPLIED_TO_HEADS)
    parts += _functions("task.loss", "`task.loss`", losses, FILLED)
    parts += _functions("features", "`features`", feature_sets, SUPPLIED)
    parts += _functions("augment", "`augment`", transforms)
    phase = "training.phases.N"
    parts += _functions(f"{phase}.optimizer", "`optimizer` of a phase", optimizers, FILLED_OPTIMIZER)
    parts += _functions(f"{phase}.schedule", "`schedule` of a phase", schedules, FILLED_SCHEDULE)
    parts += _functions("training.sampler", "`training.sampler`", samplers, SUPPLIED_TO_SAMPLERS)
    return "\n".join(parts)


def _names(place: str, registry: Registry) -> Iterator[str]:
    """The functions of a registry that take no keywords."""
    yield f"## `{place}`\n"
    yield from (f"* `{name}`: {registry.summary(name)}" for name in registry)
    yield ""


def _groups(group: type[BaseModel], prefix: str) -> Iterator[str]:
    """A table for a group of settings, then those of the groups inside it."""
    yield f"## `{prefix.rstrip('.')}`\n" if prefix else "## The recipe\n"
    yield f"{inspect.cleandoc(group.__doc__ or '').splitlines()[0]}\n"
    yield "| setting | takes | default | |\n|---|---|---|---|"
    inside = []
    for own, field in group.model_fields.items():
        name, inner = field.alias or own, _group_of(field)
        if inner is not None:
            inside.append((inner, f"{prefix}{name}."))
        cells = ("see below", "") if inner else (_takes(field), _default(field))
        yield f"| `{prefix}{name}` | {cells[0]} | {cells[1]} | {field.description or ''} |"
    yield ""
    for inner, start in inside:
        yield from _groups(inner, start)


def _functions(place: str, title: str, registry: Registry, supplied: tuple[str, ...] = ()) -> Iterator[str]:
    """A table of keywords for each function of a registry."""
    for name in registry:
        said = meanings(registry[name])
        yield f"## {title}: `{name}`\n\n{registry.summary(name)}\n"
        settings = settings_of(registry[name], supplied).model_fields
        if not settings:
            continue
        yield "| setting | takes | default | |\n|---|---|---|---|"
        start = f"{place}.{name}" if place in ("augment", "features") else place
        for own, field in settings.items():
            yield f"| `{start}.{own}` | {_takes(field)} | {_default(field)} | {said.get(own, '').rstrip('.')} |"
        yield ""


def _group_of(field: FieldInfo) -> type[BaseModel] | None:
    """The group of settings that a field holds, or holds several of."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _takes(field: FieldInfo) -> str:
    limits = [
        f"{sign} {getattr(limit, name):g}"
        for limit in field.metadata
        if isinstance(limit, (annotated_types.Ge, annotated_types.Gt, annotated_types.Le, annotated_types.Lt))
        for name, sign in SIGNS.items()
        if hasattr(limit, name)
    ]
    return ", ".join([_kind(field.annotation), *limits])


def _kind(kind: Any) -> str:
    """A type in words.

    >>> _kind(tuple[int, ...]), _kind(Literal["a", "b"]), _kind(float | None)
    ('list of whole numbers', '`a` or `b`', 'number or null')
    """
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inside)
    if origin is Annotated:
        return _kind(inside[0])
    if origin in (Union, UnionType):
        return " or ".join(_kind(one) for one in inside)
    if origin is tuple:
        return f"list of {_kind(inside[0])}" + ("s" if get_origin(inside[0]) in (None, Annotated) else "")
    if origin is dict:
        if inside[1] in (float, int) or (get_origin(inside[1]) is Annotated and get_args(inside[1])[0] in (float, int)):
            return "numbers by name"
        return "names with keywords" if get_origin(inside[1]) is dict else "name and keywords"
    return NAMES.get(kind, getattr(kind, "__name__", str(kind)))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    if field.default_factory_takes_validated_data:  # follows from a setting before it
        return "see right"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, dict):
        value = value.get("name", "none")
    if value is None:
        return "`null`"
    return f"`{list(value) if isinstance(value, tuple) else value}`" if value != "" else "empty"


if __name__ == "__main__":
    write_text(Path(sys.argv[1]), page())
