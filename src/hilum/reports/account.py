"""An evaluation's provenance in words: what was measured, what was left out, and where it comes from."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hilum.reports.grid import number
from hilum.reports.measures import findings_of, measured, title
from hilum.schema import Evaluation
from hilum.schema.findings import display

Held = Mapping[str, Any]
INTERVALS = {"bca": "bias-corrected and accelerated (BCa)", "percentile": "percentile"}
NOT_SHOWN = (
    *("notes", "left_out", "findings", "threshold", "macro_over", "small_groups"),  # they have their own places
    "run_folder",  # where on someone's machine
)


def methods(evaluation: Evaluation) -> str:
    """A paragraph for a paper's methods section; what is not known is left out, never made up."""
    held = evaluation.provenance
    sentences = (
        _films(held),
        _labels(evaluation),
        _metrics(evaluation),
        _thresholds(held),
        _intervals(held),
        _made(held),
    )
    return " ".join(sentence for sentence in sentences if sentence)


def provenance_facts(held: Held) -> list[tuple[str, str]]:
    """Every entry of a provenance as a name and a text, nested ones under their path."""
    lines = (line for key in held if key not in NOT_SHOWN for line in _flat(key, held[key]))
    return [(_words(path), text) for path, text in lines if text not in ("", "null")]


def threshold_sentence(held: Held) -> str:
    """How a probability becomes a call."""
    threshold = held.get("threshold")
    if isinstance(threshold, Mapping):
        points = ", ".join(f"{display(name)} {number(value)}" for name, value in threshold.items())
        return f"A finding is called when its probability reaches its own threshold: {points}."
    return f"A finding is called when its probability reaches {threshold:g}." if threshold is not None else ""


def _films(held: Held) -> str:
    if "films" not in held:
        return ""
    patients = f" of {number(held['patients'], 0)} patients" if "patients" in held else ""
    cohort = f" from {held['cohort']}" if held.get("cohort") else ""
    split = f" ({held['split']} split, hash {held.get('split_hash')})" if held.get("split") else ""
    return f"Performance was measured on {number(held['films'], 0)} chest radiographs{patients}{cohort}{split}."


def _labels(evaluation: Evaluation) -> str:
    count = len(findings_of(evaluation))
    return f"{count} findings were measured; a film whose label is uncertain or missing was left out for that finding."


def _metrics(evaluation: Evaluation) -> str:
    names = [title(name) for name in measured(evaluation) if not name.endswith(("positives", "negatives"))]
    return f"Measures were {', '.join(names)}, per finding and averaged over findings (macro)."


def _thresholds(held: Held) -> str:
    threshold = held.get("threshold")
    if isinstance(threshold, Mapping):
        return "Calls were made at a threshold fixed for each finding."
    return f"Calls were made at a probability of {threshold:g}." if threshold is not None else ""


def _intervals(held: Held) -> str:
    if not held.get("replicates"):
        return ""
    kind, level = INTERVALS.get(held["interval"], held["interval"]), f"{100 * held['level']:g} %"
    drawn = f"with {number(held['replicates'], 0)} replicates (seed {held['seed']})"
    return f"Intervals are {level} {kind} intervals from a bootstrap over patients {drawn}."


def _made(held: Held) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in held.get("versions", {}).items())
    return f"Software: {versions}." if versions else ""


def _flat(path: str, value: object) -> Iterator[tuple[str, str]]:
    """A nested value as lines: versions and other plain dicts on one, deeper ones under their path."""
    if isinstance(value, dict):
        shown = {key: item for key, item in value.items() if key not in NOT_SHOWN}
        if all(isinstance(item, (str, int, float)) for item in shown.values()):
            yield path, ", ".join(f"{key} {item}" for key, item in shown.items())
        else:
            for key, item in shown.items():
                yield from _flat(f"{path}, {key}", item)
    elif isinstance(value, (list, tuple)):
        yield path, ", ".join(str(item) for item in value)
    else:
        yield path, value if isinstance(value, str) else json.dumps(value, default=str)


def _words(path: str) -> str:
    text = path.replace("_", " ")
    return text[:1].upper() + text[1:]
