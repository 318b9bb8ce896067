"""The how-to of the CheXpert test set, word for word, on a made-up table of studies without images."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import Hilum

from hilum.schema import Evaluation
from hilum.schema.findings import CHEXPERT14

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "chexpert-test-set.md"
COMMANDS = [line.strip() for line in HOW_TO.read_text(encoding="utf-8").splitlines() if line.startswith("    hilum ")]


def test_the_how_to_runs(hilum: Hilum, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(0)
    studies = [f"CheXpert-v1.0/test/patient6{place:04d}/study1" for place in range(80)]
    truth = pd.DataFrame((generator.random((80, 14)) < 0.3).astype(float), columns=list(CHEXPERT14))
    scores = truth * 2 + generator.normal(size=truth.shape)
    (tmp_path / "labels").mkdir()
    truth.assign(Study=studies).to_csv("labels/groundtruth.csv", index=False)
    scores.assign(Study=studies).to_csv("model.csv", index=False)
    ids = [study.split("/", 2)[2].replace("/", "_") for study in studies]
    (scores + generator.normal(size=truth.shape)).assign(study_id=ids).to_csv("other.csv", index=False)
    assert len(COMMANDS) == 2
    for command in COMMANDS:
        said = hilum(*command.split()[1:], "--replicates", 20)
        assert said.code == 0, said.err
    assert (tmp_path / "comparison" / "comparison.html").is_file()
    found = Evaluation.load(tmp_path / "evaluation" / "evaluation.json")
    assert found.provenance["images"] == 80
    assert 0.85 < found.value("auroc") < 0.97
