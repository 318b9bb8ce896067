from pathlib import Path

import pytest

from hilum.training.hook import Plan
from hilum.training.hooks.console import console
from hilum.training.state import TrainState

RECORD = {"epoch": 2, "loss": 0.5, "val_anything": 0.875, "best": True, "images_per_s": 1234.5, "seconds": 8.2}


def test_a_line_an_epoch_also_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Whatever figures the task gives stand in it."""
    state = TrainState()
    hook = console(tmp_path, state, Plan(epochs=3, images=100))
    hook.step(state, 50)
    hook.epoch(state, RECORD)
    hook.epoch(state, RECORD | {"epoch": 3, "best": False})
    hook.close()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    expected = "epoch 2 of 3 loss 0.5000 val anything 0.8750 best 1,234 images/s 0:00:08 left"
    assert " ".join(lines[0].split()) == expected
    assert "best" not in lines[1]
    assert lines[1].endswith("0:00:00 left")


def test_what_is_left_counts_from_where_training_was_resumed(tmp_path: Path) -> None:
    state = TrainState(epoch=4)
    hook = console(tmp_path, state, Plan(epochs=10, images=100))
    hook.step(state, 25)
    task = hook.bar.tasks[0]
    hook.close()
    assert (task.completed, task.total) == (425, 1000)
    assert task.fields["rate"].endswith(" images/s")
