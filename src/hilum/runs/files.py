"""Reading a Run's files, any of which may be damaged or foreign: the value, or one RunError that names the file."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from hilum.images import Preprocess
from hilum.runs.recipe import Recipe
from hilum.runs.recipes import validated
from hilum.schema import Findings, RunError
from hilum.schema.soundness import SPLITS
from hilum.schema.yaml_files import load_yaml

Value = TypeVar("Value")
LONGEST = 300  # characters of a reader's own message; some quote the whole file
END = "..."  # of a YAML document; most of a recipe would still be one


@contextmanager
def reading(path: Path, what: str) -> Iterator[None]:
    """Turn whatever a damaged file makes its reader raise into a RunError that names the file.

    Args:
        path: of the file.
        what: the file is to be, as in `the split of a Run`.
    """
    try:
        yield
    except Exception as error:  # bad bytes, bad values, too deep, of another kind: the file decides what is raised
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error) or type(error).__name__
        reason = " ".join(reason.removeprefix(f"{path}: ").split())[:LONGEST].rstrip(". ")
        raise RunError(f"{path}: not {what} ({reason}). Copy the Run again.") from error


def read_json(path: Path) -> Any:
    """A JSON file's value."""
    with reading(path, "readable as JSON"):
        return json.loads(path.read_bytes().decode("utf-8"))


def read_as(path: Path, read: Callable[[Any], Value], what: str) -> Value:
    """What `read` makes of a JSON file's value."""
    held = read_json(path)
    with reading(path, what):
        return read(held)


def read_recipe(path: Path) -> Recipe:
    """The complete recipe."""
    with reading(path, "the recipe of a Run"):
        values = load_yaml(path)
        if not isinstance(values, dict):
            raise TypeError(f"expected settings as `key: value`, found {type(values).__name__}")
        if not path.read_text(encoding="utf-8").rstrip().endswith(END):
            raise ValueError(f"it lacks its last line, `{END}`: it was cut off")
        return validated(values)


def read_findings(path: Path) -> Findings:
    """The names, in the order of the outputs."""

    def named(held: Any) -> Findings:
        names = held["findings"]
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise TypeError("expected a list of names under `findings`")
        return Findings(tuple(names))

    return read_as(path, named, "the findings of a Run")


def read_preprocess(path: Path) -> Preprocess:
    """How an image becomes a tensor."""
    return read_as(path, Preprocess.model_validate, "the preprocess of a Run")


def read_provenance(path: Path) -> dict[str, Any]:
    """Where the Run comes from, whatever its format: `weights` and `cohort` are groups of values if they are there."""

    def grouped(held: Any) -> dict[str, Any]:
        if not isinstance(held, dict):
            raise TypeError(f"expected names and values, found {type(held).__name__}")
        wrong = [name for name in ("weights", "cohort") if not isinstance(held.get(name, {}), dict)]
        if wrong:
            raise TypeError(f"expected names and values under `{wrong[0]}`")
        return held

    return read_as(path, grouped, "the provenance of a Run")


def read_split(path: Path) -> pd.DataFrame:
    """`image_id` and `split`, one row an image, in the order in which the Run began with them."""
    with reading(path, "the split of a Run"):
        table = pd.read_parquet(path)
        missing = [name for name in ("image_id", "split") if name not in table]
        if missing:
            raise ValueError(f"no column {' and '.join(missing)}")
        table = table[["image_id", "split"]]
        ids = table.image_id
        if not pd.api.types.is_string_dtype(ids) or ids.isna().any() or ids.duplicated().any():
            raise ValueError("expected each image id once, as text")
        strange = table.split[table.split.notna() & ~table.split.isin(SPLITS)]
        if len(strange):
            raise ValueError(f"the split '{strange.iloc[0]}'; expected one of {', '.join(SPLITS)}")
        return table


def read_log(path: Path) -> list[dict[str, Any]]:
    """The epochs' records, in order: numbers by name, `epoch` among them; none when there is no file."""
    if not path.is_file():
        return []
    with reading(path, "the log of a Run"):
        records = [json.loads(line) for line in path.read_bytes().decode("utf-8").splitlines()]
        for number, record in enumerate(records, start=1):
            if not isinstance(record, dict) or record.get("epoch") != number:
                raise ValueError(f"line {number} is not the record of epoch {number}")
            words = [name for name, value in record.items() if not isinstance(value, (int, float, type(None)))]
            if words:
                raise ValueError(f"line {number} has no number under {words[0]}")
        return records
