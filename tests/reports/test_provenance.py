from hilum.reports.provenance import provenance_facts, without_folders


def test_nested_provenance_is_flattened_under_its_path_in_order() -> None:
    held = {
        "cohort": "nih14",
        "predictions": {"run": "small", "cohort": {"name": "nih14", "images": 10, "notes": ["a"]}},
    }
    assert provenance_facts(held) == [
        ("Cohort", "nih14"),
        ("Predictions, run", "small"),
        ("Predictions, cohort", "name nih14, images 10"),
    ]


def test_versions_stand_on_one_line_and_nothing_stands_empty() -> None:
    held = {"versions": {"hilum": "0.1.0", "numpy": "2.4"}, "split": None, "findings_not_labeled": []}
    assert provenance_facts(held) == [("Versions", "hilum 0.1.0, numpy 2.4")]


def test_where_a_run_lies_on_someones_machine_is_not_told() -> None:
    assert "someone" not in str(provenance_facts({"predictions": {"run_folder": "runs-of-someone", "run": "small"}}))


def test_of_a_file_its_name_is_told_and_not_its_folder() -> None:
    held = {"predictions": {"file": "/home/someone/theirs.csv", "run": "small"}, "images": ["/home/someone/a.png"]}
    assert provenance_facts(held) == [("Predictions", "file theirs.csv, run small"), ("Images", "a.png")]


def test_a_note_names_no_folder() -> None:
    note = "theirs: /srv/someone/runs/small/split.parquet is not there. 3 and/or 4 images, 1/2 of all."
    assert without_folders(note) == "theirs: split.parquet is not there. 3 and/or 4 images, 1/2 of all."
    assert without_folders(r"C:\runs\someone\log.jsonl: damaged") == "log.jsonl: damaged"
