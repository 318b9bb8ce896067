"""The how-to of reader studies, word for word, on drawn images and made-up readers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import Hilum

from hilum.datasets import datasets

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "reader-study.md"
COMMANDS = [line.strip() for line in HOW_TO.read_text(encoding="utf-8").splitlines() if line.startswith("    hilum ")]


@pytest.fixture
def folder(phantoms: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cohort = datasets["nih14"](phantoms)
    generator = np.random.default_rng(0)
    truth = cohort.labels[["Effusion", "Mass"]].fillna(0).clip(lower=0)
    ids = cohort.images.image_id
    for name in ("model", "other"):
        score = np.clip(0.3 + 0.4 * truth + generator.normal(0, 0.15, truth.shape), 0, 1)
        score.assign(image_id=ids).to_csv(tmp_path / f"{name}.csv", index=False)
    parts = []
    for modality in ("alone", "helped"):
        for reader in ("Ann", "Ben", "Cem"):
            flips = generator.random(truth.shape) < (0.25 if modality == "alone" else 0.1)
            calls = truth.where(~flips, 1 - truth).replace({1.0: "YES", 0.0: "NO"})
            parts.append(calls.assign(image_id=ids, reader=reader, modality=modality))
    table = pd.concat(parts)
    table.to_csv(tmp_path / "helped.csv", index=False)
    table[table.modality == "alone"].drop(columns="modality").to_csv(tmp_path / "readings.csv", index=False)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nih").symlink_to(phantoms, target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_how_to_runs(hilum: Hilum, folder: Path) -> None:
    assert len(COMMANDS) == 3
    for command in COMMANDS:
        said = hilum(*command.split()[1:], "--replicates", 50)
        assert said.code == 0, said.err
    assert (folder / "readers" / "readers.html").is_file()
    matched = pd.read_csv(folder / "readers" / "matched.csv")
    assert set(matched.reader) == {"Ann", "Ben", "Cem"}
    assert set(matched.model) == {"model"}
    verdicts = pd.read_csv(folder / "comparison" / "comparison.csv").verdict.dropna()
    assert len(verdicts)
    assert "Fleiss" in said.out
    modalities = pd.read_csv(folder / "helped" / "modalities.csv")
    assert set(modalities.method) == {"Obuchowski-Rockette", "Dorfman-Berbaum-Metz"}
    assert not (folder / "helped" / "average.csv").exists()


def test_a_margin_below_zero_is_refused(hilum: Hilum, folder: Path) -> None:
    said = hilum("readers", "readings.csv", "nih14", "data/nih", "--margin", -0.1, "-o", "out")
    assert said.code == 2
    assert "above 0" in said.err
