"""What reporting guidelines ask of a paper, filled where the evaluation knows it, and left open where it cannot.

The items are in our own words, after CLAIM (Mongan, Moy & Kahn 2020, Radiology AI 2:e200029; update 2024), STARD-AI
(Sounderajah et al. 2025, Nature Medicine) and TRIPOD+AI (Collins et al. 2024, BMJ 385:e078378). Their own numbers and
wording stand in the guidelines; a journal wants its own form filled.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from hilum.evaluation.export import number
from hilum.evaluation.methods import interval_sentences, threshold_sentence
from hilum.reports.grid import Cell, Column, Grid, Row
from hilum.schema import Evaluation

OPEN = "Open: "
Held = Mapping[str, Any]


def checklist(evaluation: Evaluation) -> Grid:
    """One row an item: what is asked, which guidelines ask it, and what is known here."""
    rows = [Row([Cell(asked), Cell(where), Cell(said)]) for asked, where, said in _items(evaluation)]
    return Grid([Column(name, number=False) for name in ("Asked", "In", "Here")], rows)


def _items(evaluation: Evaluation) -> Iterator[tuple[str, str, str]]:
    held, every = evaluation.provenance, "CLAIM, STARD-AI, TRIPOD+AI"
    yield "Aim and intended use; the clinical role of the model", every, f"{OPEN}to be written by the authors."
    yield (
        "Where and when the images were made",
        every,
        f"{OPEN}the dataset '{held.get('cohort')}' as its owner describes it.",
    )
    yield "Who was eligible, who was left out and why", every, _left_out(held)
    yield "Who was measured", every, _who(held)
    yield (
        "The reference standard: who labeled, from what, how disagreement was settled",
        every,
        (f"{OPEN}see the dataset's description; agreement of readers with `hilum readers`."),
    )
    yield "Whether those who labeled knew the model's output", "STARD-AI", f"{OPEN}not known to the tool."
    yield "How the data were split, and that no patient stands in two parts", every, _split(held)
    yield "The model: architecture, inputs, weights, software", "CLAIM, TRIPOD+AI", _model(held)
    yield "How it was trained and chosen", "CLAIM, TRIPOD+AI", f"{OPEN}recipe and log of the Run, where it is Hilum's."
    yield (
        "How a threshold was chosen, and on which data",
        every,
        (f"{threshold_sentence(held.get('threshold'))} {OPEN}say on which data it was chosen."),
    )
    yield "Sample size", every, _size(evaluation)
    yield "Uncertain and missing labels", every, _unsure(held)
    yield "Measures with intervals", every, " ".join(interval_sentences(evaluation)) or f"{OPEN}no interval was made."
    yield (
        "Calibration",
        "TRIPOD+AI",
        _measured(evaluation, "calibration_slope", "slope, intercept, observed to expected"),
    )
    yield "Fairness: results by subgroup", "CLAIM, TRIPOD+AI", _groups(evaluation)
    yield (
        "Errors, and examples of them",
        "CLAIM, STARD-AI",
        ("The worst errors are listed." if evaluation.curves.get("worst_errors") else f"{OPEN}none was kept."),
    )
    yield (
        "Test on other hospitals' images",
        "CLAIM, TRIPOD+AI",
        f"{OPEN}is this cohort another hospital's than training?",
    )
    yield (
        "Where code, model and data can be had; funding; registration; ethics",
        every,
        f"{OPEN}to be written by the authors.",
    )


def _left_out(held: Held) -> str:
    counts = {name.replace("_", " "): count for name, count in held.get("left_out", {}).items() if count}
    said = "; ".join(f"{number(count, 0)} {name}" for name, count in counts.items()) or "none by the tool"
    return f"Left out here: {said}. {OPEN}what was left out before the dataset was made."


def _who(held: Held) -> str:
    if "images" not in held:
        return f"{OPEN}not known."
    return f"{number(held['images'], 0)} images of {number(held['patients'], 0)} patients; see the first table."


def _split(held: Held) -> str:
    splits = ", ".join(f"{number(count, 0)} {name}" for name, count in held.get("images_by_split", {}).items())
    return f"By split: {splits} (hash {held.get('split_hash')})." if splits else f"{OPEN}not known."


def _model(held: Held) -> str:
    made = held.get("predictions", {})
    name = made.get("recipe")
    return (
        f"Recipe {name}; see Provenance." if name else f"{OPEN}the predictions came as a table; nothing is known of it."
    )


def _size(evaluation: Evaluation) -> str:
    rows = evaluation.rows
    rows = rows[(rows.subgroup == "all") & (rows.metric == "auroc") & (rows.finding == "macro") & rows.low.notna()]
    if not len(rows):
        return f"{OPEN}no planned precision is known."
    width = float((rows.high - rows.low).iloc[0])
    return (
        f"The 95 % interval of the mean AUROC is {number(width, 3)} wide; with twice the patients it would be about "
        f"{number(width / 2**0.5, 3)}, with four times {number(width / 2, 3)}. {OPEN}the size planned beforehand."
    )


def _unsure(held: Held) -> str:
    kinds = held.get("findings", {}).values()
    counts = [sum(each[kind] for each in kinds) for kind in ("uncertain", "not_mentioned", "no_probability")]
    return (
        f"{number(counts[0], 0)} uncertain and {number(counts[1], 0)} not mentioned labels, and {number(counts[2], 0)} "
        "without a probability, were left out, each for its finding."
        + (" What counting them would change stands beside the findings." if held.get("sensitivity") else "")
    )


def _measured(evaluation: Evaluation, metric: str, words: str) -> str:
    return f"Measured: {words}." if metric in set(evaluation.rows.metric) else f"{OPEN}not measured."


def _groups(evaluation: Evaluation) -> str:
    groups = [name for name in dict.fromkeys(evaluation.rows.subgroup) if "=" in name]
    kinds = sorted({name.split("=")[0].replace("_", " ") for name in groups})
    return f"Measured by {', '.join(kinds)}." if kinds else f"{OPEN}no subgroup was measured."
