"""Every row of the catalog says what it is, and can be built as it says."""

import json
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

from hilum.images import Preprocess
from hilum.models.published import Weights, catalog, published, sources, starter
from hilum.models.variants import of_timm
from hilum.schema import ConfigError, Findings

ROWS = list(catalog())


def test_there_are_sources_and_weights() -> None:
    assert {"txrv", "chexnet", "chexpert", "jfhealthcare", "hf", "imagenet", "starter"} <= set(sources)
    assert len(ROWS) >= 14
    assert len({weights.full_name for weights in ROWS}) == len(ROWS)


@pytest.mark.parametrize("weights", ROWS, ids=lambda weights: weights.full_name)
def test_a_row_is_whole(weights: Weights) -> None:
    assert published(weights.full_name) == weights
    Preprocess.model_validate(dict(weights.preprocess))
    Findings(weights.findings)  # distinct
    assert weights.license
    assert weights.learned_from
    assert weights.megabytes > 1
    assert weights.address.startswith("https://") or weights.inside
    assert not weights.thresholds or len(weights.thresholds) == len(weights.outputs)
    assert weights.source == "starter" or timm.is_model(of_timm(weights.encoder)[0])


def test_an_unknown_name_answers_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"txrv:densenet121-res224-nih.*hilum ls weights"):
        published("txrv:densenet121-res224-nihh")


def test_the_run_in_the_package_is_a_row_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starter, "FOLDER", tmp_path)
    assert starter.starter() == ()
    save_file({"a": torch.zeros(10)}, tmp_path / "weights.safetensors")
    (tmp_path / "findings.json").write_text(json.dumps({"findings": ["Mass", "Nodule"]}))
    (tmp_path / "preprocess.json").write_text(Preprocess().model_dump_json())
    (row,) = starter.starter()
    assert row.findings == ("Mass", "Nodule")
    assert row.inside == tmp_path / "weights.safetensors"
