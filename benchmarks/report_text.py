"""Findings in words, beside texts that were copied or retrieved: which findings each states, and which are not there.

    python benchmarks/report_text.py data/openi_reports > benchmarks/results/report-text.md

`data/openi_reports` holds Open-i's reports (`indiana_reports.csv` or the owner's XML). There are no images, so no model
is judged: each text is made for a report of which the coded findings (MeSH, by hand) are known. Judged is the step from
a reading to words. Every text, the radiologist's own among them, is read back by the same rules (`stated`), and what it
states is compared with the codes. No text of a report is printed.
"""

import argparse
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from hilum.datasets import datasets
from hilum.outputs import documents
from hilum.outputs.similar import likeness_of
from hilum.schema import Assessment, Reading
from hilum.schema.findings import NIH14, display

PHRASES = {
    "Atelectasis": r"atelecta|collapse of the|volume loss",
    "Cardiomegaly": r"cardiomegaly|enlarged heart|(heart|cardiac silhouette|cardiac)[\w ]{0,30}(enlarged|enlargement)",
    "Effusion": r"pleural effusion|effusions?\b|pleural fluid|hemothorax|hydropneumothorax",
    "Infiltration": r"infiltrat",
    "Mass": r"\bmass(es)?\b",
    "Nodule": r"nodul(e|es|ar)\b",
    "Pneumonia": r"pneumonia\b",
    "Pneumothorax": r"pneumothora|hydropneumothorax",
    "Consolidation": r"consolidat",
    "Edema": r"\bedema",
    "Emphysema": r"emphysema",
    "Fibrosis": r"fibrosis|fibrotic",
    "Pleural_Thickening": r"pleural thickening|pleural[\w ]{0,20}thickening",
    "Hernia": r"hernia",
}
NEGATION = re.compile(
    r"\b(no|not|without|negative|free of|absent|clear of|resolved|resolution|rule out|evaluate for|unlikely|normal)\b"
)
SENSITIVITY, FALSE_CALLS = 0.8, 0.05  # of the reading that errs
FEWEST = 10  # reports with a finding, for its F1 to count in the mean


def stated(text: str) -> NDArray[np.bool_]:
    """(14,) which findings a text states as present, by phrases and negations within a sentence."""
    found = np.zeros(len(NIH14), bool)
    for sentence in re.split(r"[.;\n]+(?=\s|$)", text.lower()):
        for place, phrase in enumerate(PHRASES.values()):
            match = re.search(phrase, sentence)
            found[place] |= match is not None and NEGATION.search(sentence) is None
    return found


def bleu2(text: str, reference: str) -> float:
    """Geometric mean of the precisions of words and pairs of words, with the brevity penalty.

    Source: Papineni et al. 2002, ACL.
    """
    said, meant = (re.findall(r"\w+", each.lower()) for each in (text, reference))
    if len(said) < 2 or not meant:
        return 0.0
    shares = []
    for size in (1, 2):
        own, other = (Counter(zip(*(words[start:] for start in range(size)), strict=False)) for words in (said, meant))
        shares.append(sum((own & other).values()) / max(sum(own.values()), 1))
    if not all(shares):
        return 0.0
    return math.sqrt(shares[0] * shares[1]) * min(1.0, math.exp(1 - len(meant) / len(said)))


def in_words(present: NDArray[np.bool_]) -> str:
    """Hilum's text of a reading with these findings."""
    assessments = tuple(Assessment(name, 0.9 if each else 0.1, 0.5) for name, each in zip(NIH14, present, strict=True))
    text = documents["text"](Reading("report", np.zeros((2, 2), np.uint8), assessments), None)
    return "\n".join(text.splitlines()[2:])  # without the notice and the view


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("root", help="Open-i's reports")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draw = np.random.default_rng(options.seed)
    reports, coded = known_reports(options.root)
    order = draw.permutation(len(reports))
    library, test = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
    texts = [f"{row.findings_text}. {row.impression}" for row in reports.itertuples()]
    truth = coded[test] == 1
    wrong = np.where(truth, draw.random(truth.shape) > SENSITIVITY, draw.random(truth.shape) < FALSE_CALLS)
    erring = truth ^ wrong
    made = {
        "the radiologist's own report": [texts[place] for place in test],
        "Hilum's sentences, reading without error": [in_words(each) for each in truth],
        "Hilum's sentences, reading that errs": [in_words(each) for each in erring],
        "nearest report by coded findings": [texts[nearest_coded(coded[library], each, library)] for each in truth],
        "nearest report by indication": [texts[place] for place in nearest_indication(reports, library, test)],
        "random report": [texts[place] for place in draw.choice(library, len(test))],
        "one constant report": [constant(texts, library, draw)] * len(test),
    }
    readings = dict.fromkeys(made, truth) | {"Hilum's sentences, reading that errs": erring}
    print(f"# Findings in words\n\n{len(library):,} reports to copy from, {len(test):,} to write for (Open-i, seed "
          f"{options.seed}); coded findings of the latter: {int(truth.sum()):,}.\n")  # fmt: skip
    rows = [row(name, each, truth, readings[name], [texts[place] for place in test]) for name, each in made.items()]
    print(table(rows))
    print("\n" + by_finding(made, truth))


def known_reports(root: str) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Reports that were indexed and have findings in words, one row each, and their 14 codes."""
    cohort = datasets["openi"](root)
    labels = cohort.labels[[cohort.findings[cohort.findings.position(name)] for name in NIH14]].to_numpy(np.float64)
    kept = ~cohort.images.study_id.duplicated().to_numpy() & ~np.isnan(labels).any(axis=1)
    kept &= np.array([isinstance(text, str) and len(text) > 20 for text in cohort.images.findings_text])
    texts = cohort.images[["indication", "findings_text", "impression"]].astype("str").fillna("")
    return texts[kept].reset_index(drop=True), labels[kept]


def nearest_coded(coded: NDArray[np.float64], present: NDArray[np.bool_], library: NDArray[np.intp]) -> int:
    return int(library[likeness_of(coded, present).argmax()])


def nearest_indication(reports: pd.DataFrame, library: NDArray[np.intp], test: NDArray[np.intp]) -> Sequence[int]:
    vectors = TfidfVectorizer().fit_transform(reports.indication)
    return [int(place) for place in library[np.asarray((vectors[test] @ vectors[library].T).argmax(axis=1)).ravel()]]


def constant(texts: Sequence[str], library: NDArray[np.intp], draw: np.random.Generator) -> str:
    """Of 60 reports of the library the one with the highest BLEU-2 on 200 others."""
    candidates, others = draw.choice(library, 60, replace=False), draw.choice(library, 200, replace=False)
    best = max(candidates, key=lambda place: sum(bleu2(texts[place], texts[other]) for other in others))
    return texts[best]


def row(
    name: str, made: Sequence[str], truth: NDArray[np.bool_], reading: NDArray[np.bool_], references: Sequence[str]
) -> list[str]:
    said = np.array([stated(text) for text in made])
    own = said & ~reading
    return [
        name,
        f"{f1(said, truth):.3f}",
        f"{np.mean([f1(said[:, [k]], truth[:, [k]]) for k in frequent(truth)]):.3f}",
        f"{(said & ~truth).sum() / max(said.sum(), 1):.3f}",
        f"{own.any(axis=1).mean():.3f}",
        f"{np.mean([bleu2(text, reference) for text, reference in zip(made, references, strict=True)]):.3f}",
    ]


def f1(said: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """2 TP / (2 TP + FP + FN), pooled; 0 where nothing is said and nothing there."""
    both = 2 * (said & truth).sum()
    return float(both / max(both + (said ^ truth).sum(), 1))


def frequent(truth: NDArray[np.bool_]) -> list[int]:
    return [k for k in range(len(NIH14)) if truth[:, k].sum() >= FEWEST]


def table(rows: Sequence[Sequence[str]]) -> str:
    head = ["text", "F1, pooled", "F1, mean", "stated but not coded", "texts beyond their reading", "BLEU-2"]
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def by_finding(made: dict[str, list[str]], truth: NDArray[np.bool_]) -> str:
    """F1 of each finding, of Hilum's sentences and of the radiologist's own, which the rules and the codes limit."""
    chosen: list[tuple[str, Callable[[int], str]]] = []
    for name in list(made)[:3]:
        said = np.array([stated(text) for text in made[name]])
        chosen.append((name, lambda k, said=said: f"{f1(said[:, [k]], truth[:, [k]]):.3f}"))  # type: ignore[misc]
    lines = [["finding", "coded", *(name for name, _ in chosen)], ["---"] + ["---:"] * (1 + len(chosen))]
    lines += [
        [display(NIH14[k]), str(int(truth[:, k].sum())), *(each(k) for _, each in chosen)] for k in range(len(NIH14))
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
