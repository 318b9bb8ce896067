"""All registries there are, found in the source: nothing is listed by hand, and nothing heavy is imported for it."""

import re
from functools import cache
from pathlib import Path

from hilum.registry.registry import Registry

MADE = re.compile(r'^\w+ = Registry\("(hilum[\w.]*)", "([\w -]+)"\)', re.MULTILINE)
SOURCE = Path(__file__).parents[1]


@cache
def registries() -> dict[str, Registry]:
    """Each registry under the plural of what it holds, as `losses`, `policies`, `operating-points`."""
    made = {pair for file in sorted(SOURCE.rglob("*.py")) for pair in MADE.findall(file.read_text(encoding="utf-8"))}
    return dict(sorted((plural(kind), Registry(module, kind)) for module, kind in made))


def plural(kind: str) -> str:
    """The plural, as it stands on the command line.

    >>> [plural(kind) for kind in ("loss", "policy", "operating point")]
    ['losses', 'policies', 'operating-points']
    """
    word = kind.replace(" ", "-")
    if word.endswith("y"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith("s") else "s")
