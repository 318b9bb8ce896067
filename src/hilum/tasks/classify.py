"""Classify: is each finding there or not, on the image as a whole."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pydantic import BeforeValidator
from torch import Tensor, nn

from hilum.data import Batch, Targets
from hilum.evaluation import metrics
from hilum.images import Preprocess
from hilum.images.frame import Frame
from hilum.registry import register
from hilum.registry.component import component
from hilum.schema import Cohort, ConfigError, DataError, Findings, Predictions
from hilum.schema.errors import listed
from hilum.tasks.decoders.labels import probabilities
from hilum.tasks.registries import losses, policies
from hilum.tasks.task import Direction

FILLED = ("counts", "weights")  # keywords of losses that the task fills
OUTPUT = "labels"


def _complete_loss(given: Any) -> Any:
    """A loss by its name, or its name with keywords, checked and completed."""
    return component(given, losses, "task.loss", supplied=FILLED)


def _known_policy(given: Any) -> Any:
    for name in given.values() if isinstance(given, dict) else [given]:
        policies[str(name)]
    return given


Loss = Annotated[dict[str, Any], BeforeValidator(_complete_loss)]
Policy = Annotated[str | dict[str, str], BeforeValidator(_known_policy)]


@register
def classify(
    *,
    findings: Findings,
    policy: Policy = "ignore",
    missing: Literal["ignore", "zeros"] = "ignore",
    loss: Loss = {"name": "bce"},  # noqa: B006  read, never changed
) -> "Classify":
    """Is each finding there or not, on the image as a whole.

    Args:
        findings: the K names; filled from the recipe's findings.
        policy: what an uncertain label (-1) teaches (`hilum ls policies`): one for all, or one a finding, as in
            {Atelectasis: ones, others: zeros}.
        missing: what a label that the source does not mention (NaN) teaches: `ignore`, nothing; `zeros`, that the
            finding is absent. A report that does not mention a finding usually means absence (CheXpert's blanks);
            a cohort whose owner never looked for a finding does not.
        loss: a loss and its keywords (`hilum ls losses`).
    """
    settings = _complete_loss(loss)
    return Classify(findings, _policy_each(policy, findings), missing, settings.pop("name"), settings)


# B images, N images of a cohort, K findings
@dataclass(frozen=True)
class Classify:
    """Labels to targets, logits to a loss, logits to probabilities.

    Args:
        findings: the K names, in the order of logits and labels.
        policies: K names in `policies`.
        missing: what a label that the source does not mention teaches.
        loss_name: a name in `losses`.
        loss_settings: its keywords.
        counts: (K, 2) weight of present and absent labels among those to learn from; None before they are known.
    """

    findings: Findings
    policies: tuple[str, ...]
    missing: Literal["ignore", "zeros"] = "ignore"
    loss_name: str = "bce"
    loss_settings: Mapping[str, Any] = field(default_factory=dict)
    counts: Tensor | None = None
    kind: Literal["labels"] = "labels"
    figures: Mapping[str, Direction] = field(
        default_factory=lambda: {"auroc": "max", "log_loss": "min"}  # each a mean over findings
    )

    def targets(self, cohort: Cohort, preprocess: Preprocess) -> Targets:  # noqa: ARG002  labels have no place
        """`labels` (N, K) in [0, 1] and `weights` (N, K) >= 0."""
        labels = torch.from_numpy(cohort.labels_for(self.findings))
        unknown, known = labels.isnan(), labels.nan_to_num(0.0)
        pairs = [policies[name](known[:, place]) for place, name in enumerate(self.policies)]
        targets, weights = (torch.stack(columns, dim=1) for columns in zip(*pairs, strict=True))
        return {
            "labels": targets,
            "weights": weights.masked_fill(unknown, 0.0) if self.missing == "ignore" else weights,
        }

    def check(self, train: Targets, val: Targets) -> list[str]:
        """Findings that cannot be learned or measured; an error when there is no other."""
        (taught, _), (present, absent) = _sums(train).T, _sums(val).T
        silent = [name for name, weight in zip(self.findings, taught, strict=True) if weight == 0]
        blind = [name for name, yes, no in zip(self.findings, present, absent, strict=True) if yes == 0 or no == 0]
        if len(silent) == len(self.findings):
            raise DataError(
                f"No training image has any of the findings {listed(self.findings, 20)}. Expected labels of them."
            )
        if len(blind) == len(self.findings):
            raise ConfigError(
                "No finding is both present and absent among the validation images, so that no epoch is better than "
                "another. Give more images, or a larger data.val_fraction."
            )
        notes = [f"No training image has {name}: it is not learned." for name in silent]
        return notes + ([f"Not in the validation AUROC, for want of images: {listed(blind, 20)}."] if blind else [])

    def learning_from(self, train: Targets) -> "Classify":
        """The same task, with the counts of these labels."""
        return replace(self, counts=_sums(train))

    def outputs(self) -> Mapping[str, int]:
        """One logit a finding."""
        return {OUTPUT: len(self.findings)}

    def step(self, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Forward, and the mean loss over the labels that teach something; 0 when none does."""
        logits = model(**batch.inputs)[OUTPUT]
        weights = batch.targets["weights"]
        return {"loss": self.loss(logits, batch.targets["labels"], weights), "weight": weights.sum()}

    def loss(self, logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        """The loss, taken in float32.

        Args:
            logits: (B, K), any floating type.
            targets: (B, K) in [0, 1].
            weights: (B, K) >= 0.
        """
        if logits.shape != targets.shape:
            raise ConfigError(
                f"{tuple(logits.shape)} logits for {tuple(targets.shape)} labels. Expected the same shape."
            )
        function = losses[self.loss_name]
        wanted = inspect.signature(function).parameters
        counts = _sums({"labels": targets, "weights": weights}) if self.counts is None else self.counts
        filled = {name: value for name, value in {"counts": counts, "weights": weights}.items() if name in wanted}
        each: Tensor = function(logits.float(), targets, **self.loss_settings, **filled)
        return each if each.ndim == 0 else (each * weights).sum() / weights.sum().clamp(min=1e-8)

    def decode(self, raw: Mapping[str, NDArray[Any]], frames: Sequence[Frame]) -> NDArray[np.float32]:  # noqa: ARG002
        """(B, K) probabilities."""
        return probabilities(raw[OUTPUT])

    def predictions(self, image_ids: Sequence[str], records: NDArray[Any], **header: Any) -> Predictions:
        """A table of one row an image, one column a finding."""
        table = pd.DataFrame(records, columns=list(self.findings))
        table.insert(0, "image_id", list(image_ids))
        return Predictions(table, **header)

    def monitor(self, predictions: Predictions, cohort: Cohort) -> dict[str, float]:
        """Mean AUROC and log loss over the findings for which there are any; uncertain labels measure nothing."""
        rows = cohort.images.set_index("image_id").index.get_indexer(pd.Index(predictions.table.image_id))
        labels, scores = cohort.labels_for(self.findings)[rows], predictions.probabilities
        values: dict[str, list[float]] = {name: [] for name in self.figures}
        for present, score in zip(labels.T, scores.T, strict=True):
            known = (present == 0) | (present == 1)
            for name, figures in values.items():
                figures.append(float(metrics[name](present[known], score[known])) if known.any() else np.nan)
        return {name: float(np.nanmean(each)) if np.isfinite(each).any() else np.nan for name, each in values.items()}


def _policy_each(policy: str | dict[str, str], findings: Findings) -> tuple[str, ...]:
    """One policy a finding; `others` stands for those that are not named, and is `ignore` when left out."""
    if isinstance(policy, str):
        return (policy,) * len(findings)
    chosen = [policy.get("others", "ignore")] * len(findings)
    for name, one in policy.items():
        if name != "others":
            chosen[findings.position(name)] = one
    return tuple(chosen)


def _sums(targets: Targets) -> Tensor:
    """(K, 2) weight of present and absent labels."""
    labels, weights = targets["labels"], targets["weights"]
    return torch.stack([(labels * weights).sum(dim=0), ((1 - labels) * weights).sum(dim=0)], dim=1)
