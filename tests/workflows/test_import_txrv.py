"""A Run made of torchxrayvision's weights says what torchxrayvision says: the package itself, with random weights."""

import warnings
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.models import resnet50

from hilum.images import Image, Preprocess, read_image
from hilum.inference import Predictor
from hilum.models.published import Weights, catalog, published
from hilum.phantom import layouts
from hilum.runs import Run
from hilum.schema import Findings
from hilum.workflows.import_weights import import_weights

ALL, RSNA, RESNET = "densenet121-res224-all", "densenet121-res224-rsna", "resnet50-res512-all"


@pytest.fixture(scope="module")
def xrv() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torchxrayvision
    return torchxrayvision  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[Image]:
    """Two drawn images, one of them not square."""
    folder = tmp_path_factory.mktemp("drawn")
    layouts["nih14"](folder, images=2, seed=1, size=256, workers=0)
    drawn = [read_image(path) for path in sorted(folder.rglob("*.png"))[:2]]
    assert len(drawn) == 2
    return [drawn[0], Image(Path("tall.png"), "PNG", drawn[1].gray[:, 20:230])]


def random_weights(network: nn.Module, head: nn.Linear, points: tuple[float | None, ...], drawn: Tensor) -> None:
    """Weights that tell two images apart: one lies below each finding's operating point, the other above."""
    torch.manual_seed(0)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = 1.0  # its statistics become those of the next images
    with torch.no_grad():
        network.train()(torch.randn(4, 1, 64, 64) * 512)
        logits = network.eval()(drawn)
        # where logits are large and nearly equal, images would be told apart by rounding alone
        scale = torch.maximum(logits.std(dim=0), logits.abs().mean(dim=0) / 5)
        head.weight /= scale[:, None]
        at = torch.tensor([0.5 if point is None else point for point in points])
        head.bias[:] = at.logit() + (head.bias - logits.mean(dim=0)) / scale


def published_file(xrv: ModuleType, name: str, folder: Path, drawn: Tensor, *, old: bool) -> Path:
    """Random weights as the package publishes its own: a whole pickled DenseNet, a state dict of a ResNet."""
    weights = published(f"txrv:{name}")
    path = folder / weights.file
    if name == RESNET:
        network = resnet50(num_classes=len(weights.outputs))
        network.conv1 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
        random_weights(network, network.fc, weights.thresholds, drawn)
        torch.save(network.state_dict(), path)
    else:
        dense = xrv.models.DenseNet()
        random_weights(dense, dense.classifier, weights.thresholds, drawn)
        torch.save(dense, path, _use_new_zipfile_serialization=not old)
    return path


def opened(xrv: ModuleType, name: str, folder: Path) -> nn.Module:
    """The package's own network with that file."""
    kind = xrv.models.ResNet if name == RESNET else xrv.models.DenseNet
    return kind(weights=name, cache_dir=str(folder)).eval()  # type: ignore[no-any-return]


def tensor_of(way: Preprocess, image: Image) -> Tensor:
    """(1, 1, size, size) in [-1024, 1024], as a Run makes it."""
    square = way.shrink(image.gray)[None].astype(np.float32) / np.float32(255)
    return torch.from_numpy(way.normalize(square))


def said(run: Run, images: list[Image]) -> np.ndarray:
    predictor = Predictor.open(run, device="cpu")
    return predictor.predict(predictor.memory(images)).probabilities


class Pair(NamedTuple):
    """The package's network and the Run, of the same file, and what the network says of the drawn images."""

    original: nn.Module
    run: Run
    weights: Weights
    expected: np.ndarray  # (2, 18)


@pytest.fixture(scope="module", params=[(ALL, True), (RSNA, False), (RESNET, False)], ids=lambda pair: pair[0])
def pair(
    request: pytest.FixtureRequest, xrv: ModuleType, images: list[Image], tmp_path_factory: pytest.TempPathFactory
) -> Pair:
    name, old = request.param
    folder = tmp_path_factory.mktemp(name)
    way = Preprocess.model_validate(dict(published(f"txrv:{name}").preprocess))
    drawn = torch.cat([tensor_of(way, image) for image in images])
    path = published_file(xrv, name, folder, drawn, old=old)
    original, run = opened(xrv, name, folder), import_weights(f"txrv:{name}", folder / "run", file=path)
    with torch.no_grad():
        expected = original(drawn).numpy()
    return Pair(original, run, published(f"txrv:{name}"), expected)


def test_outputs_are_those_of_the_package(pair: Pair, images: list[Image]) -> None:
    expected = pair.expected[:, list(pair.weights.learned)]
    np.testing.assert_allclose(said(pair.run, images), expected, atol=1e-5)
    low, high = np.sort(expected, axis=0)
    assert (low < 0.5).all()
    assert (high > 0.5).all()  # both sides of every operating point are tried
    assert (high - low).max() > 1e-3


def test_the_run_says_what_it_is(pair: Pair) -> None:
    run, imported = pair.run, pair.run.provenance["imported"]
    named = [label for label in pair.original.targets if label]  # type: ignore[union-attr]
    assert list(run.findings) == [label for label in named if label not in imported["not_learned"]]
    assert run.preprocess.normalization == (-1024, 1024)
    assert run.preprocess.size == pair.original.input_resolution
    assert imported["license"] == "Apache-2.0"
    assert imported["address"] == pair.weights.address
    assert len(imported["file_sha256"]) == 64
    assert any(f"{len(run.findings)} of 18 outputs" in note for note in run.provenance["model"]["notes"])
    assert len(run.log) == 0


def test_what_was_not_learned_is_what_the_package_answers_with_a_constant(pair: Pair) -> None:
    left = [place for place in range(18) if place not in pair.weights.learned]
    assert len(left) + len(pair.run.findings) == 18
    assert (pair.expected[:, left] == 0.5).all()


@pytest.mark.real
def test_outputs_are_those_of_the_package_on_real_images(pair: Pair, real_data: Path) -> None:
    paths = sorted((real_data / "nih").glob("images_*/images/*.png"))[:: 5000 if pair.weights.name == RESNET else 600]
    assert paths
    images = [read_image(path) for path in paths[:3]]
    with torch.no_grad():
        expected = torch.cat([pair.original(tensor_of(pair.run.preprocess, image)) for image in images]).numpy()
    np.testing.assert_allclose(said(pair.run, images), expected[:, list(pair.weights.learned)], atol=1e-5)


@pytest.mark.real
def test_the_way_to_the_tensor_differs_little_on_real_images(pair: Pair, xrv: ModuleType, real_data: Path) -> None:
    """The package resizes with skimage in floats (Gaussian, then linear), Hilum averages areas in 8 bits."""
    paths = sorted((real_data / "nih").glob("images_*/images/*.png"))[::400][:4]
    assert paths
    crop, resize = xrv.datasets.XRayCenterCrop(), xrv.datasets.XRayResizer(pair.run.preprocess.size)
    for path in paths:
        theirs = resize(crop(xrv.utils.load_image(str(path))))[0]
        ours = tensor_of(pair.run.preprocess, read_image(path))[0, 0].numpy()
        assert np.abs(theirs - ours).mean() < 0.01 * 2048


def test_the_catalog_holds_what_the_package_publishes(xrv: ModuleType) -> None:
    rows = {weights.name: weights for weights in catalog() if weights.source == "txrv"}
    published_there = {name for name in xrv.models.model_urls if name.startswith(("densenet121-", "resnet50-"))}
    assert set(rows) == published_there
    assert len(rows) == 8
    for name, weights in rows.items():
        theirs = xrv.models.model_urls[name]
        assert weights.address == theirs["weights_url"]
        assert weights.preprocess["size"] == theirs["input_resolution"]
        labels = [
            label for label, point in zip(theirs["labels"], theirs["op_threshs"], strict=True) if not np.isnan(point)
        ]
        assert list(weights.findings) == labels
        points = [point for point in weights.thresholds if point is not None]
        np.testing.assert_array_equal(points, [point for point in theirs["op_threshs"] if not np.isnan(point)])
        assert len(Findings(weights.findings)) == len(labels)
