"""A sweep on a few bright squares: it tries, prunes, goes on where it was cut off, and never sees a test image."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hilum.runs import Recipe, Run, load_recipe
from hilum.runs.recipes import with_overrides
from hilum.schema import Cohort, ConfigError, RunError
from hilum.training import sweep as module
from hilum.training.space import Space
from hilum.training.sweep import sweep

SPACE = "training.lr: {low: 1.0e-4, high: 1.0e-2, log: true}\ntraining.batch_size: {low: 8, high: 16, step: 8}\n"


@pytest.fixture
def recipe(tiny_recipe: Recipe) -> Recipe:
    return with_overrides(tiny_recipe, ["training.epochs=1", "preprocess.size=16"])


@pytest.fixture
def cohort(tiny_cohort: Cohort) -> Cohort:
    """With 20 test images whose files are gone."""
    images = tiny_cohort.images.copy()
    images["split"] = ["test"] * 20 + ["train"] * 60
    images.loc[:19, "path"] = "gone.png"
    return replace(tiny_cohort, images=images)


def space(text: str, folder: Path) -> Space:
    path = folder / "space.yaml"
    path.write_text(text)
    return Space.load(path)


def test_it_tries_and_keeps_the_best(recipe: Recipe, cohort: Cohort, tmp_path: Path) -> None:
    found = sweep(recipe, space(SPACE, tmp_path), cohort, tmp_path / "out", trials=3, device="cpu")
    assert [trial.state for trial in found] == ["complete"] * 3
    assert len({trial.values["training.lr"] for trial in found}) == 3
    best = max(found, key=lambda trial: trial.value or 0)
    run = Run.open(tmp_path / "out" / "trials" / f"{best.number:04}")
    assert run.provenance["weights"]["val_auroc"] == best.value
    assert set(run.split) == {"train", "val"}
    chosen = load_recipe(tmp_path / "out" / "best.yaml")
    assert chosen.training == run.recipe.training
    page = (tmp_path / "out" / "sweep.html").read_text()
    assert "best so far" in page
    assert "3 trials" in page or "<dd>3" in page
    assert not list((tmp_path / "out").rglob("last.safetensors"))
    again = sweep(recipe, space(SPACE, tmp_path), cohort, tmp_path / "out", trials=3, device="cpu")
    assert [trial.value for trial in again] == [trial.value for trial in found]
    with pytest.raises(RunError, match="begun with another recipe"):
        sweep(with_overrides(recipe, ["training.seed=3"]), space(SPACE, tmp_path), cohort, tmp_path / "out", trials=4)


def test_cut_off_it_goes_on_and_ends_the_same(
    recipe: Recipe, cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off within the second trial, after its first epoch."""
    recipe, tried = with_overrides(recipe, ["training.epochs=2"]), space(SPACE, tmp_path)
    whole = sweep(recipe, tried, cohort, tmp_path / "whole", trials=3, device="cpu", stores=tmp_path / "stores")
    told = module.Pruning.epoch

    def killed(self, state, record) -> None:
        told(self, state, record)
        if self.trial.number == 1 and record["epoch"] == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(module.Pruning, "epoch", killed)
    with pytest.raises(KeyboardInterrupt):
        sweep(recipe, tried, cohort, tmp_path / "cut", trials=3, device="cpu", stores=tmp_path / "stores")
    assert (tmp_path / "cut/trials/0001/last.safetensors").is_file()
    monkeypatch.undo()
    found = sweep(recipe, tried, cohort, tmp_path / "cut", trials=3, device="cpu", stores=tmp_path / "stores")
    assert [(one.values, one.value, one.epochs) for one in found] == [
        (one.values, one.value, one.epochs) for one in whole
    ]


def test_a_trial_that_lags_behind_is_ended(
    recipe: Recipe, cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made-up figures: the fifth trial is the worst by far."""
    told = module.Pruning.epoch

    def made_up(self, state, record) -> None:
        figure = 0.2 if self.trial.number == 4 else 0.8 + 0.01 * self.trial.number
        told(self, state, {**record, "val_auroc": figure})

    monkeypatch.setattr(module.Pruning, "epoch", made_up)
    quick = with_overrides(recipe, ["training.epochs=2"])
    found = sweep(quick, space(SPACE, tmp_path), cohort, tmp_path / "out", trials=5, device="cpu")
    assert [trial.state for trial in found] == ["complete"] * 4 + ["pruned"]
    assert found[4].epochs == 2


def test_a_failed_trial_keeps_its_reason(
    recipe: Recipe, cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn, calls = module.train, iter(range(9))

    def train(*args, **how) -> Run:
        if next(calls) == 0:
            raise RunError("The loss is nan.")
        return learn(*args, **how)

    monkeypatch.setattr(module, "train", train)
    found = sweep(recipe, space(SPACE, tmp_path), cohort, tmp_path / "out", trials=2, device="cpu")
    assert [(trial.state, trial.reason) for trial in found] == [("fail", "The loss is nan."), ("complete", "")]
    assert "The loss is nan." in (tmp_path / "out" / "sweep.html").read_text()


@pytest.fixture
def wrong() -> Iterator[tuple[str, str]]:
    return iter(
        [
            ("training.lrr: [1, 2]", r"training\.lrr, at 1:.*no such setting"),
            ("model.encoder: [resnet18, resnet1]", r"model\.encoder, at .*resnet1"),
            ("training.lr: {low: -1.0, high: 1.0}", r"training\.lr, at -1\.0"),
            ("training.lr: {low: 0.1, high: 0.01}", "low below high"),
            ("training.lr: {low: 0.0, high: 0.01, log: true}", "above 0 with log"),
            ("training.lr: {low: 0.1, hig: 0.2}", "hig"),
            ("training.lr: [0.1]", "Expected two or more"),
            ("training.lr: 0.1", r"Expected \[choices"),
            ("data.split_seed: [0, 1]", "could not be compared"),
            ("task.loss: [bce, focl]", r"task\.loss, at"),
            ("training.optimizer: [adam, sgdd]", r"training\.optimizer, at .*sgdd"),
            ("[]", "expected settings"),
        ]
    )


def test_all_of_the_space_is_checked_before_the_first_trial(
    recipe: Recipe, cohort: Cohort, tmp_path: Path, wrong: Iterator[tuple[str, str]]
) -> None:
    for text, expected in wrong:
        with pytest.raises(ConfigError, match=f"(?s){expected}"):
            sweep(recipe, space(text, tmp_path), cohort, tmp_path / "out", device="cpu")
    assert not (tmp_path / "out").exists()


def test_choices_may_be_components() -> None:
    class Last:
        def suggest_categorical(self, name: str, choices: list[str]) -> str:
            return choices[-1]

    given = Space({"task.loss": ('"bce"', '{"name": "focal", "gamma": 1.0}')})
    assert given.suggest(Last()) == {"task.loss": '{"name": "focal", "gamma": 1.0}'}
