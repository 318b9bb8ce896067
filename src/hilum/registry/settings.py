"""The settings of a registered function, taken from its signature: checked, completed, and named in full when wrong."""

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from hilum.schema.errors import ConfigError


def settings_of(function: Callable[..., Any], supplied: Iterable[str] = ()) -> type[BaseModel]:
    """The keyword-only arguments of a function as a strict pydantic model, without those that are `supplied` by us."""
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(function, eval_str=True).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY and name not in supplied:
            default = ... if parameter.default is parameter.empty else parameter.default
            fields[name] = (parameter.annotation, default)
    return create_model(
        function.__name__, __config__=ConfigDict(extra="forbid", frozen=True, validate_default=True), **fields
    )


def checked(
    function: Callable[..., Any], given: Mapping[str, Any], *, where: str, supplied: Iterable[str] = ()
) -> dict[str, Any]:
    """Keywords for `function`: those given, checked against its signature, and the defaults of the others.

    Args:
        function: one of a registry.
        given: keyword -> value, as read from YAML.
        where: the place in the recipe, as `model` or `augment.affine`; begins every name in a message.
        supplied: keywords that Hilum fills itself and a recipe may not give.
    """
    form = settings_of(function, supplied)
    try:
        return form.model_validate(dict(given)).model_dump(mode="json")
    except ValidationError as error:
        raise refusal(error, known=form.model_fields, where=where) from error


def meanings(function: Callable[..., Any]) -> dict[str, str]:
    """What a Google docstring says of each argument, on one line."""
    said: dict[str, str] = {}
    name, inside = "", False
    for line in inspect.cleandoc(function.__doc__ or "").splitlines():
        if not line.startswith(" "):
            inside = line == "Args:"
        elif inside and not line.startswith("     "):
            name, _, text = line.strip().partition(": ")
            said[name] = text
        elif inside:
            said[name] += " " + line.strip()
    return said


def refusal(error: ValidationError, known: Iterable[str], where: str = "") -> ConfigError:
    """A ConfigError that names each wrong setting in full, what was given, and the nearest right name.

    Args:
        error: what pydantic found.
        known: the right names, dotted, below `where`.
        where: what stands before them.
    """
    start = f"{where}." if where else ""
    names = [start + name for name in known]
    return ConfigError("\n".join(_sentence(start, item, names) for item in error.errors()))


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence with the right names nearest to a wrong one."""
    names = sorted(set(known))
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5) or [
        own for own in names if own.split(".")[-1] == name.split(".")[-1]
    ]
    return f"Nearest: {', '.join(near)}." if near else f"Expected one of: {', '.join(names)}."


def _sentence(start: str, item: Any, known: list[str]) -> str:
    place = [str(part) for part in item["loc"]]
    name = start + ".".join(place)
    if item["type"] == "extra_forbidden":
        plain = start + ".".join(part for part in place if not part.isdigit())
        return f"{name}: there is no such setting. {nearest(plain, known)}"
    if item["type"] == "missing":
        return f"{name}: not given, and it has no default."
    return f"{name}: {item['msg']}, got {item['input']!r}."
