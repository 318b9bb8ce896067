"""Made-up but valid numbers, and a page that is read back."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hilum.images import Image
from hilum.reports import evaluation_page
from hilum.schema import Evaluation

LOG = pd.DataFrame(
    {"epoch": [1, 2, 3], "loss": [0.5, 0.4, 0.3], "val_auroc": [0.6, 0.7, 0.69], "best": [True, True, False]}
)
FINDINGS = ("Effusion", "Pleural_Thickening", "Hernia")


class Page(HTMLParser):
    """What a browser would make of a page: its text, its addresses, its ids, and whether its tags close."""

    VOID = frozenset({"meta", "img", "input", "br", "link", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html, self.text, self.addresses, self.ids, self.open = html, "", [], [], []
        self.images_without_alt = 0
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs) -> None:
        held = dict(attrs)
        self.addresses += [held[name] for name in ("src", "href", "xlink:href") if held.get(name)]
        self.ids += [held["id"]] if "id" in held else []
        self.images_without_alt += tag == "img" and "alt" not in held
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another tag"
        self.text += " "

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def checked(html: str) -> Page:
    """The page, after the checks that every page must stand."""
    page = Page(html)
    outside = [address for address in page.addresses if not address.startswith(("data:", "#"))]
    assert not outside, f"loads from elsewhere: {outside[:3]}"
    assert "@import" not in html
    assert "url(http" not in html
    assert "<script" not in html
    assert len(set(page.ids)) == len(page.ids), "ids stand twice"
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)
    assert page.images_without_alt == 0
    assert "For research, not a medical device" in page.text
    return page


@pytest.fixture
def sound() -> Callable[[str], Page]:
    """Reads a page back and checks what every page must stand."""
    return checked


def rows(finding: str, metric: str, value: float, subgroup: str = "all") -> dict[str, object]:
    half = 0.031
    return {
        "finding": finding, "subgroup": subgroup, "metric": metric, "value": value, "low": value - half,
        "high": value + half, "present": 0 if finding == "macro" else 120, "absent": 0 if finding == "macro" else 1480,
    }  # fmt: skip


def curves() -> dict[str, Any]:
    line, falling = np.linspace(0, 1, 11).tolist(), np.linspace(1, 0, 11).tolist()
    band = {"low": line, "high": np.cbrt(line).tolist()}
    own = {
        "roc": {"false_positive_rate": line, "recall": np.sqrt(line).tolist(), **band},
        "precision_recall": {"recall": line, "precision": falling, "low": [None] * 11, "high": [None] * 11},
        "thresholds": {"threshold": line, "precision": [*line[:10], None], "recall": falling},
        "reliability": {"predicted": [0.01, 0.2], "observed": [0.02, 0.3], "low": [0, 0.2], "high": [0.04, 0.4]},
        "decision": {"threshold": line, "net_benefit": falling, "all": falling},
    }
    error = {"image_id": "image_7", "patient_id": "patient_7", "finding": "Hernia", "label": 1, "probability": 0.003}
    matrix = {"names": ["Effusion", "No Finding"], "counts": [[90, 30], [0, 0]], "images": [120, 0]}
    return {**dict.fromkeys(FINDINGS, own), "label_matrix": matrix, "worst_errors": [{**error, "outranked": 0.987}]}


@pytest.fixture(scope="session")
def evaluation() -> Evaluation:
    table = [rows(name, "auroc", 0.9 - 0.1 * place) for place, name in enumerate(FINDINGS)]
    table += [rows(name, "average_precision", 0.4) for name in FINDINGS]
    table += [rows(name, "f1", 0.35) for name in FINDINGS]
    table += [rows("macro", "auroc", 0.8), rows("macro", "f1", 0.35)]
    table += [
        rows(name, "auroc", value, f"sex={sex}") for name in FINDINGS for sex, value in (("F", 0.71), ("M", 0.77))
    ]
    table.append(rows("Effusion", "auroc", 0.061, "sex: M - F"))
    counts = {"true_positives": 61, "false_positives": 212, "false_negatives": 59, "true_negatives": 1268}
    table += [rows(name, metric, value) for name in FINDINGS for metric, value in counts.items()]
    provenance = {
        "predictions": {"run": "runs/nih14-small", "weights": "3f2a9c81d0b4"}, "cohort": "nih14", "split": "test",
        "split_hash": "a1b2c3d4e5f6", "images_hash": "0f1e2d3c4b5a", "images": 1600, "patients": 410, "threshold": 0.5,
        "level": 0.95,
        "replicates": 1000, "seed": 7, "interval": "percentile", "versions": {"hilum": "0.1.0"},
        "small_groups": {"sex=F": ["Hernia"]}, "notes": ["3 images could not be read; they are left out."],
    }  # fmt: skip
    return Evaluation(pd.DataFrame(table), provenance, curves())


@pytest.fixture(scope="session")
def page(evaluation: Evaluation) -> Page:
    """The whole evaluation page; drawn once, as it takes a second."""
    return checked(evaluation_page(evaluation, log=LOG, title="A model"))


@pytest.fixture(scope="session")
def bare(evaluation: Evaluation) -> Evaluation:
    """The AUROC alone: no curves, no subgroups, no thresholds."""
    rows = evaluation.rows[(evaluation.rows.metric == "auroc") & (evaluation.rows.subgroup == "all")]
    return Evaluation(rows)


@pytest.fixture
def image() -> Image:
    """A dark image with one bright square, wider than high."""
    gray = np.full((300, 400), 40, np.uint8)
    gray[60:120, 240:340] = 200
    known = {"view": "PA", "spacing_mm": (0.143, 0.139), "sex": "F", "age_years": 61.0}
    return Image(Path("folder/image_1.png"), "PNG", gray, facts={"bits_stored": "8"}, **known)
