from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from hilum.models.classifier import Classifier, classifier
from hilum.schema import ConfigError, DependencyError


def tiny(channels: int = 1, outputs: int = 3, **keywords: object) -> Classifier:
    return classifier(encoder="test_resnet", outputs=outputs, channels=channels, size=64, **keywords).eval()  # type: ignore[arg-type]


@pytest.fixture
def source() -> Classifier:
    torch.manual_seed(1)
    return tiny(channels=3, outputs=7)


def same_encoder(left: Classifier, right: Classifier) -> bool:
    pairs = zip(left.encoder.state_dict().values(), right.encoder.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("prefix", ["", "encoder.", "encoder.network.", "module.", "module.backbone."])
@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_a_file_under_any_prefix(source: Classifier, tmp_path: Path, prefix: str, suffix: str) -> None:
    path = tmp_path / f"weights{suffix}"
    tensors = {prefix + name: tensor for name, tensor in source.encoder.network.state_dict().items()}
    save_file(tensors, path) if suffix == ".safetensors" else torch.save({"state_dict": tensors, "epoch": 3}, path)
    assert same_encoder(tiny(channels=3, pretrained=str(path)), source)


def test_three_channels_fit_one_by_summing(source: Classifier, tmp_path: Path) -> None:
    """One channel through the summed stem gives what three equal channels give through the original."""
    save_file(source.encoder.network.state_dict(), tmp_path / "w.safetensors")
    gray = torch.rand(2, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    adapted = tiny(channels=1, pretrained=str(tmp_path / "w.safetensors"))
    torch.testing.assert_close(adapted.maps(gray), source.maps(gray.expand(-1, 3, -1, -1)), rtol=1e-4, atol=1e-5)
    assert any("summed" in note for note in adapted.notes)


def test_one_channel_fits_three_by_spreading(tmp_path: Path) -> None:
    source = tiny(channels=1)
    save_file(source.encoder.network.state_dict(), tmp_path / "w.safetensors")
    gray = torch.rand(2, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    adapted = tiny(channels=3, pretrained=str(tmp_path / "w.safetensors"))
    torch.testing.assert_close(adapted.maps(gray.expand(-1, 3, -1, -1)), source.maps(gray), rtol=1e-4, atol=1e-5)


def test_a_run_folder_gives_encoder_and_transition_but_never_its_head(tmp_path: Path) -> None:
    torch.manual_seed(1)
    source = tiny(transition=8)
    save_file(source.state_dict(), tmp_path / "weights.safetensors")
    torch.manual_seed(2)
    model = tiny(transition=8, pretrained=str(tmp_path))
    assert same_encoder(model, source)
    assert torch.equal(model.transition[0].weight, source.transition[0].weight)  # type: ignore[index]
    assert not torch.equal(model.head.layer.weight, source.head.layer.weight)  # type: ignore[arg-type]
    assert any("head" in note for note in model.notes)


def test_a_part_of_an_encoder_is_noted(source: Classifier, tmp_path: Path) -> None:
    tensors = source.encoder.network.state_dict()
    left_out = [name for name in tensors if name.startswith("layer4")]
    save_file({name: tensor for name, tensor in tensors.items() if name not in left_out}, tmp_path / "w.safetensors")
    model = tiny(channels=3, pretrained=str(tmp_path / "w.safetensors"))
    assert any("Left as initialized" in note and "layer4" in note for note in model.notes)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    other = classifier(encoder="test_convnext", outputs=2, size=64)
    save_file(other.state_dict(), tmp_path / "w.safetensors")
    with pytest.raises(ConfigError, match="fills 0 of"):
        tiny(pretrained=str(tmp_path / "w.safetensors"))


def test_a_transformer_s_positions_are_interpolated_to_another_size(tmp_path: Path) -> None:
    """A smooth slope over the patches stays one on a finer grid; class tokens keep their own."""
    small = classifier(encoder="test_vit", outputs=2, size=64)
    tensors = small.encoder.network.state_dict()
    place = next(name for name in tensors if name.endswith("pos_embed"))
    cells = int((tensors[place].shape[1] - 1) ** 0.5)
    slope = torch.arange(cells, dtype=torch.float32).repeat(cells)
    tensors[place] = torch.cat([torch.full((1,), 7.0), slope])[None, :, None].expand(-1, -1, tensors[place].shape[2])
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, tmp_path / "w.safetensors")
    large = classifier(encoder="test_vit", outputs=2, size=128, pretrained=str(tmp_path / "w.safetensors"))
    found = large.encoder.network.state_dict()[place]
    assert found.shape[1] == 1 + (2 * cells) ** 2
    assert (found[0, 0] == 7).all()
    row = found[0, 1 : 1 + 2 * cells, 0]
    assert (row.diff() > 0).all()
    torch.testing.assert_close(row.mean(), slope.mean(), atol=1e-3, rtol=0)
    assert any("positions interpolated" in note for note in large.notes)


def test_a_path_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"model\.pretrained.*does not exist"):
        tiny(pretrained="no/such/file.pth")


def test_imagenet_without_a_network_says_which_file_to_bring(monkeypatch: pytest.MonkeyPatch) -> None:
    import timm

    def offline(name: str, pretrained: bool, **keywords: object) -> None:
        raise FileNotFoundError("no network")

    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(DependencyError, match=r"timm/test_resnet.*model\.pretrained=PATH"):
        tiny(pretrained="imagenet")


def test_a_transition_of_another_width_is_new_and_noted(tmp_path: Path) -> None:
    save_file(tiny().state_dict(), tmp_path / "weights.safetensors")
    model = tiny(transition=8, pretrained=str(tmp_path))
    assert any("transition layer is new" in note for note in model.notes)


def test_the_prefix_that_holds_most_of_the_encoder_is_taken_whatever_the_order(tmp_path: Path) -> None:
    """Momentum contrast keeps two encoders; a part of one is passed over, and the note says which was taken."""
    torch.manual_seed(1)
    whole, other = tiny().encoder.network.state_dict(), tiny().encoder.network.state_dict()
    tensors = {f"a.{name}": tensor + 1 for name, tensor in list(other.items())[:3]}
    tensors |= {f"longer.{name}": tensor.clone() for name, tensor in whole.items()}
    save_file(tensors, tmp_path / "w.safetensors")
    model = tiny(pretrained=str(tmp_path / "w.safetensors"))
    assert torch.equal(next(model.encoder.parameters()), next(iter(whole.values())))
    assert any("(longer.…)" in note for note in model.notes)


def test_weights_that_are_no_numbers_are_refused(source: Classifier, tmp_path: Path) -> None:
    tensors = {name: tensor.clone() for name, tensor in source.encoder.network.state_dict().items()}
    tensors["layer1.0.conv1.weight"][0, 0, 0, 0] = torch.nan
    save_file(tensors, tmp_path / "w.safetensors")
    with pytest.raises(ConfigError, match=r"NaN, infinity\) in layer1\.0\.conv1\.weight"):
        tiny(channels=3, pretrained=str(tmp_path / "w.safetensors"))


def test_a_tensor_of_boundless_shape_costs_nothing(source: Classifier, tmp_path: Path) -> None:
    """One number seen a million times a million: a stem of that shape is passed over before anything is summed."""
    tensors = dict(source.encoder.network.state_dict())
    stem = next(iter(tensors))
    tensors[stem] = torch.zeros(1).expand(len(tensors[stem]), 3, 10**6, 10**6)
    torch.save(tensors, tmp_path / "w.pth")
    model = tiny(pretrained=str(tmp_path / "w.pth"))
    assert any("Left as initialized" in note and stem in note for note in model.notes)
