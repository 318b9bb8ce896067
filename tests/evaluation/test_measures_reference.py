from pathlib import Path

from hilum.evaluation import metrics
from hilum.evaluation.measures_reference import page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "measures.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "docs/reference/measures.md is out of date. Run "
        "`python -m hilum.evaluation.measures_reference docs/reference/measures.md`."
    )


def test_every_metric_says_something_and_what_it_gives() -> None:
    rows = {line.split("|")[1].strip(" `"): line.split("|")[2:4] for line in page().splitlines() if "| `" in line}
    assert set(metrics) <= set(rows)
    assert all(says.strip() for says, _ in rows.values())
    assert "0.5 is chance" in rows["auroc"][1]
