import json
from pathlib import Path

import numpy as np
import pandas as pd

from hilum.audit.issue import MOST_EXAMPLES, Audit, Issue, examples, gravest_first

ERROR = Issue("error", "files_gone", "a", "Gone: 2.", 2, ({"image_id": "1"},))
WARNING = Issue("warning", "split_partial", "a", "Nowhere: 1.", 1)
NOTE = Issue("note", "owners_split", "a", "The owner's.")


def test_only_an_error_gives_exit_code_one() -> None:
    assert Audit((), (ERROR, NOTE)).exit_code == 1
    assert Audit((), (WARNING, NOTE)).exit_code == 0
    assert Audit((), ()).exit_code == 0


def test_the_gravest_come_first_and_equals_keep_their_order() -> None:
    other = Issue("warning", "sex_changes", "b", "F and M: 1.", 1)
    assert gravest_first([NOTE, WARNING, other, ERROR]) == (ERROR, WARNING, other, NOTE)


def test_an_audit_is_plain_json(tmp_path: Path) -> None:
    audit = Audit(({"name": "a", "images": 3},), (ERROR, NOTE), pd.DataFrame({"x": [1]}))
    audit.save(tmp_path / "audit.json")
    held = json.loads((tmp_path / "audit.json").read_text())
    assert held == audit.to_dict()
    assert held["counts"] == {"error": 1, "warning": 0, "note": 1}
    assert held["exit_code"] == 1
    assert held["issues"][0]["examples"] == [{"image_id": "1"}]


def test_issues_are_found_by_code() -> None:
    assert Audit((), (ERROR, NOTE)).of("owners_split") == [NOTE]
    assert Audit((), (ERROR,)).of("nothing") == []


def test_examples_are_few_plain_and_without_empty_columns() -> None:
    table = pd.DataFrame({"image_id": list("abcdefgh"), "age_years": np.float64(150), "view": None})
    found = examples(table, "image_id", "age_years", "view", "no_such_column")
    assert len(found) == MOST_EXAMPLES
    assert found[0] == {"image_id": "a", "age_years": 150.0}
    json.dumps(found)
