"""Classify: is each finding there or not, on the image as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from torch import Tensor

from hilum.schema.errors import ConfigError
from hilum.schema.findings import Findings
from hilum.tasks.registries import losses, policies


# B images, K findings
@dataclass(frozen=True)
class Classify:
    """Labels to targets, logits to a loss, logits to probabilities.

    Args:
        findings: the K names, in the order of logits and labels.
        policy: what an uncertain label (-1) teaches: a name in `policies`.
        missing: what a label that the source does not mention (NaN) teaches: `ignore`, nothing; `zeros`, that the
            finding is absent. A report that does not mention a finding usually means absence (CheXpert's blanks);
            a cohort whose owner never looked for a finding does not.
        loss_name: a name in `losses`.
        loss_settings: its keywords.
    """

    findings: Findings
    policy: str = "ignore"
    missing: Literal["ignore", "zeros"] = "ignore"
    loss_name: str = "bce"
    loss_settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def outputs(self) -> int:
        """How many logits the model must give."""
        return len(self.findings)

    def targets(self, labels: Tensor) -> tuple[Tensor, Tensor]:
        """(B, K) labels in {1, 0, -1, NaN} to targets in [0, 1] and weights >= 0, both (B, K)."""
        absent = labels.isnan()
        targets, weights = policies[self.policy](labels.nan_to_num(0.0))
        if self.missing == "ignore":
            weights = weights.masked_fill(absent, 0.0)
        return targets, weights

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Mean loss over the labels that teach something; 0 when none does.

        Args:
            logits: (B, K), any floating type; the loss is taken in float32.
            labels: (B, K) in {1, 0, -1, NaN}.
        """
        if logits.shape != labels.shape:
            raise ConfigError(
                f"{tuple(logits.shape)} logits for {tuple(labels.shape)} labels. Expected the same shape."
            )
        targets, weights = self.targets(labels)
        each = losses[self.loss_name](logits.float(), targets, **self.loss_settings)
        total: Tensor = (each * weights).sum()
        return total / weights.sum().clamp(min=1e-8)

    def decode(self, logits: Tensor) -> Tensor:
        """(B, K) logits to (B, K) float32 probabilities: the only sigmoid between a model and a reader."""
        return logits.float().sigmoid()
