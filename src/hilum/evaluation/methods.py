"""The methods paragraph: what one pastes into a paper, written from what the evaluation itself says of its making."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from hilum.evaluation.intervals import FEWEST_PATIENTS, LINES, WITHOUT, closed
from hilum.evaluation.metrics import of_family
from hilum.evaluation.names import MEANS, spoken
from hilum.evaluation.units import IMAGE, PLURAL, counted
from hilum.schema import Evaluation
from hilum.schema.findings import display

Held = Mapping[str, Any]
DETAILS = {
    "auroc": "area under the ROC curve (AUROC)",
    "mcc": "Matthews correlation coefficient (MCC)",
    "negative_predictive_value": "negative predictive value (NPV)",
    "positive_likelihood_ratio": "positive likelihood ratio (LR+)",
    "negative_likelihood_ratio": "negative likelihood ratio (LR−)",
    "partial_auroc": "partial AUROC (false-positive rate up to 0.1, McClish's scale)",
    "expected_calibration_error": "expected calibration error (15 equally wide bins)",
    "integrated_calibration_index": "integrated calibration index (distance to a spline of four knots)",
}  # what a paper must say beyond the name
INTERVALS = {"percentile": "percentile", "bca": "bias-corrected and accelerated (BCa)"}


def methods(evaluation: Evaluation) -> str:
    """A paragraph of plain sentences; what the provenance does not know is not said."""
    held = evaluation.provenance
    sentences = (
        *_images(held),
        *_left_out(held),
        *_measures(evaluation),
        threshold_sentence(held.get("threshold")),
        *_means(held),
        *interval_sentences(evaluation),
        *software(held),
    )
    return " ".join(sentence for sentence in sentences if sentence)


def threshold_sentence(threshold: float | Mapping[str, float] | Sequence[Mapping[str, float]] | None) -> str:
    """How a probability became a call; nothing where that is not known.

    >>> threshold_sentence({"Hernia": 0.0721})
    'A finding was called where its probability reached its own threshold (Hernia 0.0721).'
    """
    if threshold is None:
        return ""
    if isinstance(threshold, Sequence):
        return (
            "A finding was called where its probability reached the threshold of the patient's fold, found on the "
            f"other {len(threshold) - 1} of {len(threshold)} folds of the patients."
        )
    if not isinstance(threshold, Mapping):
        return f"A finding was called where its probability reached {threshold:g}."
    each = [f"{display(name)} {value:.3g}" for name, value in threshold.items()]
    return f"A finding was called where its probability reached its own threshold ({listed_words(each)})."


def _images(held: Held) -> Iterator[str]:
    if "images" in held:
        source = f"the {held['split']} split of " if held.get("split") else ""
        unit = held.get("unit", IMAGE)
        rows = counted(held["images"], held["patients"], unit).replace("images", "chest radiographs (images)")
        hashes = f"split {held['split_hash']}, {PLURAL[unit]} {held['images_hash']}"
        yield f"Predictions were evaluated on {rows} from {source}{held['cohort']} ({hashes})."
        if unit != IMAGE:
            yield (
                f"The images of a {unit} were taken together: its probability is their {held['predictions'][unit]}, "
                "and a finding is present where any of them shows it."
            )


def _left_out(held: Held) -> Iterator[str]:
    kinds = held.get("findings", {}).values()
    uncertain, silent = (sum(each[kind] for each in kinds) for kind in ("uncertain", "not_mentioned"))
    if uncertain or silent:
        yield (
            f"Labels that were uncertain ({uncertain:,}) or not mentioned ({silent:,}) were left out, each for its "
            "finding only."
        )
    without = sum(each["no_probability"] for each in kinds)
    if without:
        yield f"Labels of {_rows(held)} without a probability ({without:,}) were left out, each for its finding only."
    missing = held.get("left_out", {}).get("cohort_images_without_prediction")
    if missing:
        yield f"{missing:,} further {_rows(held)} had no prediction and were left out."


def _measures(evaluation: Evaluation) -> Iterator[str]:
    rows = evaluation.rows
    counts = of_family("count")
    chosen = [name for name in dict.fromkeys(rows.metric) if name not in counts]
    single = rows[~rows.finding.isin(MEANS)]
    each, whole = ([name for name in chosen if (name in set(single.metric)) == own] for own in (True, False))
    if each:
        yield f"For each of {single.finding.nunique()} findings these were measured: {listed_words(words(each))}."
    if whole:
        unit = evaluation.provenance.get("unit", IMAGE)
        yield f"On each {unit}'s findings together these were measured: {listed_words(words(whole))}."


def _means(held: Held) -> Iterator[str]:
    if "macro_over" in held:
        over, findings = held["macro_over"]["all"], len(held["findings"])
        rows = _rows(held)
        yield (
            f"Macro averages are unweighted means over the {over} of {findings} findings with {rows} of both classes; "
            f"weighted averages weight them by {rows} with the finding; micro averages pool all labels."
        )


def interval_sentences(evaluation: Evaluation) -> Iterator[str]:
    """Which intervals are given, of what, and what they leave out."""
    held = evaluation.provenance
    if not held.get("replicates"):
        return
    level = f"{100 * held['level']:g} % confidence intervals"
    exact = words([name for name in closed if name in set(evaluation.rows.metric) and name not in LINES])
    whom = "patients" if held.get("unit") == "patient" else f"patients, not {_rows(held)},"
    drawn = f"{held['replicates']:,} bootstrap replicates in which {whom} were drawn with replacement"
    same = f"(seed {held['seed']}); the same replicates served all measures, findings and subgroups"
    if held["interval"] == "wilson" and exact:
        yield (
            f"{level} of {listed_words(exact)}, and of their averages, are Wilson intervals with an "
            "effective sample size from the jackknife variance over patients, one made-up patient half right and half "
            "wrong added, and a t quantile."
        )
        if set(LINES) & set(evaluation.rows.metric):
            yield "Those of calibration slope and intercept are Student's, their variances clustered by patient."
        if "interval" not in evaluation.rows or drawn_ones(evaluation.rows):
            yield f"All other intervals are percentile intervals, widened as Student's t is, from {drawn} {same}."
    else:
        name = INTERVALS.get(held["interval"], "percentile")
        yield f"{level} are {name} intervals from {drawn} {same}."
    without = [name for name in WITHOUT if name in set(evaluation.rows.metric)]
    if without:
        yield f"No interval is given of {listed_words(words(without))}, which resampling would bias upward."
    if evaluation.rows.subgroup.str.contains(": ").any():
        yield "The interval of the gap between the best and the worst subgroup allows for their choice (Tukey)."
    if "too_few" in evaluation.rows and evaluation.rows.too_few.any():
        yield (
            f"Where fewer than {FEWEST_PATIENTS} patients have a finding or are without it, they are too few for an "
            "interval to be trusted."
        )
    left_out = held.get("replicates_left_out", {}).get("all")
    if left_out:
        one_class = f"in which a finding had {_rows(held)} of one class only"
        yield f"Intervals of means leave out {left_out:,} replicates {one_class}."


def drawn_ones(rows: pd.DataFrame) -> bool:
    """Whether any interval comes from bootstrap replicates."""
    return bool(((rows.interval == "percentile") & rows.low.notna()).any())


def software(held: Held) -> Iterator[str]:
    """Which versions of which packages."""
    if held.get("versions"):
        yield f"Software: {', '.join(f'{name} {number}' for name, number in held['versions'].items())}."


def _rows(held: Held) -> str:
    """What is counted: images, studies or patients."""
    return PLURAL[held.get("unit", IMAGE)]


def words(metrics: list[str]) -> list[str]:
    """The metrics inside a sentence, with what a paper must say beyond their names."""
    return [DETAILS.get(name, spoken(name)) for name in metrics]


def listed_words(names: list[str]) -> str:
    """`a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
