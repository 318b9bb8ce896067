"""The page of a sweep, from made-up trials."""

import pytest

from hilum.reports.sweep import Trial, sweep_page

TRIALS = [
    Trial(0, "complete", 0.71, 10, {"training.lr": "0.0012345", "model.encoder": '"resnet18"'}, 120.0),
    Trial(1, "pruned", None, 2, {"training.lr": "0.1", "model.encoder": '"resnet18"'}, 30.0),
    Trial(2, "complete", 0.78, 10, {"training.lr": "0.0003", "model.encoder": '"densenet121"'}, 600.0),
    Trial(3, "fail", None, 0, {"training.lr": "0.5", "model.encoder": '"resnet18"'}, None, "The loss is <nan>."),
]


@pytest.fixture
def page() -> str:
    importance = {"training.lr": 0.7, "model.encoder": 0.3}
    return sweep_page(TRIALS, best=TRIALS[2], monitor="auroc", better="maximize", importance=importance)


def test_it_is_sound(page: str, sound) -> None:
    sound(page)


def test_the_best_comes_first_and_what_has_no_figure_last(page: str) -> None:
    places = [page.index(f'<th scope="row">{number}</th>') for number in (2, 0, 1, 3)]
    assert places == sorted(places)
    assert "0.001234" in page
    assert "densenet121" in page
    assert "Best auroc" in page
    assert "1 pruned, 1 failed" in page


def test_figures_and_reasons_stand_there(page: str) -> None:
    assert page.count("<svg") == 2
    assert "Trial 3: The loss is &lt;nan&gt;." in page
    assert "Test images were not looked at" in page


def test_without_a_complete_trial_there_is_a_table_all_the_same(sound) -> None:
    page = sweep_page(TRIALS[1:2], best=None, monitor="loss", better="minimize", importance={})
    sound(page)
    assert "<svg" not in page
    assert "best.yaml" not in page
