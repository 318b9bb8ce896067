"""What uncertain and missing labels teach, finding by finding: from a cohort's labels to targets and weights."""

import inspect
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import torch
from pydantic import BeforeValidator
from torch import Tensor

from hilum.registry.component import component
from hilum.schema import ConfigError, Findings, LabelPredictions
from hilum.tasks.per_finding import OTHERS, each
from hilum.tasks.registries import policies

FILLED = ("place", "said")  # keywords of policies that the task fills
THREE, SELF = "multiclass", "self_trained"
Component = dict[str, Any]


def _complete(given: Any) -> Any:
    """A policy, or policies by a finding's name, checked and completed."""
    if isinstance(given, Mapping) and "name" not in given:
        return {name: component(one, policies, f"task.policy.{name}", supplied=FILLED) for name, one in given.items()}
    return component(given, policies, "task.policy", supplied=FILLED)


Policy = Annotated[str | dict[str, Any], BeforeValidator(_complete)]
Absent = Literal["ignore", "zeros"]
Missing = Absent | dict[str, Absent]


def policy_each(given: Any, findings: Findings) -> tuple[Component, ...]:
    """One policy a finding, complete; `ignore` for those that are not named."""
    whole = _complete(given)
    by_name = whole if "name" not in whole else {OTHERS: whole}
    return each(by_name, findings, _complete("ignore"), "task.policy")


def teachers(chosen: tuple[Component, ...], findings: Findings) -> dict[str, list[str]]:
    """The folders of the first Runs that policies ask for, each with the findings of which it is to speak.

    Raises:
        ConfigError: when such a policy names no Run.
    """
    asked: dict[str, list[str]] = {}
    for name, policy in zip(findings, chosen, strict=True):
        if policy["name"] == SELF:
            if not policy["run"]:
                raise ConfigError(
                    f"task.policy.{SELF} of {name} names no Run. Expected the folder of a first Run of the same "
                    f"findings, learned with another policy: --set 'task.policy={{name: {SELF}, run: FOLDER}}'."
                )
            asked.setdefault(policy["run"], []).append(name)
    return asked


def taught(
    labels: Tensor, chosen: tuple[Component, ...], missing: tuple[str, ...], said: Mapping[int, Tensor]
) -> tuple[Tensor, Tensor]:
    """Targets in [0, 1] and weights >= 0, (N, K) each.

    Args:
        labels: (N, K) of 1 present, 0 absent, -1 uncertain, NaN missing.
        chosen: K policies, complete.
        missing: K times what a missing label teaches, `ignore` or `zeros`.
        said: by a finding's place what its first Run says, (N,).
    """
    columns = []
    for place, policy in enumerate(chosen):
        settings = dict(policy)
        function = policies[settings.pop("name")]
        known = {"place": place, "said": said.get(place)}
        filled = {name: value for name, value in known.items() if name in inspect.signature(function).parameters}
        columns.append(function(labels[:, place].nan_to_num(0.0), **settings, **filled))
    targets, weights = (torch.stack(list(column), dim=1) for column in zip(*columns, strict=True))
    silent = labels.isnan() & torch.tensor([one == "ignore" for one in missing])
    return targets, weights.masked_fill(silent, 0.0)


def said_of(image_ids: list[str], predictions: LabelPredictions, finding: str) -> Tensor:
    """(N,) what predictions say of one finding; NaN for images of which they say nothing."""
    column = predictions.findings[predictions.findings.position(finding)]
    table = predictions.table.set_index("image_id")[column]
    return torch.tensor(table.reindex(image_ids).to_numpy(copy=True), dtype=torch.float32)
