"""The one `typer` application that the files beside this one add their commands to, and the order of its help."""

from typing import Any

import typer
from typer.core import TyperGroup

ROOMS = {
    "Begin": ("demo", "ls", "cp", "phantom"),
    "Know the data": ("summary", "check", "store", "features"),
    "Learn": ("train", "lr", "sweep", "augment", "import", "attention", "ensemble", "reproduce"),
    "Judge": ("predict", "evaluate", "compare", "calibrate", "readers", "fuse", "convert-boxes"),
    "Show where": ("explain", "heatmaps", "localize", "measure"),
    "Read and serve": ("read", "export", "serve", "key", "feedback"),
}


class Commands(TyperGroup):
    """Commands by what they are for, in the order in which work goes."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        rooms = {name: room for room, names in ROOMS.items() for name in names}
        for name, room in rooms.items():
            self.commands[name].rich_help_panel = room  # type: ignore[attr-defined]  # only typer's own class names it
        self.commands = {name: self.commands[name] for name in rooms} | dict(self.commands)


app = typer.Typer(
    cls=Commands,
    name="hilum",
    help="Learns to read chest X-ray images, reads them, and says how good it is.\n\n"
    "For research, not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
