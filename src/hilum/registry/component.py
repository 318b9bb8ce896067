"""A component: one of a registry with its settings, written as a name or as `{name: …, setting: …}`."""

import inspect
from collections.abc import Mapping
from typing import Any

from hilum.registry.registry import Registry
from hilum.registry.settings import checked
from hilum.schema.errors import ConfigError

NONE: Mapping[str, Any] = {}


def component(
    given: Any, registry: Registry, where: str, *, supplied: Mapping[str, Any] | tuple[str, ...] = ()
) -> dict[str, Any]:
    """The component in full: its `name`, and all of its settings, checked.

    Args:
        given: a name, or a mapping of `name` and settings, as read from YAML.
        registry: where the name is looked up.
        where: the place in the recipe, as `model.head`; begins every message.
        supplied: keywords that Hilum fills itself and a recipe may not give.

    Raises:
        ConfigError: for what is neither, and for unknown names and settings, by their full name.
    """
    keywords = {"name": given} if isinstance(given, str) else dict(given) if isinstance(given, Mapping) else {}
    name = keywords.pop("name", None)
    if not isinstance(name, str):
        raise ConfigError(
            f"{where}: got {given!r}. Expected a {registry.kind} by its name, or {{name: …}} with its settings; "
            f"one of: {', '.join(registry)}."
        )
    if not all(isinstance(key, str) for key in keywords):
        raise ConfigError(f"{where}: got {given!r}. Expected settings as `name: value`.")
    return {"name": name, **checked(registry[name], keywords, where=where, supplied=supplied)}


def built(given: Any, registry: Registry, where: str, *, supplied: Mapping[str, Any] = NONE) -> Any:
    """What the component's function gives; arguments as for `component`, `supplied` with its values.

    Of these the function gets those that it takes.
    """
    keywords = component(given, registry, where, supplied=supplied)
    function = registry[keywords.pop("name")]
    wanted = inspect.signature(function).parameters
    return function(**keywords, **{name: value for name, value in supplied.items() if name in wanted})
