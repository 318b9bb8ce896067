"""A Run with a damaged file: one RunError that names the file, whatever the damage."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hilum.inference import Predictor
from hilum.runs import Run
from hilum.runs.files import read_log, read_recipe, read_split
from hilum.runs.run import read_tabular
from hilum.schema import RunError

DEEP = b"[" * 100_000 + b"]" * 100_000
DAMAGE = {
    "nothing": b"",
    "half": b'{"epoch": 1, "los',
    "zeros": bytes(300),
    "another encoding": '{"epoch": 1, "Größe": 2}'.encode("utf-16"),
    "a byte of Latin-1": b'{"epoch": 1, "Gr\xf6\xdfe": 2}',
    "deep": DEEP,
    "a list": b"[1, 2]",
    "a number": b"3",
    "nothing known": b"{}",
    "null": b"null",
    "words": b'"a Run"',
}
FITTED = {
    "calibration": {"method": "platt", "of": {"Mass": {"a": 1.0, "b": 1.0, "c": 0.0}}, "unfitted": [], "fitted_on": {}},
    "operating_points": {
        "rule": "youden",
        "options": {},
        "fitted_on": {},
        "points": [
            {"finding": name, "threshold": 0.5, "sensitivity": None, "specificity": None, "ppv": None}
            | {"present": 3, "absent": 4, "fitted": True}
            for name in ("Mass", "Nodule")
        ],
    },
}


@pytest.fixture
def copy(tiny_run: Run, tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(tiny_run.folder, tmp_path / "copy"))
    for name, value in FITTED.items():
        Run.open(folder).save_artifact(name, value)
    return folder


def use(folder: Path) -> None:
    """Read every file of a Run but last.safetensors."""
    run = Run.open(folder)
    assert len(run.log)
    assert len(run.split)
    predictor = Predictor.open(run)
    assert predictor.points is not None
    assert predictor.calibration is not None


def test_whole_it_is_used(copy: Path) -> None:
    use(copy)


FILES = [
    "recipe.yaml", "findings.json", "preprocess.json", "provenance.json", "weights.safetensors", "log.jsonl",
    "split.parquet", "calibration.json", "operating_points.json",
]  # fmt: skip


WHOLE = {("log.jsonl", "nothing"), ("preprocess.json", "nothing known")}  # an empty log, a Preprocess of defaults alone
CASES = [(name, damage) for name in FILES for damage in DAMAGE if (name, damage) not in WHOLE]


@pytest.mark.parametrize(("name", "damage"), CASES)
def test_damage_is_refused_and_the_file_named(copy: Path, name: str, damage: str) -> None:
    (copy / name).write_bytes(DAMAGE[damage])
    with pytest.raises(RunError, match=name.replace(".", r"\.")) as refused:
        use(copy)
    assert len(str(refused.value)) < 700
    assert str(refused.value).startswith(str(copy))


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_in_half_is_refused(copy: Path, name: str) -> None:
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(RunError, match=str(copy)):
        use(copy)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("findings.json", lambda held: held | {"findings": "Mass"}, "expected a list of names"),
        ("findings.json", lambda held: held | {"findings": [1, 2]}, "expected a list of names"),
        ("findings.json", lambda held: held | {"findings": [["Mass"], None]}, "expected a list of names"),
        ("findings.json", lambda held: held | {"findings": ["Mass", "mass"]}, "twice"),
        ("findings.json", lambda _: {"names": ["Mass"]}, "findings"),
        ("preprocess.json", lambda held: held | {"size": "large"}, "size"),
        ("provenance.json", lambda held: {**held, "weights": None}, "weights"),
        ("provenance.json", lambda held: {**held, "weights": {}}, "nothing of the weights"),
        ("provenance.json", lambda held: {**held, "weights": ["x"]}, "weights"),
        ("provenance.json", lambda held: {**held, "weights": {"sha256": 3, "epoch": 1}}, "nothing of the weights"),
        ("provenance.json", lambda held: {k: v for k, v in held.items() if k != "weights"}, "nothing of the weights"),
        ("provenance.json", lambda held: {**held, "cohort": "tiny"}, "cohort"),
        ("calibration.json", lambda held: held | {"of": {"Mass": {"a": "1", "b": 1, "c": 0}}}, "calibration"),
        ("calibration.json", lambda held: held | {"of": {"Mass": {"x": [], "y": []}}}, "calibration"),
        ("calibration.json", lambda held: held | {"of": ["Mass"]}, "calibration"),
        ("calibration.json", lambda held: held | {"of": {"Hernia": {"a": 1, "b": 1, "c": 0}}}, "Hernia"),
        ("operating_points.json", lambda held: held | {"points": held["points"][:1]}, "1 points for 2 findings"),
        ("operating_points.json", lambda held: held | {"points": [{"finding": "Mass"}]}, "operating points"),
        (
            "operating_points.json",
            lambda held: held | {"points": [held["points"][0] | {"threshold": "0.5"}] * 2},
            "no n",
        ),
        ("operating_points.json", lambda held: held | {"points": "all"}, "operating points"),
    ],
)
def test_values_of_the_wrong_kind(copy: Path, name: str, change: Callable[[Any], Any], message: str) -> None:
    path = copy / name
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(RunError, match=message) as refused:
        use(copy)
    assert name in str(refused.value)


# --- the split ---


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame({"image_id": ["a"]}), "no column split"),
        (pd.DataFrame({"image": ["a"], "side": ["train"]}), "no column image_id and split"),
        (pd.DataFrame({"image_id": ["a", "a"], "split": ["train", "val"]}), "each image id once"),
        (pd.DataFrame({"image_id": ["a", None], "split": ["train", "val"]}), "each image id once"),
        (pd.DataFrame({"image_id": [1, 2], "split": ["train", "val"]}), "as text"),
        (pd.DataFrame({"image_id": ["a", "b"], "split": ["train", "exam"]}), "the split 'exam'"),
        (pd.DataFrame({"image_id": ["a", "b"], "split": [1, 2]}), "the split '1'"),
    ],
)
def test_a_split_that_is_none(tmp_path: Path, table: pd.DataFrame, message: str) -> None:
    table.to_parquet(tmp_path / "split.parquet")
    with pytest.raises(RunError, match=rf"split\.parquet: .*{message}"):
        read_split(tmp_path / "split.parquet")


def test_an_image_may_stand_in_no_split(tmp_path: Path) -> None:
    table = pd.DataFrame({"image_id": ["a", "b"], "split": ["train", None]})
    table.to_parquet(tmp_path / "split.parquet")
    assert read_split(tmp_path / "split.parquet").split.isna().tolist() == [False, True]


# --- the log ---


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"epoch": 1, "loss": 0.5}\n{"epoch": 2, "lo\n', "log of a Run"),
        ('{"epoch": 1, "loss": 0.5}\n\n{"epoch": 2, "loss": 0.4}\n', "log of a Run"),
        ('{"epoch": 1}\n{"epoch": 3}\n', "line 2 is not the record of epoch 2"),
        ('{"epoch": 1}\n7\n', "line 2"),
        ('{"loss": 1}\n', "line 1"),
        ('{"epoch": 1, "loss": "small"}\n', "no number under loss"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "log.jsonl").write_text(text)
    with pytest.raises(RunError, match=rf"log\.jsonl: .*{message}"):
        read_log(tmp_path / "log.jsonl")


# --- features ---


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_features(copy: Path, damage: str) -> None:
    recipe = read_recipe(copy / "recipe.yaml").model_copy(update={"features": {"demographics": {}}})
    (copy / "features.json").write_bytes(DAMAGE[damage])
    with pytest.raises(RunError, match=r"features\.json"):
        read_tabular(copy, recipe)


@pytest.mark.parametrize(
    "held",
    [
        {"sets": {"history": {}}, "scale": None, "visit": 0},
        {"sets": ["demographics"], "scale": {}, "visit": 0},
        {"sets": {"demographics": {}}, "scale": [3], "visit": 0},
        {"sets": {"demographics": {}}, "scale": None, "visit": "many"},
    ],
    ids=str,
)
def test_features_that_are_none(copy: Path, held: dict[str, Any]) -> None:
    recipe = read_recipe(copy / "recipe.yaml").model_copy(update={"features": {"demographics": {}}})
    (copy / "features.json").write_text(json.dumps(held))
    with pytest.raises(RunError, match=r"features\.json"):
        read_tabular(copy, recipe)
