"""Where numbers come from, as lines of a name and a text."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

Held = Mapping[str, Any]
NOT_SHOWN = (
    # they have their own places
    *(
        "notes",
        "left_out",
        "findings",
        "threshold",
        "prevalence",
        "cohort_table",
        "macro_over",
        "small_groups",
        "without_features",
    ),
    "run_folder",  # where on someone's machine
)


def without_folders(text: str) -> str:
    """A sentence in which a file on someone's machine is called by its name alone: a page is passed on.

    >>> without_folders("theirs: /home/someone/runs/small/split.parquet is not there")
    'theirs: split.parquet is not there'
    """
    return re.sub(r"(?<![\w.])(?:[A-Za-z]:)?[\\/](?:[^\s\\/:,;]+[\\/])+([^\s\\/:,;]+)", r"\1", text)


def provenance_facts(held: Held) -> list[tuple[str, str]]:
    """Every entry of a provenance as a name and a text, nested ones under their path."""
    lines = (line for key in held if key not in NOT_SHOWN for line in _flat(key, held[key]))
    return [(_words(path), text) for path, text in lines if text not in ("", "null")]


def _flat(path: str, value: object) -> Iterator[tuple[str, str]]:
    """A nested value as lines: versions and other plain dicts on one, deeper ones under their path."""
    if isinstance(value, dict):
        shown = {key: item for key, item in value.items() if key not in NOT_SHOWN}
        if all(isinstance(item, (str, int, float)) for item in shown.values()):
            yield path, ", ".join(_text(item) if key == path else f"{key} {_text(item)}" for key, item in shown.items())
        else:
            for key, item in shown.items():
                yield from _flat(f"{path}, {key}", item)
    elif isinstance(value, (list, tuple)):
        yield path, ", ".join(_text(item) for item in value)
    else:
        yield path, _text(value)


def _text(value: object) -> str:
    """A value as a reader takes it; of a file on someone's machine, its name alone: a page is passed on."""
    if isinstance(value, str):
        return PurePath(value).name if PurePath(value).is_absolute() else value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000:
        return f"{value:,}"
    return json.dumps(value, default=str)


def _words(path: str) -> str:
    text = path.replace("_", " ")
    return text[:1].upper() + text[1:]
