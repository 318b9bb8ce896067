"""The help names every command once, under what it is for."""

from typer.main import get_command

from hilum.cli import app
from hilum.cli.app import ROOMS


def test_each_command_stands_in_one_room_in_the_order_of_work() -> None:
    named = [name for names in ROOMS.values() for name in names]
    assert list(get_command(app).commands) == named  # type: ignore[attr-defined]
    assert len(set(named)) == len(named)
