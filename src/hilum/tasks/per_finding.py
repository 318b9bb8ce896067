"""Settings that differ from finding to finding, written by the findings' names, as in `{Hernia: 5, others: 1}`."""

from collections.abc import Mapping, Sequence
from typing import Any

from hilum.schema import ConfigError, Findings

OTHERS = "others"
# one number for all findings, numbers by name, or one a finding in their order
PerFinding = float | dict[str, float] | tuple[float, ...]


def each(given: Any, findings: Findings, others: Any, where: str) -> tuple[Any, ...]:
    """One value a finding, in the order of the findings.

    Args:
        given: one value for all; values by a finding's name; or a list of one value a finding. `others` stands for the
            findings that are not named.
        findings: the K names.
        others: what those that are not named get when `given` does not say.
        where: the place in the recipe, as `task.loss.pos_weight`; begins every message.

    Raises:
        ConfigError: for a name that is none of the findings, and for a list of another length.

    >>> each({"Hernia": 5.0}, Findings(("Mass", "Hernia")), 1.0, "task.loss.pos_weight")
    (1.0, 5.0)
    """
    if isinstance(given, Mapping):
        chosen = [given.get(OTHERS, others)] * len(findings)
        for name, value in given.items():
            if name != OTHERS:
                chosen[_place(name, findings, where)] = value
        return tuple(chosen)
    if isinstance(given, Sequence) and not isinstance(given, str):
        if len(given) != len(findings):
            raise ConfigError(
                f"{where} has {len(given)} values for {len(findings)} findings. Expected one for all, one a finding, "
                f"or values by name, as in {{{findings[0]}: …, {OTHERS}: …}}."
            )
        return tuple(given)
    return (given,) * len(findings)


def _place(name: str, findings: Findings, where: str) -> int:
    try:
        return findings.position(name)
    except ConfigError as error:
        raise ConfigError(f"{where}.{name}: {error}") from error
