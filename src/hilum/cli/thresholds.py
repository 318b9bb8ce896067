"""What `--threshold` says: one number, one a finding, or a file of operating points."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from hilum.schema import ConfigError

if TYPE_CHECKING:
    from hilum.evaluation.cuts import Threshold

EXPECTED = "Expected a number, as 0.3; one a finding, as Effusion=0.3; or a JSON file of operating points."


def threshold_of(words: list[str] | None) -> "Threshold | None":
    """The threshold, or None where none is given.

    Raises:
        ConfigError: for words that are none.

    >>> threshold_of(["0.3"]), threshold_of(["Effusion=0.3", "Edema=0.1"])
    (0.3, {'Effusion': 0.3, 'Edema': 0.1})
    """
    if not words:
        return None
    if all("=" in word for word in words):
        pairs = [word.rpartition("=") for word in words]
        return {name: _number(value) for name, _, value in pairs}
    if len(words) > 1:
        raise ConfigError(f"--threshold {' '.join(words)}: more than one. {EXPECTED}")
    path = Path(words[0])
    return _of_file(path) if path.suffix == ".json" else _number(words[0])


def prevalence_of(words: list[str] | None) -> "float | dict[str, float] | None":
    """What `--prevalence` says: one share, or one a finding.

    >>> prevalence_of(["0.02"]), prevalence_of(["Effusion=0.1"])
    (0.02, {'Effusion': 0.1})
    """
    if not words:
        return None
    try:
        if len(words) == 1 and "=" not in words[0]:
            return float(words[0])
        return {name: float(value) for name, _, value in (word.rpartition("=") for word in words)}
    except ValueError:
        raise ConfigError(f"--prevalence {' '.join(words)}: expected a share, as 0.02, or Effusion=0.02.") from None


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise ConfigError(f"--threshold {word}: no number. {EXPECTED}") from None


def _of_file(path: Path) -> dict[str, float]:
    """`operating_points.json` as a Run keeps it, or a plain mapping from findings to numbers."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if "points" in held:
            return {str(point["finding"]): float(point["threshold"]) for point in held["points"]}
        return {str(name): float(value) for name, value in held.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path}: no operating points ({error!r}). {EXPECTED}") from error
