from typing import Any

import numpy as np
import pandas as pd
import pytest

from hilum.evaluation import compare, evaluate
from hilum.evaluation.export import comparison_table, interval_table, latex, markdown
from hilum.schema import ConfigError, Evaluation, LabelPredictions


@pytest.fixture
def measured(study: Any) -> Evaluation:
    return evaluate(*study(), metrics=["auroc", "true_positives", "lrap"], replicates=20, subgroups=["sex"])


def test_the_table_holds_findings_then_means(measured: Evaluation) -> None:
    table = interval_table(measured, ["auroc", "lrap"])
    assert table.Finding.tolist()[:3] == ["Effusion", "Edema", "Hernia"]
    assert table.Finding.tolist()[-1] == "All labels pooled (micro)"
    row = measured.rows[(measured.rows.finding == "Edema") & (measured.rows.metric == "auroc")].iloc[0]
    assert table.AUROC[1] == f"{row.value:.3f} ({row.low:.3f}–{row.high:.3f})"
    assert (table.Present[1], table.Absent[1]) == (f"{row.present:,}", f"{row.absent:,}")
    assert table.Present.tolist()[-1] == ""
    assert table["Label-ranking average precision"][0] == "–"
    assert interval_table(measured, ["auroc"], subgroup="sex=F").AUROC[1] != table.AUROC[1]


def test_what_was_not_measured_is_refused(measured: Evaluation) -> None:
    with pytest.raises(ConfigError, match="Not measured in all: brier"):
        interval_table(measured, ["auroc", "brier"])


def test_markdown_and_latex_hold_every_cell(measured: Evaluation) -> None:
    table = interval_table(measured, ["auroc"])
    lines = markdown(table).splitlines()
    assert len(lines) == len(table) + 2
    assert {line.count("|") for line in lines} == {5}
    text = latex(table.assign(Finding="a_b & 5 %"))
    assert r"a\_b \& 5 \%" in text
    assert text.count(r"\\") == len(table) + 1
    assert r"\begin{tabular}{lrrr}" in text


def test_a_comparison_shows_differences_and_p(study: Any) -> None:
    predictions, cohort = study()
    noise = np.random.default_rng(0).random((240, 3))
    table = pd.DataFrame(noise, columns=list(predictions.findings)).assign(image_id=predictions.table.image_id)
    found = compare(
        {"ours": predictions, "chance": LabelPredictions(table)}, cohort, metrics=["auroc"], replicates=1000
    )
    shown = comparison_table(found, "auroc")
    assert list(shown.columns) == ["Finding", "ours", "chance", "chance less ours", "p (chance)"]
    assert shown["p (chance)"][0] == "<0.001"
    assert shown["chance less ours"][0].startswith("−")


def test_latex_writes_signs_that_it_would_take_for_commands() -> None:
    text = latex(pd.DataFrame({r"a^b~c\d": ["1_000 % of {x} < 2–3"]}))
    assert r"a\^{}b\textasciitilde{}c\textbackslash{}d" in text
    assert r"1\_000 \% of \{x\} $<$ 2--3" in text
