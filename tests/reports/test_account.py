from hilum.reports.account import methods, provenance_facts, threshold_sentence
from hilum.schema import Evaluation


def test_nested_provenance_is_flattened_under_its_path_in_order() -> None:
    held = {
        "cohort": "nih14",
        "predictions": {"run": "small", "cohort": {"name": "nih14", "films": 10, "notes": ["a"]}},
    }
    assert provenance_facts(held) == [
        ("Cohort", "nih14"),
        ("Predictions, run", "small"),
        ("Predictions, cohort", "name nih14, films 10"),
    ]


def test_versions_stand_on_one_line_and_nothing_stands_empty() -> None:
    held = {"versions": {"hilum": "0.1.0", "numpy": "2.4"}, "split": None, "findings_not_labeled": []}
    assert provenance_facts(held) == [("Versions", "hilum 0.1.0, numpy 2.4")]


def test_where_a_run_lies_on_someones_machine_is_not_told() -> None:
    assert "someone" not in str(provenance_facts({"predictions": {"run_folder": "runs-of-someone", "run": "small"}}))


def test_thresholds_in_words() -> None:
    assert threshold_sentence({"threshold": 0.25}) == "A finding is called when its probability reaches 0.25."
    assert "Effusion 0.200, Pleural thickening 0.100" in threshold_sentence(
        {"threshold": {"Effusion": 0.2, "Pleural_Thickening": 0.1}}
    )
    assert threshold_sentence({}) == ""


def test_methods_leave_out_what_is_not_known(evaluation: Evaluation) -> None:
    text = methods(Evaluation(evaluation.rows))
    assert "3 findings were measured" in text
    assert "None" not in text
    assert "replicates" not in text
