"""docs/how-to/weights-from-elsewhere.md, followed to the letter as far as no network and no data set are needed."""

import re
import shlex
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from tests.cli.conftest import Hilum

from hilum.models.classifier import classifier
from hilum.models.published import catalog
from hilum.registry import registries
from hilum.runs import Run

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "weights-from-elsewhere.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_a_checkpoint_whose_network_is_known(hilum: Hilum, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = classifier(encoder="test_resnet", outputs=2, size=32)
    tensors = {f"module.{name}": tensor for name, tensor in model.encoder.network.state_dict().items()}
    head = model.head.layer
    torch.save(tensors | {"module.fc.weight": head.weight.data, "module.fc.bias": head.bias.data}, "theirs.pth")  # type: ignore[union-attr, dict-item]
    cv2.imwrite("image.png", np.random.default_rng(0).integers(0, 256, (96, 80)).astype(np.uint8))
    (recipe,) = blocks("yaml")
    Path("theirs.yaml").write_text(recipe, encoding="utf-8")
    (commands,) = blocks("sh")
    for command in commands.splitlines():
        program, *words = shlex.split(command)
        assert program == "hilum"
        said = hilum(*words)
        assert said.code == 0, said.err
    assert list(Run.open("runs/theirs").findings) == ["Mass", "Nodule"]
    assert Path("reading.html").is_file()


def test_every_name_on_the_page_is_known() -> None:
    known = {weights.full_name for weights in catalog()}
    named = set(re.findall(r"hilum import ([a-z]+:\S+)", PAGE)) - {"hf:OWNER/NAME"}
    assert len(named) >= 2
    assert named <= known
    lists = set(re.findall(r"hilum ls ([a-z-]+)", PAGE)) - {"weights"}
    assert lists
    assert lists <= set(registries())


def test_the_numbers_of_rad_dino_are_those_of_the_catalog() -> None:
    black, white = map(float, re.findall(r"normalize=\[(\S+), (\S+)\]", PAGE)[0])
    (row,) = (weights for weights in catalog() if weights.name == "microsoft/rad-dino")
    assert (black, white) == pytest.approx(row.preprocess["normalize"], abs=1e-4)
