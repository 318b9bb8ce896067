"""The folder is the registry.

A package that offers choices (datasets, metrics, losses, explainers, …) holds them as functions marked with
`@register`, in files of one folder (or in one file). The function's own name is its name in Python, in recipes and on
the command line. Nothing is listed by hand: `Registry("hilum.datasets", "dataset")` looks into the folder when it is
first asked.
"""

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from hilum.schema.errors import ConfigError

F = TypeVar("F", bound=Callable[..., Any])


def register(function: F) -> F:
    """Mark a function as one of its package's public choices, under its own name."""
    function.__registered__ = True  # type: ignore[attr-defined]
    return function


class Registry(Mapping[str, Callable[..., Any]]):
    """The registered functions of one folder or file, by name.

    Args:
        module: dotted name of the package or module that holds the functions.
        kind: what one of them is called in messages, as in "there is no dataset 'nih15'".
    """

    def __init__(self, module: str, kind: str) -> None:
        self.module, self.kind = module, kind
        self._found: dict[str, Callable[..., Any]] | None = None

    def __getitem__(self, name: str) -> Callable[..., Any]:
        if name not in self._functions():
            near = difflib.get_close_matches(name, self._functions(), n=3, cutoff=0.4) or sorted(self._functions())
            raise ConfigError(f"There is no {self.kind} '{name}'. Nearest: {', '.join(near)}.")
        return self._functions()[name]

    def __contains__(self, name: object) -> bool:
        return name in self._functions()

    def __iter__(self) -> Iterator[str]:
        return iter(self._functions())

    def __len__(self) -> int:
        return len(self._functions())

    def summary(self, name: str) -> str:
        """The first line of the function's docstring: what `hilum ls` prints beside the name."""
        return (self[name].__doc__ or "").strip().split("\n")[0]

    def _functions(self) -> dict[str, Callable[..., Any]]:
        if self._found is None:
            found: dict[str, Callable[..., Any]] = {}
            for module in self._modules():
                for value in vars(module).values():
                    if getattr(value, "__registered__", False) and value.__module__ == module.__name__:
                        if value.__name__ in found:
                            raise ConfigError(f"Two {self.kind}s are called '{value.__name__}' in {self.module}.")
                        found[value.__name__] = value
            self._found = dict(sorted(found.items()))
        return self._found

    def _modules(self) -> Iterator[Any]:
        package = importlib.import_module(self.module)
        yield package
        for file in pkgutil.iter_modules(getattr(package, "__path__", [])):
            yield importlib.import_module(f"{self.module}.{file.name}")
