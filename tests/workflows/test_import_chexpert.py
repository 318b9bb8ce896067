"""A Run of one of CheXpert's checkpoints says what torchxrayvision's loader of them says, on random weights."""

import warnings
import zipfile
from argparse import Namespace
from collections import OrderedDict
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import nn

from hilum.images import Image
from hilum.inference import Predictor
from hilum.schema import ConfigError
from hilum.schema.findings import CHEXPERT5
from hilum.workflows.import_weights import import_weights

ORDER = OrderedDict((name, place) for place, name in enumerate(("No Finding", *reversed(CHEXPERT5), "Fracture")))


@pytest.fixture(scope="module")
def xrv() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torchxrayvision.baseline_models.chexpert import model
    return model  # type: ignore[no-any-return]


@pytest.mark.parametrize("way", ["ones", "3-class"])
def test_a_checkpoint(xrv: ModuleType, way: str, tmp_path: Path) -> None:
    three = way == "3-class"
    torch.manual_seed(0)
    network = xrv.DenseNet121(ORDER, three, False)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = 1.0
    with torch.no_grad():
        network.train()(torch.randn(2, 3, 64, 64))
    state = {f"module.{name}": tensor for name, tensor in network.state_dict().items()}
    content = {"task_sequence": ORDER, "model_state": state, "ckpt_info": {"args": Namespace(lr=1e-4)}}
    torch.save(content, tmp_path / "iter_1.pth.tar")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(tmp_path / "iter_1.pth.tar", "iter_1.pth.tar")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        original, _ = xrv.load_individual(archive, "iter_1.pth.tar", three)

    run = import_weights(f"chexpert:{way}", tmp_path / "run", file=tmp_path / "iter_1.pth.tar")
    assert tuple(run.findings) == CHEXPERT5
    gray = np.random.default_rng(0).integers(0, 256, (40, 48)).astype(np.uint8)
    image = Image(Path("image.png"), "PNG", np.kron(gray, np.ones((8, 8), np.uint8)))
    square = run.preprocess.shrink(image.gray)[None].astype(np.float32) / np.float32(255)
    with torch.no_grad():
        said = original.module.infer(torch.from_numpy(run.preprocess.normalize(square)), CHEXPERT5)
    predictor = Predictor.open(run, device="cpu")
    found = predictor.predict(predictor.memory([image])).probabilities[0]
    np.testing.assert_allclose(found, [float(said[name]) for name in CHEXPERT5], atol=1e-5)
    assert np.ptp(found) > 1e-3


@pytest.mark.parametrize("order", [None, {"Edema": 1}, {"Edema": 0}, {"Edema": "0"}, [1, 2]])
def test_a_file_that_does_not_say_its_order_is_refused(order: object, tmp_path: Path) -> None:
    torch.save({"task_sequence": order, "model_state": {"a": torch.zeros(1)}}, tmp_path / "w.pth.tar")
    with pytest.raises(ConfigError, match=r"w\.pth\.tar: (says nothing of its outputs' order|has no output for)"):
        import_weights("chexpert:ones", tmp_path / "run", file=tmp_path / "w.pth.tar")
