from collections.abc import Callable
from typing import Any

import pandas as pd

from hilum.reports import evaluation_page
from hilum.reports.published import published_sections
from hilum.schema import Evaluation

Sound = Callable[[str], Any]


def figure(work: str, finding: str, value: float, *, comparable: bool) -> dict[str, Any]:
    return {
        "work": work, "finding": finding, "metric": "auroc", "value": value, "low": float("nan"), "high": float("nan"),
        "dataset": "nih14", "split": "official" if comparable else "not_stated", "source": "A journal, table 2",
        "mark": "V2", "note": "two decimals", "comparable": comparable,
    }  # fmt: skip


PUBLISHED = pd.DataFrame(
    [
        figure("Theirs", "macro", 0.8111, comparable=True),
        figure("Theirs", "Effusion", 0.8282, comparable=True),
        figure("Another's", "macro", 0.9444, comparable=False),
    ]
)


def words(page: Any) -> str:
    return " ".join(page.text.split())


def test_figures_of_the_same_images_stand_beside_ours(bare: Evaluation, sound: Sound) -> None:
    text = words(sound(evaluation_page(bare, published=PUBLISHED)))
    assert "This evaluation 0.8000 (0.7690–0.8310) as above" in text
    assert "Theirs 0.8111 official A journal, table 2 another work's table two decimals" in text
    assert "Effusion 0.9000 (0.8690–0.9310) 0.8282" in text


def test_figures_of_other_images_stand_apart_and_without_ours(bare: Evaluation) -> None:
    together, apart = published_sections(PUBLISHED, {"This evaluation": bare.rows})
    assert together["comparable"]
    assert "do NOT compare" in apart["caption"]
    assert [row.cells[0].text for row in together["works"].rows] == ["This evaluation", "Theirs"]
    assert [row.cells[0].text for row in apart["works"].rows] == ["Another's"]
    assert apart["findings"] is None  # it gives its mean alone


def test_nothing_published_nothing_said(bare: Evaluation) -> None:
    assert published_sections(None, {}) == published_sections(PUBLISHED[:0], {}) == []
    assert 'id="published"' not in evaluation_page(bare)
