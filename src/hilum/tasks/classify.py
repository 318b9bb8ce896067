"""Classify: is each finding there or not, on the image as a whole."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
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
from hilum.registry import register, settings_of
from hilum.registry.component import component
from hilum.schema import Cohort, ConfigError, Findings, Predictions
from hilum.tasks import teaching
from hilum.tasks.decoders.labels import probabilities
from hilum.tasks.hierarchy import Hierarchy
from hilum.tasks.label_counts import checked, sums
from hilum.tasks.layout import Layout
from hilum.tasks.per_finding import each
from hilum.tasks.registries import losses
from hilum.tasks.task import OWN, Direction, Records
from hilum.tasks.teaching import Missing, Policy

LEARNED = ("a", "b", "alpha")  # keywords of losses that are learned with the network
FILLED = ("counts", "weights", *LEARNED)  # keywords of losses that the task fills
OUTPUT = "labels"
NOTHING: Mapping[str, Tensor] = {}


def _complete_loss(given: Any) -> Any:
    """A loss by its name, or its name with keywords, checked and completed."""
    return component(given, losses, "task.loss", supplied=FILLED)


Loss = Annotated[dict[str, Any], BeforeValidator(_complete_loss)]


@register
def classify(
    *,
    findings: Findings,
    policy: Policy = "ignore",
    missing: Missing = "ignore",
    loss: Loss = {"name": "bce"},  # noqa: B006  read, never changed
    parents: str | dict[str, str] | None = None,
    given_parents: bool = True,
) -> "Classify":
    """Is each finding there or not, on the image as a whole.

    Args:
        findings: the K names; filled from the recipe's findings.
        policy: what an uncertain label (-1) teaches (`hilum ls policies`): one for all, or one a finding, as in
            {Atelectasis: ones, Edema: {name: smoothed, low: 0.6}, others: zeros}.
        missing: what a label that the source does not mention (NaN) teaches: `ignore`, nothing; `zeros`, that the
            finding is absent; one for all, or by a finding's name. A report that does not mention a finding usually
            means absence (CheXpert's blanks); a cohort whose owner never looked for a finding does not.
        loss: a loss and its keywords (`hilum ls losses`); those that may differ from finding to finding also by name,
            as in {name: bce, pos_weight: {Hernia: 5, others: 1}}.
        parents: which finding is a kind of which: `chexpert`, or each child's parent, as in {Edema: Lung Opacity}; null
            for none. A child's label implies its parents', and its probability is never larger than theirs.
        given_parents: of findings with parents: true learns a child only from images that have its parent, false from
            all images, by the product of the probabilities on the way up.
    """
    settings = _complete_loss(loss)
    name = settings.pop("name")
    return Classify(
        findings,
        teaching.policy_each(policy, findings),
        each(missing, findings, "ignore", "task.missing"),
        name,
        _resolved(name, settings, findings),
        None if parents is None else Hierarchy.of(parents, findings, given_parents=given_parents),
    )


# B images, N images of a cohort, K findings, W logits
@dataclass(frozen=True)
class Classify:
    """Labels to targets, logits to a loss, logits to probabilities.

    Args:
        findings: the K names, in the order of labels and probabilities.
        policies: K of them, each a name in the registry of policies with its settings.
        missing: K times what a label that the source does not mention teaches, `ignore` or `zeros`.
        loss_name: a name in `losses`.
        loss_settings: its keywords; one number a finding where they differ from finding to finding.
        hierarchy: which finding stands under which; None for none.
        counts: (K, 2) weight of present and absent labels among those to learn from; None before they are known.
        said: what the first Runs say, by their folder, for policies that ask for it.
    """

    findings: Findings
    policies: tuple[teaching.Component, ...]
    missing: tuple[str, ...]
    loss_name: str = "bce"
    loss_settings: Mapping[str, Any] = field(default_factory=dict)
    hierarchy: Hierarchy | None = None
    counts: Tensor | None = None
    said: Mapping[str, Predictions] = field(default_factory=dict)
    kind: Literal["labels"] = "labels"
    figures: Mapping[str, Direction] = field(
        default_factory=lambda: {"auroc": "max", "log_loss": "min"}  # each a mean over findings
    )

    def __post_init__(self) -> None:
        if self.hierarchy is not None and not self.hierarchy.given_parents and not self.layout.plain:
            raise ConfigError(
                "task.given_parents: false joins one logit a finding, and the policy multiclass has three. Expected "
                "given_parents: true, or another policy."
            )

    @cached_property
    def layout(self) -> Layout:
        """Which logits belong to which finding."""
        return Layout(tuple(policy["name"] == teaching.THREE for policy in self.policies))

    # --- before learning ---------------------------------------------------------------------------------------------

    def teachers(self) -> dict[str, list[str]]:
        """The folders of first Runs that the policies ask for, each with the findings of which it is to speak."""
        return teaching.teachers(self.policies, self.findings)

    def taught_by(self, said: Mapping[str, Predictions]) -> "Classify":
        """The same task, knowing what its first Runs say."""
        return replace(self, said=said)

    def targets(self, cohort: Cohort, preprocess: Preprocess) -> Targets:  # noqa: ARG002  labels have no place
        """`labels` (N, K) in [0, 1], `weights` (N, K) >= 0, and `uncertain` (N, K) where that is a class of its own."""
        labels = torch.from_numpy(cohort.labels_for(self.findings))
        if self.hierarchy is not None:
            labels = self.hierarchy.implied(labels)
        targets, weights = teaching.taught(labels, self.policies, self.missing, self._said(cohort))
        if self.hierarchy is not None and self.hierarchy.given_parents:
            weights = self.hierarchy.only_given_parents(targets, weights)
        if self.layout.plain:
            return {"labels": targets, "weights": weights}
        uncertain = (labels == -1) & torch.tensor(self.layout.three)
        return {"labels": targets, "weights": weights, "uncertain": uncertain.float()}

    def check(self, train: Targets, val: Targets) -> list[str]:
        """Findings that cannot be learned or measured; an error when there is no other."""
        return checked(self.findings, train, val)

    def learning_from(self, train: Targets) -> "Classify":
        """The same task, with the counts of these labels."""
        return replace(self, counts=sums(train))

    # --- learning ----------------------------------------------------------------------------------------------------

    def parameters(self) -> nn.ParameterDict:
        """What the loss learns beside the network, (K,) each, from 0; empty for most losses."""
        wanted = inspect.signature(losses[self.loss_name]).parameters
        return nn.ParameterDict({name: torch.zeros(len(self.findings)) for name in LEARNED if name in wanted})

    def outputs(self) -> Mapping[str, int]:
        """One logit a finding, or three where uncertain is a class of its own."""
        return {OUTPUT: self.layout.width}

    def step(self, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Forward, and the mean loss over the labels that teach something; 0 when none does."""
        logits = model(**batch.inputs)[OUTPUT]
        own = getattr(model, OWN, None)  # a head fitted at once, whose loss is only told, has none
        learned = dict((self.parameters() if own is None else own).to(logits.device))
        loss = self.loss(logits, batch.targets, learned)
        return {"loss": loss, "weight": batch.targets["weights"].sum()}

    def loss(self, logits: Tensor, targets: Targets, learned: Mapping[str, Tensor] = NOTHING) -> Tensor:
        """The loss, taken in float32.

        Args:
            logits: (B, W), any floating type.
            targets: as `targets` gives them, of these images.
            learned: what the loss learns beside the network, as `parameters` gave it.
        """
        logits, labels, weights = logits.float(), targets["labels"], targets["weights"]
        if logits.shape != (len(labels), self.layout.width):
            raise ConfigError(
                f"{tuple(logits.shape)} logits for {tuple(labels.shape)} labels. Expected the same shape, with three "
                "logits for each finding whose policy is multiclass."
            )
        evidence = self.layout.evidence(logits)  # (B, K)
        if self.hierarchy is not None and not self.hierarchy.given_parents:
            evidence = self.hierarchy.whole(evidence)
        three = torch.tensor(self.layout.three, device=logits.device)  # (K,)
        single = weights * ~three  # of the labels that the recipe's loss is about
        values = self._values(evidence, labels, single, {"counts": self._counts(targets), **learned})
        total = values * single.sum() if values.ndim == 0 else (values * single).sum()
        if three.any():
            total = total + (self._of_three(logits, targets, three) * weights[:, three]).sum()
        mean: Tensor = total / weights.sum().clamp(min=1e-8)
        return mean

    def _values(self, evidence: Tensor, labels: Tensor, weights: Tensor, known: Mapping[str, Tensor]) -> Tensor:
        """What the recipe's loss gives: (B, K), or a scalar."""
        function = losses[self.loss_name]
        wanted = inspect.signature(function).parameters
        filled = {name: value for name, value in {"weights": weights, **known}.items() if name in wanted}
        values: Tensor = function(evidence, labels, **self.loss_settings, **filled)
        return values

    def _of_three(self, logits: Tensor, targets: Targets, three: Tensor) -> Tensor:
        """(B, T) cross-entropy of absent, present and uncertain, of the findings that tell the three apart."""
        present, uncertain = targets["labels"][:, three], targets["uncertain"][:, three]
        wanted = torch.stack([1 - present - uncertain, present, uncertain], dim=-1)
        cost: Tensor = -(wanted * self.layout.triples(logits).log_softmax(dim=-1)).sum(dim=-1)
        return cost

    def _counts(self, targets: Targets) -> Tensor:
        return sums(targets) if self.counts is None else self.counts

    # --- what is said ------------------------------------------------------------------------------------------------

    def decode(self, raw: Mapping[str, NDArray[Any]], frames: Sequence[Frame]) -> NDArray[np.float32]:  # noqa: ARG002
        """(B, K) probabilities."""
        contrasts = None if self.layout.plain else self.layout.contrasts()
        return probabilities(raw[OUTPUT], contrasts, None if self.hierarchy is None else self.hierarchy.paths())

    def contrasts(self) -> NDArray[np.float32]:
        """(K, W), the sum of logits that speaks for each finding, which is what a heatmap explains.

        Of a finding with a parent it is what speaks for it given the parent.
        """
        return self.layout.contrasts()

    def predictions(self, image_ids: Sequence[str], records: Records, **header: Any) -> Predictions:
        """A table of one row an image, one column a finding."""
        rows = np.reshape(np.asarray(records, np.float32), (-1, len(self.findings)))
        table = pd.DataFrame(rows, columns=list(self.findings))
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
        return {name: float(np.nanmean(one)) if np.isfinite(one).any() else np.nan for name, one in values.items()}

    def _said(self, cohort: Cohort) -> dict[int, Tensor]:
        """By a finding's place what its first Run says of these images."""
        ids, found = cohort.images.image_id.tolist(), {}
        for folder, findings in self.teachers().items():
            if folder not in self.said:
                raise ConfigError(f"Nobody has asked {folder} about these images. Give the task to `taught_by` first.")
            for name in findings:
                found[self.findings.position(name)] = teaching.said_of(ids, self.said[folder], name)
        return found


def _resolved(loss: str, settings: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    """The loss's settings, those written by name or one a finding as (K,) numbers in the findings' order."""
    form = settings_of(losses[loss], FILLED).model_fields
    return {
        name: each(value, findings, form[name].default, f"task.loss.{name}")
        if isinstance(value, (dict, list))
        else value
        for name, value in settings.items()
    }
