"""An evaluation's provenance in words: what was measured, what was left out, and where it comes from."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hilum.reports.grid import number
from hilum.reports.measures import findings_of, measured, title
from hilum.schema import Evaluation
from hilum.schema.findings import display

Held = Mapping[str, Any]
LEFT_OUT = {
    "predictions_not_in_cohort": "predicted images that are not in the cohort",
    "predictions_of_other_splits": "predicted images of other splits",
    "cohort_images_without_prediction": "images of the cohort without a prediction",
    "unreadable_images": "images that could not be read",
}
INTERVALS = {"bca": "bias-corrected and accelerated (BCa)", "percentile": "percentile"}
TOLD_ELSEWHERE = ("left_out", "findings", "threshold", "macro_over")


def notes(held: Held) -> list[str]:
    """What was filtered and left out, a sentence each; empty when the provenance says nothing of it."""
    return [*held.get("cohort", {}).get("notes", []), *_left_out(held), *_not_shared(held)]


def methods(evaluation: Evaluation) -> str:
    """A paragraph for a paper's methods section; what is not known is left out, never made up."""
    held = evaluation.provenance
    sentences = (
        _images(held),
        _labels(evaluation),
        _metrics(evaluation),
        _thresholds(held),
        _intervals(held),
        _made(held),
    )
    return " ".join(sentence for sentence in sentences if sentence)


def provenance_facts(held: Held) -> list[tuple[str, str]]:
    """Every entry of a provenance as a name and a text, nested ones under their path."""
    return [(_words(path), text) for key in held if key not in TOLD_ELSEWHERE for path, text in _flat(key, held[key])]


def common_threshold(held: Held) -> float | None:
    """The threshold when every finding has the same one."""
    values = set(held.get("threshold", {}).values())
    return float(values.pop()) if len(values) == 1 else None


def threshold_sentence(held: Held) -> str:
    """How a probability becomes a call."""
    common, each = common_threshold(held), held.get("threshold", {})
    if common is not None:
        return f"A finding is called when its probability reaches {common:g}."
    points = ", ".join(f"{display(name)} {number(value)}" for name, value in each.items())
    return f"A finding is called when its probability reaches its own threshold: {points}." if points else ""


def _left_out(held: Held) -> Iterator[str]:
    for key, count in held.get("left_out", {}).items():
        if count:
            yield f"Left out: {number(count, 0)} {LEFT_OUT.get(key, key.replace('_', ' '))}."


def _not_shared(held: Held) -> Iterator[str]:
    for key, words in (
        ("findings_not_labeled", "predicted but not labeled"),
        ("findings_not_predicted", "labeled but not predicted"),
    ):
        if held.get(key):
            yield f"Findings {words}, not measured: {', '.join(map(display, held[key]))}."


def _images(held: Held) -> str:
    if "images" not in held:
        return ""
    patients = f" of {number(held['patients'], 0)} patients" if "patients" in held else ""
    cohort = f" from {held['cohort']['name']}" if held.get("cohort") else ""
    split = f" ({held['split']} split, hash {held.get('split_hash')})" if held.get("split") else ""
    return f"Performance was measured on {number(held['images'], 0)} chest radiographs{patients}{cohort}{split}."


def _labels(evaluation: Evaluation) -> str:
    count = len(findings_of(evaluation))
    return (
        f"{count} findings were measured; an image whose label is uncertain or missing was left out for that finding."
    )


def _metrics(evaluation: Evaluation) -> str:
    names = [title(name) for name in measured(evaluation) if not name.endswith(("positives", "negatives"))]
    return f"Measures were {', '.join(names)}, per finding and averaged over findings (macro)."


def _thresholds(held: Held) -> str:
    common = common_threshold(held)
    if common is not None:
        return f"Calls were made at a probability of {common:g}."
    return "Calls were made at a threshold fixed for each finding." if held.get("threshold") else ""


def _intervals(held: Held) -> str:
    interval = held.get("interval", {})
    if not interval:
        return ""
    kind, level = INTERVALS.get(interval["method"], interval["method"]), f"{100 * interval['level']:g} %"
    drawn = f"with {number(interval['replicates'], 0)} replicates (seed {interval['seed']})"
    return f"Intervals are {level} {kind} intervals from a bootstrap over {interval['over']} {drawn}."


def _made(held: Held) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in held.get("versions", {}).items())
    return f"Software: {versions}." if versions else ""


def _flat(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(f"{path}, {key}", item)
    elif isinstance(value, (list, tuple)):
        if value and not path.endswith(", notes"):
            yield path, ", ".join(str(item) for item in value)
    elif value not in (None, ""):
        yield path, value if isinstance(value, str) else json.dumps(value, default=str)


def _words(path: str) -> str:
    text = path.replace("_", " ")
    return text[:1].upper() + text[1:]
