"""Predictions: probabilities and nothing else, from our files and from anyone's."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hilum.schema import DataError, Predictions


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame({"image_id": ["a", "b", "c"], "Mass": [0.1, 1.0, np.nan], "Pleural Effusion": [0.0, 0.25, 0.5]})


def test_probabilities_stand_in_the_order_of_findings(table: pd.DataFrame) -> None:
    predictions = Predictions(table[["Pleural Effusion", "image_id", "Mass"]])
    assert predictions.findings.names == ("Pleural Effusion", "Mass")
    assert predictions.probabilities.shape == (3, 2)
    assert predictions.probabilities.dtype == np.float64
    assert predictions.probabilities[1].tolist() == [0.25, 1.0]
    assert len(predictions) == 3


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        (
            "Mass",
            [0.1, 1.5, -2],
            r"Predictions outside \[0, 1\]: 2, the first 1\.5 for Mass of b\. .*apply the sigmoid",
        ),
        ("image_id", ["a", "b", "a"], r"1 image ids twice: a\. Expected one row an image"),
    ],
)
def test_what_is_no_probability_is_refused(
    table: pd.DataFrame, column: str, values: list[object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        Predictions(table.assign(**{column: values}))


def test_tables_without_ids_or_findings_are_refused(table: pd.DataFrame) -> None:
    for columns in (["Mass"], ["image_id"]):
        with pytest.raises(DataError, match="need the column image_id and one column a finding"):
            Predictions(table[columns])
    with pytest.raises(DataError, match="name one thing twice"):
        Predictions(table.assign(Effusion=0.5))


def test_save_and_load_bring_back_everything(tmp_path: Path, table: pd.DataFrame) -> None:
    failures = pd.DataFrame({"image_id": ["z"], "reason": ["truncated"]}, dtype="str")
    provenance = {"run": "r1", "seeds": [1, 2], "split": None}
    Predictions(table, provenance, failures).save(tmp_path / "deep" / "p.parquet")
    again = Predictions.load(tmp_path / "deep" / "p.parquet")
    assert np.array_equal(again.probabilities, Predictions(table).probabilities, equal_nan=True)
    assert again.table.image_id.tolist() == ["a", "b", "c"]
    assert again.provenance == provenance
    assert again.failures.to_dict("records") == failures.to_dict("records")
    assert again.findings.names == ("Mass", "Pleural Effusion")


def test_a_csv_of_anyones_with_a_prefix(tmp_path: Path, table: pd.DataFrame) -> None:
    path = tmp_path / "theirs.csv"
    table.rename(columns={"Mass": "prob_Mass", "Pleural Effusion": "prob_Effusion"}).assign(site="X").to_csv(
        path, index=False
    )
    predictions = Predictions.load(path, prefix="prob_")
    assert predictions.findings.names == ("Mass", "Effusion")
    assert predictions.probabilities[1].tolist() == [1.0, 0.25]
    assert predictions.provenance == {"predictions": "theirs.csv"}
    assert len(predictions.failures) == 0
    with pytest.raises(DataError, match=r"no column begins with 'p_'\. Columns: image_id, prob_Mass"):
        Predictions.load(path, prefix="p_")
    predictions.save(tmp_path / "ours.parquet")
    assert Predictions.load(tmp_path / "ours.parquet", prefix="prob_").findings == predictions.findings
    with pytest.raises(DataError, match="no numbers in site"):
        Predictions.load(path)


def test_ids_that_look_like_numbers_or_files(tmp_path: Path) -> None:
    path = tmp_path / "nih.csv"
    path.write_text("Image Index,Mass\n00000010_000.png,0.5\n")
    assert Predictions.load(path).table.image_id.tolist() == ["00000010_000"]
    path.write_text("image_id,Mass\n0012,0.5\n13,0.25\n")
    assert Predictions.load(path).table.image_id.tolist() == ["0012", "13"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image_id,Mass\na,1.5\n", r"outside \[0, 1\].* of a\. .*leave out columns that are no findings"),
        ("image_id,Mass\na,0.5\na,0.5\n", "hold 1 image ids twice: a"),
        ("image_id,Mass\na,0.5\n,0.5\n", "no image id in rows 1"),
        ("image_id,Effusion,Pleural Effusion\na,0.5,0.5\n", "name one thing twice"),
        ("image_id,Mass\n", "no rows"),
    ],
)
def test_a_file_that_holds_something_else_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "theirs.csv").write_text(text)
    with pytest.raises(DataError, match=rf"theirs\.csv: .*{message}"):
        Predictions.load(tmp_path / "theirs.csv")


def test_files_that_are_none_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.csv: no such file"):
        Predictions.load(tmp_path / "none.csv")
    for name in ("broken.parquet", "broken.csv"):
        (tmp_path / name).write_bytes(b"PAR1\x00\xff" if name.endswith("parquet") else b"")
        with pytest.raises(DataError, match=rf"{name}: not a readable .*table"):
            Predictions.load(tmp_path / name)
    (tmp_path / "other.csv").write_text("image,Mass\na,0.5\n")
    with pytest.raises(DataError, match=r"other\.csv: no column image_id"):
        Predictions.load(tmp_path / "other.csv")


@pytest.mark.real
def test_the_published_predictions(real_data: Path) -> None:
    predictions = Predictions.load(real_data / "nih" / "densenet121_test_predictions.csv", prefix="prob_")
    assert (len(predictions), len(predictions.findings)) == (22_433, 14)
    assert predictions.table.image_id[0] == "00000010_000"
