"""An encoder in timm's form of the Hugging Face hub: a folder that timm itself wrote."""

import json
from pathlib import Path

import pytest
import timm
import torch
from safetensors import safe_open
from timm.models import save_for_hf
from torch import nn

from hilum.models.encoders import encoder
from hilum.schema import ConfigError, DependencyError
from hilum.workflows import hub
from hilum.workflows.import_weights import import_encoder


def write(folder: Path, name: str = "test_resnet", **keywords: object) -> nn.Module:
    """The folder of a network with random weights; the network."""
    torch.manual_seed(0)
    network: nn.Module = timm.create_model(name, num_classes=3)
    way = {"mean": (0.5,) * 3, "std": (0.25,) * 3, "input_size": (3, 64, 64)}
    save_for_hf(network, str(folder), model_args=keywords or None, safe_serialization=True, data_config=way)
    return network.eval()


@pytest.mark.parametrize("of", ["folder", "file", "hub's cache"])
def test_it_becomes_one_file_that_says_what_it_is(of: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".cache/huggingface/hub/models--someone--chest/snapshots/abc"
    original = write(folder)
    given = {"folder": folder, "file": folder / "model.safetensors"}.get(of)
    out = tmp_path / "chest.safetensors"
    notes = import_encoder("hf:someone/chest", out, file=given)
    assert any("fc" in note for note in notes)  # its head, which is left out
    with safe_open(out, "pt") as file:
        said = file.metadata()
    assert (said["full_name"], said["encoder"], said["license"]) == ("hf:someone/chest", "test_resnet", "apache-2.0")
    way = json.loads(said["preprocess"])
    assert (way["size"], way["channels"], way["normalize"]) == (64, 3, [-2, 2])
    image = torch.randn(1, 3, 64, 64)
    for start in (out, folder):
        with torch.no_grad():
            found = encoder("test_resnet", 3, 64, str(start)).eval().features(image)[-1]
            torch.testing.assert_close(found, original.forward_features(image), rtol=1e-5, atol=1e-5)  # type: ignore[operator]


def test_keywords_that_make_another_network(tmp_path: Path) -> None:
    write(tmp_path / "own", patch_size=8)
    with pytest.raises(ConfigError, match=r"config\.json: test_resnet with \{'patch_size': 8\}, which has no name"):
        import_encoder("hf:someone/own", tmp_path / "own.safetensors", file=tmp_path / "own")


@pytest.mark.parametrize("content", ["{", "[]", '{"model_type": "dinov2"}', '{"architecture": 3}'])
def test_a_folder_of_another_form(content: str, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(ConfigError, match=r"config\.json: (not to be read|names no `architecture`)"):
        import_encoder("hf:someone/chest", tmp_path / "out.safetensors", file=tmp_path)


def test_without_a_network_one_error_says_which_files_go_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(address: str, place: Path) -> None:
        raise OSError("no network")

    monkeypatch.setenv("HILUM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(hub, "fetch", offline)
    place = tmp_path / "cache" / "weights" / "hf" / "someone" / "chest"
    words = rf"no network.*config\.json and model\.safetensors of https://huggingface\.co/someone/chest.*{place}"
    with pytest.raises(DependencyError, match=words):
        import_encoder("hf:someone/chest", tmp_path / "out.safetensors")
    write(place)
    import_encoder("hf:someone/chest", tmp_path / "out.safetensors")
