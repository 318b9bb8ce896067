"""How models were compared, in sentences that one pastes into a paper, from what the comparison says of its making."""

from collections.abc import Iterator, Mapping
from typing import Any

from hilum.evaluation.compare import Comparison
from hilum.evaluation.export import number, p_value
from hilum.evaluation.intervals import LINES, closed
from hilum.evaluation.methods import INTERVALS, drawn_ones, listed_words, software, threshold_sentence, words
from hilum.evaluation.metrics import of_family
from hilum.evaluation.units import IMAGE, PLURAL, counted

Held = Mapping[str, Any]
TESTS = {
    "interval": "P of a difference is the level at which its interval would touch 0",
    "permutation": "P is from a permutation test in which patients' predictions change hands between the two models",
    "delong": "P is from DeLong's test with patients as clusters, of means with the covariances between findings",
}
CORRECTIONS = {"holm": "Holm", "benjamini_hochberg": "Benjamini and Hochberg"}


def comparison_methods(comparison: Comparison) -> str:
    """A paragraph of plain sentences; what the provenance does not know is not said."""
    sentences = (
        *_what(comparison.provenance),
        *_intervals(comparison),
        *_p(comparison.provenance),
        *(_points(comparison.provenance) if set(comparison.table.metric) & at_a_threshold() else ()),
        *_readers(comparison),
        *software(comparison.provenance),
    )
    return " ".join(sentences)


def at_a_threshold() -> set[str]:
    """The metrics that look at calls."""
    return {*of_family("call"), *of_family("count"), "hamming_loss", "exact_match"}


def _what(held: Held) -> Iterator[str]:
    unit = held.get("unit", IMAGE)
    rows = f"{number(held['images'], 0)} {PLURAL[unit]}"
    rows = counted(held["images"], held["patients"], unit) if "patients" in held else rows
    yield f"All models were measured on the same {rows}."
    yield f"A difference is a model less {held['reference']}, patient by patient."


def _intervals(comparison: Comparison) -> Iterator[str]:
    held = comparison.provenance
    level = f"{100 * held.get('level', 0.95):g} % confidence intervals"
    exact = [name for name in dict.fromkeys(comparison.table.metric) if name in closed and name not in LINES]
    drawn = f"{number(held['replicates'], 0)} bootstrap replicates over patients (seed {held.get('seed', 0)})"
    if held.get("interval") == "wilson" and exact:
        yield (
            f"{level} of {listed_words(words(exact))} are Wilson intervals with an effective sample size from the "
            "jackknife variance over patients; of their differences, Newcombe's from both ends for rates, else "
            "Student's t with the paired variance."
        )
        if "interval" not in comparison.table or drawn_ones(comparison.table):
            yield (
                f"All other intervals are percentile intervals, widened as Student's t is, from {drawn}, of "
                "differences from the paired ones."
            )
    else:
        kind = INTERVALS.get(held.get("interval", ""), "percentile")
        yield f"{level} are {kind} intervals from {drawn}, of differences from the paired ones."


def _p(held: Held) -> Iterator[str]:
    correction, test = CORRECTIONS.get(held["correction"], held["correction"]), TESTS[held["test"]]
    yield (
        f"{test}, corrected after {correction} over the findings and models of a measure, and of a mean over the "
        "models."
    )
    fewest = {"permutation": 1}.get(held["test"], 2 if held.get("interval") in ("percentile", "bca") else 0)
    if fewest and held["test"] != "delong":
        yield f"So many replicates can show no p below {p_value(fewest / (held['replicates'] + 1))}."


def _points(held: Held) -> Iterator[str]:
    points = held.get("threshold")
    if not isinstance(points, Mapping):
        return
    each = {model: threshold_sentence(point) for model, point in points.items()}
    if len(set(each.values())) == 1:
        yield next(iter(each.values()))
    else:
        yield from (f"{model}: {sentence}" for model, sentence in each.items())


def _readers(comparison: Comparison) -> Iterator[str]:
    if len(comparison.readers):
        yield (
            "At a reader's operating point the model's ROC curve is read where it has the reader's specificity (or "
            "recall), anew in each bootstrap replicate over patients; intervals are percentile intervals, p corrected "
            "over all findings, readers and models."
        )
