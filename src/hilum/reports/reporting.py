"""What reporting guidelines ask of a paper, filled where the evaluation knows it, and left open where it cannot.

The items are in our own words, with their numbers in STARD-AI (Sounderajah et al. 2025, Nature Medicine 31:3283-3289)
and TRIPOD+AI (Collins et al. 2024, BMJ 385:e078378). Of CLAIM (2024 update: Tejani et al., Radiology: Artificial
Intelligence 6:e240300) it is said only that it asks: its new numbers could not be verified. A journal wants its own
form filled.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hilum.evaluation.export import number
from hilum.evaluation.methods import interval_sentences, threshold_sentence
from hilum.evaluation.units import IMAGE, counted
from hilum.reports.grid import Cell, Column, Grid, Row
from hilum.schema import Evaluation

OPEN = "Open: "
ASKED = "yes"
Held = Mapping[str, Any]


class Item(NamedTuple):
    """One thing that guidelines ask.

    Args:
        asked: what, in our words.
        claim: whether CLAIM asks it.
        stard: its numbers in STARD-AI; empty where that does not ask it.
        tripod: its numbers in TRIPOD+AI; empty where that does not ask it.
        said: what is known here.
    """

    asked: str
    claim: bool
    stard: str
    tripod: str
    said: str


def checklist(evaluation: Evaluation) -> Grid:
    """One row an item: what is asked, where, and what is known here."""
    rows = [
        Row([Cell(one.asked), Cell(ASKED if one.claim else ""), Cell(one.stard), Cell(one.tripod), Cell(one.said)])
        for one in (*_design(evaluation), *_results(evaluation))
    ]
    return Grid([Column(name, number=False) for name in ("Asked", "CLAIM", "STARD-AI", "TRIPOD+AI", "Here")], rows)


def _design(evaluation: Evaluation) -> Iterator[Item]:
    """What a paper's methods say."""
    held, authors = evaluation.provenance, f"{OPEN}to be written by the authors."
    owner = f"{OPEN}the dataset '{held.get('cohort')}' as its owner describes it."
    readers = f"{OPEN}see the dataset's description; agreement of readers: hilum readers."
    log = f"{OPEN}recipe and log of the Run, where it is Hilum's."
    cut = f"{threshold_sentence(held.get('threshold'))} {OPEN}say on which data it was chosen."
    yield Item("Aim and intended use; the clinical role of the model", True, "3, 4, 15d", "3a, 3b, 4", authors)
    yield Item("Where and when the images were made", True, "9, 11, 13", "5a, 5b, 6a", owner)
    yield Item("Who was eligible, who was left out and why", True, "7, 24", "6b, 20a", _left_out(held))
    yield Item(
        "The reference standard: who labeled, from what, how disagreement was settled",
        True, "12, 16a, 16b", "8a, 8b", readers,
    )  # fmt: skip
    yield Item("Whether those who labeled knew the model's output", False, "17b", "8c", f"{OPEN}not known to the tool.")
    yield Item("How the data were split, and that no patient stands in two parts", True, "15b", "12a", _split(held))
    yield Item("The model: architecture, inputs, weights, software", True, "13, 15a", "12c, 22", _model(held))
    yield Item("How it was trained and chosen", True, "15b", "12c", log)
    yield Item("How a threshold was chosen, and on which data", True, "15c", "15", cut)
    yield Item("Sample size", True, "22", "10", _size(evaluation))
    yield Item("Uncertain and missing labels", True, "19, 20", "11", _unsure(held))
    yield Item(
        "Where code, model and data can be had; funding; registration; ethics",
        True, "6, 36-40a", "17, 18a-18f", authors,
    )  # fmt: skip


def _results(evaluation: Evaluation) -> Iterator[Item]:
    """What a paper's results say."""
    held, measured = evaluation.provenance, set(evaluation.rows.metric)
    errors = "The worst errors are listed." if evaluation.curves.get("worst_errors") else f"{OPEN}none was kept."
    intervals = " ".join(interval_sentences(evaluation)) or f"{OPEN}no interval was made."
    counted = "true_positives" in measured
    line = "calibration_slope" in measured
    yield Item("Who was measured", True, "25", "20b", _who(held))
    yield Item("Measures with intervals", True, "18, 31", "12e, 23a", intervals)
    yield Item("Calls counted by label", True, "30", "", "See At the threshold." if counted else f"{OPEN}not counted.")
    yield Item(
        "Calibration", False, "", "12e",
        "Measured: slope, intercept, observed to expected." if line else f"{OPEN}not measured.",
    )  # fmt: skip
    yield Item("Fairness: results by subgroup", True, "23", "14, 23a", _groups(evaluation))
    yield Item("Errors, and examples of them", True, "23", "", errors)
    yield Item(
        "Test on other hospitals' images",
        True,
        "29",
        "16, 20c",
        f"{OPEN}is this cohort another hospital's than training?",
    )


def _left_out(held: Held) -> str:
    counts = {name.replace("_", " "): count for name, count in held.get("left_out", {}).items() if count}
    said = "; ".join(f"{number(count, 0)} {name}" for name, count in counts.items()) or "none by the tool"
    return f"Left out here: {said}. {OPEN}what was left out before the dataset was made."


def _who(held: Held) -> str:
    if "images" not in held:
        return f"{OPEN}not known."
    return f"{counted(held['images'], held['patients'], held.get('unit', IMAGE))}; see the first table."


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


def _groups(evaluation: Evaluation) -> str:
    groups = [name for name in dict.fromkeys(evaluation.rows.subgroup) if "=" in name]
    kinds = sorted({name.split("=")[0].replace("_", " ") for name in groups})
    return f"Measured by {', '.join(kinds)}." if kinds else f"{OPEN}no subgroup was measured."
