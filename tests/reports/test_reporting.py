import re

import pandas as pd

from hilum.evaluation import evaluate
from hilum.evaluation.cohort_table import cohort_table
from hilum.reports import evaluation_page
from hilum.reports.reporting import OPEN, checklist
from hilum.schema import Cohort, Evaluation, LabelPredictions


def drawn() -> tuple[LabelPredictions, Cohort]:
    images = pd.DataFrame({"image_id": [f"i{n}" for n in range(60)], "patient_id": [f"p{n // 2}" for n in range(60)]})
    images["sex"] = ["F" if n % 4 < 2 else "M" for n in range(60)]
    labels = pd.DataFrame({"Edema": [float(n % 3 == 0) for n in range(60)]})
    labels.iloc[1] = -1
    score = labels.clip(lower=0) * 0.3
    score["Edema"] += [(n * 7 % 10) / 15 for n in range(60)]
    return LabelPredictions(score.assign(image_id=images.image_id)), Cohort("drawn", images, labels)


def test_the_checklist_says_what_is_known_and_leaves_the_rest_open() -> None:
    found = evaluate(*drawn(), subgroups=["sex"], replicates=20, curves=False)
    rows = {row.cells[0].text: row.cells[4].text for row in checklist(found).rows}
    assert len(rows) >= 15
    assert rows["Fairness: results by subgroup"] == "Measured by sex."
    assert rows["Uncertain and missing labels"].startswith("1 uncertain and 0 not mentioned")
    assert rows["Who was measured"].startswith("60 images of 30 patients")
    assert "twice the patients" in rows["Sample size"]
    assert rows["Whether those who labeled knew the model's output"].startswith(OPEN)
    page = evaluation_page(found)
    assert 'id="reporting"' in page
    assert "Who was measured; age" not in page


def test_every_item_names_who_asks_it_with_numbers_that_the_guideline_has() -> None:
    found = evaluate(*drawn(), replicates=20, curves=False)
    for row in checklist(found).rows:
        claim, stard, tripod = (row.cells[place].text for place in (1, 2, 3))
        assert claim or stard or tripod
        for numbers, last in ((stard, 40), (tripod, 27)):
            assert all(1 <= int(number) <= last for number in re.findall(r"\d+", numbers))


def test_of_bare_numbers_everything_is_open() -> None:
    rows = pd.DataFrame(
        [{"finding": "Edema", "subgroup": "all", "metric": "auroc", "value": 0.8, "low": 0.7, "high": 0.9,
          "present": 3, "absent": 4}]
    )  # fmt: skip
    said = [row.cells[4].text for row in checklist(Evaluation(rows)).rows]
    assert sum(OPEN in text for text in said) >= 12


def test_the_cohort_table_counts_images_and_patients() -> None:
    _, cohort = drawn()
    rows = {row["what"]: (row["images"], row["patients"]) for row in cohort_table(cohort.images)}
    assert rows["All"] == ("60", "30")
    assert rows["Sex: female"] == ("30 (50.0 %)", "15 (50.0 %)")
    assert rows["Age: not known"] == ("–", "–")
    assert rows["View: not known"] == ("–", "–")
