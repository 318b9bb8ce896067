"""An encoder in Hugging Face's naming becomes one file for `model.pretrained`, which says where it comes from."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from tests.models.namings.test_dinov2 import WIDTH, forward, hugging_face

from hilum.models.classifier import classifier
from hilum.models.published import published
from hilum.schema import DataError
from hilum.workflows import import_weights
from hilum.workflows.import_weights import import_encoder


def test_an_encoder_of_rad_dino_s_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = published("hf:microsoft/rad-dino")
    small = replace(row, encoder="vit_small_patch14_dinov2", preprocess={**row.preprocess, "size": 56})
    monkeypatch.setattr(import_weights, "published", lambda name: small)
    save_file(hugging_face(), tmp_path / "model.safetensors")
    out = tmp_path / "encoder.safetensors"
    notes = import_encoder("hf:microsoft/rad-dino", out, file=tmp_path / "model.safetensors")
    assert any("mask_token" in note for note in notes)
    with safe_open(out, "pt") as file:
        said = file.metadata()
    assert said["full_name"] == "hf:microsoft/rad-dino"
    assert said["license"] == "MIT"
    assert json.loads(said["preprocess"])["size"] == 56

    model = classifier(encoder=small.encoder, outputs=1, channels=3, size=56, pretrained=str(out)).eval()
    image = torch.randn(1, 3, 56, 56, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = forward(hugging_face(), image)[:, 1:].mT.reshape(1, WIDTH, 4, 4)
        torch.testing.assert_close(model.maps(image), expected, rtol=1e-4, atol=1e-4)


def test_an_encoder_is_a_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"\.safetensors"):
        import_encoder("hf:microsoft/rad-dino", tmp_path / "folder")
