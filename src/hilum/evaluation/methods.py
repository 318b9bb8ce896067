"""The methods paragraph: what one pastes into a paper, written from what the evaluation itself says of its making."""

from collections.abc import Iterator, Mapping
from typing import Any

from hilum.evaluation.metrics import counted
from hilum.schema import Evaluation
from hilum.schema.findings import display

WORDS = {
    "auroc": "area under the ROC curve",
    "partial_auroc": "partial area under the ROC curve (false-positive rate up to 0.1, McClish's scale)",
    "f1": "F1",
    "mcc": "Matthews correlation coefficient",
    "lrap": "label-ranking average precision",
    "brier": "Brier score",
    "recall": "recall (sensitivity)",
    "precision": "precision (positive predictive value)",
    "hamming_loss": "Hamming loss",
    "expected_calibration_error": "expected calibration error (15 equally wide bins)",
    "cohen_kappa": "Cohen's kappa",
}
METHODS = {"percentile": "percentile", "bca": "bias-corrected and accelerated (BCa)"}


def methods(evaluation: Evaluation) -> str:
    """A paragraph of plain sentences; what the provenance does not know is not said."""
    return " ".join(_sentences(evaluation))


def _sentences(evaluation: Evaluation) -> Iterator[str]:
    held = evaluation.provenance
    side = f"the {held['split']} split of " if held.get("split") else ""
    yield (
        f"Predictions were evaluated on {held['films']:,} chest radiographs of {held['patients']:,} patients from "
        f"{side}{held['cohort']} (split {held['split_hash']}, films {held['films_hash']})."
    )
    yield from _left_out(held)
    chosen = [name for name in dict.fromkeys(evaluation.rows.metric) if name not in set(counted)]
    yield f"Measured were {_listed([WORDS.get(name, name.replace('_', ' ')) for name in chosen])}."
    yield _threshold(held["threshold"])
    over, findings = held["macro_over"]["all"], len(held["findings"])
    yield (
        f"Macro averages are unweighted means over the {over} of {findings} findings with films of both classes; micro "
        "averages pool all labels."
    )
    yield (
        f"{100 * held['level']:g} % confidence intervals are {METHODS[held['interval']]} intervals from "
        f"{held['replicates']:,} bootstrap replicates in which patients, not films, were drawn with replacement "
        f"(seed {held['seed']}); the same replicates served all measures, findings and subgroups."
    )
    versions = held.get("versions", {})
    if versions:
        yield f"Software: {', '.join(f'{name} {number}' for name, number in versions.items())}."


def _left_out(held: Mapping[str, Any]) -> Iterator[str]:
    uncertain = sum(kinds["uncertain"] for kinds in held["findings"].values())
    silent = sum(kinds["not_mentioned"] for kinds in held["findings"].values())
    if uncertain or silent:
        yield (
            f"Labels that were uncertain ({uncertain:,}) or not mentioned ({silent:,}) were left out, each for its "
            "finding only."
        )
    missing = held["left_out"]["cohort_films_without_prediction"]
    if missing:
        yield f"{missing:,} further films had no prediction and were left out."


def _threshold(threshold: float | Mapping[str, float]) -> str:
    if not isinstance(threshold, Mapping):
        return f"A finding was called where its probability reached {threshold:g}."
    each = [f"{display(name)} {value:.3g}" for name, value in threshold.items()]
    return f"A finding was called where its probability reached its own threshold ({_listed(each)})."


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
