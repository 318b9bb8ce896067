"""Runs of the two CheXNet checkpoints say what their owners' code says, on random weights saved as theirs are."""

import re
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.models import densenet121

from hilum.images import Image
from hilum.inference import Predictor
from hilum.runs import Run
from hilum.schema import ConfigError
from hilum.schema.findings import NIH14
from hilum.workflows.import_weights import import_weights


class DenseNet121(nn.Module):
    """A DenseNet whose last layer is followed by a sigmoid, inside a module, as arnoweng's is."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.densenet121 = network

    def forward(self, image: Tensor) -> Tensor:
        return self.densenet121(image)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    dense = densenet121()
    dense.classifier = nn.Sequential(nn.Linear(dense.classifier.in_features, 14), nn.Sigmoid())
    for part in dense.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = 1.0
    with torch.no_grad():
        dense.train()(torch.randn(2, 3, 64, 64))
    return dense.eval()


@pytest.fixture(scope="module")
def image() -> Image:
    gray = np.random.default_rng(0).integers(0, 256, (40, 48)).astype(np.uint8)
    return Image(Path("image.png"), "PNG", np.kron(gray, np.ones((8, 8), np.uint8)))


def said(run: Run, image: Image) -> np.ndarray:
    predictor = Predictor.open(run, device="cpu")
    return predictor.predict(predictor.memory([image])).probabilities


def expected(run: Run, network: nn.Module, image: Image) -> np.ndarray:
    square = run.preprocess.shrink(image.gray)[None].astype(np.float32) / np.float32(255)
    with torch.no_grad():
        found: np.ndarray = network(torch.from_numpy(run.preprocess.normalize(square))).numpy()
    return found


def arnoweng_file(network: nn.Module, path: Path) -> Path:
    """`module.` before every name, `norm.1` inside, no counts of batches, in PyTorch's old form."""
    state = OrderedDict(
        (re.sub(r"(denselayer\d+\.(?:norm|conv))([12])\.", r"\1.\2.", f"module.{name}"), tensor)
        for name, tensor in DenseNet121(network).state_dict().items()
        if not name.endswith("num_batches_tracked")
    )
    assert "module.densenet121.features.denseblock1.denselayer1.norm.1.weight" in state
    content = {"epoch": 1, "state_dict": state, "best_loss": 0.1, "optimizer": {"state": {}, "param_groups": [{}]}}
    torch.save(content, path, _use_new_zipfile_serialization=False)
    return path


def test_arnoweng_s_checkpoint(network: nn.Module, image: Image, tmp_path: Path) -> None:
    run = import_weights("chexnet:arnoweng", tmp_path / "run", file=arnoweng_file(network, tmp_path / "model.pth.tar"))
    assert tuple(run.findings) == NIH14
    np.testing.assert_allclose(said(run, image), expected(run, DenseNet121(network), image), atol=1e-5)
    notes = " ".join(run.provenance["model"]["notes"])
    assert "`old_densenet`" in notes
    assert "module.densenet121.…" in notes
    assert run.provenance["imported"]["license"] == "none stated"
    assert "ten crops" in run.provenance["imported"]["way"]


def test_jrzech_s_checkpoint_holds_the_whole_network(network: nn.Module, image: Image, tmp_path: Path) -> None:
    content = {"model": network, "best_loss": 0.1, "epoch": 9, "rng_state": torch.get_rng_state(), "LR": 0.01}
    torch.save(content, tmp_path / "checkpoint")
    run = import_weights("chexnet:jrzech", tmp_path / "run", file=tmp_path / "checkpoint")
    np.testing.assert_allclose(said(run, image), expected(run, network, image), atol=1e-5)


def test_a_file_of_another_network_is_refused_and_nothing_is_written(network: nn.Module, tmp_path: Path) -> None:
    tensors = {name: tensor for name, tensor in network.state_dict().items() if "denseblock3" not in name}
    torch.save(tensors, tmp_path / "w.pth")
    with pytest.raises(ConfigError, match=r"denseblock3.*and \d+ more.*--by-order"):
        import_weights("chexnet:jrzech", tmp_path / "run", file=tmp_path / "w.pth")
    assert not (tmp_path / "run").exists()
