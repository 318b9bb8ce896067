"""Every painter: the same bytes for the same numbers, no global state, its numbers as text, sound XML."""

import xml.etree.ElementTree as ElementTree

import matplotlib
import numpy as np
import pandas as pd
import pytest

from hilum.reports.figures import bars, curves, forest, learning, matrix
from hilum.reports.figures.style import FONT, INK, inline, to_svg

LINE = np.linspace(0, 1, 30)
PANEL = curves.Panel([curves.Line(LINE, LINE**0.4, LINE**0.5, LINE**0.3)], "0.812")
TWO = curves.Panel([curves.Line(LINE, LINE, name="Precision"), curves.Line(LINE, 1 - LINE, name="Recall")], level=0.1)
EPOCHS = pd.DataFrame({"Learning": [0.5, 0.3, 0.2]}, index=[1, 2, 3])
PAINTERS = {
    "curves": (curves.small_multiples({"Effusion": PANEL}, xlabel="x", ylabel="y", diagonal=True), "0.812"),
    "two lines": (curves.small_multiples({"Mass": TWO, "Nodule": TWO}, xlabel="x", ylabel="y"), "Recall"),
    "forest": (
        forest.forest([forest.Estimate("Hernia", 0.9, 0.8, 0.95)], xlabel="AUROC", reference=0.5),
        "(0.800–0.950)",
    ),
    "learning": (learning.learning(EPOCHS, pd.DataFrame(), best=2), "kept"),
    "matrix": (matrix.matrix(np.eye(2), [["100", "0"], ["0", "100"]], ["a", "b"], ["c", "d"]), "100"),
    "rows": (bars.rows(["F", "M"], {"Images": [1234, 10]}, xlabel="Images"), "1,234"),
    "columns": (bars.columns([0, 10, 20], {"F": [3, 4], "M": [1, 2]}, xlabel="Age", ylabel="Patients"), "Age"),
}


@pytest.fixture(params=PAINTERS)
def painted(request) -> tuple:
    return PAINTERS[request.param]


def test_the_same_numbers_give_the_same_bytes_whatever_the_user_has_set(painted) -> None:
    paint, _ = painted
    first = to_svg(paint, size=(5, 3), label="A figure")
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.hashsalt": None, "lines.linewidth": 9}):
        assert to_svg(paint, size=(5, 3), label="A figure") == first


def test_settings_of_the_user_stay_as_they_were(painted) -> None:
    before = dict(matplotlib.rcParams)
    to_svg(painted[0], size=(5, 3), label="A figure")
    assert dict(matplotlib.rcParams) == before


def test_sound_xml_with_its_numbers_as_text_and_a_label(painted) -> None:
    paint, text = painted
    svg = to_svg(paint, size=(5, 3), label='Precision & "recall"')
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == 'Precision & "recall"'
    assert text in " ".join(root.itertext())
    assert FONT.split(",")[0] in svg
    assert "<metadata" not in svg


def test_in_a_page_ink_is_the_pages_own(painted) -> None:
    shown = inline(to_svg(painted[0], size=(5, 3), label="A figure"))
    assert INK not in shown
    assert "currentColor" in shown


def test_ids_of_two_figures_differ() -> None:
    paint = PAINTERS["curves"][0]
    ids = [
        {node.get("id") for node in ElementTree.fromstring(to_svg(paint, size=(5, 3), label=label)).iter()} - {None}
        for label in ("One", "Two")
    ]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_rounding_spares_what_is_read() -> None:
    estimate = forest.Estimate("0.123456", 0.98765, 0.9, 0.99)
    svg = to_svg(forest.forest([estimate], xlabel="AUROC"), size=(5, 1), label="A figure")
    assert "0.123456" in svg
    assert "0.988" in svg
