"""Reading and heatmaps in one pass: the same as in two, and half the work."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hilum.images import read_image
from hilum.inference import Predictor
from hilum.inference.exporting import export
from hilum.inference.looking import in_one_pass
from hilum.runs import Run
from hilum.schema import Cohort, as_labels
from hilum.workflows.ensemble import ensemble


@pytest.mark.parametrize("findings", [None, ["nodule"]])
def test_one_pass_says_what_two_say(tiny_run: Run, tiny_cohort: Cohort, findings: list[str] | None) -> None:
    predictor = Predictor.open(tiny_run)
    images = predictor.memory([read_image(path) for path in tiny_cohort.images.path[:5]])
    said, maps = predictor.look(images, findings=findings, batch_size=2)
    np.testing.assert_allclose(
        as_labels(said).probabilities, as_labels(predictor.predict(images)).probabilities, atol=1e-6
    )
    assert not predictor.backend.model.training  # type: ignore[attr-defined]
    for one, other in zip(maps, predictor.explain(images, findings=findings), strict=True):
        assert (one.image_id, one.finding, one.method) == (other.image_id, other.finding, other.method)
        np.testing.assert_allclose(one.heatmap, other.heatmap, atol=1e-4)


def test_the_network_runs_once(tiny_run: Run, tiny_cohort: Cohort) -> None:
    predictor = Predictor.open(tiny_run)
    passes: list[int] = []
    encoder = predictor.backend.model.encoder  # type: ignore[attr-defined]
    encoder.network.conv1.register_forward_pre_hook(lambda module, given: passes.append(len(given[0])))
    predictor.look(predictor.memory([read_image(path) for path in tiny_cohort.images.path[:5]]))
    assert passes == [5]


def test_an_exported_network_gives_its_own_heatmaps(
    tiny_run: Run, tiny_cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run.open(shutil.copytree(tiny_run.folder, tmp_path / "run"))
    export(run, "openvino")
    ours, theirs = (Predictor.open(run, backend=name) for name in ("torch", "openvino"))
    monkeypatch.setattr(Run, "model", None)  # PyTorch is not asked
    images = [read_image(path) for path in tiny_cohort.images.path[:3]]
    for one, other in zip(ours.look(ours.memory(images))[1], theirs.look(theirs.memory(images))[1], strict=True):
        np.testing.assert_allclose(one.heatmap, other.heatmap, atol=1e-3)


@pytest.mark.parametrize(
    "changed",
    [
        {"model": {"encoder": "test_resnet", "pool": "max"}},
        {"model": {"name": "joint", "encoder": "test_resnet"}, "features": {"demographics": {}}},
    ],
    ids=["max", "joint"],
)
def test_where_it_does_not_hold_there_are_two_passes(
    make_run: Callable[..., Run], tiny_cohort: Cohort, changed: Mapping[str, Any]
) -> None:
    predictor = Predictor.open(make_run("other", **changed))
    assert in_one_pass(predictor.run, predictor.backend) is None
    images = predictor.memory([read_image(tiny_cohort.images.path[0])])
    maps = predictor.look(images)[1]
    assert [one.heatmap.tolist() for one in maps] == [one.heatmap.tolist() for one in predictor.explain(images)]


def test_an_ensemble_takes_two_passes(make_run: Callable[..., Run], tiny_cohort: Cohort, tmp_path: Path) -> None:
    predictor = Predictor.open(ensemble([make_run("a"), make_run("b", seed=1)], tmp_path / "both"))
    images = predictor.memory([read_image(tiny_cohort.images.path[0])])
    said, maps = predictor.look(images)
    assert np.array_equal(as_labels(said).probabilities, as_labels(predictor.predict(images)).probabilities)
    assert len(maps) == 2
