"""A Run of jfhealthcare's DenseNet-121 says what torchxrayvision's own class says, on random weights."""

import warnings
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import nn

from hilum.images import Image
from hilum.inference import Predictor
from hilum.models.published import published
from hilum.schema import ConfigError
from hilum.workflows.import_weights import import_weights

NAME = "jfhealthcare:densenet121"


@pytest.fixture(scope="module")
def theirs() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torchxrayvision.baseline_models import jfhealthcare
    return jfhealthcare  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def home(theirs: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder in which the package keeps its file: random weights that tell images apart."""
    folder = tmp_path_factory.mktemp("home")
    place = folder / ".torchxrayvision" / "models_data" / published(NAME).file
    place.parent.mkdir(parents=True)
    torch.manual_seed(0)
    config = type("Config", (), {"backbone": "densenet121", "pretrained": False, "num_classes": [1] * 5})
    for name, value in {"global_pool": "AVG_MAX", "attention_map": "FPA", "norm_type": "BatchNorm"}.items():
        setattr(config, name, value)
    config.fc_bn, config.lse_gamma, config.fc_drop = True, 0.5, 0  # type: ignore[attr-defined]
    network = theirs.classifier.Classifier(config)
    for part in network.backbone.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = 1.0  # its statistics become those of the next images
    with torch.no_grad():
        network.backbone.train()(torch.randn(2, 3, 128, 128))
        for part in network.attention_map.modules():  # five times over: neither silent nor without bounds
            if isinstance(part, nn.Conv2d) and part.out_channels == 1:
                part.weight *= 0.3
                part.bias[:] = 0.3
    torch.save(network.state_dict(), place)
    return folder


def test_outputs_are_those_of_the_package(
    theirs: ModuleType, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(home))  # where both look for the file
    monkeypatch.setattr("torch.utils.model_zoo.load_url", lambda address: {})  # ImageNet's, which the file replaces
    run, original = import_weights(NAME, tmp_path / "run"), theirs.DenseNet()
    names = [name.replace("Effusion", "Pleural Effusion") for name in original.targets]
    assert list(run.findings) == names
    notes = " ".join(run.provenance["model"]["notes"])
    assert "channel_attention" in notes  # in the file, and not used
    gray = np.random.default_rng(0).integers(0, 256, (40, 48)).astype(np.uint8)
    image = Image(Path("image.png"), "PNG", np.kron(gray, np.ones((8, 8), np.uint8)))
    square = run.preprocess.shrink(image.gray).astype(np.float32) / np.float32(255)
    assert square.shape == (512, 512)
    with torch.no_grad():
        said = original.eval()(torch.from_numpy(square * 2048 - 1024)[None, None])[0].numpy()
    predictor = Predictor.open(run, device="cpu")
    found = predictor.predict(predictor.memory([image])).probabilities[0]
    np.testing.assert_allclose(found, said, atol=1e-5)
    assert np.ptp(said) > 0.01


def test_a_file_without_one_of_its_layers_is_refused(home: Path, tmp_path: Path) -> None:
    place = next((home / ".torchxrayvision" / "models_data").iterdir())
    tensors = torch.load(place, weights_only=True)
    del tensors["fc_3.weight"]
    torch.save(tensors, tmp_path / "less.pth")
    with pytest.raises(ConfigError, match=r"1 of the head's \d+ tensors are not in it .*layers\.3\.weight"):
        import_weights(NAME, tmp_path / "run", file=tmp_path / "less.pth")
