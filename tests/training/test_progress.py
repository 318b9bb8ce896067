import pytest

from hilum.training.progress import ProgressHook

RECORD = {"epoch": 2, "loss": 0.5, "val_loss": 0.25, "val_auroc": 0.875, "images_per_s": 1234.5, "seconds": 8.2}


def test_a_line_an_epoch_also_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressHook(3, 100) as watch:
        watch.step(50)
        watch.epoch(RECORD, best=True)
        watch.epoch(RECORD | {"epoch": 3}, best=False)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    said = "epoch 2 of 3 loss 0.5000 val loss 0.2500 val AUROC 0.8750 best 1,234 images/s 0:00:08 left"
    assert " ".join(lines[0].split()) == said
    assert "best" not in lines[1]
    assert lines[1].endswith("0:00:00 left")


def test_only_the_first_process_speaks(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressHook(3, 100, shown=False) as watch:
        watch.step(50)
        watch.epoch(RECORD, best=True)
    assert capsys.readouterr().err == ""


def test_what_is_left_counts_from_where_learning_was_resumed() -> None:
    with ProgressHook(10, 100, done=4) as watch:
        watch.step(25)
        task = watch.bar.tasks[0]
        assert (task.completed, task.total) == (425, 1000)
        assert task.fields["rate"].endswith(" images/s")
